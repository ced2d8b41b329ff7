use crate::error::{Result, StatsError, check_at_least};
use crate::line::LineFit;
use crate::sigmoid::SigmoidFit;

/// Free numbers of a line, its residual variance included.
const LINE_PARAMETERS: usize = 3;
/// Free numbers of a sigmoid, its residual variance included.
const SIGMOID_PARAMETERS: usize = 5;

/// Corrected Akaike criterion of a least squares fit, n·ln(SSE/n) + 2k + 2k(k+1)/(n−k−1).
///
/// `k` counts every fitted number, the residual variance among them (line 3, sigmoid 5); the
/// constant n(ln 2π + 1), the same for every model of one series, is left out (Burnham & Anderson
/// 2002, eq. 2.12).
///
/// # Errors
/// SSE negative or not finite, or n < k + 2.
pub fn aicc(sse: f64, n: usize, k: usize) -> Result<f64> {
    check_at_least("AICc", n, k + 2)?;
    let (n, k) = (n as f64, k as f64);
    Ok(log_sse(sse, n)? + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0))
}

/// Bayesian criterion of a least squares fit, n·ln(SSE/n) + k·ln n, with `k` as in [`aicc`].
///
/// # Errors
/// SSE negative or not finite, or no points.
pub fn bic(sse: f64, n: usize, k: usize) -> Result<f64> {
    check_at_least("BIC", n, 1)?;
    let n = n as f64;
    Ok(log_sse(sse, n)? + k as f64 * n.ln())
}

/// AICc of the line minus AICc of the sigmoid on the same points: positive where the sigmoid is
/// worth its two extra parameters. Cumulative counts are autocorrelated, which AICc does not know,
/// so it favours the sigmoid; the surrogate p-values of [`analyze`](crate::analyze) do not.
///
/// # Errors
/// The fits are of different numbers of points, or of fewer than 7.
pub fn delta_aicc(line: &LineFit, sigmoid: &SigmoidFit) -> Result<f64> {
    crate::error::check_length("sigmoid fit", sigmoid.n, line.n, "point of the line")?;
    // Two exact fits differ by rounding only, which the logarithm must not see.
    let floor =
        line.n as f64 * (1e-13 * (line.slope.abs() * line.n as f64 + line.intercept.abs())).powi(2);
    let line_aicc = aicc(line.sse.max(floor), line.n, LINE_PARAMETERS)?;
    Ok(line_aicc - aicc(sigmoid.sse.max(floor), line.n, SIGMOID_PARAMETERS)?)
}

/// AICc and BIC of a line minus those of a sigmoid on the same points, from the shares of the variance
/// that they explain.
pub(crate) fn delta_criteria(line_r2: f64, sigmoid_r2: f64, points: usize) -> [f64; 2] {
    let n = points as f64;
    // Rounding must not make an exact fit infinitely better than another.
    let left = |r2: f64| (1.0 - r2).max(1e-14);
    let gained = n * (left(line_r2) / left(sigmoid_r2)).ln();
    let [line, sigmoid] = [LINE_PARAMETERS, SIGMOID_PARAMETERS].map(|k| k as f64);
    let cost = |k: f64| 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0);
    [gained + cost(line) - cost(sigmoid), gained + (line - sigmoid) * n.ln()]
}

/// R² of the sigmoid over R² of the line, as published; 1 where neither explains anything.
///
/// A converged sigmoid has the line as a limit, so the ratio is at least 1 whatever the data: a
/// ratio above 1 is no evidence by itself.
pub fn ratio(sigmoid: &SigmoidFit, line: &LineFit) -> f64 {
    ratio_of(sigmoid.r2, line.r2)
}

pub(crate) fn ratio_of(sigmoid_r2: f64, line_r2: f64) -> f64 {
    // A line that explains nothing of a curve that the sigmoid explains has no finite ratio.
    if sigmoid_r2 <= 0.0 { 1.0 } else { sigmoid_r2 / line_r2.max(1e-12) }
}

fn log_sse(sse: f64, n: f64) -> Result<f64> {
    if !(sse.is_finite() && sse >= 0.0) {
        return Err(StatsError::setting("sse", sse, "zero or more and finite"));
    }
    Ok(n * (sse / n).max(f64::MIN_POSITIVE).ln())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn too_few_points_and_bad_sums_are_refused() {
        assert!(aicc(1.0, 4, 3).is_err());
        assert!(aicc(f64::NAN, 10, 3).is_err());
        assert!(bic(-1.0, 10, 3).is_err());
    }

    /// Heat of setting of 13 cements (Woods, Steinour & Starke 1932, as in Hald 1952), the worked example of
    /// Burnham & Anderson: sums of squares of the five best regressions on the ingredients, the differences
    /// of their AICc worked by hand, and the best one's from its variance of 4.45.
    #[test]
    fn the_cement_data() {
        assert!((aicc(13.0 * 4.45, 13, 4).unwrap() - 32.41).abs() < 5e-3);
        let best = aicc(57.90448, 13, 4).unwrap();
        for (sse, k, difference) in [
            (47.97273, 5, 3.12532), // 13·ln(47.97273/57.90448) + (10 + 60/7) − (8 + 40/8)
            (48.11061, 5, 3.16263),
            (74.76211, 4, 3.32171),
            (50.83612, 5, 3.87899),
        ] {
            let found = aicc(sse, 13, k).unwrap() - best;
            assert!((found - difference).abs() < 1e-5, "{found} {difference}");
        }
    }

    proptest! {
        #[test]
        fn at_equal_sse_the_smaller_model_wins_and_aicc_tends_to_aic(
            sse in 1e-3..1e6f64, n in 10usize..500, k in 1usize..6
        ) {
            prop_assert!(aicc(sse, n, k).unwrap() < aicc(sse, n, k + 1).unwrap());
            let aic = n as f64 * (sse / n as f64).ln() + 2.0 * k as f64;
            let correction = aicc(sse, n, k).unwrap() - aic;
            prop_assert!(correction > 0.0);
            let kf = k as f64;
            let bound = 2.0 * kf * (kf + 1.0) / (n as f64 - kf - 1.0);
            prop_assert!((correction - bound).abs() < 1e-6 * (1.0 + aic.abs()));
        }
    }
}
