use crate::kernel::{Aligned, Grid, Sums, Sweep, rows_per_register, vectorised, widest_lanes};
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
    rows: Aligned<T>,
    /// How many numbers there are once they are needed.
    rows_len: usize,
    now: Scalars,
    /// What the last sweep started from.
    before: Scalars,
    sums: Sums,
}

/// Of an iterate, everything but its rows.
#[derive(Debug, Clone)]
struct Scalars {
    /// Frequencies, scaled by √α.
    w: Vec<f64>,
    /// Σ|u_k|².
    power: Vec<f64>,
}

impl Scalars {
    fn new(modes: usize) -> Self {
        Self { w: vec![0.0; modes], power: vec![0.0; modes] }
    }

    fn copy(&mut self, other: &Self) {
        self.w.copy_from_slice(&other.w);
        self.power.copy_from_slice(&other.power);
    }
}

impl<T: Real> Admm<T> {
    /// For so many bins; `scale` is √(α_k/α) of each mode where modes differ. Rows are made by
    /// [`Admm::allocate`].
    pub(crate) fn new(config: &VmdConfig, bins: usize, scale: Option<Vec<f64>>) -> Self {
        let half_tau = (config.tau > 0.0).then_some(config.tau / 2.0);
        let rows = bins * rows_per_register(config.modes, half_tau.is_some());
        let scalars = Scalars::new(config.modes);
        Self {
            modes: config.modes,
            lanes: widest_lanes::<T>(),
            half_tau,
            scale,
            free: usize::from(config.dc),
            rows: Aligned::new(0),
            rows_len: rows,
            now: scalars.clone(),
            before: scalars,
            sums: Sums::new(config.modes),
        }
    }

    /// Makes the rows, where they were not made already.
    pub(crate) fn allocate(&mut self) {
        if self.rows.len() < self.rows_len {
            self.rows = Aligned::new(self.rows_len);
        }
    }

    fn stride(&self) -> usize {
        self.lanes * rows_per_register(self.modes, self.half_tau.is_some())
    }

    /// Frequencies of the present iterate, scaled by √α.
    pub(crate) fn w(&self) -> &[f64] {
        &self.now.w
    }

    /// Frequencies that the last sweep started from.
    pub(crate) fn w_before(&self) -> &[f64] {
        &self.before.w
    }

    /// Zero modes, the whole signal as residual, frequencies `w` (scaled).
    pub(crate) fn start(&mut self, magnitude: &[T], w: &[f64]) {
        self.allocate();
        self.set_frequencies(w);
        self.silence();
        let (lanes, stride) = (self.lanes, self.stride());
        let blocks = self.rows.chunks_exact_mut(stride).zip(magnitude.chunks_exact(lanes));
        for (block, magnitude) in blocks {
            block[..lanes].copy_from_slice(magnitude);
        }
    }

    pub(crate) fn set_frequencies(&mut self, w: &[f64]) {
        self.now.w.copy_from_slice(w);
    }

    /// Goes to the next iterate. Gives Σ|Δu|² over half the spectrum where that is wanted.
    pub(crate) fn sweep(&mut self, grid: &Grid, highest: f64, change: bool) -> f64 {
        self.before.copy(&self.now);
        let total = self.pass(grid, change, false);
        for k in self.free..self.modes {
            self.now.w[k] = self.next(k, highest);
        }
        self.now.power.copy_from_slice(&self.sums.power);
        total
    }

    /// Σ|Δu|² of the sweep that would be next, and the largest relative step of a frequency in it.
    /// The present iterate stays.
    pub(crate) fn try_sweep(&mut self, grid: &Grid, highest: f64) -> (f64, f64) {
        let total = self.pass(grid, true, true);
        let step = |k: usize| relative(self.next(k, highest), self.now.w[k], grid.spacing);
        (total, (self.free..self.modes).map(step).fold(0.0, f64::max))
    }

    fn pass(&mut self, grid: &Grid, change: bool, trial: bool) -> f64 {
        Sweep {
            spacing: grid.spacing,
            rows: &mut self.rows,
            trial,
            w: &self.now.w,
            scale: self.scale.as_deref(),
            dual: self.half_tau,
            change,
            sums: &mut self.sums,
        }
        .run();
        self.sums.total
    }

    /// Where the pass's sums put mode `k`. One without power has no centre of gravity (0/0 in the
    /// reference): it stays.
    fn next(&self, k: usize, highest: f64) -> f64 {
        (self.now.w[k] + self.sums.step(k)).clamp(0.0, highest)
    }

    /// What Σ|Δu|² of the last sweep is at least.
    pub(crate) fn least_change(&self) -> f64 {
        least_change(&self.now.power, &self.before.power, T::SLACK)
    }

    /// Forgets all modes.
    pub(crate) fn silence(&mut self) {
        self.rows.fill(T::default());
        self.now.power.fill(0.0);
    }

    /// Magnitudes of mode `k` in the present iterate relative to the signal's.
    pub(crate) fn gains(&self, k: usize, magnitude: &[T], gains: &mut [T]) {
        if self.rows.is_empty() {
            gains.fill(T::zero());
            return;
        }
        let (lanes, row) = (self.lanes, (1 + k) * self.lanes);
        let wholes = magnitude.chunks_exact(lanes).zip(gains.chunks_exact_mut(lanes));
        vectorised(|| {
            for (block, (wholes, gains)) in self.rows.chunks_exact(self.stride()).zip(wholes) {
                for ((gain, mode), whole) in gains.iter_mut().zip(&block[row..]).zip(wholes) {
                    let ratio = mode.wide() / whole.wide();
                    *gain = if *whole > T::zero() { T::of(ratio) } else { T::zero() };
                }
            }
        });
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
        self.rows.chunks_exact(self.stride()).map(square).sum()
    }

    /// Largest relative step of a frequency in the last sweep.
    pub(crate) fn relative_step(&self, bin: f64) -> f64 {
        let step = |k: usize| relative(self.now.w[k], self.before.w[k], bin);
        (self.free..self.modes).map(step).fold(0.0, f64::max)
    }
}

/// A step relative to the frequency that it starts from or to one bin, whichever is larger.
pub(crate) fn relative(to: f64, from: f64, bin: f64) -> f64 {
    (to - from).abs() / from.max(bin)
}

/// What Σ|Δu|² is at least, from the triangle inequality: the change of each mode's norm, given
/// Σ|u_k|² after and before. Rounding is taken off.
pub(crate) fn least_change(power: &[f64], before: &[f64], slack: f64) -> f64 {
    let change = |(new, old): (&f64, &f64)| {
        let (new, old) = (new.max(0.0).sqrt(), old.max(0.0).sqrt());
        ((new - old).abs() - slack * new.max(old)).max(0.0).powi(2)
    };
    power.iter().zip(before).map(change).sum()
}
