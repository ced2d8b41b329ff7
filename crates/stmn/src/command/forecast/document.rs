//! What a trained model's folder says of it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use timesnet::{Scaler, TrainReport};

use super::experiment::Experiment;
use super::resolve::Facts;
use super::seen::Seen;
use crate::failure::Failure;

const SCHEMA: &str = "stmn.forecast-model/1";

/// What stands in `forecast.json` beside the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelDocument {
    pub(super) schema: String,
    pub(super) version: String,
    pub(super) experiment: Experiment,
    pub(super) learned: Learned,
}

/// What the training rows have taught beside the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Learned {
    pub(super) channels: Vec<String>,
    /// Statistics of the training rows; none where every window is taken as it is.
    pub(super) scaler: Option<Scaler>,
    /// Names of the classes, in the order of the network's.
    pub(super) classes: Vec<String>,
    /// The class of most training records, the first of equal ones.
    pub(super) largest_class: Option<usize>,
    /// Seconds from row to row.
    pub(super) interval_s: Option<f64>,
    /// Score above which a row is anomalous.
    pub(super) threshold: Option<f64>,
    /// Scores of the training rows, where those that are judged are put to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) training_scores: Option<Vec<f64>>,
    /// How far a table of channels has taught it.
    pub(super) seen: Option<Seen>,
    /// Whether there was nothing to validate on; written only where it is so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unvalidated: bool,
    /// BLAKE3 of the table's bytes.
    pub(super) blake3: String,
    /// None for weights that were trained elsewhere.
    pub(super) report: Option<TrainReport>,
}

impl ModelDocument {
    pub(super) fn new(experiment: Experiment, learned: Learned) -> Self {
        let (schema, version) = (SCHEMA.to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        Self { schema, version, experiment, learned }
    }

    /// Reads a document; one that no training has written is refused.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            Failure::of(format!("cannot read {}", path.display()), error)
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.into()))?;
        let document: Self = serde_json::from_str(&text).map_err(|error| failed(error.into()))?;
        if document.schema != SCHEMA {
            return Err(Failure::new(format!(
                "{} is of schema `{}`, this version reads `{SCHEMA}`",
                path.display(),
                document.schema
            )));
        }
        document.check().map_err(|failure| failure.within(path))?;
        Ok(document)
    }

    /// Refuses settings that no configuration could have given, and what does not belong to them.
    fn check(&self) -> Result<(), Failure> {
        let Self { experiment, learned, .. } = self;
        // Before anything is computed from its sizes.
        experiment.network.validate()?;
        self.check_learned()?;
        let settings = experiment.settings();
        let facts = Facts {
            channels: learned.channels.len(),
            interval_s: learned.interval_s,
            longest: experiment.network.seq_len,
            classes: learned.classes.len(),
        };
        let data = settings.data_settings(experiment.data.path.clone())?;
        settings.resolve(data, &facts).map(|_| ())
    }

    fn check_learned(&self) -> Result<(), Failure> {
        let (network, learned) = (&self.experiment.network, &self.learned);
        let scaled = learned.scaler.as_ref().map_or(network.enc_in, |scaler| scaler.mean.len());
        for (what, is, needed) in [
            ("channels", learned.channels.len(), network.enc_in),
            ("scaled channels", scaled, network.enc_in),
            ("classes", learned.classes.len(), network.num_class),
        ] {
            if is != needed {
                return Err(Failure::new(format!(
                    "{is} {what} are named, the network has {needed}: train anew"
                )));
            }
        }
        match learned.largest_class.filter(|class| *class >= learned.classes.len()) {
            None => Ok(()),
            Some(class) => Err(Failure::new(format!(
                "`largest_class` = {class}, there are {} classes: train anew",
                learned.classes.len()
            ))),
        }
    }
}
