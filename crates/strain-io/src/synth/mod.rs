//! Synthetic networks of borehole strainmeters with known truth.

mod config;
mod faults;
mod geometry;
mod network;
mod noise;
mod parts;
mod pressure;
mod rate;
mod record;
mod setters;
mod station;
#[cfg(any(test, feature = "proptest"))]
pub(crate) mod strategies;
mod streams;
mod tensor;
#[cfg(test)]
mod tests;
mod tide;
mod transients;
mod truth;
mod write;

pub use config::SynthConfig;
pub use network::{SyntheticNetwork, SyntheticStation, network};
pub use parts::{SynthDrift, SynthFaults, SynthNoise};
pub use truth::{
    DriftTruth, GapTruth, NetworkTruth, PressureTruth, SpikeTruth, StationTruth, StepTruth,
    TideTruth, Transient,
};
pub use write::{NetworkFormat, write_network};
