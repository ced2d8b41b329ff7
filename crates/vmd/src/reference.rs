use crate::kernel::{LANES, Lane, Sums, optimal_modes, rows_per_block, sweep};
use crate::spectrum::Spectrum;
use crate::{StopReason, VmdConfig};

/// The alternating direction method of multipliers, one sweep at a time, on magnitudes.
#[derive(Debug, Clone)]
pub(crate) struct Admm {
    modes: usize,
    half_tau: Option<f64>,
    /// The first mode that may move: 1 where mode 0 is held at frequency zero.
    pub(crate) free: usize,
    pub(crate) w: Vec<f64>,
    next: Vec<f64>,
    from: Vec<Lane>,
    to: Vec<Lane>,
    sums: Sums,
}

impl Admm {
    pub(crate) fn new(config: &VmdConfig, blocks: usize) -> Self {
        let half_tau = (config.tau > 0.0).then_some(config.tau / 2.0);
        let rows = blocks * rows_per_block(config.modes, half_tau.is_some());
        Self {
            modes: config.modes,
            half_tau,
            free: usize::from(config.dc),
            w: vec![0.0; config.modes],
            next: vec![0.0; config.modes],
            from: vec![[0.0; LANES]; rows],
            to: vec![[0.0; LANES]; rows],
            sums: Sums::new(config.modes),
        }
    }

    /// Zero modes, the whole signal as residual, frequencies `w` (scaled).
    pub(crate) fn start(&mut self, magnitude: &[Lane], w: &[f64]) {
        self.w.copy_from_slice(w);
        self.from.fill([0.0; LANES]);
        let stride = rows_per_block(self.modes, self.half_tau.is_some());
        for (block, magnitude) in self.from.chunks_exact_mut(stride).zip(magnitude) {
            block[0] = *magnitude;
        }
    }

    /// Computes the next iterate without leaving the present one; gives Σ|Δu|² over half the
    /// spectrum.
    pub(crate) fn sweep(&mut self, axis: &[Lane], highest: f64) -> f64 {
        sweep(axis, &self.from, &mut self.to, &self.w, self.half_tau, &mut self.sums);
        self.next.copy_from_slice(&self.w);
        for k in self.free..self.modes {
            // A mode without power has no centre of gravity (0/0 in the reference): it stays.
            self.next[k] = (self.w[k] + self.sums.step(k)).clamp(0.0, highest);
        }
        self.sums.total
    }

    /// Makes the next iterate the present one.
    pub(crate) fn advance(&mut self) {
        std::mem::swap(&mut self.from, &mut self.to);
        std::mem::swap(&mut self.w, &mut self.next);
    }

    /// Makes the modes that are optimal for `w` the present iterate (τ = 0).
    pub(crate) fn set_optimal(&mut self, axis: &[Lane], magnitude: &[Lane], w: &[f64]) {
        self.w.copy_from_slice(w);
        optimal_modes(axis, magnitude, w, &mut self.from);
    }

    /// Forgets all modes.
    fn silence(&mut self) {
        self.from.fill([0.0; LANES]);
    }

    /// Magnitude of mode `k` in the present iterate.
    pub(crate) fn magnitude(&self, k: usize, bin: usize) -> f64 {
        let stride = rows_per_block(self.modes, self.half_tau.is_some());
        self.from[bin / LANES * stride + 1 + k][bin % LANES]
    }

    /// ‖f − Σu‖² of the present iterate over half the spectrum.
    pub(crate) fn unexplained(&self) -> f64 {
        let stride = rows_per_block(self.modes, self.half_tau.is_some());
        let square = |block: &[Lane]| {
            (0..LANES)
                .map(|lane| {
                    let dual = self.half_tau.map_or(0.0, |_| block[self.modes + 1][lane]);
                    (block[0][lane] + dual).powi(2)
                })
                .sum::<f64>()
        };
        self.from.chunks_exact(stride).map(square).sum()
    }

    /// Largest relative step of a frequency in the last sweep; call before [`Admm::advance`].
    pub(crate) fn relative_step(&self, bin: f64) -> f64 {
        let step = |k: usize| (self.next[k] - self.w[k]).abs() / self.w[k].max(bin);
        (self.free..self.modes).map(step).fold(0.0, f64::max)
    }
}

/// Sweeps as `vmdpy` 0.2 does; afterwards `admm` holds what it would return: the iterate before the
/// last. Gives the number of sweeps and why they ended.
pub(crate) fn run_reference(
    admm: &mut Admm,
    spectrum: &Spectrum,
    config: &VmdConfig,
    highest: f64,
) -> (usize, StopReason) {
    let (tolerance, cap) = (config.effective_tolerance(), config.effective_max_iterations());
    // The reference starts from tolerance + eps, which from 2 on is the tolerance itself.
    if tolerance + f64::EPSILON <= tolerance {
        admm.silence();
        return (0, StopReason::NotStarted);
    }
    let length = (2 * spectrum.len()) as f64;
    for sweeps in 1..=cap {
        let total = admm.sweep(&spectrum.axis, highest);
        // In the signal's own unit, because the rule is absolute; in two steps, because the unit's
        // square may overflow.
        let change = f64::EPSILON + spectrum.unit * (spectrum.unit * (total / length));
        if change <= tolerance {
            return (sweeps, StopReason::Converged);
        }
        if sweeps < cap {
            admm.advance();
        }
    }
    (cap, StopReason::IterationCap)
}

/// Sweeps with τ > 0 until frequencies stand still and the modes add up to the signal; afterwards
/// `admm` holds the last iterate. Gives sweeps, reason and certificate.
pub(crate) fn run_dual_ascent(
    admm: &mut Admm,
    spectrum: &Spectrum,
    config: &VmdConfig,
    highest: f64,
    bin: f64,
) -> (usize, StopReason, f64) {
    let (tolerance, cap) = (config.effective_tolerance(), config.effective_max_iterations());
    let signal: f64 = spectrum.magnitude.as_flattened().iter().map(|value| value * value).sum();
    let mut certificate = f64::INFINITY;
    for sweeps in 1..=cap {
        admm.sweep(&spectrum.axis, highest);
        let step = admm.relative_step(bin);
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
