use serde::{Deserialize, Serialize};
use sigmoid_stats::{BoundRule, SigmaRule, Thresholds};

use crate::{PipelineError, Result};

/// What the bounds of a residual are made of.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum BoundKind {
    /// ±Zα·σe, as published.
    #[default]
    Sigma,
    /// ±Zα·σe with a σe of its own for each part of the UTC day, of the target's background.
    TimeOfDay {
        /// Parts of equal length.
        parts: usize,
    },
    /// Two order statistics of the target's background residuals, as many beyond either.
    Quantile {
        /// Share of the background that lies inside.
        coverage: f64,
    },
}

/// When a sample is anomalous, and which days count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DetectConfig {
    /// What the bounds are made of.
    pub bounds: BoundKind,
    /// Zα of the bounds ŷ ± Zα·σe.
    pub z_alpha: f64,
    /// Which residuals σe comes from.
    pub sigma: SigmaRule,
    /// Consecutive samples outside the bounds before any counts.
    pub min_run: usize,
    /// The share of a day that must be observed.
    pub min_coverage: f64,
}

impl Default for DetectConfig {
    fn default() -> Self {
        Self {
            bounds: BoundKind::Sigma,
            z_alpha: 1.5,
            sigma: SigmaRule::TargetBackground,
            min_run: 1,
            min_coverage: 0.5,
        }
    }
}

impl DetectConfig {
    /// Checks the settings beside the network's samples in a day.
    pub(crate) fn validate(&self, samples_per_day: usize) -> Result<()> {
        Thresholds::new(1.0, self.z_alpha)?.with_min_run(self.min_run)?;
        let refuse = |key: &str, value: String, advice: &str| {
            Err(PipelineError::Config {
                name: format!("detect.{key}"),
                value,
                advice: advice.to_owned(),
            })
        };
        if !(0.0..=1.0).contains(&self.min_coverage) {
            let value = self.min_coverage.to_string();
            return refuse("min_coverage", value, "give a share from 0 to 1");
        }
        match self.bounds {
            BoundKind::Sigma => Ok(()),
            _ if self.sigma == SigmaRule::ReferenceValidation => refuse(
                "sigma",
                "reference_validation".to_owned(),
                "it goes with `bounds = \"sigma\"` alone: the other bounds are made of the target's \
                 own background",
            ),
            BoundKind::TimeOfDay { parts } if !(1..=samples_per_day).contains(&parts) => refuse(
                "bounds.time_of_day.parts",
                parts.to_string(),
                &format!("give 1 to {samples_per_day}, the network's samples in a day"),
            ),
            BoundKind::Quantile { coverage } if !(coverage > 0.0 && coverage < 1.0) => refuse(
                "bounds.quantile.coverage",
                coverage.to_string(),
                "give a share between 0 and 1",
            ),
            BoundKind::TimeOfDay { .. } | BoundKind::Quantile { .. } => Ok(()),
        }
    }

    /// The library's rule, `None` for the published one.
    pub(crate) fn rule(&self) -> Option<BoundRule> {
        let DetectConfig { sigma, z_alpha, .. } = *self;
        match self.bounds {
            BoundKind::Sigma => None,
            BoundKind::TimeOfDay { parts } => Some(BoundRule::TimeOfDay { sigma, z_alpha, parts }),
            BoundKind::Quantile { coverage } => Some(BoundRule::Quantile { coverage }),
        }
    }

    /// Parts of the day that have bounds of their own.
    pub(crate) fn parts(&self) -> usize {
        if let BoundKind::TimeOfDay { parts } = self.bounds { parts } else { 1 }
    }
}

/// Which days of the record stand for normal times: the null distribution is made of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct QuietConfig {
    /// Earthquakes of the catalogue from this magnitude on make days around them not quiet, where
    /// the station lies within their Dobrovolsky radius.
    pub magnitude: f64,
    /// Days before such an earthquake that are not quiet.
    pub days_before: u32,
    /// Days after such an earthquake that are not quiet.
    pub days_after: u32,
    /// Days after the event itself that are not quiet, catalogue or not.
    pub days_after_event: u32,
}

impl Default for QuietConfig {
    fn default() -> Self {
        Self { magnitude: 5.0, days_before: 3, days_after: 7, days_after_event: 60 }
    }
}
