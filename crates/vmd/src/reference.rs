use crate::admm::Admm;
use crate::sampled::{Sampled, TooFine};
use crate::spectrum::Spectrum;
use crate::trace::Trace;
use crate::{Real, StopReason, VmdConfig};

/// The bound may fail at the next sweep when it held by no more than this factor.
const WARY: f64 = 8.0;
/// A change that goes on shrinking as it last did may miss what it is expected to be by this factor.
const MARGIN: f64 = 1.25;

/// The reference's stop rule: Σ|Δû|²/T ≤ tolerance.
struct StopRule {
    tolerance: f64,
    length: f64,
    unit: f64,
}

impl StopRule {
    /// In the signal's own unit, because the rule is absolute; in two steps, because the unit's
    /// square may overflow.
    fn measure(&self, total: f64) -> f64 {
        f64::EPSILON + self.unit * (self.unit * (total / self.length))
    }

    /// Whether the next change may be small enough, given the last two.
    fn near(&self, before: f64, now: f64) -> bool {
        let ratio = (now / before).min(1.0);
        now * ratio * ratio <= MARGIN * self.tolerance
    }
}

/// Whether the reference does a sweep at all: it starts from tolerance + eps, which from 2 on is the
/// tolerance itself.
pub(crate) fn starts(config: &VmdConfig) -> bool {
    let tolerance = config.effective_tolerance();
    tolerance + f64::EPSILON > tolerance
}

/// Sweeps as `vmdpy` 0.2 does from frequencies `initial`; afterwards `admm` holds what it would
/// return: the iterate before the last. Gives the number of sweeps, why they ended, and the last
/// relative step of a frequency.
///
/// The stop rule's sum costs time and is only formed from where a bound that costs nothing may soon
/// not prove any longer that the rule is not met. No iterate is kept beside the present one: the
/// last sweep is only tried. Should the end come as a surprise, the iterate before it is done again
/// from the start.
pub(crate) fn run_reference<T: Real>(
    admm: &mut Admm<T>,
    spectrum: &Spectrum<T>,
    config: &VmdConfig,
    initial: &[f64],
    highest: f64,
    trace: &mut Trace,
) -> (usize, StopReason, f64) {
    let (tolerance, cap) = (config.effective_tolerance(), config.effective_max_iterations());
    let grid = &spectrum.grid;
    let rule = StopRule { tolerance, length: (2 * spectrum.len()) as f64, unit: spectrum.unit };
    let (mut exact, mut near, mut last) = (trace.wanted(), false, f64::INFINITY);
    let mut sweeps = 0;
    loop {
        sweeps += 1;
        if !near && sweeps < cap {
            let change = if exact {
                rule.measure(admm.sweep(grid, highest, true))
            } else {
                admm.sweep(grid, highest, false);
                rule.measure(admm.least_change())
            };
            if change > tolerance {
                if exact {
                    trace.push(admm.w_before(), change);
                    near = rule.near(last, change);
                    last = change;
                }
                exact |= change <= WARY * tolerance;
                continue;
            }
            start_again(admm, spectrum, initial, highest, sweeps - 1);
            exact = true;
        }
        let (total, step) = admm.try_sweep(grid, highest);
        let change = rule.measure(total);
        trace.push(admm.w(), change);
        if change <= tolerance {
            return (sweeps, StopReason::Converged, step);
        }
        if sweeps == cap {
            return (sweeps, StopReason::IterationCap, step);
        }
        admm.sweep(grid, highest, false);
        near = rule.near(last, change);
        last = change;
    }
}

/// The same at sampled frequencies, where the iterate before the last is still there. Afterwards
/// `sampled` holds it.
pub(crate) fn run_sampled<T: Real>(
    sampled: &mut Sampled<T>,
    spectrum: &Spectrum<T>,
    config: &VmdConfig,
    initial: &[f64],
    highest: f64,
    trace: &mut Trace,
) -> Result<(usize, StopReason, f64), TooFine> {
    let (tolerance, cap) = (config.effective_tolerance(), config.effective_max_iterations());
    let magnitude = spectrum.wide_magnitude();
    let rule = StopRule { tolerance, length: (2 * spectrum.len()) as f64, unit: spectrum.unit };
    sampled.start(magnitude, initial)?;
    let mut exact = trace.wanted();
    loop {
        let mut total = sampled.sweep(highest, exact);
        if !exact {
            let bound = rule.measure(sampled.least_change());
            exact = bound <= WARY * tolerance;
            if bound <= tolerance {
                sampled.step_back();
                total = sampled.sweep(highest, true);
            } else {
                total = f64::INFINITY;
            }
        }
        // Rounding may leave a sum of squares below zero where nodes stand for little power.
        let change = rule.measure(total.max(0.0));
        trace.push(sampled.w_before(), change);
        let sweeps = sampled.sweeps();
        let ended = change <= tolerance || sweeps == cap;
        if !sampled.trust(magnitude, ended)? {
            trace.steps.truncate(sampled.sweeps());
            continue;
        }
        if ended {
            let step = sampled.relative_step();
            sampled.step_back();
            sampled.smooth(magnitude)?;
            let converged = change <= tolerance;
            let stop = if converged { StopReason::Converged } else { StopReason::IterationCap };
            return Ok((sweeps, stop, step));
        }
    }
}

/// From the start forward by `sweeps`.
fn start_again<T: Real>(
    admm: &mut Admm<T>,
    spectrum: &Spectrum<T>,
    initial: &[f64],
    highest: f64,
    sweeps: usize,
) {
    admm.start(spectrum.magnitude(), initial);
    for _ in 0..sweeps {
        admm.sweep(&spectrum.grid, highest, false);
    }
}

/// Sweeps with τ > 0 until frequencies stand still and the modes add up to the signal; afterwards
/// `admm` holds the last iterate. Gives sweeps, reason and certificate.
pub(crate) fn run_dual_ascent<T: Real>(
    admm: &mut Admm<T>,
    spectrum: &Spectrum<T>,
    config: &VmdConfig,
    highest: f64,
    trace: &mut Trace,
) -> (usize, StopReason, f64) {
    let (tolerance, cap) = (config.effective_tolerance(), config.effective_max_iterations());
    let signal = spectrum.power();
    let mut certificate = f64::INFINITY;
    for sweeps in 1..=cap {
        admm.sweep(&spectrum.grid, highest, false);
        let step = admm.relative_step(spectrum.grid.spacing);
        trace.push(admm.w_before(), step);
        // The second pass is only worth its time where the first condition holds.
        if step <= tolerance || sweeps == cap {
            certificate = step.max((admm.unexplained() / signal).sqrt());
            if certificate <= tolerance {
                return (sweeps, StopReason::Converged, certificate);
            }
        }
    }
    (cap, StopReason::IterationCap, certificate)
}
