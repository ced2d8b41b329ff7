use argmin::core::{
    Error, Jacobian, KV, Operator, Problem, Solver, State, TerminationReason, TerminationStatus,
};
use serde::{Deserialize, Serialize};

/// State of the solver inside `argmin`: parameters, Jacobian (one vector a parameter) and residuals.
pub(crate) type LmState = argmin::core::IterState<Vec<f64>, (), Vec<Vec<f64>>, (), Vec<f64>, f64>;

/// Damping at which no step has helped and none will.
const LARGEST_DAMPING: f64 = 1e16;

/// Why a fit stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stop {
    /// The residual is orthogonal to every direction that the bounds leave free.
    Gradient,
    /// The step became smaller than the tolerance.
    Step,
    /// The sum of squares stopped falling.
    Cost,
    /// No step, however short, lowered the sum of squares any more (rounding).
    NoProgress,
    /// The data have no variance, so the flat curve is exact and nothing was searched.
    Constant,
    /// The iteration limit came first; the fit is the best point seen.
    MaxIterations,
}

impl Stop {
    /// Whether a minimum was reached (the iteration limit was not what stopped it).
    pub fn converged(self) -> bool {
        self != Stop::MaxIterations
    }
}

/// Levenberg–Marquardt for few parameters inside a box, as an `argmin` solver.
///
/// Marquardt's scaling by the diagonal of JᵀJ; steps are clipped to the box, and a parameter at a
/// bound that the gradient pushes outwards is left out of the step (Moré 1978 for the unbounded
/// method; Kanzow, Yamashita & Fukushima 2004 for the projection).
pub(crate) struct LevenbergMarquardt {
    pub(crate) lower: Vec<f64>,
    pub(crate) upper: Vec<f64>,
    pub(crate) tolerance: f64,
    damping: f64,
    pub(crate) stop: Stop,
}

impl LevenbergMarquardt {
    pub(crate) fn new(lower: Vec<f64>, upper: Vec<f64>, tolerance: f64) -> Self {
        LevenbergMarquardt { lower, upper, tolerance, damping: 1e-3, stop: Stop::MaxIterations }
    }

    /// Damped Gauss–Newton step for the free parameters, zero for the held ones. `None` where the
    /// normal matrix is not positive definite.
    fn step(&self, normal: &[Vec<f64>], gradient: &[f64], held: &[bool]) -> Option<Vec<f64>> {
        let n = gradient.len();
        let mut a = normal.to_vec();
        let mut b: Vec<f64> = gradient.iter().map(|g| -g).collect();
        for i in 0..n {
            a[i][i] += self.damping * normal[i][i];
            if held[i] {
                b[i] = 0.0;
                (0..n).for_each(|j| {
                    a[i][j] = 0.0;
                    a[j][i] = 0.0;
                });
                a[i][i] = 1.0;
            }
        }
        solve_positive_definite(a, b)
    }

    fn held(&self, param: &[f64], gradient: &[f64]) -> Vec<bool> {
        (0..param.len())
            .map(|i| {
                param[i] <= self.lower[i] && gradient[i] > 0.0
                    || param[i] >= self.upper[i] && gradient[i] < 0.0
            })
            .collect()
    }

    fn clip(&self, param: &[f64], step: &[f64]) -> Vec<f64> {
        (0..param.len()).map(|i| (param[i] + step[i]).clamp(self.lower[i], self.upper[i])).collect()
    }
}

