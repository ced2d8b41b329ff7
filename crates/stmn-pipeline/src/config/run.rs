use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use strain_io::{CatalogueFormat, CatalogueOptions};

use super::event::EventConfig;
use super::method::MethodConfig;
use super::station::StationConfig;
use crate::{PipelineError, Result};

/// A whole run: what is read and what is done with it. This is what `stmn run CONFIG.toml` reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RunConfig {
    /// Every random draw comes from it.
    pub seed: u64,
    /// Folder that the relative paths below start at, itself relative to the configuration's.
    #[serde(default)]
    pub data: PathBuf,
    /// The earthquake.
    pub event: EventConfig,
    /// The quiet reference station.
    pub reference: StationConfig,
    /// The stations that are judged.
    pub target: Vec<StationConfig>,
    /// Other earthquakes, whose days are not quiet, beside those of the catalogue.
    #[serde(default)]
    pub other_event: Vec<EventConfig>,
    /// Other earthquakes, whose days are not quiet.
    #[serde(default)]
    pub catalogue: Option<CatalogueConfig>,
    /// How.
    #[serde(default)]
    pub method: MethodConfig,
}

impl RunConfig {
    /// Checks every setting that can be checked without data.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Config`] and the errors of the crates that the settings belong to.
    pub fn validate(&self) -> Result<()> {
        self.event.validate()?;
        self.other_event.iter().try_for_each(EventConfig::validate)?;
        self.reference.validate()?;
        self.target.iter().try_for_each(StationConfig::validate)?;
        if let Some(span) = self.reference.interference.first() {
            return Err(PipelineError::Config {
                name: "reference.interference".to_owned(),
                value: format!("{} to {}", span.from, span.to),
                advice: "it is for the stations that are judged; take the time out of `fit`"
                    .to_owned(),
            });
        }
        if self.target.is_empty() {
            return Err(PipelineError::Config {
                name: "target".to_owned(),
                value: "none".to_owned(),
                advice: "name at least one station to judge".to_owned(),
            });
        }
        let ids: Vec<&str> = self.target.iter().map(|target| target.id.as_str()).collect();
        if let Some(twice) = ids.iter().enumerate().find(|(i, id)| ids[..*i].contains(id)) {
            return Err(PipelineError::Config {
                name: "target.id".to_owned(),
                value: (*twice.1).to_owned(),
                advice: "name each target once".to_owned(),
            });
        }
        self.method.validate()
    }
}

/// An earthquake catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CatalogueConfig {
    /// The file, looked up like a recording.
    pub path: PathBuf,
    /// Its format.
    #[serde(default)]
    pub format: CatalogueFormat,
    /// How a CSV catalogue is read.
    #[serde(default)]
    pub csv: CatalogueOptions,
    /// Whether events that cannot be used are listed and passed over instead of refusing the file.
    #[serde(default)]
    pub skip_bad_rows: bool,
}
