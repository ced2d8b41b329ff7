//! Location, depth and magnitude from all stations together.

mod capsules;
mod convolution;
mod network;
mod regression;
mod routing;
mod station_graph;

pub use capsules::{CapsuleGraph, CapsuleTrace};
pub use network::{Estimator, ScaledEstimate};
