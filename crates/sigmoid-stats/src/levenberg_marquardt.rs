use argmin::core::{
    Error, Jacobian, KV, Operator, Problem, Solver, State, TerminationReason, TerminationStatus,
};
use serde::{Deserialize, Serialize};

use crate::normal_equations::{
    is_stationary, normal_equations, solve_positive_definite, sum_of_squares,
};

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
    /// A parameter does not move the residuals where the search ended, so that nothing says where it
    /// belongs.
    WithoutEffect,
}

impl Stop {
    /// Whether a minimum was reached: neither the iteration limit stopped it, nor a parameter without
    /// effect.
    pub fn converged(self) -> bool {
        !matches!(self, Stop::MaxIterations | Stop::WithoutEffect)
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

    /// At a bound and pushed outwards, or, for now, without effect: with it no step could be solved for.
    fn held(&self, param: &[f64], normal: &[Vec<f64>], gradient: &[f64]) -> Vec<bool> {
        (0..param.len())
            .map(|i| {
                normal[i][i] == 0.0
                    || param[i] <= self.lower[i] && gradient[i] > 0.0
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
        let held = self.held(&param, &normal, &gradient);
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
}
