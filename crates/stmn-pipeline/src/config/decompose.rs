use serde::{Deserialize, Serialize};
use vmd::{EndGuard, SegmentMode, SegmentedConfig, Solver, VmdConfig};

use crate::{PipelineError, Result};

/// Segmented variational mode decomposition of each gauge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DecomposeConfig {
    /// Number of modes K.
    pub modes: usize,
    /// Bandwidth penalty α, as in the reference implementation (without a factor 2).
    pub alpha: f64,
    /// The modes kept, from 1 = slowest; published: 3, 4, 5.
    pub keep: Vec<usize>,
    /// Length of a window, hours.
    pub window_hours: usize,
    /// From one window to the next, hours; whole days, because days are scored.
    pub step_hours: usize,
    /// `causal` (default) or `blend`, as published: it lets a day see later ones.
    pub mode: SegmentMode,
    /// Which solution of the decomposition.
    pub solver: Solver,
    /// Hours of autoregressive extrapolation that guard a window's newest end; 0 for none.
    pub guard_hours: usize,
    /// Order of that autoregression.
    pub guard_order: usize,
    /// Cap on the iterations of a window.
    pub max_iterations: usize,
}

impl Default for DecomposeConfig {
    fn default() -> Self {
        Self {
            modes: 5,
            alpha: 2000.0,
            keep: vec![3, 4, 5],
            window_hours: 168,
            step_hours: 24,
            mode: SegmentMode::Causal,
            solver: Solver::Converged,
            guard_hours: 24,
            guard_order: 24,
            max_iterations: 2000,
        }
    }
}

impl DecomposeConfig {
    pub(crate) fn validate(&self) -> Result<()> {
        let refuse = |name: &str, value: String, advice: &str| {
            Err(PipelineError::Config {
                name: format!("decompose.{name}"),
                value,
                advice: advice.to_owned(),
            })
        };
        if self.keep.is_empty() || self.keep.iter().any(|&k| k == 0 || k > self.modes) {
            return refuse("keep", format!("{:?}", self.keep), "name modes from 1 to `modes`");
        }
        if self.step_hours == 0 || !self.step_hours.is_multiple_of(24) {
            return refuse("step_hours", self.step_hours.to_string(), "give whole days");
        }
        if self.window_hours < self.step_hours || !self.window_hours.is_multiple_of(24) {
            return refuse(
                "window_hours",
                self.window_hours.to_string(),
                "give whole days, at least one step",
            );
        }
        Ok(())
    }

    /// The same in samples of a recording.
    pub(crate) fn in_samples(&self, samples_per_day: usize) -> SegmentedConfig {
        let vmd = VmdConfig::new(self.modes, self.alpha)
            .with_solver(self.solver)
            .with_max_iterations(self.max_iterations);
        let samples = |hours: usize| hours * samples_per_day / 24;
        let guard = match self.guard_hours {
            0 => EndGuard::None,
            hours => EndGuard::Extrapolate { samples: samples(hours), order: self.guard_order },
        };
        SegmentedConfig::new(vmd, samples(self.window_hours), samples(self.step_hours))
            .with_mode(self.mode)
            .with_guard(guard)
    }
}
