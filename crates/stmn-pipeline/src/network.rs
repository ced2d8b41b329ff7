use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strain_io::{BadRow, Catalogue, Event, PrepareConfig, ReadCatalogueOptions, Recording};

use crate::config::{CatalogueConfig, EventConfig, RunConfig, Span, StationConfig};
use crate::store::short_hash;
use crate::{PipelineError, Result};

/// A station with its recording, ready for the stages.
#[derive(Debug, Clone)]
pub struct Station {
    pub(crate) id: String,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) fit: Span,
    pub(crate) score: Option<Span>,
    pub(crate) prepare: Option<PrepareConfig>,
    pub(crate) interference: Vec<Span>,
    pub(crate) recording: Recording,
    pub(crate) source: Source,
}

/// Where a recording came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Source {
    /// Its file as the configuration names it; none: it was made in memory.
    pub file: Option<PathBuf>,
    /// Hash of its grid, channels and values (blake3).
    pub blake3: String,
    /// Lines read, per channel.
    pub rows: Vec<usize>,
    /// Lines that could not be used: where, and why.
    pub bad_rows: Vec<String>,
}

impl Station {
    /// A station whose recording is in memory. Recordings are cut to whole UTC days.
    ///
    /// # Errors
    ///
    /// [`PipelineError::UnevenDay`] where days cannot be made of the sampling interval,
    /// [`PipelineError::TooLittle`] where the recording holds no whole day or nothing of `fit`, and
    /// the error of a coordinate that cannot be.
    pub fn new(
        id: impl Into<String>,
        [latitude, longitude]: [f64; 2],
        recording: &Recording,
        fit: Span,
    ) -> Result<Self> {
        let id = id.into();
        graph_spatial::Site::new(&id, latitude, longitude)?;
        let recording = whole_days(&id, recording)?;
        let source = Source {
            file: None,
            blake3: hash_recording(&recording),
            rows: Vec::new(),
            bad_rows: Vec::new(),
        };
        if fit.samples(recording.grid()).is_empty() {
            return Err(PipelineError::TooLittle {
                station: id,
                what: "the span to learn from,",
                from: fit.from,
                to: fit.to,
                problem: format!(
                    "holds no sample: it was recorded from {} to {}",
                    recording.grid().start(),
                    recording.grid().end()
                ),
                advice: "set `fit` to a part of the recording",
            });
        }
        Ok(Self {
            id,
            latitude,
            longitude,
            fit,
            score: None,
            prepare: None,
            interference: Vec::new(),
            recording,
            source,
        })
    }

    /// Scores these days instead of all after the span that was learnt from.
    pub fn with_score(mut self, score: Option<Span>) -> Self {
        self.score = score;
        self
    }

    /// Cleans this station in its own way.
    pub fn with_prepare(mut self, prepare: Option<PrepareConfig>) -> Self {
        self.prepare = prepare;
        self
    }

    /// Takes the samples of these times as unobserved where anomalous ones are counted.
    pub fn with_interference(mut self, interference: Vec<Span>) -> Self {
        self.interference = interference;
        self
    }

    /// The station's code.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its recording, cut to whole UTC days.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Where the recording came from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    fn load(config: &StationConfig, folder: &Path) -> Result<Self> {
        let path = find(folder, &config.path);
        let read = strain_io::read_recording(&path, &config.read)?;
        let place = [config.latitude, config.longitude];
        let mut station = Self::new(&config.id, place, &read.recording, config.fit)?
            .with_score(config.score)
            .with_prepare(config.prepare.clone())
            .with_interference(config.interference.clone());
        station.source.file = Some(config.path.clone());
        station.source.rows = read.rows;
        station.source.bad_rows = read.bad_rows.iter().map(BadRow::to_string).collect();
        Ok(station)
    }

    /// The span whose days are scored.
    pub(crate) fn scored(&self) -> Span {
        let end = self.recording.grid().end() + self.recording.grid().interval();
        self.score.unwrap_or(Span { from: self.fit.to, to: end })
    }
}

/// A reference station, the stations to judge, and the earthquake.
#[derive(Debug, Clone)]
pub struct Network {
    pub(crate) event: EventConfig,
    pub(crate) reference: Station,
    pub(crate) targets: Vec<Station>,
    pub(crate) catalogue: Option<Catalogue>,
}

