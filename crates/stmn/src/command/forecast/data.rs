use std::path::{Path, PathBuf};

use strain_io::TimeGrid;
use timesnet::Task;

use super::experiment::{DataSettings, Experiment};
use super::records::Records;
use super::resolve::Facts;
use super::series::Series;
use super::settings::Settings;
use super::several::Several;
use crate::failure::Failure;

/// A table as its task understands it.
pub(super) enum Data {
    Series(Series),
    Several(Several),
    Records(Records),
}

impl Data {
    /// Reads the table of a task; records need no classes unless `labelled`.
    pub(super) fn read(
        path: &Path,
        task: Task,
        data: &DataSettings,
        labelled: bool,
    ) -> Result<Self, Failure> {
        Ok(match task {
            Task::Classification => Self::Records(Records::read(path, data, labelled)?),
            Task::ShortTermForecast => Self::Several(Several::read(path, data)?),
            _ => Self::Series(Series::read(path, data)?),
        })
    }

    pub(super) fn file(&self) -> &str {
        match self {
            Self::Series(series) => &series.file,
            Self::Several(several) => &several.file,
            Self::Records(records) => &records.file,
        }
    }

    /// What the network sees side by side; every one of several series is seen alone.
    pub(super) fn channels(&self) -> Vec<String> {
        match self {
            Self::Series(series) => series.channels.clone(),
            Self::Several(_) => vec!["value".to_owned()],
            Self::Records(records) => records.channels.clone(),
        }
    }

    pub(super) fn classes(&self) -> Vec<String> {
        match self {
            Self::Records(records) => records.classes(),
            _ => Vec::new(),
        }
    }

    pub(super) fn interval_s(&self) -> Option<f64> {
        let grid = match self {
            Self::Series(series) => series.grid.as_ref(),
            Self::Several(several) => several.grid.as_ref(),
            Self::Records(_) => None,
        };
        grid.map(TimeGrid::interval_seconds)
    }

    /// Refuses a table whose rows are differently far apart than those that a model was trained on.
    pub(super) fn refuse_interval(&self, trained: Option<f64>) -> Result<(), Failure> {
        match (self.interval_s(), trained) {
            (Some(own), Some(trained)) if own != trained => Err(Failure::new(format!(
                "{} has a row every {own} s, the model was trained on one every {trained} s",
                self.file()
            ))),
            _ => Ok(()),
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            channels: self.channels().len(),
            interval_s: self.interval_s(),
            longest: match self {
                Self::Records(records) => records.longest(),
                _ => 0,
            },
            classes: self.classes().len(),
        }
    }
}

/// Reads a configuration and the table that it names.
pub(super) fn load(config: &Path) -> Result<(Experiment, Data), Failure> {
    let text = std::fs::read_to_string(config)
        .map_err(|error| Failure::of(format!("cannot read {}", config.display()), error))?;
    let settings: Settings = stmn_pipeline::parse_toml(&text, &config.display().to_string())?;
    let path = data_path(config, &settings)?;
    let named = |failure: Failure| failure.within(config);
    let data_settings = settings.data_settings(path.clone()).map_err(named)?;
    let data = Data::read(&path, settings.task().map_err(named)?, &data_settings, true)?;
    if let Data::Series(series) = &data {
        series.refuse_unlabelled(&data_settings).map_err(named)?;
    }
    let experiment = settings.resolve(data_settings, &data.facts()).map_err(named)?;
    note_unused(&text, &experiment);
    Ok((experiment, data))
}

/// From the configuration's folder, unless it is absolute.
fn data_path(config: &Path, settings: &Settings) -> Result<PathBuf, Failure> {
    let Some(name) = &settings.data_path else {
        return Err(Failure::new("`data_path` is needed: the table").within(config));
    };
    let folder = config.parent().unwrap_or(Path::new(""));
    let path = folder.join(settings.root_path.as_deref().unwrap_or(Path::new(""))).join(name);
    // A model is used from other folders than the one that it was trained in.
    std::path::absolute(&path)
        .map_err(|error| Failure::of(format!("cannot find {}", path.display()), error))
}

/// Names the keys that were understood but change nothing in this task.
fn note_unused(text: &str, experiment: &Experiment) {
    let Ok(given) = text.parse::<toml::Table>() else { return };
    let Ok(used) = toml::Table::try_from(experiment.settings()) else { return };
    // These say where the table is, or were checked and found to say what is so anyway.
    const SEEN: [&str; 4] = ["root_path", "model", "data", "read"];
    let seen = |key: &str| match key {
        // It stands for lengths and seasons.
        "seasonal_patterns" => used.contains_key("season"),
        key => SEEN.contains(&key),
    };
    let unused: Vec<&str> = given
        .keys()
        .map(String::as_str)
        .filter(|key| !used.contains_key(*key) && !seen(key))
        .collect();
    if !unused.is_empty() {
        eprintln!("note: understood, but without effect here: {}", unused.join(", "));
    }
}
