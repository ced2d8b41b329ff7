use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use strain_io::{PrepareConfig, ReadOptions};

use crate::{PipelineError, Result, Span};

/// Where a station stands and how its recording is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StationConfig {
    /// The station's code.
    pub id: String,
    /// Its recording; relative paths are looked up beside the configuration, or in the folder that
    /// the caller names instead.
    pub path: PathBuf,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// How to read the recording.
    #[serde(default)]
    pub read: ReadOptions,
    /// Cleaning of this station alone, instead of the common `[method.prepare]`.
    #[serde(default)]
    pub prepare: Option<PrepareConfig>,
    /// The span that the station's tide, pressure response, drift and residual spread are learnt
    /// from; at the reference station also the span that the network is trained on.
    pub fit: Span,
    /// The span whose days are scored (targets only); by default from the end of `fit` to the end
    /// of the recording. It must not begin before `fit` ends: a day is never judged by what was
    /// learnt from it.
    #[serde(default)]
    pub score: Option<Span>,
    /// Times in which something known disturbed the station (targets only): pumping, works, a
    /// calibration. Their samples are unobserved: they make no bounds and no counts.
    #[serde(default)]
    pub interference: Vec<Span>,
}

impl StationConfig {
    pub(crate) fn validate(&self) -> Result<()> {
        self.fit.validate(&format!("{}.fit", self.id))?;
        let interference = format!("{}.interference", self.id);
        self.interference.iter().try_for_each(|span| span.validate(&interference))?;
        graph_spatial::Site::new(&self.id, self.latitude, self.longitude)?;
        let Some(score) = self.score else { return Ok(()) };
        score.validate(&format!("{}.score", self.id))?;
        if score.from < self.fit.to {
            return Err(PipelineError::Config {
                name: format!("{}.score.from", self.id),
                value: score.from.to_string(),
                advice: format!(
                    "score days only after the span that was learnt from, which ends at {}",
                    self.fit.to
                ),
            });
        }
        Ok(())
    }
}
