use std::f64::consts::TAU;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What was planted in a network as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetworkTruth {
    /// Whether the targets have anomalous transients.
    pub anomalous: bool,
    /// When their rate is largest, days before the event.
    pub inflection_days_before: f64,
    /// Steepness of the sigmoid, per day.
    pub steepness_per_day: f64,
    /// Exponent p of the decay r^−p of their number.
    pub decay_exponent: f64,
    /// Expected number at each target, in the order of the targets; zeros in a quiet network.
    pub expected_transients: Vec<f64>,
}

/// What one station's recording is made of. Gauges count from 0; amplitudes are as recorded, with
/// the gauges' gains in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StationTruth {
    /// The station's noise as a multiple of the configured one.
    pub noise_level: f64,
    /// Standard deviation of a gauge's noise between periods of 4 and 16 h, nanostrain.
    pub band_noise: f64,
    /// Anomalous transients in order of time; none at the reference and in a quiet network.
    pub transients: Vec<Transient>,
    /// Expected number of anomalous transients in each day of the record.
    pub daily_rate: Vec<f64>,
    /// Ordinary transients, of any time and station.
    pub background: Vec<Transient>,
    /// Missing samples of all channels; no two gaps touch.
    pub gaps: Vec<GapTruth>,
    /// Single wild samples, none of them in a gap.
    pub spikes: Vec<SpikeTruth>,
    /// Lasting offsets.
    pub steps: Vec<StepTruth>,
    /// Body tide on each gauge.
    pub tides: Vec<TideTruth>,
    /// What the place makes of the tide, which is in the amplitudes and phases of `tides`.
    pub tide_coupling: TideCoupling,
    /// Response to air pressure.
    pub pressure: PressureTruth,
    /// Drift.
    pub drift: DriftTruth,
    /// What each gauge makes of the strain along it. S1/g1 + S3/g3 = S2/g2 + S4/g4 holds up to the
    /// gauges' own noise.
    pub gauge_gains: [f64; 4],
}

/// A wave packet: amplitude × exp(−(t − centre)²/2σ²) × cos(2π(t − centre)/period + phase) with
/// σ = duration/4, so that the duration spans two σ to either side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transient {
    /// First sample within the duration.
    pub onset: usize,
    /// Hours from the first sample of the record to the packet's centre.
    pub centre_hours: f64,
    /// Period, hours.
    pub period_hours: f64,
    /// Duration, hours.
    pub duration_hours: f64,
    /// Phase at the centre.
    pub phase_degrees: f64,
    /// Amplitude on each gauge, nanostrain.
    pub gauge_amplitudes: [f64; 4],
}

impl Transient {
    /// The packet for amplitude 1 at a time, hours since the record's first sample.
    pub fn shape(&self, hours: f64) -> f64 {
        let time = hours - self.centre_hours;
        let sigmas = 4.0 * time / self.duration_hours;
        let phase = TAU * time / self.period_hours + self.phase_degrees.to_radians();
        (-0.5 * sigmas * sigmas).exp() * phase.cos()
    }
}

/// An outage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GapTruth {
    /// The missing samples.
    pub samples: Range<usize>,
}

/// A wild sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SpikeTruth {
    /// Gauge, 0 to 3.
    pub gauge: usize,
    /// The sample.
    pub sample: usize,
    /// How far it is off, nanostrain.
    pub size: f64,
}

/// A lasting offset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepTruth {
    /// First sample with the offset (it may lie in a gap).
    pub sample: usize,
    /// Offset of each gauge, nanostrain.
    pub sizes: [f64; 4],
}

/// A line of the tide: on each gauge amplitude × cos(frequency × t + phase), t in hours since
/// 2000-01-01T12:00Z (J2000.0).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TideTruth {
    /// Darwin's name (`M2`) and, of the lines that modulate a constituent over 18.6 years, the
    /// multiple of the longitude of the Moon's node that is added to its argument (`M2 +1N`).
    pub name: String,
    /// Frequency, degrees per hour.
    pub degrees_per_hour: f64,
    /// Amplitude on each gauge, nanostrain.
    pub amplitudes: [f64; 4],
    /// Phase on each gauge at J2000.0, degrees from −180 to 180.
    pub phases_degrees: [f64; 4],
}

/// What grout and topography make of a tidal strain.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TideCoupling {
    /// Factor of the areal strain.
    pub areal: f64,
    /// Factor of both shear strains.
    pub shear: f64,
}

/// Response to air pressure: nanostrain = coefficient × (pressure − mean).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PressureTruth {
    /// Coefficient of each gauge, nanostrain per hPa.
    pub coefficients: [f64; 4],
    /// The mean, hPa.
    pub mean: f64,
}

/// Drift: linear × years + exponential × exp(−t/time constant), t since the first sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DriftTruth {
    /// Linear drift of each gauge, nanostrain per year of 365.25 days.
    pub linear_per_year: [f64; 4],
    /// Exponential drift of each gauge at the first sample, nanostrain.
    pub exponential: [f64; 4],
    /// Time constant, days.
    pub time_constant_days: f64,
}