impl<O> Solver<O, LmState> for LevenbergMarquardt
where
    O: Operator<Param = Vec<f64>, Output = Vec<f64>>
        + Jacobian<Param = Vec<f64>, Jacobian = Vec<Vec<f64>>>,
{
    fn name(&self) -> &str {
        "Levenberg-Marquardt"
    }

    fn init(
        &mut self,
        problem: &mut Problem<O>,
        mut state: LmState,
    ) -> Result<(LmState, Option<KV>), Error> {
        let start = state.take_param().ok_or_else(|| Error::msg("no starting point was given"))?;
        let param = self.clip(&start, &vec![0.0; start.len()]);
        let residuals = problem.apply(&param)?;
        let cost = sum_of_squares(&residuals);
        let jacobian = problem.jacobian(&param)?;
        self.damping = 1e-3;
        self.stop = Stop::MaxIterations;
        Ok((state.param(param).residuals(residuals).jacobian(jacobian).cost(cost), None))
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<O>,
        mut state: LmState,
    ) -> Result<(LmState, Option<KV>), Error> {
        let missing = || Error::msg("the solver's state lost a part");
        let param = state.take_param().ok_or_else(missing)?;
        let jacobian = state.take_jacobian().ok_or_else(missing)?;
        let residuals = state.take_residuals().ok_or_else(missing)?;
        let cost = sum_of_squares(&residuals);
        let (normal, gradient) = normal_equations(&jacobian, &residuals);
        let held = self.held(&param, &gradient);
        if is_stationary(&normal, &gradient, &held, cost, self.tolerance) {
            self.stop = Stop::Gradient;
            return Ok((
                state.param(param).residuals(residuals).jacobian(jacobian).cost(cost),
                None,
            ));
        }
        while self.damping < LARGEST_DAMPING {
            let Some(step) = self.step(&normal, &gradient, &held) else {
                self.damping *= 10.0;
                continue;
            };
            let trial = self.clip(&param, &step);
            let trial_residuals = problem.apply(&trial)?;
            let trial_cost = sum_of_squares(&trial_residuals);
            if trial_cost <= cost {
                self.damping = (self.damping / 8.0).max(1e-12);
                let moved = param
                    .iter()
                    .zip(&trial)
                    .all(|(p, q)| (p - q).abs() <= self.tolerance * (p.abs() + self.tolerance));
                if moved {
                    self.stop = Stop::Step;
                } else if cost - trial_cost <= self.tolerance * self.tolerance * cost {
                    self.stop = Stop::Cost;
                }
                let jacobian = problem.jacobian(&trial)?;
                let next = state.param(trial).residuals(trial_residuals).jacobian(jacobian);
                return Ok((next.cost(trial_cost), None));
            }
            self.damping *= 5.0;
        }
        self.stop = Stop::NoProgress;
        Ok((state.param(param).residuals(residuals).jacobian(jacobian).cost(cost), None))
    }

    fn terminate(&mut self, state: &LmState) -> TerminationStatus {
        if self.stop != Stop::MaxIterations {
            return TerminationStatus::Terminated(TerminationReason::SolverConverged);
        }
        if state.get_iter() >= state.get_max_iters() {
            return TerminationStatus::Terminated(TerminationReason::MaxItersReached);
        }
        TerminationStatus::NotTerminated
    }
}

fn sum_of_squares(residuals: &[f64]) -> f64 {
    residuals.iter().map(|r| r * r).sum()
}

/// JᵀJ and Jᵀr.
fn normal_equations(jacobian: &[Vec<f64>], residuals: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let normal = jacobian.iter().map(|i| jacobian.iter().map(|j| dot(i, j)).collect()).collect();
    (normal, jacobian.iter().map(|column| dot(column, residuals)).collect())
}

/// Whether the cosine between the residual and every free column of the Jacobian vanishes.
fn is_stationary(
    normal: &[Vec<f64>],
    gradient: &[f64],
    held: &[bool],
    cost: f64,
    tolerance: f64,
) -> bool {
    (0..gradient.len())
        .all(|i| held[i] || gradient[i].abs() <= tolerance * (normal[i][i] * cost).sqrt())
}

/// Cholesky solution of a small system; `None` where it is not positive definite.
fn solve_positive_definite(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let sum = a[i][j] - (0..j).map(|k| a[i][k] * a[j][k]).sum::<f64>();
            if i == j {
                if !(sum > 0.0 && sum.is_finite()) {
                    return None;
                }
                a[i][i] = sum.sqrt();
            } else {
                a[i][j] = sum / a[j][j];
            }
        }
        b[i] = (b[i] - (0..i).map(|k| a[i][k] * b[k]).sum::<f64>()) / a[i][i];
    }
    for i in (0..n).rev() {
        b[i] = (b[i] - (i + 1..n).map(|k| a[k][i] * b[k]).sum::<f64>()) / a[i][i];
    }
    b.iter().all(|v| v.is_finite()).then_some(b)
}

#[cfg(test)]
mod tests {
    use argmin::core::Executor;

    use super::*;

    /// Rosenbrock's valley as residuals (1 − x, 10(y − x²)).
    struct Valley;

    impl Operator for Valley {
        type Param = Vec<f64>;
        type Output = Vec<f64>;
        fn apply(&self, p: &Vec<f64>) -> Result<Vec<f64>, Error> {
            Ok(vec![1.0 - p[0], 10.0 * (p[1] - p[0] * p[0])])
        }
    }

    impl Jacobian for Valley {
        type Param = Vec<f64>;
        type Jacobian = Vec<Vec<f64>>;
        fn jacobian(&self, p: &Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
            Ok(vec![vec![-1.0, -20.0 * p[0]], vec![0.0, 10.0]])
        }
    }

    fn minimise(start: [f64; 2], upper_x: f64) -> (Vec<f64>, Stop) {
        let solver = LevenbergMarquardt::new(vec![-5.0; 2], vec![upper_x, 5.0], 1e-12);
        let run = Executor::new(Valley, solver)
            .configure(|s| s.param(start.to_vec()).max_iters(500))
            .run()
            .unwrap();
        let best = run.state.get_best_param().unwrap().clone();
        (best, run.solver.stop)
    }

