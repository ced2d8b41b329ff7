use serde::{Deserialize, Serialize};

use crate::error::{Result, check_at_least, check_length, check_values};

/// Least squares line y = slope·t + intercept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LineFit {
    /// Slope, unit of y per unit of t.
    pub slope: f64,
    /// Value at t = 0.
    pub intercept: f64,
    /// Share of the variance explained; 0 where y does not vary.
    pub r2: f64,
    /// Sum of squared residuals.
    pub sse: f64,
    /// Number of points.
    pub n: usize,
}

impl LineFit {
    /// Value at `t`.
    pub fn value(&self, t: f64) -> f64 {
        self.slope * t + self.intercept
    }
}

/// Fits a line by least squares.
///
/// ```
/// let line = sigmoid_stats::fit_line(&[0.0, 1.0, 2.0], &[1.0, 3.0, 5.0])?;
/// assert!((line.slope - 2.0).abs() < 1e-12 && (line.intercept - 1.0).abs() < 1e-12);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Unequal lengths, fewer than two points, a value that is not finite or above 1e75, times that do not
/// increase.
pub fn fit_line(t: &[f64], y: &[f64]) -> Result<LineFit> {
    check_length("y", y.len(), t.len(), "time")?;
    check_at_least("line fit", t.len(), 2)?;
    check_values("y", y)?;
    check_increasing(t)?;
    let n = t.len() as f64;
    let (t_mean, y_mean) = (t.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut tt, mut ty, mut yy) = (0.0, 0.0, 0.0);
    for (t, y) in t.iter().zip(y) {
        let (dt, dy) = (t - t_mean, y - y_mean);
        tt += dt * dt;
        ty += dt * dy;
        yy += dy * dy;
    }
    let slope = ty / tt;
    let residual = |(t, y): (&f64, &f64)| (y - y_mean - slope * (t - t_mean)).powi(2);
    let sse = t.iter().zip(y).map(residual).sum::<f64>();
    let intercept = y_mean - slope * t_mean;
    Ok(LineFit { slope, intercept, r2: r_squared(sse, yy), sse, n: t.len() })
}

/// 1 − SSE/SST, 0 where nothing varies.
pub(crate) fn r_squared(sse: f64, total: f64) -> f64 {
    if total > 0.0 { 1.0 - sse / total } else { 0.0 }
}

/// Refuses times that are not finite, too large or do not increase.
pub(crate) fn check_increasing(t: &[f64]) -> Result<()> {
    check_values("t", t)?;
    match t.windows(2).position(|pair| pair[1] <= pair[0]) {
        Some(i) => Err(crate::StatsError::NotIncreasing { index: i + 1 }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bad_input_is_refused() {
        assert!(fit_line(&[0.0, 1.0], &[1.0]).is_err());
        assert!(fit_line(&[0.0], &[1.0]).is_err());
        assert!(fit_line(&[0.0, 0.0], &[1.0, 2.0]).is_err());
        assert!(fit_line(&[0.0, 1.0], &[1.0, f64::NAN]).is_err());
        assert_eq!(fit_line(&[0.0, 1.0], &[3.0, 3.0]).unwrap().r2, 0.0);
    }

    proptest! {
        #[test]
        fn residuals_are_orthogonal_to_constant_and_time(
            y in prop::collection::vec(-1e3..1e3f64, 3..40)
        ) {
            let t: Vec<f64> = (0..y.len()).map(|i| i as f64 + 0.1 * (i % 3) as f64).collect();
            let line = fit_line(&t, &y).unwrap();
            let residual: Vec<f64> = t.iter().zip(&y).map(|(t, y)| y - line.value(*t)).collect();
            let along: f64 = residual.iter().zip(&t).map(|(r, t)| r * t).sum();
            prop_assert!(residual.iter().sum::<f64>().abs() < 1e-8);
            prop_assert!(along.abs() < 1e-6);
        }
    }
}
