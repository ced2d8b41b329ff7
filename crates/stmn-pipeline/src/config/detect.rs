use serde::{Deserialize, Serialize};
use sigmoid_stats::SigmaRule;

use crate::{PipelineError, Result};

/// When a sample is anomalous, and which days count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DetectConfig {
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
        Self { z_alpha: 1.5, sigma: SigmaRule::TargetBackground, min_run: 1, min_coverage: 0.5 }
    }
}

impl DetectConfig {
    pub(crate) fn validate(&self) -> Result<()> {
        sigmoid_stats::Thresholds::new(1.0, self.z_alpha)?.with_min_run(self.min_run)?;
        if (0.0..=1.0).contains(&self.min_coverage) {
            return Ok(());
        }
        Err(PipelineError::Config {
            name: "detect.min_coverage".to_owned(),
            value: self.min_coverage.to_string(),
            advice: "give a share from 0 to 1".to_owned(),
        })
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
