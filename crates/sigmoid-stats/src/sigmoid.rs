use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};
use crate::levenberg_marquardt::Stop;
use crate::sigmoid_plan::SigmoidPlan;

/// A bound of the search that the best curve lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Bound {
    /// Smallest steepness. At the default bound the curve is a straight line on the data.
    SteepnessLower,
    /// Largest steepness. At the default bound the curve is a step between two times.
    SteepnessUpper,
    /// Earliest inflection. At the default bound the curve is a decaying exponential.
    InflectionLower,
    /// Latest inflection. At the default bound the curve is a growing exponential.
    InflectionUpper,
}

/// Settings of [`fit_sigmoid`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SigmoidOptions {
    /// Range of b, per unit of t. Default: from a straight line (1e-4 over the span) to a step
    /// (10 over the smallest time step).
    pub steepness: Option<[f64; 2]>,
    /// Range of c, unit of t. Default: one span before the data to one span after.
    pub inflection: Option<[f64; 2]>,
    /// Starting points refined, the best local minima of a grid over b and c.
    pub starts: usize,
    /// Iterations allowed for each start.
    pub max_iterations: u64,
    /// Relative tolerance on step and gradient.
    pub tolerance: f64,
}

impl Default for SigmoidOptions {
    fn default() -> Self {
        SigmoidOptions {
            steepness: None,
            inflection: None,
            starts: 5,
            max_iterations: 300,
            tolerance: 1e-11,
        }
    }
}

impl SigmoidOptions {
    /// Keeps b inside `[low, high]`, per unit of t.
    pub fn with_steepness(mut self, range: [f64; 2]) -> Self {
        self.steepness = Some(range);
        self
    }

    /// Keeps c inside `[low, high]`, unit of t.
    pub fn with_inflection(mut self, range: [f64; 2]) -> Self {
        self.inflection = Some(range);
        self
    }

    /// Number of starting points refined.
    pub fn with_starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// Relative tolerance and iteration limit.
    pub fn with_tolerance(mut self, tolerance: f64, max_iterations: u64) -> Self {
        self.tolerance = tolerance;
        self.max_iterations = max_iterations;
        self
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// An empty or non-finite range, a steepness that is not positive, no starts, no iterations, a
    /// tolerance outside 0..1.
    pub fn validate(&self) -> Result<()> {
        for (name, range) in [("steepness", self.steepness), ("inflection", self.inflection)] {
            let Some([low, high]) = range else { continue };
            if !(low.is_finite() && high.is_finite() && low < high) {
                return Err(StatsError::setting(name, format!("{low}..{high}"), "low < high"));
            }
        }
        if let Some([low, _]) = self.steepness.filter(|r| r[0] <= 0.0) {
            return Err(StatsError::setting("steepness", low, "greater than zero"));
        }
        if self.starts == 0 || self.max_iterations == 0 {
            return Err(StatsError::setting("starts, max_iterations", 0, "1 or more"));
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return Err(StatsError::setting("tolerance", self.tolerance, "between 0 and 1"));
        }
        Ok(())
    }
}

/// Least squares sigmoid y = a/(1 + e^(−b(t−c))) + d with what is needed to judge it.
///
/// b is positive, so `a` carries the direction. The standard errors assume independent residuals;
/// those of a cumulative curve are not, and the errors are then several times too small. For the
/// inflection's interval use [`analyze`](crate::analyze).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SigmoidFit {
    /// Amplitude, unit of y.
    pub a: f64,
    /// Steepness, per unit of t.
    pub b: f64,
    /// Inflection, unit of t.
    pub c: f64,
    /// Level before the rise, unit of y.
    pub d: f64,
    /// Share of the variance explained; 0 where y does not vary.
    pub r2: f64,
    /// Sum of squared residuals.
    pub sse: f64,
    /// Number of points.
    pub n: usize,
    /// Standard errors of a, b, c, d; absent where the data do not determine all four (a bound was
    /// hit, no degree of freedom is left, or the curve is a line within rounding). Their covariance is that of
    /// [`fit_curve`](crate::fit_curve).
    pub standard_errors: Option<[f64; 4]>,
    /// The bound that the best curve lies on, the steepness first where both do.
    pub bound_hit: Option<Bound>,
    /// Why the best start stopped.
    pub stop: Stop,
    /// Starting points refined.
    pub starts: usize,
    /// How many of them reached the best sum of squares (relative 1e-6).
    pub starts_agreed: usize,
}