impl Network {
    /// A network in memory.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Config`] without targets, and for an event that cannot be.
    pub fn new(event: EventConfig, reference: Station, targets: Vec<Station>) -> Result<Self> {
        event.validate()?;
        if targets.is_empty() {
            return Err(PipelineError::Config {
                name: "target".to_owned(),
                value: "none".to_owned(),
                advice: "name at least one station to judge".to_owned(),
            });
        }
        Ok(Self { event, reference, targets, catalogue: None })
    }

    /// Other earthquakes, whose days are not quiet.
    pub fn with_catalogue(mut self, catalogue: Catalogue) -> Self {
        self.catalogue = Some(catalogue.without_duplicates());
        self
    }

    /// Reads everything that a configuration names; relative paths start at `folder`.
    ///
    /// # Errors
    ///
    /// Those of the readers, naming file, line and column, and those of [`Station::new`].
    pub fn load(config: &RunConfig, folder: &Path) -> Result<Self> {
        let reference = Station::load(&config.reference, folder)?;
        let targets: Vec<Station> = config
            .target
            .iter()
            .map(|target| Station::load(target, folder))
            .collect::<Result<_>>()?;
        let mut events = match &config.catalogue {
            Some(catalogue) => load_catalogue(catalogue, folder)?.events().to_vec(),
            None => Vec::new(),
        };
        events.extend(
            config.other_event.iter().map(|event| {
                Event::new(event.time, event.latitude, event.longitude, event.magnitude)
            }),
        );
        let network = Self::new(config.event.clone(), reference, targets)?;
        Ok(network.with_catalogue(Catalogue::new(events)))
    }

    /// The reference station.
    pub fn reference(&self) -> &Station {
        &self.reference
    }

    /// The stations that are judged.
    pub fn targets(&self) -> &[Station] {
        &self.targets
    }

    /// The earthquake.
    pub fn event(&self) -> &EventConfig {
        &self.event
    }
}

/// The file in the folder: at its path, or else by its name alone, for a folder that holds the
/// files without the sub-folders that the configuration names.
fn find(folder: &Path, path: &Path) -> PathBuf {
    let at_path = folder.join(path);
    match path.file_name().map(|name| folder.join(name)) {
        Some(by_name) if !at_path.exists() && by_name.exists() => by_name,
        _ => at_path,
    }
}

fn load_catalogue(config: &CatalogueConfig, folder: &Path) -> Result<Catalogue> {
    let path = find(folder, &config.path);
    let options = ReadCatalogueOptions::default().with_format(config.format);
    Ok(strain_io::read_catalogue(path, &options.with_csv(config.csv.clone()))?.catalogue)
}

fn whole_days(id: &str, recording: &Recording) -> Result<Recording> {
    let grid = recording.grid();
    let refuse =
        || PipelineError::UnevenDay { station: id.to_owned(), interval_s: grid.interval_seconds() };
    let per_day = grid.samples_per_day().ok_or_else(refuse)?;
    let starts_day =
        |index: &usize| grid.time(*index).as_nanosecond().rem_euclid(DAY_NANOSECONDS) == 0;
    let start = (0..grid.len().min(per_day)).find(starts_day);
    let days = start.map_or(0, |start| (grid.len() - start) / per_day);
    match start {
        Some(start) if days > 0 => Ok(recording.slice(start..start + days * per_day)?),
        _ => Err(PipelineError::TooLittle {
            station: id.to_owned(),
            what: "the recording",
            from: grid.start(),
            to: grid.end(),
            problem: "holds no whole UTC day".to_owned(),
            advice: "days are counted from 00:00 UTC: give a longer recording, sampled on the hour",
        }),
    }
}

pub(crate) const DAY_NANOSECONDS: i128 = 86_400 * 1_000_000_000;

/// The UTC day of an instant.
pub(crate) fn utc_day(time: Timestamp) -> jiff::civil::Date {
    jiff::tz::Offset::UTC.to_datetime(time).date()
}

fn hash_recording(recording: &Recording) -> String {
    let mut bytes = Vec::with_capacity(recording.values().len() * 9 + 256);
    let head = (recording.station(), recording.grid(), recording.channels());
    bytes.extend(serde_json::to_vec(&head).unwrap_or_default());
    for value in recording.values() {
        bytes.extend(value.to_bits().to_le_bytes());
    }
    bytes.extend(recording.provenance().iter().map(|flags| flags.bits()));
    short_hash(&bytes)
}
