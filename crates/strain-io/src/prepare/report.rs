use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::setup::Setup;
use super::trend_config::TrendModel;
use crate::{Coseismic, DriverResponse, Onset};

/// What [`prepare`](crate::prepare) did, gauge by gauge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PrepareReport {
    /// The station.
    pub station: String,
    /// First sample of the fit span.
    pub fit_start: Timestamp,
    /// Last sample of the fit span.
    pub fit_end: Timestamp,
    /// The four gauges.
    pub gauges: Vec<GaugeReport>,
    /// What the user should know: constituents that the span cannot tell apart, refits left out.
    pub notes: Vec<String>,
}

/// What was done to one gauge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GaugeReport {
    /// The gauge's channel.
    pub name: String,
    /// Runs of missing samples in the recording.
    pub gaps: Vec<Gap>,
    /// Missing samples that were filled.
    pub filled: usize,
    /// Observed samples that were withheld because the air pressure or another driver was missing for too
    /// long, or not recorded yet at the longest lag.
    pub without_pressure: usize,
    /// Spikes that were taken out.
    pub spikes: Vec<Spike>,
    /// Steps that were taken out.
    pub steps: Vec<Step>,
    /// Steps that were left in, for an earthquake explains them
    /// ([`keep_coseismic`](crate::StepConfig::keep_coseismic)).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_steps: Vec<Step>,
    /// The tide, fitted on the fit span.
    pub tide: Vec<TidalConstituent>,
    /// The response to air pressure, fitted on the fit span.
    pub pressure: Option<PressureResponse>,
    /// The response to air pressure by lag, where it has others than 0, and to the other drivers, fitted
    /// on the fit span: nanostrain per driver's unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drivers: Vec<DriverResponse>,
    /// The drift curve, fitted on the fit span.
    pub trend: Option<Trend>,
    /// Renewals of the tide and pressure models.
    pub refits: Vec<Timestamp>,
    /// The scatter after each stage, in order, over the fit span's samples: `raw`, `tide`,
    /// `pressure` (and all other drivers), `jumps`, `trend`, `level`.
    pub stages: Vec<Stage>,
}

impl GaugeReport {
    /// The stage called `name`.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }
}

/// A run of missing samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// The first missing sample.
    pub time: Timestamp,
    /// How many are missing.
    pub samples: usize,
}

/// A value that left its level and came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spike {
    /// Its first sample.
    pub time: Timestamp,
    /// How many samples it lasted.
    pub samples: usize,
    /// How far it went at its first sample, nanostrain.
    pub size: f64,
}

/// A lasting offset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// The first sample that is offset.
    pub time: Timestamp,
    /// The offset, nanostrain.
    pub size: f64,
    /// How it was found.
    pub source: StepSource,
    /// The robust standard deviation of changes over the same interval at that time, nanostrain, no less
    /// than the least size of a jump over its threshold: the size that noise makes. None where the size
    /// was stated, and in reports from before it was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
    /// The earthquake that explains it, where a catalogue was given and has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coseismic: Option<Coseismic>,
}

impl Step {
    /// Size over noise, where the noise is known and there is any.
    pub fn significance(&self) -> Option<f64> {
        self.noise.filter(|noise| *noise > 0.0).map(|noise| self.size.abs() / noise)
    }
}

impl Onset for Step {
    fn onset(&self) -> Timestamp {
        self.time
    }
}

/// How a step was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepSource {
    /// Named in the configuration.
    Known,
    /// Found by its size.
    Detected,
}

/// One tidal constituent of one gauge: amplitude · f(t) · cos(V(t) + u(t) − phase).
///
/// V is the constituent's astronomical argument at Greenwich, f and u its nodal corrections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TidalConstituent {
    /// Darwin's name (`M2`).
    pub name: String,
    /// Period, hours.
    pub period_hours: f64,
    /// Amplitude, nanostrain.
    pub amplitude: f64,
    /// Greenwich phase lag, degrees in 0..360.
    pub phase_degrees: f64,
    /// Standard error of the amplitude, nanostrain.
    pub standard_error: f64,
    /// Where the span is too short to tell it from a larger neighbour: that neighbour, from which
    /// amplitude and phase are taken over in the ratio of the tidal potential.
    pub inferred_from: Option<String>,
}

/// The response of one gauge to air pressure: with several lags that to a slow change, their sum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PressureResponse {
    /// Nanostrain per hPa.
    pub coefficient: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// What is reported of the responses to all drivers: that to air pressure, and those with lags.
pub(super) fn reported(
    setup: &Setup,
    responses: &[DriverResponse],
) -> (Option<PressureResponse>, Vec<DriverResponse>) {
    let pressure = responses.first().filter(|_| setup.barometer().is_some());
    let total = pressure.map(|response| {
        let (coefficient, standard_error) = match response.lags.as_slice() {
            [only] => (only.coefficient, only.standard_error),
            _ => response.total(),
        };
        PressureResponse { coefficient, standard_error }
    });
    let at_once = pressure.is_some_and(|response| response.lags.iter().all(|lag| lag.hours == 0));
    (total, responses.iter().skip(usize::from(at_once)).cloned().collect())
}

/// The drift curve a + b·t + c·t², a + b·t + c·exp(−t/τ) or a polynomial, t in days since the fit span's
/// start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trend {
    /// The curve.
    pub model: TrendModel,
    /// a, nanostrain.
    pub level: f64,
    /// b, nanostrain per day.
    pub slope: f64,
    /// c, nanostrain (per day²); 0 for a straight line, and for a polynomial, of which a and b are value
    /// and slope at t = 0.
    pub curvature: f64,
    /// τ, days.
    pub decay_days: Option<f64>,
    /// The slope with which the curve goes on after the fit span, nanostrain per day.
    pub slope_after: f64,
    /// Of a polynomial the factors of the Legendre polynomials of 2t/T − 1, T the span's days,
    /// nanostrain; none otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub polynomial: Vec<f64>,
}

/// The scatter of a gauge after a stage, over the fit span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stage {
    /// The stage.
    pub name: String,
    /// Standard deviation, nanostrain.
    pub std: f64,
    /// Standard deviation of the differences from sample to sample, nanostrain: what the stage
    /// changed beside drift.
    pub difference_std: f64,
    /// Variance that this stage removed, as a share of the variance before it. Negative where it
    /// added some.
    pub variance_removed: f64,
}
