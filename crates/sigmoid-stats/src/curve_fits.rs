use serde::{Deserialize, Serialize};

use crate::counts::cumulative;
use crate::error::Result;
use crate::information::{delta_aicc, ratio};
use crate::line::fit_line;
use crate::sigmoid::{Bound, SigmoidOptions, fit_sigmoid};

/// Sigmoid a/(1 + e^(−b(t−c))) + d fitted to a cumulative curve by least squares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SigmoidCurve {
    /// Amplitude, counts.
    pub a: f64,
    /// Steepness, per day.
    pub b: f64,
    /// Inflection, days since the window's first day; the value of day i is the sum up to its end.
    pub c: f64,
    /// Level before the rise, counts.
    pub d: f64,
    /// Share of the variance explained.
    pub r2: f64,
}

/// Line fitted to the same curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LineCurve {
    /// Counts per day.
    pub slope: f64,
    /// Counts at the window's first day.
    pub intercept: f64,
    /// Share of the variance explained.
    pub r2: f64,
}

/// Both fits of one window and their comparison, as published.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CurveFits {
    pub(crate) sigmoid: SigmoidCurve,
    pub(crate) line: LineCurve,
    pub(crate) ratio: f64,
    pub(crate) delta_aicc: f64,
    pub(crate) bound: Option<Bound>,
    pub(crate) converged: bool,
}

impl CurveFits {
    /// Fits the cumulative curve of a window's counts on its observed days.
    pub(crate) fn new(window: &[Option<f64>], options: &SigmoidOptions) -> Result<Self> {
        let (times, curve) = observed_curve(window);
        let sigmoid = fit_sigmoid(&times, &curve, options)?;
        let line = fit_line(&times, &curve)?;
        Ok(CurveFits {
            ratio: ratio(&sigmoid, &line),
            delta_aicc: delta_aicc(&line, &sigmoid)?,
            bound: sigmoid.bound_hit,
            converged: sigmoid.stop.converged(),
            sigmoid: SigmoidCurve {
                a: sigmoid.a,
                b: sigmoid.b,
                c: sigmoid.c,
                d: sigmoid.d,
                r2: sigmoid.r2,
            },
            line: LineCurve { slope: line.slope, intercept: line.intercept, r2: line.r2 },
        })
    }
}

/// Days since the first and running sum of the observed days; gaps are bridged in the sum.
pub(crate) fn observed_curve(window: &[Option<f64>]) -> (Vec<f64>, Vec<f64>) {
    let sum = cumulative(window);
    (0..window.len()).filter(|&i| window[i].is_some()).map(|i| (i as f64, sum[i])).unzip()
}
