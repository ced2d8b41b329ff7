use serde::{Deserialize, Serialize};
use timesnet::{Objective, SizeConfig, TrainConfig};

use crate::{PipelineError, Result};

/// What the network is asked to do with a window: the choice decides what it can hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectiveKind {
    /// Reproduce the whole window, as published: the network sees what it is judged on.
    Reconstruct,
    /// Fill hidden patches of the newest day from the rest of the window.
    Masked,
    /// Predict the newest day from the days before it.
    #[default]
    Forecast,
}

/// The network and its training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ModelConfig {
    /// What it is asked to do.
    pub objective: ObjectiveKind,
    /// Length of a hidden patch, hours (`masked` alone).
    pub patch_hours: usize,
    /// Length of a window, hours.
    pub window_hours: usize,
    /// Sampling interval that the network sees, minutes: faster modes are averaged to it.
    pub interval_minutes: usize,
    /// Sizes of the layers.
    pub size: SizeConfig,
    /// Optimiser, schedule, stopping.
    pub train: TrainConfig,
    /// The share of the training span, at its end, that decides when to stop.
    pub valid_share: f64,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            objective: ObjectiveKind::default(),
            patch_hours: 6,
            window_hours: 168,
            interval_minutes: 60,
            size: SizeConfig::default(),
            train: TrainConfig::default(),
            valid_share: 0.2,
        }
    }
}

impl ModelConfig {
    pub(crate) fn validate(&self) -> Result<()> {
        let refuse = |name: &str, value: String, advice: &str| {
            Err(PipelineError::Config {
                name: format!("model.{name}"),
                value,
                advice: advice.to_owned(),
            })
        };
        if self.window_hours < 48 || !self.window_hours.is_multiple_of(24) {
            let advice = "give whole days, at least two: one to judge and one to judge it by";
            return refuse("window_hours", self.window_hours.to_string(), advice);
        }
        let minutes = self.interval_minutes;
        if minutes == 0 || !1440_usize.is_multiple_of(minutes) {
            return refuse("interval_minutes", minutes.to_string(), "give a divisor of 1440");
        }
        if !(0.0..=0.5).contains(&self.valid_share) || self.valid_share == 0.0 {
            let advice = "give a share above 0 and up to 0.5";
            return refuse("valid_share", self.valid_share.to_string(), advice);
        }
        if self.patch_hours == 0 || !24_usize.is_multiple_of(self.patch_hours) {
            return refuse("patch_hours", self.patch_hours.to_string(), "give a divisor of 24");
        }
        Ok(())
    }

    pub(crate) fn samples_per_day(&self) -> usize {
        1440 / self.interval_minutes
    }

    pub(crate) fn window(&self) -> usize {
        self.window_hours / 24 * self.samples_per_day()
    }

    /// The objective in samples; the newest day is what is judged.
    pub(crate) fn objective(&self) -> Objective {
        let day = self.samples_per_day();
        match self.objective {
            ObjectiveKind::Reconstruct => Objective::Reconstruct,
            ObjectiveKind::Masked => {
                Objective::Masked { patch: (day * self.patch_hours / 24).max(1), span: day }
            }
            ObjectiveKind::Forecast => Objective::Forecast { horizon: day },
        }
    }
}
