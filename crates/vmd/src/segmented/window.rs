use ndarray::{Array2, s};

use super::SegmentReport;
use super::guard::Continuation;
use crate::{Decomposition, SegmentedConfig, VmdError, VmdPlan};

/// Everything needed to decompose one window after another.
pub(crate) struct WindowSolver {
    plan: VmdPlan,
    continuation: Continuation,
    guard: usize,
    window: usize,
    buffer: Vec<f64>,
}

impl WindowSolver {
    pub(crate) fn new(config: &SegmentedConfig, plan: VmdPlan) -> Self {
        let (guard, order) = config.effective_guard();
        let continuation = Continuation::new(order);
        Self { plan, continuation, guard, window: config.window, buffer: Vec::new() }
    }

    /// Modes `[mode, time]` of the window, lowest frequency first, and its report. `start` is the
    /// window's place in the record.
    pub(crate) fn solve(
        &mut self,
        window: &[f64],
        start: usize,
    ) -> Result<(Array2<f64>, SegmentReport), VmdError> {
        self.buffer.clear();
        self.buffer.extend_from_slice(window);
        self.continuation.extend(&mut self.buffer, self.guard);
        let found = self.plan.decompose(&self.buffer)?;
        let order = order_by_frequency(&found);
        let modes =
            Array2::from_shape_fn((order.len(), self.window), |(k, t)| found.modes[[order[k], t]]);
        let frequencies: Vec<f64> = order.iter().map(|&k| found.center_frequencies[k]).collect();
        let bin = 0.5 / self.buffer.len() as f64;
        let report = SegmentReport {
            start,
            tied: frequencies.windows(2).any(|pair| pair[1] - pair[0] < bin),
            center_frequencies: frequencies,
            iterations: found.iterations,
            stop: found.stop,
            stationarity: found.stationarity,
            swapped: false,
        };
        Ok((modes, report))
    }

    /// The same for the newest `step` samples alone.
    pub(crate) fn solve_newest(
        &mut self,
        window: &[f64],
        start: usize,
        step: usize,
    ) -> Result<(Array2<f64>, SegmentReport), VmdError> {
        let (modes, report) = self.solve(window, start)?;
        Ok((modes.slice(s![.., self.window - step..]).to_owned(), report))
    }
}

/// `Reference` leaves modes in its own order; a record needs one order throughout.
fn order_by_frequency(found: &Decomposition) -> Vec<usize> {
    let frequencies = &found.center_frequencies;
    let mut order: Vec<usize> = (0..frequencies.len()).collect();
    order.sort_by(|&a, &b| frequencies[a].total_cmp(&frequencies[b]));
    order
}

/// Whether following each mode to the nearest frequency of the previous window would give another
/// order than frequency does. A tie is decided for the order.
pub(crate) fn nearest_differs(previous: &[f64], now: &[f64]) -> bool {
    now.iter().enumerate().any(|(k, frequency)| {
        let own = (frequency - previous[k]).abs();
        previous.iter().any(|other| (frequency - other).abs() < own)
    })
}
