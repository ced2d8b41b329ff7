use serde::{Deserialize, Deserializer, Serialize};
use timesnet::{ComputeDevice, Objective, Schedule, SizeConfig, TrainConfig};

use crate::PipelineError;

/// What the network is asked to do with a window: the choice decides what it can hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectiveKind {
    /// Reproduce the whole window, as published: the network sees what it is judged on.
    #[default]
    Reconstruct,
    /// Fill hidden patches of the newest day from the rest of the window.
    Masked,
    /// Predict the newest day from the days before it.
    Forecast,
}

/// What the network sees of a gauge's kept modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModeFeatures {
    /// Each mode as a feature of its own.
    #[default]
    Separate,
    /// Their sum, as one feature.
    Summed,
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
    /// Whether the kept modes go in one by one or summed.
    pub modes: ModeFeatures,
    /// Sampling interval that the network sees, minutes: faster modes are averaged to it.
    pub interval_minutes: usize,
    /// Sizes of the layers.
    pub size: SizeConfig,
    /// Optimiser, schedule, stopping. A year of daily windows is so little that the published
    /// settings make some eighty steps of it and end worse than the mean: the default has smaller
    /// batches and a rate ten times as high.
    #[serde(deserialize_with = "train_config")]
    pub train: TrainConfig,
    /// The share of the training span, at its end, that decides when to stop.
    pub valid_share: f64,
    /// Where the network computes. A GPU rounds otherwise, so a run made with one is another run.
    pub device: ComputeDevice,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            objective: ObjectiveKind::default(),
            patch_hours: 6,
            window_hours: 168,
            modes: ModeFeatures::default(),
            interval_minutes: 60,
            size: SizeConfig::default(),
            train: default_train_config(),
            valid_share: 0.2,
            device: ComputeDevice::Cpu,
        }
    }
}

fn default_train_config() -> TrainConfig {
    TrainConfig::default().with_batch(16).with_learning_rate(1e-3, Schedule::Cosine)
}

/// Settings that are left out are those of [`default_train_config`], not `timesnet`'s own.
fn train_config<'de, D: Deserializer<'de>>(from: D) -> Result<TrainConfig, D::Error> {
    use serde::de::Error;
    let given = serde_json::Map::deserialize(from)?;
    let mut all = serde_json::to_value(default_train_config()).map_err(D::Error::custom)?;
    if let Some(all) = all.as_object_mut() {
        all.extend(given);
    }
    serde_json::from_value(all).map_err(D::Error::custom)
}

impl ModelConfig {
    pub(crate) fn validate(&self) -> crate::Result<()> {
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
        if let Err(error) = self.device.open() {
            return refuse("device", self.device.to_string(), &error.to_string());
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

    /// Features of a gauge of which `kept` modes are kept.
    pub(crate) fn features_per_gauge(&self, kept: usize) -> usize {
        match self.modes {
            ModeFeatures::Separate => kept,
            ModeFeatures::Summed => 1,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_settings_that_are_left_out_are_the_pipelines() {
        let config: ModelConfig = toml::from_str("[train]\nepochs = 3\nclip = 4.0").unwrap();
        let wanted = ModelConfig::default().train.with_epochs(3).with_clip(Some(4.0));
        assert_eq!(config.train, wanted);
        assert_ne!(config.train.learning_rate, TrainConfig::default().learning_rate);
        let error = toml::from_str::<ModelConfig>("[train]\nepoch = 3").unwrap_err();
        assert!(error.to_string().contains("unknown field `epoch`"), "{error}");
        let written = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<ModelConfig>(&written).unwrap(), config);
    }

    #[test]
    fn a_device_is_named_and_has_to_be_there() {
        let config: ModelConfig = toml::from_str("device = \"cuda:1\"").unwrap();
        assert_eq!(config.device, ComputeDevice::Cuda { gpu: 1 });
        assert!(toml::to_string(&config).unwrap().contains("device = \"cuda:1\""));
        let error = toml::from_str::<ModelConfig>("device = \"gpu\"").unwrap_err().to_string();
        assert!(error.contains("give `cpu`, `cuda` or `cuda:1`"), "{error}");
        #[cfg(not(feature = "cuda"))]
        assert!(config.validate().unwrap_err().to_string().contains("--features cuda"));
    }
}
