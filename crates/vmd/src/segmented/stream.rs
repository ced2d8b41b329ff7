use ndarray::{Array2, s};
use rayon::prelude::*;

use super::SegmentReport;
use super::blend::Blend;
use super::identity::Identity;
use super::window::{Solved, WindowSolver};
use crate::{ModeIdentity, Real, SegmentMode, SegmentedConfig, VmdError};

/// Windows solved at a time: bounds the memory besides what is given back.
pub(super) const BATCH: usize = 64;

/// One finished step of a stream.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SegmentedStep<T: Real = f64> {
    /// First sample of the step in the record, counted from the first sample pushed.
    pub start: usize,
    /// `[mode, time]` over the step.
    pub modes: Array2<T>,
    /// How the newest window that shaped these samples went: in [`SegmentMode::Causal`] the one that
    /// ends with them, in [`SegmentMode::Blend`] the one that begins with them.
    pub report: SegmentReport,
}

/// Decomposition of samples as they come: the same numbers, bit for bit, as
/// [`decompose_segmented`](crate::decompose_segmented), in memory that does not grow with the
/// record. In [`SegmentMode::Blend`] a step is finished when no later window will cover it, and
/// [`SegmentedStream::finish`] gives the samples at the end.
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
pub struct SegmentedStream<T: Real = f64> {
    solver: WindowSolver<T>,
    identity: Identity<T>,
    blend: Option<Blend>,
    step: usize,
    window: usize,
    /// Newest samples of a window that are needed of its modes.
    kept: usize,
    recent: Vec<T>,
    /// Place of `recent[0]` in the record.
    start: usize,
    last: Option<SegmentReport>,
}

impl<T: Real> std::fmt::Debug for SegmentedStream<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seen = self.start + self.recent.len();
        formatter.debug_struct("SegmentedStream").field("seen", &seen).finish_non_exhaustive()
    }
}

impl<T: Real> SegmentedStream<T> {
    /// Starts an empty stream.
    ///
    /// # Errors
    ///
    /// A setting out of range.
    pub fn new(config: SegmentedConfig) -> Result<Self, VmdError> {
        let solver = WindowSolver::new(&config)?;
        let (step, window) = (config.step, config.window);
        let blend = (config.mode == SegmentMode::Blend).then(|| Blend::new(&config));
        let newest = blend.is_none() && config.identity == ModeIdentity::Frequency;
        Ok(Self {
            solver,
            identity: Identity::new(&config),
            blend,
            step,
            window,
            kept: if newest { step } else { window },
            recent: Vec::new(),
            start: 0,
            last: None,
        })
    }

    /// Takes samples, gives the steps that they finish, oldest first. Where they complete several
    /// windows, these are solved in parallel on rayon's current pool.
    ///
    /// # Errors
    ///
    /// A sample that is not finite, with its index since the stream began; nothing of that push is
    /// taken then.
    pub fn push(&mut self, samples: &[T]) -> Result<Vec<SegmentedStep<T>>, VmdError> {
        if let Some(index) = samples.iter().position(|value| !value.wide().is_finite()) {
            let value = samples[index].wide();
            let index = self.start + self.recent.len() + index;
            return Err(VmdError::NotFinite { index, value });
        }
        let mut finished = Vec::new();
        let most = self.window + (BATCH - 1) * self.step;
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(most - self.recent.len()));
            self.recent.extend_from_slice(now);
            rest = later;
            for solved in self.solve()? {
                finished.push(self.take(solved));
            }
        }
        Ok(finished)
    }

    /// Ends the stream: in [`SegmentMode::Blend`] gives the samples behind the last step that windows
    /// cover, with the last window's report.
    pub fn finish(self) -> Option<SegmentedStep<T>> {
        let (blend, report) = (self.blend?, self.last?);
        let modes = blend.rest();
        let start = report.start + self.step;
        (modes.ncols() > 0).then_some(SegmentedStep { start, modes, report })
    }

    /// Solves the windows that `recent` holds and drops what no later one needs.
    fn solve(&mut self) -> Result<Vec<Solved<T>>, VmdError> {
        let Some(spare) = self.recent.len().checked_sub(self.window) else { return Ok(Vec::new()) };
        let windows = spare / self.step + 1;
        let Self { solver, recent, step, window, start, kept, .. } = self;
        let (recent_now, step, window, start, kept) = (&*recent, *step, *window, *start, *kept);
        let solve = |solver: &mut WindowSolver<T>, index: usize| {
            let at = index * step;
            solver.solve(&recent_now[at..at + window], start + at, kept)
        };
        let solved: Result<Vec<Solved<T>>, VmdError> = if windows == 1 {
            solve(solver, 0).map(|solved| vec![solved])
        } else {
            let solver = &*solver;
            (0..windows).into_par_iter().map_init(|| solver.clone(), solve).collect()
        };
        recent.drain(..windows * step);
        self.start += windows * step;
        solved
    }

    /// Makes the next window a step.
    fn take(&mut self, solved: Solved<T>) -> SegmentedStep<T> {
        let (modes, report) = self.identity.carry_on(solved);
        self.last = Some(report.clone());
        match &mut self.blend {
            Some(blend) => SegmentedStep { start: report.start, modes: blend.add(&modes), report },
            None => {
                let start = report.start + self.window - self.step;
                let newest = s![.., modes.ncols() - self.step..];
                SegmentedStep { start, modes: modes.slice(newest).to_owned(), report }
            }
        }
    }
}
