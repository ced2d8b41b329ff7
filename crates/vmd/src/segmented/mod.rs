mod channels;
mod config;
mod guard;
mod stream;
mod window;

use std::ops::Range;

use ndarray::{Array2, s};
use rayon::prelude::*;

pub use channels::decompose_segmented_channels;
pub use config::{EndGuard, SegmentMode, SegmentedConfig};
pub use stream::{SegmentedStep, SegmentedStream};
use window::{WindowSolver, nearest_differs};

use crate::{StopReason, VmdError, VmdPlan};

/// Windows solved before their results are written out: bounds the memory besides the result.
const BATCH: usize = 64;

/// The modes of a long record, found window by window.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SegmentedDecomposition {
    /// `[mode, time]` over the whole record, row 0 the lowest frequency (IMF1); NaN outside
    /// `covered`.
    pub modes: Array2<f64>,
    /// Samples that have modes.
    pub covered: Range<usize>,
    /// One report for each window, in time order.
    pub windows: Vec<SegmentReport>,
}

/// How one window went.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SegmentReport {
    /// First sample of the window in the record.
    pub start: usize,
    /// Centre frequencies, sorted, cycles per sample.
    pub center_frequencies: Vec<f64>,
    /// As [`Decomposition::iterations`](crate::Decomposition::iterations).
    pub iterations: usize,
    /// Why the iteration stopped.
    pub stop: StopReason,
    /// As [`Decomposition::stationarity`](crate::Decomposition::stationarity).
    pub stationarity: f64,
    /// Modes are identified from window to window by frequency order; true where going to the
    /// nearest frequency of the previous window would have identified them otherwise, so that a
    /// mode's meaning may have changed here.
    pub swapped: bool,
    /// Two modes' frequencies are within one bin of the window's spectrum (half a cycle per window),
    /// so that which of them comes first means nothing here.
    pub tied: bool,
}

/// Decomposes a record window by window.
///
/// Windows start at 0, `step`, 2 `step`, … as long as they fit; samples behind the last one stay
/// uncovered. In [`SegmentMode::Causal`] coverage begins with the newest `step` samples of the first
/// window. Windows are solved in parallel on rayon's current pool; the result does not depend on
/// the number of its threads. A window that does not converge is reported, not refused; a constant
/// window has the exact answer that [`decompose`](crate::decompose) documents.
///
/// # Errors
///
/// A setting out of range, a window longer than the record, a sample that is not finite.
///
/// ```
/// use vmd::{SegmentedConfig, VmdConfig, decompose_segmented};
///
/// let tide = |hour: usize| (std::f64::consts::TAU * hour as f64 / 12.42).cos();
/// let record: Vec<f64> = (0..240).map(tide).collect();
/// let config = SegmentedConfig::new(VmdConfig::new(2, 500.0), 96, 24);
/// let result = decompose_segmented(&record, &config)?;
///
/// assert_eq!(result.modes.dim(), (2, 240));
/// assert_eq!(result.covered, 72..240);
/// assert_eq!(result.windows.len(), 7);
/// assert!(result.modes[[0, 71]].is_nan() && result.modes[[0, 72]].is_finite());
/// # Ok::<(), vmd::VmdError>(())
/// ```
pub fn decompose_segmented(
    signal: &[f64],
    config: &SegmentedConfig,
) -> Result<SegmentedDecomposition, VmdError> {
    let plan = config.plan()?;
    if signal.len() < config.window {
        return Err(VmdError::WindowTooLong { window: config.window, len: signal.len() });
    }
    if let Some(index) = signal.iter().position(|value| !value.is_finite()) {
        return Err(VmdError::NotFinite { index, value: signal[index] });
    }
    let mut record = match config.mode {
        SegmentMode::Causal => causal(signal, config, &plan)?,
        SegmentMode::Blend => blend(signal, config, &plan)?,
    };
    for index in 1..record.windows.len() {
        let (before, after) = record.windows.split_at_mut(index);
        let previous = &before[index - 1].center_frequencies;
        after[0].swapped = nearest_differs(previous, &after[0].center_frequencies);
    }
    Ok(record)
}

type Solved = (Array2<f64>, SegmentReport);

/// Solves all windows, batch by batch, `kept` newest samples of each, and hands them over in order.
fn for_each_window(
    signal: &[f64],
    config: &SegmentedConfig,
    plan: &VmdPlan,
    kept: usize,
    mut take: impl FnMut(Solved),
) -> Result<(), VmdError> {
    let count = (signal.len() - config.window) / config.step + 1;
    let starts: Vec<usize> = (0..count).map(|index| index * config.step).collect();
    for batch in starts.chunks(BATCH) {
        let solved: Result<Vec<Solved>, VmdError> = batch
            .par_iter()
            .map_init(
                || WindowSolver::new(config, plan.clone()),
                |solver, &start| {
                    solver.solve_newest(&signal[start..start + config.window], start, kept)
                },
            )
            .collect();
        solved?.into_iter().for_each(&mut take);
    }
    Ok(())
}

fn causal(
    signal: &[f64],
    config: &SegmentedConfig,
    plan: &VmdPlan,
) -> Result<SegmentedDecomposition, VmdError> {
    let mut modes = Array2::from_elem((config.vmd.modes, signal.len()), f64::NAN);
    let mut windows = Vec::new();
    let mut end = config.window;
    for_each_window(signal, config, plan, config.step, |(newest, report)| {
        end = report.start + config.window;
        modes.slice_mut(s![.., end - config.step..end]).assign(&newest);
        windows.push(report);
    })?;
    Ok(SegmentedDecomposition { modes, covered: config.window - config.step..end, windows })
}

fn blend(
    signal: &[f64],
    config: &SegmentedConfig,
    plan: &VmdPlan,
) -> Result<SegmentedDecomposition, VmdError> {
    let window = config.window;
    let mut modes = Array2::<f64>::zeros((config.vmd.modes, signal.len()));
    let mut weights = vec![0.0; signal.len()];
    let mut windows = Vec::new();
    let mut end = window;
    for_each_window(signal, config, plan, window, |(found, report)| {
        end = report.start + window;
        for t in 0..window {
            let weight = (t + 1).min(window - t) as f64;
            weights[report.start + t] += weight;
            for k in 0..config.vmd.modes {
                modes[[k, report.start + t]] += weight * found[[k, t]];
            }
        }
        windows.push(report);
    })?;
    for mut mode in modes.rows_mut() {
        for (value, &weight) in mode.iter_mut().zip(&weights) {
            *value = if weight > 0.0 { *value / weight } else { f64::NAN };
        }
    }
    Ok(SegmentedDecomposition { modes, covered: 0..end, windows })
}
