use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError, check_at_least, check_finite, check_length};
use crate::information::{aicc, bic};
use crate::least_squares::{LeastSquares, LeastSquaresOptions, minimize};
use crate::levenberg_marquardt::Stop;
use crate::line::{check_increasing, fit_line, r_squared};
use crate::sigmoid::{SigmoidOptions, fit_sigmoid};
use crate::sigmoid_curve::sigmoid;
use crate::sigmoid_plan::{center, dot};

/// Starting points refined for each curve.
const STARTS: usize = 4;
/// Grid of starting values along each non-linear parameter.
const GRID: usize = 21;
/// Two starts agree where their sums of squares differ by less than this share.
const AGREEMENT: f64 = 1e-6;

/// Curves that a running sum may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CurveKind {
    /// slope·t + intercept: nothing happens.
    Line,
    /// a/(1 + e^(−b(t−c))) + d: a build-up that ends.
    Sigmoid,
    /// a·e^(kt) + d: a build-up that goes on.
    Exponential,
    /// d − a·(T − t)^m: acceleration towards a failure at T after the data (Bufe & Varnes 1993).
    PowerLaw,
    /// Two lines that meet: the rate changes once.
    Piecewise,
}

impl CurveKind {
    /// All of them.
    pub const ALL: [CurveKind; 5] = [
        CurveKind::Line,
        CurveKind::Sigmoid,
        CurveKind::Exponential,
        CurveKind::PowerLaw,
        CurveKind::Piecewise,
    ];

    /// Fitted numbers, the residual variance included.
    pub fn parameters(self) -> usize {
        match self {
            CurveKind::Line => 3,
            CurveKind::Exponential => 4,
            CurveKind::Sigmoid | CurveKind::PowerLaw | CurveKind::Piecewise => 5,
        }
    }
}

/// A curve with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the formulas of `CurveKind` name them")]
pub enum Curve {
    Line { slope: f64, intercept: f64 },
    Sigmoid { a: f64, b: f64, c: f64, d: f64 },
    Exponential { a: f64, k: f64, d: f64 },
    PowerLaw { a: f64, failure_time: f64, m: f64, d: f64 },
    Piecewise { slope_before: f64, slope_after: f64, break_time: f64, intercept: f64 },
}

impl Curve {
    /// Value at `t`; of the power law NaN from its failure time on.
    pub fn value(&self, t: f64) -> f64 {
        match *self {
            Curve::Line { slope, intercept } => slope * t + intercept,
            Curve::Sigmoid { a, b, c, d } => sigmoid(t, a, b, c, d),
            Curve::Exponential { a, k, d } => a * (k * t).exp() + d,
            Curve::PowerLaw { a, failure_time, m, d } => d - a * (failure_time - t).powf(m),
            Curve::Piecewise { slope_before, slope_after, break_time, intercept } => {
                let late = (t - break_time).max(0.0);
                intercept + slope_before * t + (slope_after - slope_before) * late
            }
        }
    }
}

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
    /// Whether a non-linear parameter lies on a bound of its search; it is then no estimate.
    pub on_bound: bool,
    /// Why the best start stopped.
    pub stop: Stop,
    /// Starting points refined.
    pub starts: usize,
    /// How many of them reached the best sum of squares (relative 1e-6).
    pub starts_agreed: usize,
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
            Found { curve, sse: line.sse, on_bound: false, stop: Stop::Gradient, starts: [1, 1] }
                .judged(kind, y.len(), total)
        }
        CurveKind::Sigmoid => {
            let fit = fit_sigmoid(t, y, &SigmoidOptions::default())?;
            let curve = Curve::Sigmoid { a: fit.a, b: fit.b, c: fit.c, d: fit.d };
            let on_bound = fit.bound_hit.is_some();
            let starts = [fit.starts, fit.starts_agreed];
            Found { curve, sse: fit.sse, on_bound, stop: fit.stop, starts }.judged(
                kind,
                y.len(),
                total,
            )
        }
        CurveKind::Exponential | CurveKind::PowerLaw | CurveKind::Piecewise => {
            Separable::new(kind, t, y).fit()?.judged(kind, y.len(), total)
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

struct Found {
    curve: Curve,
    sse: f64,
    on_bound: bool,
    stop: Stop,
    starts: [usize; 2],
}

impl Found {
    fn judged(self, kind: CurveKind, n: usize, total: f64) -> Result<CurveFit> {
        // Below rounding every curve is exact, and the logarithm must not see differences.
        let sse = self.sse.max(1e-26 * total);
        Ok(CurveFit {
            kind,
            curve: self.curve,
            r2: r_squared(self.sse, total),
            sse: self.sse,
            aicc: aicc(sse, n, kind.parameters())?,
            bic: bic(sse, n, kind.parameters())?,
            on_bound: self.on_bound,
            stop: self.stop,
            starts: self.starts[0],
            starts_agreed: self.starts[1],
        })
    }
}

/// Curves linear in all but one or two parameters. Times are scaled to 0..1, so that bounds and
/// grids are the same for every record.
struct Separable<'a> {
    kind: CurveKind,
    t: &'a [f64],
    y: &'a [f64],
    scaled: Vec<f64>,
}

