mod faults;
mod files;
mod golden;
mod invariance;
mod parts;
mod physics;
mod settings;
mod statistics;

use super::{SynthConfig, SynthDrift, SynthFaults, SynthNoise, SyntheticNetwork};

/// The bits of every value of every station.
fn bits(network: &SyntheticNetwork) -> Vec<Vec<u64>> {
    network
        .stations()
        .map(|s| s.recording.values().iter().map(|value| value.to_bits()).collect())
        .collect()
}

/// Two months at the reference, four at two targets.
fn small() -> SynthConfig {
    SynthConfig::default()
        .with_reference_days(60)
        .with_target_days(120)
        .with_distances_km([23.5, 199.2])
}

/// Tides and air pressure alone.
fn still() -> SynthConfig {
    small()
        .with_anomalous(false)
        .with_background(0.0, 0.0)
        .with_noise(silent())
        .with_drift(SynthDrift::default().with_linear(0.0).with_exponential(0.0, 100.0))
        .with_faults(SynthFaults::none())
}

fn silent() -> SynthNoise {
    SynthNoise::default()
        .with_white(0.0)
        .with_flicker(0.0)
        .with_random_walk(0.0)
        .with_pressure_white(0.0)
}
