use crate::curve_options::CurveOptions;
use crate::curves::{Curve, CurveBound, CurveKind};
use crate::error::{Result, StatsError};
use crate::least_squares::{LeastSquares, LeastSquaresOptions, minimize};
use crate::levenberg_marquardt::Stop;
use crate::sums::{center, dot};

/// Starting points refined for each curve.
const STARTS: usize = 4;
/// Grid of starting values along each non-linear parameter.
const GRID: usize = 21;
/// Two starts agree where their sums of squares differ by less than this share.
const AGREEMENT: f64 = 1e-6;

/// A curve found and how.
pub(crate) struct Found {
    pub(crate) curve: Curve,
    pub(crate) sse: f64,
    pub(crate) bounds_hit: Vec<CurveBound>,
    pub(crate) stop: Stop,
    /// Refined and agreed.
    pub(crate) starts: [usize; 2],
}

/// Curves linear in all but one or two parameters. Times are scaled to 0..1, so that bounds and
/// grids are the same for every record.
pub(crate) struct Separable<'a> {
    kind: CurveKind,
    t: &'a [f64],
    y: &'a [f64],
    scaled: Vec<f64>,
    /// Of the non-linear parameters.
    bounds: Vec<[f64; 2]>,
}

impl LeastSquares for Separable<'_> {
    fn residuals(&self, p: &[f64]) -> Vec<f64> {
        let columns = self.columns(p);
        let (_, residual) = regress(&columns, self.y);
        residual
    }
}

impl<'a> Separable<'a> {
    pub(crate) fn new(
        kind: CurveKind,
        t: &'a [f64],
        y: &'a [f64],
        options: &CurveOptions,
    ) -> Result<Self> {
        let (first, span) = (t[0], t[t.len() - 1] - t[0]);
        let scaled: Vec<f64> = t.iter().map(|t| (t - first) / span).collect();
        let inner = [scaled[1], scaled[scaled.len() - 2]];
        let bounds = options.scaled(kind, [first, span], inner)?;
        Ok(Separable { kind, t, y, scaled, bounds })
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

    pub(crate) fn fit(&self) -> Result<Found> {
        let bounds = &self.bounds;
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
        let options =
            LeastSquaresOptions::default().with_bounds(bounds.clone()).with_tolerance(1e-11, 300);
        let fits = scored
            .iter()
            .map(|(_, start)| minimize(self, start, &options))
            .collect::<Result<Vec<_>>>()?;
        let best = fits
            .iter()
            .min_by(|a, b| a.sse.total_cmp(&b.sse))
            .ok_or(StatsError::Optimiser { message: "no starting point".into() })?;
        let mut centered = self.y.to_vec();
        center(&mut centered);
        // Below rounding every sum of squares is the same.
        let close = best.sse * (1.0 + AGREEMENT) + 1e-14 * dot(&centered, &centered);
        let agreed = fits.iter().filter(|f| f.sse <= close).count();
        Ok(Found {
            curve: self.curve(&best.parameters),
            sse: best.sse,
            bounds_hit: self.named(&best.parameters, &best.on_bound),
            stop: best.stop,
            starts: [fits.len(), agreed],
        })
    }

    /// The bounds that parameters lie on.
    fn named(&self, parameters: &[f64], on_bound: &[usize]) -> Vec<CurveBound> {
        let bounds = &self.bounds;
        let name = |&place: &usize| {
            let [low, high] = bounds[place];
            let lower = parameters[place] - low < high - parameters[place];
            let [at_low, at_high] = match (self.kind, place) {
                (CurveKind::PowerLaw, 0) => {
                    [CurveBound::FailureTimeLower, CurveBound::FailureTimeUpper]
                }
                (CurveKind::PowerLaw, _) => [CurveBound::ExponentLower, CurveBound::ExponentUpper],
                (CurveKind::Piecewise, _) => [CurveBound::BreakLower, CurveBound::BreakUpper],
                _ => [CurveBound::GrowthLower, CurveBound::GrowthUpper],
            };
            if lower { at_low } else { at_high }
        };
        on_bound.iter().map(name).collect()
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
                let a = unit * (-top).exp();
                Curve::Exponential { a, k, d: linear[0] - a, t0: first }
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
