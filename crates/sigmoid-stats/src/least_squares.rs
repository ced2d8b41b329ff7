use argmin::core::{Error, Executor, Jacobian, Operator, State};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use stmn_linalg::default_backend;

use crate::differences::differences;
use crate::error::{Result, StatsError, check_at_least, check_finite};
use crate::levenberg_marquardt::{LevenbergMarquardt, Stop};

/// Smallest to largest singular value of the scaled Jacobian below which the parameters are not
/// determined in double precision.
const WORST_CONDITION: f64 = 1e-11;
/// Share of a parameter's bound range within which it counts as lying on the bound.
const ON_BOUND: f64 = 1e-9;

/// Residuals whose sum of squares is to be made small.
pub trait LeastSquares {
    /// Residuals `[point]` at the parameters.
    fn residuals(&self, parameters: &[f64]) -> Vec<f64>;

    /// Their derivatives, one vector `[point]` a parameter. Default: central differences of two
    /// steps, extrapolated to none (Richardson), good to about eleven digits of what the model changes
    /// by. The steps are 0.2 % of the parameter: where the residuals turn within that (a place of 450
    /// that is sharp to 4) they are good to five only, and this is better written out. Near zero, where
    /// that says nothing, steps of many sizes are tried, which asks for more residuals.
    fn jacobian(&self, parameters: &[f64]) -> Vec<Vec<f64>> {
        differences(|p| self.residuals(p), parameters)
    }
}

/// Settings of [`minimize`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct LeastSquaresOptions {
    /// Bounds of each parameter; `None`: free.
    pub bounds: Option<Vec<[f64; 2]>>,
    /// Iteration limit.
    pub max_iterations: u64,
    /// Relative tolerance on step and gradient.
    pub tolerance: f64,
}

impl Default for LeastSquaresOptions {
    fn default() -> Self {
        LeastSquaresOptions { bounds: None, max_iterations: 1000, tolerance: 1e-13 }
    }
}

impl LeastSquaresOptions {
    /// Keeps each parameter inside its `[low, high]`.
    pub fn with_bounds(mut self, bounds: Vec<[f64; 2]>) -> Self {
        self.bounds = Some(bounds);
        self
    }

    /// Relative tolerance and iteration limit.
    pub fn with_tolerance(mut self, tolerance: f64, max_iterations: u64) -> Self {
        self.tolerance = tolerance;
        self.max_iterations = max_iterations;
        self
    }
}

/// A local minimum of a sum of squares.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LeastSquaresFit {
    /// The parameters.
    pub parameters: Vec<f64>,
    /// Sum of squares.
    pub sse: f64,
    /// s²·(JᵀJ)⁻¹ with s² = SSE/(n − p), which takes the residuals as independent; `None` where the
    /// data do not determine every parameter or none is left to judge by.
    pub covariance: Option<Array2<f64>>,
    /// Parameters that lie on a bound.
    pub on_bound: Vec<usize>,
    /// Why it stopped.
    pub stop: Stop,
    /// Iterations done.
    pub iterations: u64,
}

impl LeastSquaresFit {
    /// Square roots of the covariance's diagonal.
    pub fn standard_errors(&self) -> Option<Vec<f64>> {
        self.covariance.as_ref().map(|c| c.diag().iter().map(|v| v.max(0.0).sqrt()).collect())
    }
}

struct Problem<'a, P: ?Sized>(&'a P);

impl<P: LeastSquares + ?Sized> Operator for Problem<'_, P> {
    type Param = Vec<f64>;
    type Output = Vec<f64>;

    fn apply(&self, parameters: &Vec<f64>) -> std::result::Result<Vec<f64>, Error> {
        let residuals = self.0.residuals(parameters);
        // A step into a place where the model overflows is a step that does not help.
        Ok(residuals.into_iter().map(|r| if r.is_finite() { r } else { 1e150 }).collect())
    }
}

impl<P: LeastSquares + ?Sized> Jacobian for Problem<'_, P> {
    type Param = Vec<f64>;
    type Jacobian = Vec<Vec<f64>>;

    fn jacobian(&self, parameters: &Vec<f64>) -> std::result::Result<Vec<Vec<f64>>, Error> {
        Ok(self.0.jacobian(parameters))
    }
}

