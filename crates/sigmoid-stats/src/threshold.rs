use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};

/// From a normal sample's median absolute deviation to its standard deviation, 1/Φ⁻¹(3/4).
const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;
/// Deviations below this share of the largest value are rounding.
const ROUNDING: f64 = 1e-14;

/// Where the residual spread σe of the bounds ŷ ± Zα·σe comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SigmaRule {
    /// Standard deviation of the reference station's validation residuals.
    ReferenceValidation,
    /// Standard deviation of the target station's residuals in its background span.
    #[default]
    TargetBackground,
    /// 1.4826 × median absolute deviation of the target's background residuals: outliers in the
    /// background do not widen the bounds.
    Robust,
}

/// Bounds ŷ ± Zα·σe, in the unit of the residual (nanostrain).
///
/// ```
/// use ndarray::array;
/// use sigmoid_stats::{SigmaRule, Thresholds};
///
/// let background = array![1.0, -1.0, 1.0, -1.0, f64::NAN];
/// let bounds = Thresholds::estimate(SigmaRule::TargetBackground, background.view(), 1.5)?;
/// assert!((bounds.sigma() - 1.0).abs() < 1e-12);
/// let marks = bounds.exceedances(array![0.0, 2.0, f64::NAN].view());
/// assert_eq!(marks, [Some(false), Some(true), None]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawThresholds")]
pub struct Thresholds {
    sigma: f64,
    z_alpha: f64,
    min_run: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThresholds {
    sigma: f64,
    z_alpha: f64,
    min_run: usize,
}

impl TryFrom<RawThresholds> for Thresholds {
    type Error = StatsError;

    fn try_from(raw: RawThresholds) -> Result<Self> {
        Thresholds::new(raw.sigma, raw.z_alpha)?.with_min_run(raw.min_run)
    }
}

impl Thresholds {
    /// The published multiple of σe.
    pub const Z_ALPHA: f64 = 1.5;

    /// Bounds of known σe; one sample is enough for an exceedance.
    ///
    /// # Errors
    /// σe or Zα not positive and finite.
    pub fn new(sigma: f64, z_alpha: f64) -> Result<Self> {
        for (name, value) in [("sigma", sigma), ("z_alpha", z_alpha)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(StatsError::setting(name, value, "positive and finite"));
            }
        }
        Ok(Thresholds { sigma, z_alpha, min_run: 1 })
    }

    /// σe from residuals (NaN = unobserved) by the rule's estimator. Which residuals they are, the
    /// reference's or the target's, is the rule's meaning and the caller's duty.
    ///
    /// The standard deviation divides by n; both estimators are about the mean and the median.
    ///
    /// # Errors
    /// Fewer than two observed residuals; an infinite one; residuals without spread, for the robust
    /// rule also where more than half of them are the same.
    pub fn estimate(rule: SigmaRule, residuals: ArrayView1<'_, f64>, z_alpha: f64) -> Result<Self> {
        if let Some((index, &value)) = residuals.iter().enumerate().find(|(_, v)| v.is_infinite()) {
            return Err(StatsError::NotFinite { what: "residual", index, value });
        }
        let observed: Vec<f64> = residuals.iter().copied().filter(|v| !v.is_nan()).collect();
        crate::error::check_at_least("residuals", observed.len(), 2)?;
        let sigma = match rule {
            SigmaRule::ReferenceValidation | SigmaRule::TargetBackground => {
                standard_deviation(&observed)
            }
            SigmaRule::Robust => MAD_TO_SIGMA * median_absolute_deviation(&observed),
        };
        // A constant's deviation is rounding, where its mean is not exact.
        let largest = observed.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        if sigma <= ROUNDING * largest {
            return Err(without_spread(rule, &observed, ROUNDING * largest));
        }
        Thresholds::new(sigma, z_alpha)
    }

    /// Requires `min_run` consecutive samples outside the bounds before any of them counts.
    ///
    /// # Errors
    /// Zero.
    pub fn with_min_run(self, min_run: usize) -> Result<Self> {
        if min_run == 0 {
            return Err(StatsError::setting("min_run", min_run, "1 or more samples"));
        }
        Ok(Thresholds { min_run, ..self })
    }

    /// σe, in the unit of the residual.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// Half the width of the band, Zα·σe.
    pub fn half_width(&self) -> f64 {
        self.z_alpha * self.sigma
    }

    /// Lower and upper bound around a prediction.
    pub fn bounds(&self, prediction: f64) -> [f64; 2] {
        [prediction - self.half_width(), prediction + self.half_width()]
    }

