use serde::{Deserialize, Serialize};

use crate::curve_options::CurveOptions;
use crate::curves::{Curve, CurveBound, CurveKind};
use crate::error::{Result, StatsError, check_at_least, check_finite, check_length};
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
/// Fewer than seven points, unequal lengths, values that are not finite, times that do not
/// increase, values that do not vary.
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
    check_finite("y", y)?;
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn times() -> Vec<f64> {
        (0..120).map(|i| 3.0 + 1.5 * f64::from(i)).collect()
    }

    #[test]
    fn each_curve_without_noise_gives_back_its_parameters_and_wins() {
        let t = times();
        let curves = [
            Curve::Exponential { a: 0.5, k: 0.02, d: 7.0 },
            Curve::Exponential { a: -50.0, k: -0.015, d: 70.0 },
            Curve::PowerLaw { a: 12.0, failure_time: 190.0, m: 0.35, d: 90.0 },
            Curve::Piecewise {
                slope_before: 0.5,
                slope_after: 2.0,
                break_time: 100.3,
                intercept: -4.0,
            },
            Curve::Sigmoid { a: 120.0, b: 0.12, c: 90.0, d: 3.0 },
        ];
        for curve in curves {
            let y: Vec<f64> = t.iter().map(|t| curve.value(*t)).collect();
            let best = &compare_curves(&t, &y).unwrap()[0];
            assert!(
                std::mem::discriminant(&best.curve) == std::mem::discriminant(&curve),
                "{best:?}"
            );
            for x in &t {
                let error = (best.curve.value(*x) - curve.value(*x)).abs();
                assert!(error < 1e-4 * (1.0 + curve.value(*x).abs()), "{best:?} {curve:?}");
            }
        }
    }

    #[test]
    fn bounds_are_named_and_leave_no_errors() {
        let t = times();
        let of = |kind, value: &dyn Fn(f64) -> f64| {
            let y: Vec<f64> = t.iter().map(|t| value(*t)).collect();
            let fit = fit_curve(kind, &t, &y).unwrap();
            assert_eq!(fit.covariance.is_none(), !fit.bounds_hit.is_empty(), "{fit:?}");
            fit.bounds_hit
        };
        let last = t[t.len() - 1];
        // All of the rise in the last step, or in the first.
        let step = |at: f64| move |t: f64| if t < at { 0.0 } else { 1.0 };
        assert_eq!(of(CurveKind::Exponential, &step(last)), [CurveBound::GrowthUpper]);
        assert_eq!(of(CurveKind::Exponential, &step(t[1])), [CurveBound::GrowthLower]);
        assert_eq!(of(CurveKind::Piecewise, &step(last)), [CurveBound::BreakUpper]);
        let line = |t: f64| 2.0 * t + (t * 0.7).sin();
        let bent = of(CurveKind::PowerLaw, &line);
        assert!(bent.contains(&CurveBound::ExponentUpper), "{bent:?}");
        assert!(of(CurveKind::Piecewise, &|t| (t - 0.4 * last).max(0.0) + t.sin()).is_empty());
    }

    #[test]
    fn bad_input_is_refused() {
        let t = times();
        for kind in CurveKind::ALL {
            assert!(fit_curve(kind, &t[..5], &t[..5]).is_err());
            assert!(matches!(
                fit_curve(kind, &t, &vec![2.0; t.len()]),
                Err(StatsError::NoVariation { .. })
            ));
            assert!(fit_curve(kind, &t, &vec![f64::NAN; t.len()]).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn curves_that_hold_the_line_fit_no_worse_and_know_neither_unit_nor_level(
            noise in prop::collection::vec(-1.0..1.0f64, 120), scale in 0.1..10.0f64, shift in -9.0..9.0f64
        ) {
            let t = times();
            let y: Vec<f64> = noise.iter().scan(0.0, |s, e| { *s += e + 0.5; Some(*s) }).collect();
            let turned: Vec<f64> = y.iter().map(|y| scale * y + shift).collect();
            let line = fit_curve(CurveKind::Line, &t, &y).unwrap();
            for kind in [CurveKind::Exponential, CurveKind::Piecewise, CurveKind::PowerLaw] {
                let fit = fit_curve(kind, &t, &y).unwrap();
                // The power law has the line only as its limit m → 1, which its bounds leave out.
                if kind != CurveKind::PowerLaw {
                    prop_assert!(fit.sse <= line.sse * (1.0 + 1e-6), "{:?}", fit);
                }
                let other = fit_curve(kind, &t, &turned).unwrap();
                prop_assert!((other.r2 - fit.r2).abs() < 1e-6, "{:?} {:?}", fit, other);
            }
        }
    }
}
