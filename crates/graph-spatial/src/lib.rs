//! Geodesics, station graphs, graph convolution and spatial statistics for networks of stations.
//!
//! Positions are WGS84 degrees, distances are kilometres along the ellipsoid
//! ([`distance_km`]). A [`StationGraph`] knows who is near whom, a [`GraphStep`] mixes the
//! stations' features over that graph, and the statistics ([`morans_i`],
//! [`distance_correlation`], [`correlogram`]) say whether what is seen depends on space, each with
//! a permutation p-value from a seed.
//!
//! ```
//! use graph_spatial::{GraphStep, GraphStepConfig, Site, distance_km};
//! use ndarray::Array3;
//!
//! let sites = [
//!     Site::new("51010", 30.117, 102.173)?,
//!     Site::new("51304", 27.7, 101.9)?,
//!     Site::new("51009", 28.0, 102.0)?,
//! ];
//! assert!((distance_km(&sites[0], &sites[2]) - 235.2).abs() < 0.1);
//!
//! // The default step: Gaussian weights on station-to-station distance, rows summing to one.
//! let step = GraphStep::new(&sites, None, &GraphStepConfig::default())?;
//! let features = Array3::from_elem((3, 100, 4), 7.0); // [station, time, feature]
//! let smoothed = step.apply(features.view())?;
//! assert!(smoothed.iter().all(|v| (v - 7.0).abs() < 1e-12));
//! # Ok::<(), graph_spatial::SpatialError>(())
//! ```

mod error;
mod geodesic;
mod graph;
mod index;
mod laplacian;
mod radius;
mod site;
mod statistics;
mod step;
#[cfg(any(test, feature = "proptest"))]
pub mod strategies;

pub use error::{Result, SpatialError};
pub use geodesic::{azimuth_degrees, distance_km, distance_matrix_km};
pub use graph::StationGraph;
pub use index::{Neighbour, SiteIndex};
pub use laplacian::{LaplacianKind, laplacian, laplacian_spectrum};
pub use ndarray;
pub use radius::{dobrovolsky_radius_km, within_dobrovolsky};
pub use site::Site;
pub use statistics::{
    Correlogram, DistanceBin, DistanceCorrelation, MoransI, PairCorrelation, PermutationTest,
    PermutationValues, correlogram, distance_correlation, morans_i, pair_correlations,
};
pub use step::{Activation, GraphStep, GraphStepConfig, Layers, WeightMode};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
