use ndarray::Array2;

use super::SegmentReport;
use super::window::{WindowSolver, nearest_differs};
use crate::{SegmentMode, SegmentedConfig, VmdError};

/// One finished step of a stream.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SegmentedStep {
    /// First sample of the step in the record, counted from the first sample pushed.
    pub start: usize,
    /// `[mode, time]` over the step, row 0 the lowest frequency.
    pub modes: Array2<f64>,
    /// How the window that ends with this step went.
    pub report: SegmentReport,
}

/// Causal decomposition of samples as they come: the same numbers, bit for bit, as
/// [`decompose_segmented`](crate::decompose_segmented) in [`SegmentMode::Causal`], in memory that
/// does not grow with the record.
///
/// ```
/// use vmd::{SegmentedConfig, SegmentedStream, VmdConfig};
///
/// let mut stream = SegmentedStream::new(SegmentedConfig::new(VmdConfig::new(2, 500.0), 96, 24))?;
/// let hour = |i: usize| (std::f64::consts::TAU * i as f64 / 12.42).cos();
/// assert!(stream.push(&(0..95).map(hour).collect::<Vec<_>>())?.is_empty());
/// let steps = stream.push(&[hour(95)])?;
/// assert_eq!((steps.len(), steps[0].start), (1, 72));
/// # Ok::<(), vmd::VmdError>(())
/// ```
pub struct SegmentedStream {
    solver: WindowSolver,
    step: usize,
    window: usize,
    recent: Vec<f64>,
    /// Place of `recent[0]` in the record.
    start: usize,
    previous: Option<Vec<f64>>,
}

impl std::fmt::Debug for SegmentedStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seen = self.start + self.recent.len();
        formatter.debug_struct("SegmentedStream").field("seen", &seen).finish_non_exhaustive()
    }
}

impl SegmentedStream {
    /// Starts an empty stream.
    ///
    /// # Errors
    ///
    /// A setting out of range, or [`SegmentMode::Blend`], which would need later samples.
    pub fn new(config: SegmentedConfig) -> Result<Self, VmdError> {
        let plan = config.plan()?;
        if config.mode != SegmentMode::Causal {
            return Err(VmdError::StreamNeedsCausal);
        }
        let solver = WindowSolver::new(&config, plan);
        let (step, window) = (config.step, config.window);
        Ok(Self { solver, step, window, recent: Vec::new(), start: 0, previous: None })
    }

    /// Takes samples, gives the steps that they finish, oldest first.
    ///
    /// # Errors
    ///
    /// A sample that is not finite, with its index since the stream began; nothing of that push is
    /// taken then.
    pub fn push(&mut self, samples: &[f64]) -> Result<Vec<SegmentedStep>, VmdError> {
        if let Some(index) = samples.iter().position(|value| !value.is_finite()) {
            let value = samples[index];
            return Err(VmdError::NotFinite {
                index: self.start + self.recent.len() + index,
                value,
            });
        }
        let mut finished = Vec::new();
        let mut rest = samples;
        while !rest.is_empty() {
            let taken = rest.len().min(self.window - self.recent.len());
            let (now, later) = rest.split_at(taken);
            self.recent.extend_from_slice(now);
            rest = later;
            if self.recent.len() == self.window {
                finished.push(self.finish()?);
            }
        }
        Ok(finished)
    }

    fn finish(&mut self) -> Result<SegmentedStep, VmdError> {
        let (modes, mut report) = self.solver.solve_newest(&self.recent, self.start, self.step)?;
        report.swapped = self
            .previous
            .as_ref()
            .is_some_and(|previous| nearest_differs(previous, &report.center_frequencies));
        self.previous = Some(report.center_frequencies.clone());
        let start = self.start + self.window - self.step;
        self.recent.drain(..self.step);
        self.start += self.step;
        Ok(SegmentedStep { start, modes, report })
    }
}
