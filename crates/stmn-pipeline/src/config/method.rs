use graph_spatial::GraphStepConfig;
use serde::{Deserialize, Serialize};
use sigmoid_stats::AnalysisConfig;
use strain_io::{PrepareConfig, QualityConfig};

use super::decompose::DecomposeConfig;
use super::detect::{DetectConfig, QuietConfig};
use super::model::ModelConfig;
use crate::{PipelineError, Result};

/// Every setting of the method, stage by stage; the default is what `stmn demo` runs.
///
/// ```
/// use stmn_pipeline::{MethodConfig, ObjectiveKind};
///
/// let mut method = MethodConfig::default();
/// method.model.objective = ObjectiveKind::Forecast; // the default is as published
/// method.validate()?;
/// method.decompose.keep = vec![6];
/// assert_eq!(
///     method.validate().unwrap_err().to_string(),
///     "decompose.keep = [6]: name modes from 1 to `modes`"
/// );
/// # Ok::<(), stmn_pipeline::PipelineError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct MethodConfig {
    /// How quality is assessed.
    pub quality: QualityConfig,
    /// Cleaning.
    pub prepare: PrepareConfig,
    /// Decomposition.
    pub decompose: DecomposeConfig,
    /// Network and training.
    pub model: ModelConfig,
    /// Graph step over the stations' reconstructions.
    pub spatial: SpatialConfig,
    /// Thresholds and days.
    pub detect: DetectConfig,
    /// Days that stand for normal times.
    pub quiet: QuietConfig,
    /// Fits and null distributions.
    pub analysis: AnalysisConfig,
}

/// Whether stations see each other's reconstructions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SpatialConfig {
    /// Off: each station's reconstruction stands as it is.
    pub enabled: bool,
    /// Weights and layers.
    pub graph: GraphStepConfig,
}

impl Default for SpatialConfig {
    fn default() -> Self {
        Self { enabled: true, graph: GraphStepConfig::default() }
    }
}

impl MethodConfig {
    /// Checks every setting that can be checked without data.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Config`] naming the setting, its value and what it must be, or the error of
    /// the crate that it belongs to.
    pub fn validate(&self) -> Result<()> {
        self.quality.validate()?;
        self.prepare.validate()?;
        self.decompose.validate()?;
        self.model.validate()?;
        self.detect.validate(self.model.samples_per_day())?;
        self.analysis.validate()?;
        if self.prepare.gauges.iter().collect::<std::collections::BTreeSet<_>>().len() != 4 {
            return Err(PipelineError::Config {
                name: "prepare.gauges".to_owned(),
                value: format!("{:?}", self.prepare.gauges),
                advice: "name four different channels, gauges 1 to 4 in order".to_owned(),
            });
        }
        Ok(())
    }
}