impl LeastSquares for Separable<'_> {
    fn residuals(&self, p: &[f64]) -> Vec<f64> {
        let columns = self.columns(p);
        let (_, residual) = regress(&columns, self.y);
        residual
    }
}

impl<'a> Separable<'a> {
    fn new(kind: CurveKind, t: &'a [f64], y: &'a [f64]) -> Self {
        let (first, span) = (t[0], t[t.len() - 1] - t[0]);
        Separable { kind, t, y, scaled: t.iter().map(|t| (t - first) / span).collect() }
    }

    /// Bounds of the non-linear parameters: growth over the span; ln of the time from the end to
    /// failure and the exponent; the break.
    fn bounds(&self) -> Vec<[f64; 2]> {
        match self.kind {
            CurveKind::PowerLaw => vec![[-7.0, 2.3], [0.05, 0.95]],
            CurveKind::Piecewise => {
                // Two points on either side, so that both lines are determined.
                vec![[self.scaled[1], self.scaled[self.scaled.len() - 2]]]
            }
            _ => vec![[-60.0, 60.0]],
        }
    }

    fn columns(&self, p: &[f64]) -> Vec<Vec<f64>> {
        let ones = vec![1.0; self.scaled.len()];
        let map = |of: &dyn Fn(f64) -> f64| self.scaled.iter().map(|x| of(*x)).collect();
        match self.kind {
            CurveKind::PowerLaw => {
                let end = 1.0 + p[0].exp();
                vec![ones, map(&|x| -(end - x).powf(p[1]))]
            }
            CurveKind::Piecewise => vec![ones, map(&|x| x), map(&|x| (x - p[0]).max(0.0))],
            // Scaled by its larger end, so that it neither overflows nor vanishes, and divided by
            // its growth, so that its limit at none is the line.
            _ => vec![ones, map(&|x| growth(p[0], x))],
        }
    }

