use std::fmt;

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

/// The modes of one signal and how they were reached.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decomposition {
    /// `[mode, time]`, in the signal's unit. `Converged` sorts modes by frequency (lowest first);
    /// `Reference` keeps the reference's order.
    pub modes: Array2<f64>,
    /// Centre frequency of each mode, cycles per sample.
    pub center_frequencies: Vec<f64>,
    /// Passes over the spectrum: sweeps, and for `Converged` with τ = 0 evaluations of the fixed-point
    /// map after them.
    pub iterations: usize,
    /// Why it stopped.
    pub stop: StopReason,
    /// Certificate: by how much the result fails the fixed-point equations, relative.
    ///
    /// For τ = 0 the largest over modes of |G(ω) − ω| / max(ω, 1/2N), where G(ω) is the centre of
    /// gravity of the mode's power when all modes are optimal for ω, and 1/2N one bin of the
    /// spectrum. For τ > 0 the larger of that step within the last sweep and of the relative
    /// residual ‖f − Σu‖/‖f‖, which the dual ascent drives to zero.
    pub stationarity: f64,
    /// Signal minus the sum of modes.
    pub residual: Array1<f64>,
}

/// Why the iteration stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The tolerance was met.
    Converged,
    /// The signal is constant: the answer is known without iterating.
    Constant,
    /// The largest allowed number of iterations was done first.
    IterationCap,
    /// Rounding kept the result from improving before the tolerance was met.
    Stagnated,
    /// `Reference` with a tolerance of 2 or more: the reference's loop never starts.
    NotStarted,
}

impl StopReason {
    /// Whether the result meets what was asked.
    pub fn converged(&self) -> bool {
        matches!(self, Self::Converged | Self::Constant)
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Converged => "tolerance met",
            Self::Constant => "constant signal, exact answer",
            Self::IterationCap => "iteration cap reached",
            Self::Stagnated => "rounding floor reached before the tolerance",
            Self::NotStarted => "tolerance so large that no sweep was done",
        })
    }
}

/// Period of a `frequency` in cycles per sample, in the unit of `sampling_interval`; infinite for
/// frequency zero.
///
/// ```
/// assert_eq!(vmd::period(0.25, 60.0), 240.0); // one-minute samples, seconds
/// assert_eq!(vmd::period(0.0, 60.0), f64::INFINITY);
/// ```
pub fn period(frequency: f64, sampling_interval: f64) -> f64 {
    if frequency == 0.0 { f64::INFINITY } else { sampling_interval / frequency }
}
