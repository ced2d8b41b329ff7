use crate::admm::Admm;
use crate::kernel::Grid;
use crate::spectrum::Spectrum;
use crate::trace::Trace;
use crate::{Real, StopReason, VmdConfig};

/// The stop rule may be met at the next sweep when it was missed by no more than this factor.
const NEAR: f64 = 4.0;

/// Sweeps as `vmdpy` 0.2 does; afterwards `admm` holds what it would return: the iterate before the
/// last. Gives the number of sweeps, why they ended, and the last relative step of a frequency.
///
/// Two things that cost time are only done where they are needed. The stop rule's sum is formed
/// from where a bound that costs nothing cannot prove any longer that the rule is not met. And
/// iterates are only copied, to be there if they should be the last but one, near the end; should
/// the end come as a surprise, that iterate is done again from the last one kept, of which there is
/// one at every doubling of the number of sweeps.
pub(crate) fn run_reference<T: Real>(
    admm: &mut Admm<T>,
    spectrum: &Spectrum<T>,
    config: &VmdConfig,
    highest: f64,
    trace: &mut Trace,
) -> (usize, StopReason, f64) {
    let (tolerance, cap) = (config.effective_tolerance(), config.effective_max_iterations());
    // The reference starts from tolerance + eps, which from 2 on is the tolerance itself.
    if tolerance + f64::EPSILON <= tolerance {
        admm.silence();
        return (0, StopReason::NotStarted, 0.0);
    }
    let grid = &spectrum.grid;
    let length = (2 * spectrum.len()) as f64;
    // In the signal's own unit, because the rule is absolute; in two steps, because the unit's
    // square may overflow.
    let measure = |total: f64| f64::EPSILON + spectrum.unit * (spectrum.unit * (total / length));
    let mut exact = trace.wanted();
    let (mut sweeps, mut kept, mut near) = (0_usize, 0, true);
    loop {
        sweeps += 1;
        let keep = near || sweeps == cap || sweeps.is_power_of_two();
        if keep {
            kept = sweeps;
        }
        let mut change = measure(admm.sweep(grid, highest, exact, keep));
        if !exact {
            change = measure(admm.least_change());
            if change <= tolerance {
                exact = true;
                go_back(admm, grid, highest, sweeps - kept);
                kept = sweeps;
                change = measure(admm.sweep(grid, highest, true, true));
            }
        }
        near = change <= NEAR * tolerance;
        trace.push(admm.w_before(), change);
        if change <= tolerance || sweeps == cap {
            let step = admm.relative_step(grid.spacing);
            go_back(admm, grid, highest, sweeps - kept);
            let stop =
                if change <= tolerance { StopReason::Converged } else { StopReason::IterationCap };
            return (sweeps, stop, step);
        }
    }
}

/// From the kept iterate forward by `sweeps`.
fn go_back<T: Real>(admm: &mut Admm<T>, grid: &Grid, highest: f64, sweeps: usize) {
    admm.restore();
    for _ in 0..sweeps {
        admm.sweep(grid, highest, false, false);
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
        admm.sweep(&spectrum.grid, highest, false, false);
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
