//! Sweeps at a few frequencies instead of all bins.
//!
//! For τ = 0 a mode of the alternating direction method is the signal's spectrum times a gain, and
//! the gain at a frequency depends on that frequency and on the w of the sweeps so far, not on the
//! signal. As functions of frequency, gains are analytic: each weight 1/(1 + α(ω − ω_k)²) has its
//! poles at 1/√α from the axis. Between Chebyshev nodes they can therefore be interpolated to
//! rounding; and since the frequency axis is cut into panels whose bins a node stands for, sums over
//! all bins become sums over nodes, exactly as far as the interpolation is exact. Ten thousand bins
//! need about a thousand nodes, a hundred thousand not many more.
//!
//! Where two modes are close, their gains sharpen with every sweep (their weights' product stays
//! near 1 between them). So panels are inspected as sweeps go on: where the last coefficients
//! of an interpolation are not negligible, the panel is halved and its new nodes go through all
//! sweeps so far; where they had become large unnoticed, the sweeps since the last inspection are
//! done again. Panels of as many bins as nodes have their bins as nodes and are exact.

mod interpolation;
mod panels;
#[cfg(test)]
mod tests;

use interpolation::{Interpolation, bins};

use std::ops::RangeInclusive;

use crate::VmdConfig;
use crate::admm::{least_change, relative};
use crate::converged::Limits;
use crate::kernel::{
    Aligned, GainSweep, Known, NODES, PER_POINT, Sums, Vector, per_state, vectorised, widest_lanes,
};
use crate::trace::Trace;

/// Most halvings between the widest panel and the bins, which bounds the interpolation's memory.
const HIGHEST_LEVEL: usize = 7;
/// With more nodes than one for so many bins, sweeps over all bins are used instead.
const WORTHWHILE: usize = 4;

/// Sweeps before panels are inspected for the first time.
const FIRST_INSPECTION: usize = 4;

/// The nodes had to be too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooFine;

#[derive(Debug, Clone, Copy)]
struct Panel {
    start: usize,
    level: usize,
    /// √Σ|f̂|² of its bins.
    loudness: f64,
}

/// Gains of all modes at the nodes of panels, in f64 whatever they are spread to: f32 would gather
/// rounding from sweep to sweep.
#[derive(Debug, Clone)]
pub(crate) struct Sampled<T: Vector> {
    modes: usize,
    lanes: usize,
    len: usize,
    /// Distance of two bins, scaled by √α.
    spacing: f64,
    scale: Option<Vec<f64>>,
    /// The first mode that may move.
    free: usize,
    top: usize,
    interpolation: Interpolation<T>,
    panels: Vec<Panel>,
    most: usize,
    points: Aligned<f64>,
    now: Aligned<f64>,
    before: Aligned<f64>,
    spare: Aligned<f64>,
    /// Frequencies of sweep after sweep, scaled by √α; the first are the initial ones.
    history: Vec<f64>,
    /// Sums of so many sweeps are known to be right.
    certain: usize,
    /// After so many sweeps panels are inspected again.
    inspection: usize,
    sums: Sums,
    power_before: Vec<f64>,
    tails: Vec<f64>,
    /// Panels that are being spread.
    known: Vec<Known<T>>,
}

impl<T: Vector> Sampled<T> {
    /// For `len` bins; `None` where it would not pay.
    pub(crate) fn new(
        config: &VmdConfig,
        len: usize,
        spacing: f64,
        scale: Option<Vec<f64>>,
    ) -> Option<Self> {
        let fits = |level: &usize| {
            bins(*level) as f64 * spacing <= T::INTERPOLATION.widest && bins(*level) <= len
        };
        let top = (1..=HIGHEST_LEVEL).take_while(fits).last()?;
        let most = len / (NODES * WORTHWHILE);
        // Close modes will need more than there are at first.
        if 2 * len.div_ceil(bins(top)) > most {
            return None;
        }
        let modes = config.modes;
        let state = NODES * per_state(modes);
        let sweeps = config.effective_max_iterations().min(2000);
        Some(Self {
            modes,
            lanes: widest_lanes::<f64>(),
            len,
            spacing,
            scale,
            free: usize::from(config.dc),
            top,
            interpolation: Interpolation::new(top),
            panels: Vec::with_capacity(most),
            most,
            points: Aligned::new(most * NODES * PER_POINT),
            now: Aligned::new(most * state),
            before: Aligned::new(most * state),
            spare: Aligned::new(state),
            history: Vec::with_capacity((sweeps + 1) * modes),
            certain: 0,
            inspection: 0,
            sums: Sums::new(modes),
            power_before: vec![0.0; modes],
            tails: vec![0.0; modes],
            known: Vec::with_capacity(most),
        })
    }