/// Levenberg–Marquardt from one starting point, for any model of few parameters.
///
/// ```
/// use sigmoid_stats::{LeastSquares, LeastSquaresOptions, minimize};
///
/// struct Decay([f64; 4]);
/// impl LeastSquares for Decay {
///     fn residuals(&self, p: &[f64]) -> Vec<f64> {
///         self.0.iter().enumerate().map(|(t, y)| p[0] * (-p[1] * t as f64).exp() - y).collect()
///     }
/// }
/// let data = Decay([8.0, 4.0, 2.0, 1.0]);
/// let fit = minimize(&data, &[1.0, 0.1], &LeastSquaresOptions::default())?;
/// assert!((fit.parameters[0] - 8.0).abs() < 1e-8);
/// assert!((fit.parameters[1] - 2f64.ln()).abs() < 1e-8);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// No parameters, fewer residuals than parameters, a start that is not finite or at which the
/// residuals are not, bounds of another number or in falling order, a tolerance outside 0..1.
pub fn minimize<P: LeastSquares + ?Sized>(
    problem: &P,
    start: &[f64],
    options: &LeastSquaresOptions,
) -> Result<LeastSquaresFit> {
    check_at_least("parameters", start.len(), 1)?;
    check_finite("start", start)?;
    if !(options.tolerance > 0.0 && options.tolerance < 1.0) {
        return Err(StatsError::setting("tolerance", options.tolerance, "between 0 and 1"));
    }
    let bounds = bounds(options, start.len())?;
    let first = problem.residuals(start);
    check_at_least("residuals", first.len(), start.len())?;
    check_finite("residual at the start", &first)?;
    let (lower, upper) = bounds.iter().map(|[low, high]| (*low, *high)).unzip();
    let solver = LevenbergMarquardt::new(lower, upper, options.tolerance);
    let run = Executor::new(Problem(problem), solver)
        .configure(|s| s.param(start.to_vec()).max_iters(options.max_iterations))
        .timer(false)
        .run()
        .map_err(|e| StatsError::Optimiser { message: e.to_string() })?;
    let parameters = run
        .state
        .get_param()
        .cloned()
        .ok_or_else(|| StatsError::Optimiser { message: "no parameters came back".into() })?;
    let near = |value: f64, bound: f64| {
        bound.is_finite() && (value - bound).abs() <= ON_BOUND * (1.0 + bound.abs())
    };
    let on_bound = (0..parameters.len())
        .filter(|&k| bounds[k].iter().any(|bound| near(parameters[k], *bound)))
        .collect();
    let sse = run.state.get_cost();
    let jacobian = problem.jacobian(&parameters);
    // What does not move the residuals cannot be said to have been found, unless they are nothing.
    let without_effect = |column: &Vec<f64>| column.iter().all(|v| *v == 0.0);
    let lost = sse > 0.0 && jacobian.iter().any(without_effect);
    Ok(LeastSquaresFit {
        covariance: covariance(&jacobian, sse)?,
        parameters,
        sse,
        on_bound,
        stop: if lost { Stop::WithoutEffect } else { run.solver.stop },
        iterations: run.state.get_iter(),
    })
}

fn bounds(options: &LeastSquaresOptions, parameters: usize) -> Result<Vec<[f64; 2]>> {
    let free = [f64::NEG_INFINITY, f64::INFINITY];
    let bounds = options.bounds.clone().unwrap_or_else(|| vec![free; parameters]);
    crate::error::check_length("bounds", bounds.len(), parameters, "parameter")?;
    match bounds.iter().find(|[low, high]| low.is_nan() || high.is_nan() || low >= high) {
        Some([low, high]) => {
            Err(StatsError::setting("bounds", format!("{low}..{high}"), "low < high"))
        }
        None => Ok(bounds),
    }
}

