use std::ops::RangeInclusive;

use super::{Core, Outcome, Source, problem};
use crate::converged::Limits;
use crate::kernel::OptimalGains;
use crate::trace::Trace;
use crate::{CrossCheck, Real, StopReason};

/// Sweeps done before the closed form takes over. They break the symmetry of equal initial
/// frequencies and lead into the basin that the method itself would enter.
const WARM_UP: usize = 60;
/// The same where sweeps are sampled and cost little: at least and at most so many, until none moves a
/// frequency by more than [`SETTLED`]. The more, the more often the fixed point is the one that
/// sweeping reaches.
const SAMPLED_WARM_UP: RangeInclusive<usize> = 150..=2000;
/// Plain steps of the fixed-point map go on until none is longer than this, in cycles per sample.
const SETTLED: f64 = 1e-4;

/// Two ways have come to the same fixed point where no frequency differs by more, cycles per sample.
const SAME: f64 = 1e-9;

impl<T: Real> Core<T> {
    /// Sweeps into a basin, then goes to its fixed point by way of the closed form.
    pub(super) fn closed_form(&mut self) -> Outcome {
        let cap = self.config.effective_max_iterations();
        let warm_up = |sweeps: usize| sweeps.min((cap / 2).max(WARM_UP)).min(cap - 1);
        let sweeps = warm_up(*SAMPLED_WARM_UP.start())..=warm_up(*SAMPLED_WARM_UP.end());
        let mut trace = std::mem::take(&mut self.trace);
        let swept = self.warm_up(sweeps, warm_up(WARM_UP), &mut trace);
        let (evaluations, stop, stationarity) = self.settle(cap - swept, &mut trace);
        self.trace = trace;
        let cross_check = self.config.cross_check.map(|sweeps| self.cross_check(sweeps, cap));
        let Self { admm, spectrum, shares, scale, .. } = self;
        OptimalGains::new(&spectrum.grid, admm.w(), scale.as_deref()).shares(shares);
        self.source = Source::Optimal;
        Outcome { iterations: swept + evaluations, stop, stationarity, cross_check }
    }

    fn limits(&self, cap: usize) -> Limits {
        Limits {
            tolerance: self.config.effective_tolerance(),
            cap,
            highest: self.highest(),
            settled: SETTLED * self.root_alpha,
        }
    }

    /// Sweeps from the start: so many at nodes where they do for all bins, `at_bins` otherwise. Leaves
    /// their frequencies in `admm` and gives their number.
    fn warm_up(
        &mut self,
        at_nodes: RangeInclusive<usize>,
        at_bins: usize,
        trace: &mut Trace,
    ) -> usize {
        let limits = self.limits(*at_nodes.end());
        let Self { admm, spectrum, sampled, initial, .. } = self;
        if let Some(sampled) = sampled {
            let magnitude = spectrum.wide_magnitude();
            if sampled.advance(magnitude, initial, at_nodes, &limits, trace).is_ok() {
                admm.set_frequencies(sampled.w());
                return sampled.sweeps();
            }
            trace.steps.clear();
        }
        admm.start(spectrum.magnitude(), initial);
        for _ in 0..at_bins {
            admm.sweep(&spectrum.grid, limits.highest, false);
            trace.push(admm.w_before(), admm.relative_step(spectrum.grid.spacing));
        }
        at_bins
    }

    /// From the frequencies in `admm` to the fixed point that they lead to.
    fn settle(&mut self, cap: usize, trace: &mut Trace) -> (usize, StopReason, f64) {
        let limits = self.limits(cap);
        let Self { admm, spectrum, fixed_point, scale, .. } = self;
        let problem = problem(spectrum, scale.as_deref());
        let ended = fixed_point.solve(&problem, admm.w(), &limits, trace);
        admm.set_frequencies(fixed_point.w());
        ended
    }

    /// Another way, after which the frequencies are again those of the first.
    fn cross_check(&mut self, sweeps: usize, cap: usize) -> CrossCheck {
        let sorted = |own: &Self| {
            let mut w = own.admm.w().to_vec();
            if own.config.sorts() {
                w.sort_by(f64::total_cmp);
            }
            w
        };
        let (found, first) = (self.admm.w().to_vec(), sorted(self));
        let mut trace = Trace::new(false, self.root_alpha);
        self.warm_up(sweeps..=sweeps, sweeps, &mut trace);
        let (_, stop, _) = self.settle(cap, &mut trace);
        let pairs = first.iter().zip(sorted(self)).map(|(one, other)| (one - other).abs());
        let apart = pairs.fold(0.0, f64::max) / self.root_alpha;
        self.admm.set_frequencies(&found);
        match stop {
            _ if apart <= SAME => CrossCheck::Same,
            StopReason::Converged => CrossCheck::Elsewhere,
            _ => CrossCheck::Unsettled,
        }
    }
}