    #[test]
    fn the_valley_s_floor_is_reached_from_far() {
        for start in [[-1.2, 1.0], [4.0, -4.0], [0.0, 0.0]] {
            let (p, stop) = minimise(start, 5.0);
            assert!((p[0] - 1.0).abs() < 1e-9 && (p[1] - 1.0).abs() < 1e-9, "{p:?}");
            assert!(stop.converged());
        }
    }

    #[test]
    fn a_bound_holds_and_the_rest_is_still_minimised() {
        let (p, stop) = minimise([-1.2, 1.0], 0.5);
        assert!((p[0] - 0.5).abs() < 1e-12 && (p[1] - 0.25).abs() < 1e-9, "{p:?}");
        assert!(stop.converged());
    }

    #[test]
    fn a_singular_matrix_has_no_solution() {
        let singular = vec![vec![1.0, 1.0], vec![1.0, 1.0]];
        assert!(solve_positive_definite(singular, vec![1.0, 2.0]).is_none());
    }

    /// A NIST StRD problem: the model's value and derivatives at x, and the data (x, y).
    struct Nist {
        model: fn(&[f64], f64) -> (f64, Vec<f64>),
        data: &'static [(f64, f64)],
    }

    impl Operator for Nist {
        type Param = Vec<f64>;
        type Output = Vec<f64>;
        fn apply(&self, p: &Vec<f64>) -> Result<Vec<f64>, Error> {
            Ok(self.data.iter().map(|(x, y)| (self.model)(p, *x).0 - y).collect())
        }
    }

    impl Jacobian for Nist {
        type Param = Vec<f64>;
        type Jacobian = Vec<Vec<f64>>;
        fn jacobian(&self, p: &Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
            let rows: Vec<Vec<f64>> =
                self.data.iter().map(|(x, _)| (self.model)(p, *x).1).collect();
            Ok((0..p.len()).map(|k| rows.iter().map(|row| row[k]).collect()).collect())
        }
    }

    fn certified(
        model: fn(&[f64], f64) -> (f64, Vec<f64>),
        data: &'static [(f64, f64)],
        starts: [&[f64]; 2],
        values: &[f64],
        sse: f64,
    ) {
        for start in starts {
            let n = start.len();
            let solver = LevenbergMarquardt::new(vec![-1e9; n], vec![1e9; n], 1e-13);
            let run = Executor::new(Nist { model, data }, solver)
                .configure(|s| s.param(start.to_vec()).max_iters(1000))
                .run()
                .unwrap();
            assert!((run.state.get_cost() / sse - 1.0).abs() < 1e-9);
            for (found, value) in run.state.get_param().unwrap().iter().zip(values) {
                assert!((found / value - 1.0).abs() < 1e-8, "{found} {value}");
            }
        }
    }

    /// NIST StRD Rat42: b1/(1 + e^(b2 − b3·x)), the sigmoid without a level.
    #[test]
    fn nist_rat42() {
        let data = &[
            (9.0, 8.930),
            (14.0, 10.800),
            (21.0, 18.590),
            (28.0, 22.330),
            (42.0, 39.350),
            (57.0, 56.110),
            (63.0, 61.730),
            (70.0, 64.620),
            (79.0, 67.080),
        ];
        let model = |p: &[f64], x: f64| {
            let e = (p[1] - p[2] * x).exp();
            let slope = p[0] * e / ((1.0 + e) * (1.0 + e));
            (p[0] / (1.0 + e), vec![1.0 / (1.0 + e), -slope, slope * x])
        };
        let values = [7.2462237576E+01, 2.6180768402E+00, 6.7359200066E-02];
        certified(model, data, [&[100.0, 1.0, 0.1], &[75.0, 2.5, 0.07]], &values, 8.0565229338E+00);
    }

    /// NIST StRD Misra1a: b1·(1 − e^(−b2·x)).
    #[test]
    fn nist_misra1a() {
        let data = &[
            (77.6, 10.07),
            (114.9, 14.73),
            (141.1, 17.94),
            (190.8, 23.93),
            (239.9, 29.61),
            (289.0, 35.18),
            (332.8, 40.02),
            (378.4, 44.82),
            (434.8, 50.76),
            (477.3, 55.05),
            (536.8, 61.01),
            (593.1, 66.40),
            (689.1, 75.47),
            (760.0, 81.78),
        ];
        let model = |p: &[f64], x: f64| {
            let e = (-p[1] * x).exp();
            (p[0] * (1.0 - e), vec![1.0 - e, p[0] * x * e])
        };
        let values = [2.3894212918E+02, 5.5015643181E-04];
        certified(model, data, [&[500.0, 0.0001], &[250.0, 0.0005]], &values, 1.2455138894E-01);
    }
}
