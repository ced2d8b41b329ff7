use std::path::{Path, PathBuf};

use serde::Serialize;
use timesnet::candle_core::Device;
use timesnet::{Scaler, TimesNet, TrainReport};

use super::data::Data;
use super::document::{Learned, ModelDocument};
use super::experiment::Experiment;
use super::hash::hash;
use super::seen::Seen;
use crate::failure::Failure;

/// The folder of a model. One that was made for a run which came to nothing is taken away again.
pub(super) struct Folder {
    root: PathBuf,
    made: bool,
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.made {
            // Refused for a folder that holds anything, which is what is wanted.
            let _ = std::fs::remove_dir(&self.root);
        }
    }
}

impl Folder {
    /// Makes the folder if need be, and removes what a killed run has left half-written.
    pub(super) fn open(root: &Path) -> Result<Self, Failure> {
        let made = !root.exists();
        std::fs::create_dir_all(root)
            .map_err(|error| Failure::of(format!("cannot make {}", root.display()), error))?;
        strain_io::remove_abandoned(root)?;
        Ok(Self { root: root.to_owned(), made })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn weights(&self) -> PathBuf {
        self.path("model.safetensors")
    }

    /// The state of a training under way.
    pub(super) fn training(&self) -> PathBuf {
        self.path("training.state")
    }

    /// What an earlier training has left, if it came to its end.
    pub(super) fn document(&self) -> Result<Option<ModelDocument>, Failure> {
        let path = self.path("forecast.json");
        if !path.exists() {
            return Ok(None);
        }
        ModelDocument::read(&path).map(Some)
    }

    /// Refuses a folder that takes no file, before hours of training end with that.
    pub(super) fn refuse_unwritable(&self) -> Result<(), Failure> {
        let mut begun = false;
        // Given up as soon as there is a file: nothing is left of it.
        let tried = strain_io::write_atomically(self.training(), |_| {
            begun = true;
            Err(std::io::Error::other("not meant to be written"))
        });
        match tried {
            Err(error) if !begun => {
                Err(Failure::of(format!("cannot write into {}", self.root.display()), error))
            }
            _ => Ok(()),
        }
    }

    /// Writes the weights and, last of all, what makes the folder complete.
    pub(super) fn save(&self, document: &ModelDocument, network: &TimesNet) -> Result<(), Failure> {
        network.save(self.weights())?;
        let text = toml::to_string(&document.experiment.settings())
            .map_err(|error| Failure::of("cannot write the settings as TOML", error))?;
        self.write("config.toml", &text)?;
        self.write("forecast.json", &json(document)?)?;
        self.remove_training()
    }

    /// Removes the state of a training that is over.
    pub(super) fn remove_training(&self) -> Result<(), Failure> {
        match std::fs::remove_file(self.training()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let path = self.training();
                Err(Failure::of(format!("cannot remove {}", path.display()), error))
            }
            _ => Ok(()),
        }
    }

    /// Writes a file whole or not at all.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        strain_io::write_atomically(&path, |file| {
            std::io::Write::write_all(file, text.as_bytes())
        })?;
        Ok(path)
    }
}

/// A document as a file of JSON.
pub(super) fn json(document: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::of("cannot write the result as JSON", error))?;
    Ok(text + "\n")
}

/// A trained network with what it needs to be used.
pub(super) struct Model {
    pub(super) experiment: Experiment,
    pub(super) learned: Learned,
    pub(super) network: TimesNet,
}

impl Model {
    /// What `stmn forecast train` has left in a folder.
    pub(super) fn load(root: &Path, device: &Device) -> Result<Self, Failure> {
        let folder = Folder { root: root.to_owned(), made: false };
        let Some(document) = folder.document()? else {
            return Err(Failure::new(format!(
                "{} holds no trained model: `stmn forecast train` has to fill it first (a training \
                 that was stopped goes on when it is started again)",
                root.display()
            )));
        };
        let network = TimesNet::load(folder.weights(), device)?;
        if *network.config() != document.experiment.network {
            return Err(Failure::new(format!(
                "{}: `model.json` and `forecast.json` describe different networks; train anew",
                root.display()
            )));
        }
        Ok(Self { experiment: document.experiment, learned: document.learned, network })
    }

    /// Reads a table.
    pub(super) fn read(&self, input: &Path, labelled: bool) -> Result<Data, Failure> {
        let data = Data::read(input, self.experiment.task(), &self.experiment.data, labelled)?;
        data.refuse_interval(self.learned.interval_s)?;
        match data {
            Data::Series(series) => Ok(Data::Series(series.in_order(&self.learned.channels)?)),
            Data::Records(records) => Ok(Data::Records(records.in_order(&self.learned.channels)?)),
            Data::Several(several) => Ok(Data::Several(several)),
        }
    }

    /// Whether a table is the one that the model was trained on, whatever it is called.
    pub(super) fn is_own(&self, input: &Path) -> Result<bool, Failure> {
        Ok(hash(input)? == self.learned.blake3)
    }

    /// Reads the table that the model was trained on. What comes after it may come after what it
    /// has grown by; it is not `judged` by another test part.
    pub(super) fn read_own(&self, judged: bool) -> Result<Data, Failure> {
        let path = &self.experiment.data.path;
        if judged && !self.is_own(path)? {
            let advice = match self.learned.seen.and_then(|seen| seen.known_until) {
                Some(until) => format!("with --input its rows after {until} are judged"),
                None => "give what is new as a table of its own with --input".to_owned(),
            };
            return Err(Failure::new(format!(
                "{} has changed since the model was trained on it, so its test part is another \
                 one: {advice}",
                path.display()
            )));
        }
        self.read(path, judged)
    }

    /// The statistics of the training rows.
    pub(super) fn scaler(&self) -> Result<&Scaler, Failure> {
        let missing = || Failure::new("the model has no statistics of its training rows");
        self.learned.scaler.as_ref().ok_or_else(missing)
    }

    /// Weights that were trained elsewhere, for a configuration and its table.
    pub(super) fn of_checkpoint(
        checkpoint: &Path,
        experiment: Experiment,
        data: &Data,
        device: &Device,
    ) -> Result<Self, Failure> {
        let config = experiment.network.clone();
        let network = TimesNet::load_weights(config, checkpoint, device)?;
        let parts = super::parts::Parts::of(&experiment, data)?;
        let mut learned = learned(&experiment, data, parts.scaler(), None)?;
        super::detect::learn_threshold(&network, &experiment, &mut learned, data)?;
        Ok(Self { experiment, learned, network })
    }
}

/// What the table has taught before any anomaly was scored.
pub(super) fn learned(
    experiment: &Experiment,
    data: &Data,
    scaler: Option<Scaler>,
    report: Option<TrainReport>,
) -> Result<Learned, Failure> {
    Ok(Learned {
        channels: data.channels(),
        scaler,
        classes: data.classes(),
        largest_class: match data {
            Data::Records(records) => {
                let [train, ..] = records.split(experiment.data.split, experiment.seed);
                records.largest_class(&train)
            }
            _ => None,
        },
        interval_s: data.interval_s(),
        threshold: None,
        training_scores: None,
        seen: match data {
            Data::Series(series) => Some(Seen::of(experiment, series)),
            _ => None,
        },
        unvalidated: false,
        blake3: hash(&experiment.data.path)?,
        report,
    })
}
