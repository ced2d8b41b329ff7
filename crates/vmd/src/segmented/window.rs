use ndarray::{Array2, s};

use super::SegmentReport;
use super::guard::Continuation;
use crate::{Decomposition, Real, SegmentedConfig, VmdError, VmdPlan};

/// Of a window: modes `[mode, time]` of its newest samples, lowest frequency first, and its report.
pub(crate) type Solved<T> = (Array2<T>, SegmentReport);

/// Everything needed to decompose one window after another.
#[derive(Clone)]
pub(crate) struct WindowSolver<T: Real> {
    plan: VmdPlan<T>,
    continuation: Continuation,
    guard: usize,
    window: usize,
    buffer: Vec<T>,
}

impl<T: Real> WindowSolver<T> {
    pub(crate) fn new(config: &SegmentedConfig) -> Result<Self, VmdError> {
        let plan = config.plan()?;
        let (guard, order) = config.effective_guard();
        let continuation = Continuation::new(order);
        Ok(Self { plan, continuation, guard, window: config.window, buffer: Vec::new() })
    }

    /// Decomposes a window that begins at `start` in the record; keeps its newest `kept` samples.
    pub(crate) fn solve(
        &mut self,
        window: &[T],
        start: usize,
        kept: usize,
    ) -> Result<Solved<T>, VmdError> {
        self.buffer.clear();
        self.buffer.extend_from_slice(window);
        self.continuation.extend(&mut self.buffer, self.guard);
        let found = self.plan.decompose(&self.buffer)?;
        let order = order_by_frequency(&found);
        let mut modes = Array2::from_elem((order.len(), kept), T::zero());
        for (&k, mut row) in order.iter().zip(modes.rows_mut()) {
            row.assign(&found.modes.slice(s![k, self.window - kept..self.window]));
        }
        let frequencies: Vec<f64> = order.iter().map(|&k| found.center_frequencies[k]).collect();
        let bin = 0.5 / self.buffer.len() as f64;
        let report = SegmentReport {
            start,
            tied: frequencies.windows(2).any(|pair| pair[1] - pair[0] < bin),
            center_frequencies: frequencies,
            iterations: found.iterations,
            stop: found.stop,
            stationarity: found.stationarity,
            cross_check: found.cross_check,
            swapped: false,
        };
        Ok((modes, report))
    }
}

/// `Reference` leaves modes in its own order; a record needs one order throughout.
fn order_by_frequency<T: Real>(found: &Decomposition<T>) -> Vec<usize> {
    let frequencies = &found.center_frequencies;
    let mut order: Vec<usize> = (0..frequencies.len()).collect();
    order.sort_by(|&a, &b| frequencies[a].total_cmp(&frequencies[b]));
    order
}
