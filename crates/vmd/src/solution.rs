use std::fmt;

use ndarray::{Array1, Array2};
use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::{Real, TraceStep};

/// The modes of one signal and how they were reached.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decomposition<T: Real = f64> {
    /// `[mode, time]`, in the signal's unit. `Converged` sorts modes by frequency (lowest first);
    /// `Reference` keeps the reference's order.
    pub modes: Array2<T>,
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
    /// Whether sweeping leads to the same fixed point, where
    /// [`VmdConfig::with_cross_check`](crate::VmdConfig::with_cross_check) asked for it and the
    /// solver is `Converged` with τ = 0.
    pub cross_check: Option<CrossCheck>,
    /// Signal minus the sum of modes.
    pub residual: Array1<T>,
    /// `[mode, bin]`: half spectra (bins 0..=N of 2N) of the modes of the mirrored signal, in the
    /// signal's unit, unnormalised; where [`VmdConfig::with_spectra`](crate::VmdConfig::with_spectra)
    /// asked for them. Bin b is at b/2N cycles per sample.
    pub spectra: Option<Array2<Complex<T>>>,
    /// Every iteration, where [`VmdConfig::with_trace`](crate::VmdConfig::with_trace) asked for it;
    /// otherwise empty.
    pub trace: Vec<TraceStep>,
}

impl<T: Real> Decomposition<T> {
    /// Centre frequencies in hertz, given the sampling interval in seconds.
    ///
    /// ```
    /// use vmd::{VmdConfig, decompose};
    ///
    /// let signal: Vec<f64> = (0..200).map(|i| (0.3 * f64::from(i)).cos()).collect();
    /// let found = decompose(&signal, &VmdConfig::new(1, 200.0))?;
    /// assert!((found.hertz(0.01)[0] - 30.0 / std::f64::consts::TAU).abs() < 0.1);
    /// assert!((found.periods(60.0)[0] - 60.0 * std::f64::consts::TAU / 0.3).abs() < 10.0);
    /// # Ok::<(), vmd::VmdError>(())
    /// ```
    pub fn hertz(&self, sampling_interval_s: f64) -> Vec<f64> {
        self.center_frequencies.iter().map(|f| f / sampling_interval_s).collect()
    }

    /// Periods of the centre frequencies in the unit of `sampling_interval`; see [`period`].
    pub fn periods(&self, sampling_interval: f64) -> Vec<f64> {
        self.center_frequencies.iter().map(|&f| period(f, sampling_interval)).collect()
    }
}

/// Where a second way ended; see [`VmdConfig::with_cross_check`](crate::VmdConfig::with_cross_check).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CrossCheck {
    /// At the same frequencies within 1e-9 cycles per sample.
    Same,
    /// At another fixed point.
    Elsewhere,
    /// At no fixed point within the largest allowed number of iterations.
    Unsettled,
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
