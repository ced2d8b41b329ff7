//! Synthetic networks of borehole strainmeters with known truth.

mod config;
mod environment;
mod faults;
mod geometry;
mod ingredients;
mod network;
mod noise;
mod parts;
mod pressure;
mod rate;
mod record;
mod setters;
mod station;
mod station_parts;
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
pub use environment::{SynthPressure, SynthTide};
pub use ingredients::Ingredient;
pub use network::{SyntheticNetwork, SyntheticStation, network, network_with_parts};
pub use parts::{SynthDrift, SynthFaults, SynthNoise};
pub use station_parts::StationParts;
pub use truth::{
    DriftTruth, GapTruth, NetworkTruth, PressureTruth, SpikeTruth, StationTruth, StepTruth,
    TideCoupling, TideTruth, Transient,
};
pub use write::{NetworkFormat, write_network};