impl SigmoidFit {
    /// Value at `t`.
    pub fn value(&self, t: f64) -> f64 {
        crate::sigmoid(t, self.a, self.b, self.c, self.d)
    }
}

/// Fits a sigmoid by least squares.
///
/// For every b and c the best a and d are a linear regression, so the search has two dimensions
/// (variable projection, Golub & Pereyra 1973, with Kaufman's Jacobian): a grid over both, then
/// Levenberg–Marquardt from the grid's best local minima. Not converging is no error;
/// [`SigmoidFit::stop`] says so. Many curves over the same times: [`SigmoidPlan`].
///
/// ```
/// use sigmoid_stats::{SigmoidOptions, fit_sigmoid, sigmoid};
///
/// let t: Vec<f64> = (0..60).map(f64::from).collect();
/// let y: Vec<f64> = t.iter().map(|&t| sigmoid(t, 120.0, 0.2, 35.0, 10.0)).collect();
/// let fit = fit_sigmoid(&t, &y, &SigmoidOptions::default())?;
/// assert!((fit.c - 35.0).abs() < 1e-6 && (fit.a - 120.0).abs() < 1e-6);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Fewer than six points, unequal lengths, values that are not finite or above 1e75, times that do
/// not increase, settings out of range.
pub fn fit_sigmoid(t: &[f64], y: &[f64], options: &SigmoidOptions) -> Result<SigmoidFit> {
    SigmoidPlan::new(t, options)?.fit(y)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Other units and another origin of y and of t: the same curve in them.
        #[test]
        fn a_fit_knows_neither_unit_nor_origin(
            seed: u64, a in 50.0..200.0_f64, b in 0.1..0.4_f64, c in 40.0..80.0_f64,
            unit in 0.01..100.0_f64, origin in -1e3..1e3_f64, day in 0.01..50.0_f64,
            first in -2.5e6..2.5e6_f64,
        ) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let t: Vec<f64> = (0..120).map(f64::from).collect();
            let noise = |rng: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(rng) };
            let y: Vec<f64> =
                t.iter().map(|t| crate::sigmoid(*t, a, b, c, 3.0) + noise(&mut rng)).collect();
            let fit = fit_sigmoid(&t, &y, &SigmoidOptions::default()).unwrap();
            prop_assert!(fit.bound_hit.is_none());
            let turned_t: Vec<f64> = t.iter().map(|t| day * t + first).collect();
            let turned_y: Vec<f64> = y.iter().map(|y| unit * y + origin).collect();
            let turned = fit_sigmoid(&turned_t, &turned_y, &SigmoidOptions::default()).unwrap();
            let pairs = [
                (turned.a, unit * fit.a, unit * a),
                (turned.b, fit.b / day, b / day),
                (turned.c, day * fit.c + first, 100.0 * day),
                (turned.d, unit * fit.d + origin, unit * a),
                (turned.sse, unit * unit * fit.sse, unit * unit * 120.0),
                (turned.r2, fit.r2, 1.0),
            ];
            for (found, wanted, size) in pairs {
                prop_assert!((found - wanted).abs() < 1e-5 * size, "{} {}", found, wanted);
            }
            let (errors, before) = (turned.standard_errors.unwrap(), fit.standard_errors.unwrap());
            for (k, factor) in [unit, 1.0 / day, day, unit].into_iter().enumerate() {
                prop_assert!((errors[k] / (factor * before[k]) - 1.0).abs() < 1e-3, "{k}");
            }
        }
    }
}
