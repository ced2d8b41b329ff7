//! SINE: P arrival, location and magnitude of earthquakes from a few stations.
//!
//! The network of Meng et al. (2025) on candle, forward pass only so far: a [`Picker`] finds the P
//! arrival at each station, an [`Estimator`] turns the waveforms of all stations, weighted by the
//! picker's output, into latitude, longitude, depth and magnitude, and [`Sine`] does both for an
//! [`EventWindow`]. Parameters keep their published names.
//!
//! No trained parameters are public and none come with this crate: a network drawn from a seed, as
//! below, has the right shape and knows nothing.
//!
//! ```
//! use jiff::Timestamp;
//! use sine::candle_core::{DType, Device};
//! use sine::{EventWindow, Picker, PickerConfig, Site, StationWaveform};
//!
//! let start: Timestamp = "2019-08-23T00:00:00Z".parse()?;
//! let stations = ["A", "B", "C"].iter().enumerate().map(|(i, name)| {
//!     let site = Site::new(*name, 35.0 + i as f64, -117.0)?;
//!     let samples = (0..1_000).map(|t| (t as f32 * 0.1).sin()).collect();
//!     StationWaveform::new(site, 0.5, start, 100.0, samples)
//! });
//! let window = EventWindow::new(stations.collect::<Result<_, _>>()?)?;
//!
//! let parameters = candle_seeded::SeededVars::new(42, DType::F32, &Device::Cpu);
//! let picker = Picker::new(&PickerConfig::default(), parameters.builder())?;
//! let picks = picker.pick(&window)?;
//! assert_eq!(picks.len(), 3);
//! assert!((0.0..=1.0).contains(&picks[0].probability));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # References
//!
//! Meng et al. (2025), Computers & Geosciences 204, 105974, doi:10.1016/j.cageo.2025.105974.

mod config;
mod error;
mod estimator;
mod labels;
mod layers;
mod parameters;
mod picker;
mod prepare;
mod system;
mod waveform;

pub use candle_core;
pub use candle_nn;
pub use config::{PickerConfig, SineConfig};
pub use error::{Result, SineError};
pub use estimator::{CapsuleGraph, CapsuleTrace, Estimator, ScaledEstimate};
pub use graph_spatial::Site;
pub use labels::{LabelRanges, Origin, Range};
pub use ndarray;
pub use parameters::{parameters_from_pth, parameters_from_safetensors};
pub use picker::{Picker, PickerOutput};
pub use prepare::{detrend, scale_to_unit};
pub use system::{Estimate, Sine};
pub use waveform::{EventWindow, Pick, StationWaveform};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