/// s²·(JᵀJ)⁻¹ by the singular values of the Jacobian with columns of length one.
pub(crate) fn covariance(jacobian: &[Vec<f64>], sse: f64) -> Result<Option<Array2<f64>>> {
    let (n, p) = (jacobian.first().map_or(0, Vec::len), jacobian.len());
    let lengths: Vec<f64> =
        jacobian.iter().map(|column| column.iter().map(|v| v * v).sum::<f64>().sqrt()).collect();
    if n <= p || lengths.iter().any(|l| !l.is_finite() || *l == 0.0) {
        return Ok(None);
    }
    let scaled = Array2::from_shape_fn((n, p), |(i, k)| jacobian[k][i] / lengths[k]);
    let svd = default_backend().svd(scaled.view())?;
    if svd.values.len() < p || svd.values[p - 1] < WORST_CONDITION * svd.values[0] {
        return Ok(None);
    }
    let variance = sse / (n - p) as f64;
    Ok(Some(Array2::from_shape_fn((p, p), |(i, j)| {
        let v = &svd.right_transposed;
        let sum: f64 = (0..p).map(|s| v[[s, i]] * v[[s, j]] / svd.values[s].powi(2)).sum();
        variance * sum / (lengths[i] * lengths[j])
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Line;

    impl LeastSquares for Line {
        fn residuals(&self, p: &[f64]) -> Vec<f64> {
            let y = [1.0, 2.0, 2.0, 4.0];
            y.iter().enumerate().map(|(t, y)| p[0] + p[1] * t as f64 - y).collect()
        }
    }

    #[test]
    fn a_line_has_its_textbook_covariance() {
        let fit = minimize(&Line, &[0.0, 0.0], &LeastSquaresOptions::default()).unwrap();
        // Sxx = 5, slope 0.9, intercept 0.9, SSE 0.7, s² = 0.35.
        assert!((fit.parameters[0] - 0.9).abs() < 1e-10 && (fit.parameters[1] - 0.9).abs() < 1e-10);
        let covariance = fit.covariance.unwrap();
        assert!((covariance[[1, 1]] - 0.35 / 5.0).abs() < 1e-9);
        assert!((covariance[[0, 0]] - 0.35 * (0.25 + 2.25 / 5.0)).abs() < 1e-9);
        assert!((covariance[[0, 1]] + 0.35 * 1.5 / 5.0).abs() < 1e-9);
    }

    /// Ten days of level + slope·t beside data of the same kind.
    struct Days {
        level: f64,
        slope: f64,
        noise: f64,
    }

    impl LeastSquares for Days {
        fn residuals(&self, p: &[f64]) -> Vec<f64> {
            let noise = |i: usize| self.noise * [1.0, -2.0, 1.0, 0.5][i % 4];
            let y = |i: usize| self.level + self.slope * i as f64 + noise(i);
            (0..11).map(|i| p[0] + p[1] * i as f64 - y(i)).collect()
        }
    }

    #[test]
    fn a_start_with_a_zero_in_it_is_left() {
        for level in [1.0, 1e6, 1e7, 1e8] {
            let data = Days { level, slope: 5.0, noise: 0.0 };
            let fit = minimize(&data, &[level, 0.0], &LeastSquaresOptions::default()).unwrap();
            assert!((fit.parameters[1] - 5.0).abs() < 1e-15 * level + 1e-9, "{fit:?}");
            assert!(fit.stop.converged() && fit.sse < 1e-28 * level * level + 1e-20, "{fit:?}");
        }
    }

    #[test]
    fn the_error_of_a_slope_of_zero_is_the_textbook_s() {
        let data = Days { level: 1e7, slope: 0.0, noise: 1.0 };
        // The noise has a slope of its own, which the data are freed of.
        let (n, tt) = (11.0, 110.0);
        let of = |slope: f64| {
            let data = Days { slope, ..data };
            minimize(&data, &[1e7, 0.0], &LeastSquaresOptions::default()).unwrap()
        };
        let free = of(-of(0.0).parameters[1]);
        assert!(free.parameters[1].abs() < 1e-8, "{free:?}");
        let wanted = (free.sse / (n - 2.0) / tt).sqrt();
        let found = free.standard_errors().unwrap()[1];
        assert!((found / wanted - 1.0).abs() < 1e-8, "{found} {wanted}");
    }

    /// A growth has no effect while what grows is zero: the rest moves first, and it then follows.
    #[test]
    fn a_parameter_without_effect_waits_and_is_no_minimum() {
        struct Grown;
        impl LeastSquares for Grown {
            fn residuals(&self, p: &[f64]) -> Vec<f64> {
                let y = |t: f64| 2.0 * (0.3 * t).exp() + 1.0;
                (0..9).map(f64::from).map(|t| p[0] * (p[1] * t).exp() + p[2] - y(t)).collect()
            }
        }
        let default = LeastSquaresOptions::default();
        let fit = minimize(&Grown, &[0.0, 0.1, 0.0], &default).unwrap();
        assert!((fit.parameters[1] - 0.3).abs() < 1e-8 && fit.stop.converged(), "{fit:?}");
        struct Idle;
        impl LeastSquares for Idle {
            fn residuals(&self, p: &[f64]) -> Vec<f64> {
                [1.0, 2.0, 4.0].iter().map(|y| p[0] + 0.0 * p[1] - y).collect()
            }
        }
        let fit = minimize(&Idle, &[0.0, 1.0], &default).unwrap();
        assert!((fit.parameters[0] - 7.0 / 3.0).abs() < 1e-9, "{fit:?}");
        assert!(fit.stop == Stop::WithoutEffect && !fit.stop.converged(), "{fit:?}");
        assert!(fit.covariance.is_none());
    }

    #[test]
    fn bounds_hold_and_bad_input_is_refused() {
        let bounded = LeastSquaresOptions::default().with_bounds(vec![[0.0, 9.0], [0.0, 0.5]]);
        let fit = minimize(&Line, &[0.1, 0.1], &bounded).unwrap();
        assert_eq!(fit.on_bound, [1]);
        assert!((fit.parameters[0] - 1.5).abs() < 1e-9, "{fit:?}");
        let default = LeastSquaresOptions::default();
        assert!(minimize(&Line, &[], &default).is_err());
        assert!(minimize(&Line, &[f64::NAN, 0.0], &default).is_err());
        assert!(minimize(&Line, &[0.0; 5], &default).is_err());
        assert!(minimize(&Line, &[0.0], &default.clone().with_bounds(vec![[1.0, 1.0]])).is_err());
    }
}
