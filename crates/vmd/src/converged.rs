//! The fixed point of τ = 0 in the centre frequencies alone.
//!
//! At fixed frequencies ω the best modes are known in closed form, and their centres of gravity
//! G(ω) are where ω would move next. Plain iteration ω ← G(ω) is an explicit Euler step of length
//! one of the flow dω/dt = G(ω) − ω, along which the objective falls; on tidal strain it needs
//! thousands of steps. The derivative of G too is known in closed form, so implicit steps
//! (I − G′ + μ) δ = G(ω) − ω follow the same flow with step 1/μ at little more than the cost of a
//! plain one, and become Newton's as μ falls to zero (pseudo-transient continuation, Kelley & Keyes
//! 1998, doi:10.1137/S0036142996304796). A step that raises the objective is taken back and
//! shortened, so that the objective never rises.

use crate::StopReason;
use crate::kernel::Sums;
use crate::linear::solve_positive_definite;
use crate::problem::{Point, Problem};
use crate::trace::Trace;

/// Objectives closer than this, relative, are equal up to rounding.
const ROUNDING: f64 = 1e-14;
/// Evaluations without any progress that rounding alone can explain.
const PATIENCE: usize = 50;
/// Newton steps spent on digits below the tolerance, as long as each still gains.
const POLISH: usize = 4;

/// Scales and limits of one search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) tolerance: f64,
    pub(crate) cap: usize,
    /// The Nyquist frequency.
    pub(crate) highest: f64,
    /// Plain steps are done until none is longer than this.
    pub(crate) settled: f64,
}

/// Workspace of the search; the present point is its result.
#[derive(Debug, Clone)]
pub(crate) struct FixedPoint {
    here: Point,
    there: Point,
    matrix: Vec<f64>,
    step: Vec<f64>,
    free: usize,
    evaluations: usize,
}

impl FixedPoint {
    /// For so many modes, of which those from `free` on may move.
    pub(crate) fn new(modes: usize, free: usize) -> Self {
        let point = Point { w: vec![0.0; modes], sums: Sums::new(modes) };
        Self {
            here: point.clone(),
            there: point,
            matrix: vec![0.0; modes * modes],
            step: vec![0.0; modes],
            free,
            evaluations: 0,
        }
    }

    pub(crate) fn w(&self) -> &[f64] {
        &self.here.w
    }

    /// By how much frequencies `w` fail the fixed-point equations.
    pub(crate) fn certify(&mut self, problem: &Problem<'_>, w: &[f64]) -> f64 {
        self.here.w.copy_from_slice(w);
        problem.evaluate(&mut self.here, false);
        problem.stationarity(&self.here, self.free)
    }

    /// Searches from `w`; gives evaluations, reason and certificate.
    pub(crate) fn solve(
        &mut self,
        problem: &Problem<'_>,
        w: &[f64],
        limits: &Limits,
        trace: &mut Trace,
    ) -> (usize, StopReason, f64) {
        self.here.w.copy_from_slice(w);
        self.evaluations = 0;
        self.settle(problem, limits, trace);
        problem.evaluate(&mut self.here, true);
        self.evaluations += 1;
        let stop = self.descend(problem, limits, trace);
        if stop == StopReason::Converged {
            self.polish(problem, limits, trace);
        }
        (self.evaluations, stop, problem.stationarity(&self.here, self.free))
    }

    /// Plain steps, which stay in the basin where longer ones may leave it.
    fn settle(&mut self, problem: &Problem<'_>, limits: &Limits, trace: &mut Trace) {
        // One evaluation is left for the certificate of what is returned.
        while self.evaluations + 1 < limits.cap {
            problem.evaluate(&mut self.here, false);
            self.evaluations += 1;
            trace.push(&self.here.w, problem.stationarity(&self.here, self.free));
            let mut longest = 0.0_f64;
            for k in self.free..self.here.w.len() {
                let step = problem.step(&self.here, k);
                longest = longest.max(step.abs());
                self.here.w[k] = (self.here.w[k] + step).clamp(0.0, limits.highest);
            }
            if longest <= limits.settled {
                return;
            }
        }
    }

    fn descend(&mut self, problem: &Problem<'_>, limits: &Limits, trace: &mut Trace) -> StopReason {
        let mut mu: f64 = 1.0;
        let mut best = f64::INFINITY;
        let mut idle = 0;
        loop {
            let now = problem.stationarity(&self.here, self.free);
            if now <= limits.tolerance {
                return StopReason::Converged;
            }
            if self.evaluations >= limits.cap {
                return StopReason::IterationCap;
            }
            if idle >= PATIENCE {
                return StopReason::Stagnated;
            }
            idle = if now < best { 0 } else { idle + 1 };
            best = best.min(now);
            trace.push(&self.here.w, now);
            if !self.propose(problem, mu, limits.highest) {
                // Too far from the fixed point for so long a step. Positive definite for μ > 3.
                mu = (4.0 * mu).max(1e-6);
                continue;
            }
            problem.evaluate(&mut self.there, true);
            self.evaluations += 1;
            let (old, new) = (self.here.sums.total, self.there.sums.total);
            if new <= old * (1.0 + ROUNDING) {
                if new < old * (1.0 - ROUNDING) {
                    idle = 0;
                }
                std::mem::swap(&mut self.here, &mut self.there);
                mu *= 0.25;
            } else {
                mu = (8.0 * mu).max(1e-6);
            }
        }
    }

