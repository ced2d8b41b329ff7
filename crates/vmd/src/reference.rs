use crate::admm::Admm;
use crate::spectrum::Spectrum;
use crate::trace::Trace;
use crate::{Real, StopReason, VmdConfig};

/// Sweeps as `vmdpy` 0.2 does; afterwards `admm` holds what it would return: the iterate before the
/// last. Gives the number of sweeps and why they ended.
///
/// The stop rule's sum costs time, so it is only formed where a bound that costs nothing cannot
/// prove that the rule is not met.
pub(crate) fn run_reference<T: Real>(
    admm: &mut Admm<T>,
    spectrum: &Spectrum<T>,
    config: &VmdConfig,
    highest: f64,
    trace: &mut Trace,
) -> (usize, StopReason) {
    let (tolerance, cap) = (config.effective_tolerance(), config.effective_max_iterations());
    // The reference starts from tolerance + eps, which from 2 on is the tolerance itself.
    if tolerance + f64::EPSILON <= tolerance {
        admm.silence();
        return (0, StopReason::NotStarted);
    }
    let length = (2 * spectrum.len()) as f64;
    // In the signal's own unit, because the rule is absolute; in two steps, because the unit's
    // square may overflow.
    let measure = |total: f64| f64::EPSILON + spectrum.unit * (spectrum.unit * (total / length));
    let mut exact = trace.wanted();
    for sweeps in 1..=cap {
        let total = admm.sweep(&spectrum.grid, highest, exact);
        let least = measure(admm.least_change());
        let change = match (exact, least > tolerance) {
            (true, _) => measure(total),
            (false, true) => least,
            (false, false) => measure(admm.change()),
        };
        trace.push(&admm.w, change);
        if change <= tolerance {
            return (sweeps, StopReason::Converged);
        }
        exact = trace.wanted() || least <= tolerance;
        if sweeps < cap {
            admm.advance();
        }
    }
    (cap, StopReason::IterationCap)
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
        trace.push(&admm.w, step);
        admm.advance();
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
