//! The graph step: two rounds of weighted averaging over the stations.

mod config;
mod graph_step;
mod propagate;
#[cfg(test)]
mod properties;
mod ridge;
mod weights;

pub use config::{Activation, GraphStepConfig, Layers, WeightMode};
pub use graph_step::GraphStep;
