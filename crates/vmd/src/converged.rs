use crate::StopReason;
use crate::kernel::{Lane, Sums, evaluate};
use crate::linear::solve_positive_definite;

/// Frequencies with everything known about them.
#[derive(Debug, Clone)]
struct Point {
    w: Vec<f64>,
    sums: Sums,
}

/// Workspace
#[derive(Debug, Clone)]
pub(crate) struct FixedPoint {
    here: Point,
    there: Point,
    matrix: Vec<f64>,
    step: Vec<f64>,
    free: usize,
    pub(crate) evaluations: usize,
}

pub(crate) struct Limits {
    pub(crate) tolerance: f64,
    pub(crate) cap: usize,
    pub(crate) bin: f64,
    pub(crate) highest: f64,
    pub(crate) plain: f64,
}

impl FixedPoint {
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

    pub(crate) fn stationarity(&self, bin: f64) -> f64 {
        (self.free..self.here.w.len())
            .map(|k| self.here.sums.step(k).abs() / self.here.w[k].max(bin))
            .fold(0.0, f64::max)
    }
    pub(crate) fn certify(
        &mut self,
        axis: &[Lane],
        magnitude: &[Lane],
        w: &[f64],
        bin: f64,
    ) -> f64 {
        self.here.w.copy_from_slice(w);
        evaluate::<false>(axis, magnitude, &self.here.w, &mut self.here.sums);
        self.stationarity(bin)
    }

    pub(crate) fn solve(
        &mut self,
        axis: &[Lane],
        magnitude: &[Lane],
        w: &[f64],
        limits: &Limits,
    ) -> (usize, StopReason, f64) {
        let modes = w.len();
        self.here.w.copy_from_slice(w);
        let mut count = 0;
        // plain
        loop {
            evaluate::<false>(axis, magnitude, &self.here.w, &mut self.here.sums);
            count += 1;
            let mut largest = 0.0_f64;
            for k in self.free..modes {
                let s = self.here.sums.step(k);
                largest = largest.max(s.abs());
                self.here.w[k] = (self.here.w[k] + s).clamp(0.0, limits.highest);
            }
            if largest <= limits.plain || count >= limits.cap {
                break;
            }
        }
        evaluate::<true>(axis, magnitude, &self.here.w, &mut self.here.sums);
        count += 1;
        let plain = count;
        let mut mu: f64 = 1.0;
        loop {
            let st = self.stationarity(limits.bin);
            if st <= limits.tolerance {
                self.evaluations = plain;
                return (count, StopReason::Converged, st);
            }
            if count >= limits.cap {
                self.evaluations = plain;
                return (count, StopReason::IterationCap, st);
            }
            if !self.propose(mu, limits.highest) {
                mu = (mu * 4.0).max(1e-8);
                continue;
            }
            evaluate::<true>(axis, magnitude, &self.there.w, &mut self.there.sums);
            count += 1;
            if self.there.sums.total <= self.here.sums.total * (1.0 + 1e-14) {
                std::mem::swap(&mut self.here, &mut self.there);
                mu *= 0.25;
            } else {
                mu = (mu * 8.0).max(1e-8);
                if mu > 1e12 {
                    self.evaluations = plain;
                    return (count, StopReason::Stagnated, st);
                }
            }
        }
    }

    fn propose(&mut self, mu: f64, highest: f64) -> bool {
        let n = self.here.w.len();
        let s = &self.here.sums;
        for k in 0..n {
            let fixed_k = k < self.free || s.power[k] <= 0.0;
            self.step[k] = if fixed_k { 0.0 } else { s.moment[k] / s.power[k].sqrt() };
            for j in 0..=k {
                let fixed = fixed_k || j < self.free || s.power[j] <= 0.0;
                self.matrix[k * n + j] = if fixed {
                    f64::from(j == k)
                } else {
                    4.0 * s.gram[k * n + j] / (s.power[k] * s.power[j]).sqrt()
                        + if j == k { mu - 3.0 } else { 0.0 }
                };
            }
        }
        if !solve_positive_definite(&mut self.matrix, &mut self.step) {
            return false;
        }
        for k in 0..n {
            let d = if s.power[k] > 0.0 && k >= self.free {
                self.step[k] / s.power[k].sqrt()
            } else {
                0.0
            };
            self.there.w[k] = (self.here.w[k] + d).clamp(0.0, highest);
        }
        true
    }
}