    fn polish(&mut self, problem: &Problem<'_>, limits: &Limits, trace: &mut Trace) {
        for _ in 0..POLISH {
            let now = problem.stationarity(&self.here, self.free);
            trace.push(&self.here.w, now);
            if now == 0.0
                || self.evaluations >= limits.cap
                || !self.propose(problem, 0.0, limits.highest)
            {
                return;
            }
            problem.evaluate(&mut self.there, true);
            self.evaluations += 1;
            if problem.stationarity(&self.there, self.free) >= 0.5 * now {
                return;
            }
            std::mem::swap(&mut self.here, &mut self.there);
        }
    }

    /// Puts the implicit step's end into `there.w`. False where the system is not positive definite.
    ///
    /// With P_k the power of mode k and S the Gram sums, I − G′ is similar to the symmetric matrix
    /// 4 S_kj / √(P_k P_j) − 3 δ_kj.
    fn propose(&mut self, problem: &Problem<'_>, mu: f64, highest: f64) -> bool {
        let modes = self.here.w.len();
        let sums = &self.here.sums;
        let moves = |k: usize| k >= self.free && sums.power[k] > 0.0;
        for k in 0..modes {
            self.step[k] = if moves(k) { sums.moment[k] / sums.power[k].sqrt() } else { 0.0 };
            for j in 0..=k {
                let diagonal = f64::from(u8::from(j == k));
                self.matrix[k * modes + j] = if moves(k) && moves(j) {
                    let scale = sums.power[k].sqrt() * sums.power[j].sqrt();
                    4.0 * sums.gram[k * modes + j] / scale + (mu - 3.0) * diagonal
                } else {
                    diagonal
                };
            }
        }
        if !solve_positive_definite(&mut self.matrix, &mut self.step) {
            return false;
        }
        for k in 0..modes {
            let size = sums.power[k].sqrt() * problem.scale(k);
            let step = if moves(k) { self.step[k] / size } else { 0.0 };
            self.there.w[k] = (self.here.w[k] + step).clamp(0.0, highest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::Spectrum;

    fn spectrum() -> Spectrum<f64> {
        let signal: Vec<f64> = (0..100)
            .map(|i| {
                (0.3 * f64::from(i)).cos()
                    + 0.4 * (1.7 * f64::from(i)).sin()
                    + 0.1 * f64::from(i * i % 7)
            })
            .collect();
        let mut spectrum = Spectrum::new(100, 1, 500.0_f64.sqrt());
        spectrum.analyze(&signal);
        spectrum
    }

    fn problem<'a>(spectrum: &'a Spectrum<f64>, scale: Option<&'a [f64]>) -> Problem<'a> {
        Problem { magnitude: spectrum.wide_magnitude(), scale, bin: spectrum.grid.spacing }
    }

    fn evaluated(problem: &Problem<'_>, w: &[f64], curvature: bool) -> Point {
        let mut point = Point { w: w.to_vec(), sums: Sums::new(w.len()) };
        problem.evaluate(&mut point, curvature);
        point
    }

    #[test]
    fn moments_are_the_gradient_and_gram_sums_the_hessian_of_the_objective() {
        let spectrum = spectrum();
        let w = [0.9, 2.4, 6.3];
        for scale in [[1.0, 1.0, 1.0], [0.5, 1.0, 0.7]] {
            let problem = problem(&spectrum, Some(&scale));
            let Point { sums, .. } = evaluated(&problem, &w, true);
            let shifted = |shifts: &[(usize, f64)]| {
                let mut w = w;
                shifts.iter().for_each(|&(k, by)| w[k] += by / scale[k]);
                evaluated(&problem, &w, false).sums.total
            };
            let h = 1e-3;
            for k in 0..3 {
                let slope = (shifted(&[(k, h)]) - shifted(&[(k, -h)])) / (2.0 * h);
                // Central differences are off by h² times a third derivative of the order of the
                // power.
                let size = sums.power.iter().sum::<f64>();
                assert!((slope + 2.0 * sums.moment[k]).abs() < 10.0 * h * h * size, "{k}");
                for j in 0..=k {
                    let curvature = (shifted(&[(k, h), (j, h)])
                        - shifted(&[(k, h), (j, -h)])
                        - shifted(&[(k, -h), (j, h)])
                        + shifted(&[(k, -h), (j, -h)]))
                        / (4.0 * h * h);
                    let own = if j == k { 6.0 * sums.power[k] } else { 0.0 };
                    let expected = 8.0 * sums.gram[k * 3 + j] - own;
                    assert!(
                        (curvature - expected).abs() < 100.0 * h * h * size,
                        "{k} {j}: {curvature} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_objective_never_rises() {
        let spectrum = spectrum();
        let problem = problem(&spectrum, None);
        let start = [0.0, 3.0, 6.0, 9.0];
        let objective = |w: &[f64]| evaluated(&problem, w, false).sums.total;
        let mut before = objective(&start);
        for cap in 2..60 {
            let mut search = FixedPoint::new(4, 0);
            let limits = Limits { tolerance: 1e-12, cap, highest: 11.0, settled: 0.05 };
            search.solve(&problem, &start, &limits, &mut Trace::default());
            let now = objective(search.w());
            assert!(now <= before * (1.0 + 1e-13), "{cap}: {now} {before}");
            before = now;
        }
    }
}
