use crate::kernel::{Aligned, Grid, Sums, Sweep, optimal_modes, rows_per_register, widest_lanes};
use crate::{Real, VmdConfig};

/// The alternating direction method of multipliers, one sweep at a time, on magnitudes.
#[derive(Debug, Clone)]
pub(crate) struct Admm<T: Real> {
    modes: usize,
    lanes: usize,
    half_tau: Option<f64>,
    scale: Option<Vec<f64>>,
    /// The first mode that may move: 1 where mode 0 is held at frequency zero.
    pub(crate) free: usize,
    pub(crate) w: Vec<f64>,
    next: Vec<f64>,
    power: Vec<f64>,
    from: Aligned<T>,
    to: Aligned<T>,
    sums: Sums,
}

impl<T: Real> Admm<T> {
    /// For so many bins; `scale` is √(α_k/α) of each mode where modes differ.
    pub(crate) fn new(config: &VmdConfig, bins: usize, scale: Option<Vec<f64>>) -> Self {
        let half_tau = (config.tau > 0.0).then_some(config.tau / 2.0);
        let rows = bins * rows_per_register(config.modes, half_tau.is_some());
        Self {
            modes: config.modes,
            lanes: widest_lanes::<T>(),
            half_tau,
            scale,
            free: usize::from(config.dc),
            w: vec![0.0; config.modes],
            next: vec![0.0; config.modes],
            power: vec![0.0; config.modes],
            from: Aligned::new(rows),
            to: Aligned::new(rows),
            sums: Sums::new(config.modes),
        }
    }

    fn stride(&self) -> usize {
        self.lanes * rows_per_register(self.modes, self.half_tau.is_some())
    }

    /// Zero modes, the whole signal as residual, frequencies `w` (scaled).
    pub(crate) fn start(&mut self, magnitude: &[T], w: &[f64]) {
        self.w.copy_from_slice(w);
        self.silence();
        let (lanes, stride) = (self.lanes, self.stride());
        let blocks = self.from.chunks_exact_mut(stride).zip(magnitude.chunks_exact(lanes));
        for (block, magnitude) in blocks {
            block[..lanes].copy_from_slice(magnitude);
        }
    }

    /// Computes the next iterate without leaving the present one; gives Σ|Δu|² over half the
    /// spectrum where that is wanted, zero otherwise.
    pub(crate) fn sweep(&mut self, grid: &Grid<T>, highest: f64, change: bool) -> f64 {
        Sweep {
            grid,
            from: &self.from,
            to: &mut self.to,
            w: &self.w,
            scale: self.scale.as_deref(),
            dual: self.half_tau,
            change,
            sums: &mut self.sums,
        }
        .run();
        self.next.copy_from_slice(&self.w);
        for k in self.free..self.modes {
            // A mode without power has no centre of gravity (0/0 in the reference): it stays.
            self.next[k] = (self.w[k] + self.sums.step(k)).clamp(0.0, highest);
        }
        self.sums.total
    }

    /// What Σ|Δu|² of the last sweep is at least, from the triangle inequality: the change of each
    /// mode's norm. Rounding is taken off.
    pub(crate) fn least_change(&self) -> f64 {
        let norms = self.sums.power.iter().zip(&self.power);
        norms
            .map(|(new, old)| {
                let (new, old) = (new.sqrt(), old.sqrt());
                ((new - old).abs() - T::SLACK * new.max(old)).max(0.0).powi(2)
            })
            .sum()
    }

    /// Σ|Δu|² of the last sweep, from both iterates.
    pub(crate) fn change(&self) -> f64 {
        let (lanes, stride) = (self.lanes, self.stride());
        let modes = lanes..lanes * (1 + self.modes);
        let blocks = self.from.chunks_exact(stride).zip(self.to.chunks_exact(stride));
        blocks
            .map(|(from, to)| {
                let pairs = from[modes.clone()].iter().zip(&to[modes.clone()]);
                pairs.map(|(from, to)| (to.wide() - from.wide()).powi(2)).sum::<f64>()
            })
            .sum()
    }

    /// Makes the next iterate the present one.
    pub(crate) fn advance(&mut self) {
        std::mem::swap(&mut self.from, &mut self.to);
        std::mem::swap(&mut self.w, &mut self.next);
        self.power.copy_from_slice(&self.sums.power);
    }

    /// Makes the modes that are optimal for `w` the present iterate (τ = 0).
    pub(crate) fn set_optimal(&mut self, grid: &Grid<T>, magnitude: &[f64], w: &[f64]) {
        self.w.copy_from_slice(w);
        optimal_modes(grid, magnitude, w, self.scale.as_deref(), self.lanes, &mut self.from);
    }

    /// Forgets all modes.
    pub(crate) fn silence(&mut self) {
        self.from.fill(T::default());
        self.power.fill(0.0);
    }

    /// Magnitude of mode `k` in the present iterate.
    pub(crate) fn magnitude(&self, k: usize, bin: usize) -> T {
        self.from[bin / self.lanes * self.stride() + (1 + k) * self.lanes + bin % self.lanes]
    }

    /// ‖f − Σu‖² of the present iterate over half the spectrum.
    pub(crate) fn unexplained(&self) -> f64 {
        let square = |block: &[T]| {
            let dual = |lane: usize| match self.half_tau {
                Some(_) => block[(1 + self.modes) * self.lanes + lane].wide(),
                None => 0.0,
            };
            (0..self.lanes).map(|lane| (block[lane].wide() + dual(lane)).powi(2)).sum::<f64>()
        };
        self.from.chunks_exact(self.stride()).map(square).sum()
    }

    /// Largest relative step of a frequency in the last sweep; call before [`Admm::advance`].
    pub(crate) fn relative_step(&self, bin: f64) -> f64 {
        let step = |k: usize| (self.next[k] - self.w[k]).abs() / self.w[k].max(bin);
        (self.free..self.modes).map(step).fold(0.0, f64::max)
    }
}