    fn fit(&self) -> Result<Found> {
        let bounds = self.bounds();
        let axis = |k: usize| -> Vec<f64> {
            let [low, high] = bounds[k];
            (0..GRID).map(|i| low + (high - low) * (i as f64 + 0.5) / GRID as f64).collect()
        };
        let mut grid: Vec<Vec<f64>> = axis(0).into_iter().map(|x| vec![x]).collect();
        if bounds.len() == 2 {
            let second = axis(1);
            grid = grid.iter().flat_map(|p| second.iter().map(move |q| vec![p[0], *q])).collect();
        }
        let mut scored: Vec<(f64, Vec<f64>)> =
            grid.into_iter().map(|p| (self.residuals(&p).iter().map(|r| r * r).sum(), p)).collect();
        scored.sort_by(|a, b| a.0.total_cmp(&b.0));
        scored.truncate(STARTS);
        let options = LeastSquaresOptions::default().with_bounds(bounds).with_tolerance(1e-11, 300);
        let fits = scored
            .iter()
            .map(|(_, start)| minimize(self, start, &options))
            .collect::<Result<Vec<_>>>()?;
        let best = fits
            .iter()
            .min_by(|a, b| a.sse.total_cmp(&b.sse))
            .ok_or(StatsError::Optimiser { message: "no starting point".into() })?;
        let agreed = fits.iter().filter(|f| f.sse <= best.sse * (1.0 + AGREEMENT) + 1e-300).count();
        Ok(Found {
            curve: self.curve(&best.parameters),
            sse: best.sse,
            on_bound: !best.on_bound.is_empty(),
            stop: best.stop,
            starts: [fits.len(), agreed],
        })
    }

    /// Back from scaled times.
    fn curve(&self, p: &[f64]) -> Curve {
        let (linear, _) = regress(&self.columns(p), self.y);
        let (first, span) = (self.t[0], self.t[self.t.len() - 1] - self.t[0]);
        match self.kind {
            CurveKind::PowerLaw => Curve::PowerLaw {
                a: linear[1] / span.powf(p[1]),
                failure_time: first + span * (1.0 + p[0].exp()),
                m: p[1],
                d: linear[0],
            },
            CurveKind::Piecewise => Curve::Piecewise {
                slope_before: linear[1] / span,
                slope_after: (linear[1] + linear[2]) / span,
                break_time: first + span * p[0],
                intercept: linear[0] - linear[1] * first / span,
            },
            _ => {
                let (k, top) = (p[0] / span, p[0].max(0.0));
                // A growth below rounding is a line written as an exponential.
                let k = if k == 0.0 { 1e-12 / span } else { k };
                let unit = linear[1] / (k * span);
                let a = unit * (-top - k * first).exp();
                Curve::Exponential { a, k, d: linear[0] - unit * (-top).exp() }
            }
        }
    }
}

/// (e^(kx) − 1)/k, divided by e^k where it grows.
fn growth(k: f64, x: f64) -> f64 {
    if k.abs() < 1e-9 { x } else { (-k.max(0.0)).exp() * (k * x).exp_m1() / k }
}

/// Coefficients and residual of a regression on few columns, by orthogonalisation done twice.
fn regress(columns: &[Vec<f64>], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n = columns.len();
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(n);
    // Upper triangle: column k = Σ r[j][k]·basis[j].
    let mut r = vec![vec![0.0; n]; n];
    for (k, column) in columns.iter().enumerate() {
        let before = dot(column, column).sqrt();
        let mut rest = column.clone();
        for _ in 0..2 {
            for (j, q) in basis.iter().enumerate() {
                let share = dot(q, &rest);
                r[j][k] += share;
                rest.iter_mut().zip(q).for_each(|(v, q)| *v -= share * q);
            }
        }
        let length = dot(&rest, &rest).sqrt();
        let keep = length > 1e-13 * before;
        r[k][k] = if keep { length } else { 0.0 };
        rest.iter_mut().for_each(|v| *v = if keep { *v / length } else { 0.0 });
        basis.push(rest);
    }
    let mut residual = y.to_vec();
    let mut along = vec![0.0; n];
    for _ in 0..2 {
        for (share, q) in along.iter_mut().zip(&basis) {
            let more = dot(q, &residual);
            *share += more;
            residual.iter_mut().zip(q).for_each(|(v, q)| *v -= more * q);
        }
    }
    let mut coefficients = vec![0.0; n];
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| r[k][j] * coefficients[j]).sum();
        coefficients[k] = if r[k][k] > 0.0 { (along[k] - known) / r[k][k] } else { 0.0 };
    }
    (coefficients, residual)
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