    /// Zero gains in the widest panels, frequencies `w` (scaled).
    pub(crate) fn start(&mut self, magnitude: &[f64], w: &[f64]) -> Result<(), TooFine> {
        self.panels.clear();
        self.sums.clear();
        (self.certain, self.inspection) = (0, FIRST_INSPECTION);
        self.history.clear();
        self.history.extend_from_slice(w);
        for start in (0..self.len).step_by(bins(self.top)) {
            self.add(magnitude, start, self.top)?;
        }
        Ok(())
    }

    /// Sweeps from frequencies `w` (scaled), at least and at most so many, until none moves further
    /// than `settled` in one sweep.
    pub(crate) fn advance(
        &mut self,
        magnitude: &[f64],
        w: &[f64],
        sweeps: RangeInclusive<usize>,
        limits: &Limits,
        trace: &mut Trace,
    ) -> Result<(), TooFine> {
        self.start(magnitude, w)?;
        loop {
            self.sweep(limits.highest, false);
            trace.push(self.w_before(), self.relative_step());
            let settled = self.sweeps() >= *sweeps.start() && self.longest_step() <= limits.settled;
            let ended = settled || self.sweeps() >= *sweeps.end();
            if !self.trust(magnitude, ended)? {
                trace.steps.truncate(self.sweeps());
            } else if ended {
                return Ok(());
            }
        }
    }

    pub(crate) fn sweeps(&self) -> usize {
        self.history.len() / self.modes - 1
    }

    /// Frequencies of the present iterate, scaled by √α.
    pub(crate) fn w(&self) -> &[f64] {
        &self.history[self.history.len() - self.modes..]
    }

    /// Frequencies that the last sweep started from.
    pub(crate) fn w_before(&self) -> &[f64] {
        &self.history[self.history.len() - 2 * self.modes..][..self.modes]
    }

    /// Goes to the next iterate. Gives Σ|Δu|² over half the spectrum where that is wanted.
    pub(crate) fn sweep(&mut self, highest: f64, change: bool) -> f64 {
        self.power_before.copy_from_slice(&self.sums.power);
        std::mem::swap(&mut self.now, &mut self.before);
        let nodes = self.panels.len() * NODES;
        let w = &self.history[self.history.len() - self.modes..];
        vectorised(GainSweep {
            w,
            scale: self.scale.as_deref(),
            points: &self.points[..nodes * PER_POINT],
            from: &self.before[..nodes * per_state(self.modes)],
            to: &mut self.now[..nodes * per_state(self.modes)],
            change,
            sums: &mut self.sums,
        });
        let last = self.history.len() - self.modes;
        for k in 0..self.modes {
            let w = self.history[last + k];
            let heard = k >= self.free && self.sums.power[k] > 0.0;
            let centre = if heard { self.sums.moment[k] / self.sums.power[k] } else { w };
            self.history.push(centre.clamp(0.0, highest));
        }
        self.sums.total
    }

    /// What Σ|Δu|² of the last sweep is at least.
    pub(crate) fn least_change(&self) -> f64 {
        least_change(&self.sums.power, &self.power_before, f64::SLACK)
    }

    /// Largest relative step of a frequency in the last sweep.
    pub(crate) fn relative_step(&self) -> f64 {
        let pairs = self.w().iter().zip(self.w_before()).skip(self.free);
        pairs.map(|(to, from)| relative(*to, *from, self.spacing)).fold(0.0, f64::max)
    }

    /// Largest step of a frequency in the last sweep, scaled by √α.
    fn longest_step(&self) -> f64 {
        let pairs = self.w().iter().zip(self.w_before()).skip(self.free);
        pairs.map(|(to, from)| (to - from).abs()).fold(0.0, f64::max)
    }

    /// Back to the iterate before the last one, whose gains are still there.
    pub(crate) fn step_back(&mut self) {
        std::mem::swap(&mut self.now, &mut self.before);
        self.history.truncate(self.history.len() - self.modes);
    }

    /// Writes the gains of mode `k` at all bins, and what is left to the last panel's end.
    pub(crate) fn gains(&mut self, k: usize, gains: &mut [T]) {
        for level in 0..=self.top {
            self.known.clear();
            for (index, panel) in self.panels.iter().enumerate() {
                if panel.level == level {
                    let state = self.state(index);
                    let mut nodes = [T::default(); NODES];
                    let rows = state.chunks_exact(self.lanes).skip(1 + k);
                    let rows = rows.step_by(per_state(self.modes));
                    for (nodes, row) in nodes.chunks_exact_mut(self.lanes).zip(rows) {
                        nodes.iter_mut().zip(row).for_each(|(node, gain)| *node = T::of(*gain));
                    }
                    self.known.push(Known { start: panel.start, nodes });
                }
            }
            self.interpolation.spread(level, &self.known, gains);
        }
    }

    /// Bins up to the end of the last panel that there can be.
    pub(crate) fn padded_len(&self) -> usize {
        self.len.next_multiple_of(bins(self.top))
    }

    fn state(&self, index: usize) -> &[f64] {
        let state = NODES * per_state(self.modes);
        &self.now[index * state..][..state]
    }
}
