use serde::{Deserialize, Serialize};

use crate::curve_options::CurveOptions;
use crate::curves::{Curve, CurveBound, CurveKind};
use crate::error::{Result, StatsError, check_at_least, check_length, check_values};
use crate::information::{aicc, bic};
use crate::least_squares::covariance;
use crate::levenberg_marquardt::Stop;
use crate::line::{check_increasing, fit_line, r_squared};
use crate::separable::{Found, Separable};
use crate::sigmoid::fit_sigmoid;
use crate::sums::{center, dot};

/// Least squares fit of one kind of curve, and what is needed to compare it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CurveFit {
    /// Which kind.
    pub kind: CurveKind,
    /// The curve.
    pub curve: Curve,
    /// Share of the variance explained.
    pub r2: f64,
    /// Sum of squared residuals.
    pub sse: f64,
    /// Corrected Akaike criterion; its differences take the points as independent, which those of
    /// a running sum are not.
    pub aicc: f64,
    /// Bayesian criterion, of which the same is true.
    pub bic: f64,
    /// Bounds of the search that non-linear parameters lie on; these are then no estimates.
    pub bounds_hit: Vec<CurveBound>,
    /// Covariance of the curve's parameters, in the order of [`Curve::parameters`], s²·(JᵀJ)⁻¹; `None` where the
    /// data do not determine all of them or a bound was hit. It takes the points as independent; the errors of a
    /// running sum are a random walk, beside which these are several times too small.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// Why the best start stopped.
    pub stop: Stop,
    /// Starting points refined.
    pub starts: usize,
    /// How many of them reached the best sum of squares (relative 1e-6).
    pub starts_agreed: usize,
}

impl CurveFit {
    /// Standard errors of the curve's parameters, of which the same is true as of the covariance.
    pub fn standard_errors(&self) -> Option<Vec<f64>> {
        let covariance = self.covariance.as_ref()?;
        Some(covariance.iter().enumerate().map(|(i, row)| row[i].max(0.0).sqrt()).collect())
    }
}

/// Fits one kind of curve by least squares: the linear parameters are projected out, the one or
/// two others searched from the best points of a grid.
///
/// ```
/// use sigmoid_stats::{Curve, CurveKind, fit_curve};
///
/// let t: Vec<f64> = (0..50).map(f64::from).collect();
/// let y: Vec<f64> = t.iter().map(|t| 2.0 * t + 5.0 * (t - 30.0f64).max(0.0)).collect();
/// let fit = fit_curve(CurveKind::Piecewise, &t, &y)?;
/// let Curve::Piecewise { break_time, .. } = fit.curve else { panic!() };
/// assert!((break_time - 30.0).abs() < 1e-6);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Fewer than seven points, unequal lengths, values that are not finite or above 1e75, times that do
/// not increase, values that do not vary.
pub fn fit_curve(kind: CurveKind, t: &[f64], y: &[f64]) -> Result<CurveFit> {
    fit_curve_within(kind, t, y, &CurveOptions::default())
}

/// As [`fit_curve`], with non-linear parameters kept inside given ranges. A fit that lies on one says so
/// (`bounds_hit`), and has no errors.
///
/// ```
/// use sigmoid_stats::{Curve, CurveBound, CurveKind, CurveOptions, fit_curve_within};
///
/// let t: Vec<f64> = (0..50).map(f64::from).collect();
/// let y: Vec<f64> = t.iter().map(|t| 2.0 * t + 5.0 * (t - 30.0f64).max(0.0)).collect();
/// let early = CurveOptions::default().with_break_time([5.0, 25.0]);
/// let fit = fit_curve_within(CurveKind::Piecewise, &t, &y, &early)?;
/// assert_eq!(fit.bounds_hit, [CurveBound::BreakUpper]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// As [`fit_curve`], and ranges that are empty or that the times do not allow.
pub fn fit_curve_within(
    kind: CurveKind,
    t: &[f64],
    y: &[f64],
    options: &CurveOptions,
) -> Result<CurveFit> {
    options.validate()?;
    check_length("y", y.len(), t.len(), "time")?;
    check_at_least("curve fit", t.len(), 7)?;
    check_values("y", y)?;
    check_increasing(t)?;
    let mut centered = y.to_vec();
    let mean = center(&mut centered);
    let total = dot(&centered, &centered);
    if total <= (1e-14 * mean).powi(2) * y.len() as f64 {
        return Err(StatsError::NoVariation { what: "y", value: y[0] });
    }
    match kind {
        CurveKind::Line => {
            let line = fit_line(t, y)?;
            let curve = Curve::Line { slope: line.slope, intercept: line.intercept };
            let (sse, bounds_hit) = (line.sse, Vec::new());
            Found { curve, sse, bounds_hit, stop: Stop::Gradient, starts: [1, 1] }
                .judged(kind, t, total)
        }
        CurveKind::Sigmoid => {
            let fit = fit_sigmoid(t, y, &options.sigmoid)?;
            let curve = Curve::Sigmoid { a: fit.a, b: fit.b, c: fit.c, d: fit.d };
            let bounds_hit = fit.bound_hit.map(CurveBound::Sigmoid).into_iter().collect();
            let starts = [fit.starts, fit.starts_agreed];
            Found { curve, sse: fit.sse, bounds_hit, stop: fit.stop, starts }.judged(kind, t, total)
        }
        CurveKind::Exponential | CurveKind::PowerLaw | CurveKind::Piecewise => {
            Separable::new(kind, t, y, options)?.fit()?.judged(kind, t, total)
        }
    }
}

/// Fits every kind of curve, best AICc first.
///
/// # Errors
/// As [`fit_curve`].
pub fn compare_curves(t: &[f64], y: &[f64]) -> Result<Vec<CurveFit>> {
    let mut fits = CurveKind::ALL
        .into_iter()
        .map(|kind| fit_curve(kind, t, y))
        .collect::<Result<Vec<CurveFit>>>()?;
    fits.sort_by(|a, b| a.aicc.total_cmp(&b.aicc));
    Ok(fits)
}

impl Found {
    fn covariance(&self, t: &[f64]) -> Result<Option<Vec<Vec<f64>>>> {
        let rows: Vec<Vec<f64>> = t.iter().map(|t| self.curve.gradient(*t)).collect();
        let column = |k: usize| rows.iter().map(|row| row[k]).collect();
        let jacobian: Vec<Vec<f64>> = (0..self.curve.parameters().len()).map(column).collect();
        let found = covariance(&jacobian, self.sse)?;
        Ok(found.map(|found| found.rows().into_iter().map(|row| row.to_vec()).collect()))
    }

    fn judged(self, kind: CurveKind, t: &[f64], total: f64) -> Result<CurveFit> {
        let n = t.len();
        let covariance = match self.bounds_hit.is_empty() {
            true => self.covariance(t)?,
            false => None,
        };
        // Below rounding every curve is exact, and the logarithm must not see differences.
        let sse = self.sse.max(1e-26 * total);
        Ok(CurveFit {
            kind,
            curve: self.curve,
            r2: r_squared(self.sse, total),
            sse: self.sse,
            aicc: aicc(sse, n, kind.parameters())?,
            bic: bic(sse, n, kind.parameters())?,
            bounds_hit: self.bounds_hit,
            covariance,
            stop: self.stop,
            starts: self.starts[0],
            starts_agreed: self.starts[1],
        })
    }
}

#[cfg(test)]
#[path = "alternatives_tests.rs"]
mod tests;