    /// Marks each residual `[sample]`: outside the bounds or not, `None` where it is not finite.
    ///
    /// A run is a stretch of samples outside the bounds; an unobserved sample ends it.
    pub fn exceedances(&self, residual: ArrayView1<'_, f64>) -> Vec<Option<bool>> {
        let limit = self.half_width();
        let mut marks: Vec<Option<bool>> =
            residual.iter().map(|r| r.is_finite().then(|| r.abs() > limit)).collect();
        if self.min_run > 1 {
            drop_short_runs(&mut marks, self.min_run);
        }
        marks
    }
}

/// Marks samples of a residual outside ±Zα·σe; see [`Thresholds::exceedances`].
///
/// # Errors
/// σe or Zα not positive and finite, `min_run` zero.
pub fn exceedances(
    residual: ArrayView1<'_, f64>,
    sigma: f64,
    z_alpha: f64,
    min_run: usize,
) -> Result<Vec<Option<bool>>> {
    Ok(Thresholds::new(sigma, z_alpha)?.with_min_run(min_run)?.exceedances(residual))
}

pub(crate) fn drop_short_runs(marks: &mut [Option<bool>], min_run: usize) {
    let mut start = 0;
    while start < marks.len() {
        let run = marks[start..].iter().take_while(|m| **m == Some(true)).count();
        if run < min_run {
            marks[start..start + run].fill(Some(false));
        }
        start += run + 1;
    }
}

/// Why residuals have no spread: they are all the same, or most are and the rule looks at no others.
fn without_spread(rule: SigmaRule, observed: &[f64], rounding: f64) -> StatsError {
    let what = "the residual";
    let range = observed.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
        [low.min(*value), high.max(*value)]
    });
    if rule == SigmaRule::Robust && range[1] - range[0] > rounding {
        StatsError::NoRobustSpread { what, value: median(&mut observed.to_vec()) }
    } else {
        StatsError::NoVariation { what, value: observed[0] }
    }
}

fn median_absolute_deviation(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    let center = median(&mut values);
    values.iter_mut().for_each(|v| *v = (*v - center).abs());
    median(&mut values)
}

fn standard_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { (values[half - 1] + values[half]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    #[test]
    fn short_runs_are_dropped_and_a_gap_ends_a_run() {
        let residual = array![2.0, 2.0, 0.0, 2.0, f64::NAN, 2.0, 2.0, -2.0];
        let marks = exceedances(residual.view(), 1.0, 1.5, 3).unwrap();
        let expected = [
            Some(false),
            Some(false),
            Some(false),
            Some(false),
            None,
            Some(true),
            Some(true),
            Some(true),
        ];
        assert_eq!(marks, expected);
    }

    #[test]
    fn one_outlier_moves_the_standard_deviation_but_not_the_robust_sigma() {
        let mut residual = Array1::from_iter((0..101).map(|i| (i as f64 - 50.0) / 10.0));
        let sigma = |rule, r: &Array1<f64>| {
            Thresholds::estimate(rule, r.view(), 1.5).map(|t| t.sigma()).unwrap()
        };
        let before = sigma(SigmaRule::Robust, &residual);
        residual[100] = 1e6;
        assert!((sigma(SigmaRule::Robust, &residual) - before).abs() < 1e-12);
        assert!(sigma(SigmaRule::TargetBackground, &residual) > 1e4);
    }

    #[test]
    fn residuals_that_are_mostly_one_value_have_a_deviation_but_no_robust_one() {
        let mostly = array![5.0, 5.0, 5.0, 9.0];
        let robust = Thresholds::estimate(SigmaRule::Robust, mostly.view(), 1.5).unwrap_err();
        assert!(matches!(robust, StatsError::NoRobustSpread { value: 5.0, .. }), "{robust}");
        assert!(robust.to_string().contains("more than half of the values are 5"), "{robust}");
        assert!(Thresholds::estimate(SigmaRule::TargetBackground, mostly.view(), 1.5).is_ok());
    }

    #[test]
    fn bad_settings_and_flat_residuals_are_refused() {
        let flat = array![1.0, 1.0, 1.0];
        for rule in [SigmaRule::Robust, SigmaRule::ReferenceValidation] {
            let result = Thresholds::estimate(rule, flat.view(), 1.5);
            assert!(matches!(result, Err(StatsError::NoVariation { value: 1.0, .. })));
        }
        // Rounding has no spread by any rule.
        let rounded = Array1::from_iter((0..8).map(|i| 0.1 + 1e-17 * f64::from(i % 2)));
        assert!(rounded[0] != rounded[1]);
        for rule in [SigmaRule::Robust, SigmaRule::ReferenceValidation] {
            let refused = Thresholds::estimate(rule, rounded.view(), 1.5).unwrap_err();
            assert!(matches!(refused, StatsError::NoVariation { .. }), "{refused}");
        }
        assert!(Thresholds::new(0.0, 1.5).is_err());
        assert!(Thresholds::new(1.0, f64::NAN).is_err());
        assert!(exceedances(flat.view(), 1.0, 1.5, 0).is_err());
    }
}
