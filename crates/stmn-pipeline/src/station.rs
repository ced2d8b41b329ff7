use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strain_io::{Catalogue, PrepareConfig, Recording};

use crate::config::{Span, StationConfig};
use crate::remarks::{noted, passed_over};
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
    /// Those that may have stepped it, where its network knows any.
    pub(crate) earthquakes: Option<Arc<Catalogue>>,
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
    /// What else its reader noticed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
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
            notes: Vec::new(),
        };
        let station = Self {
            id,
            latitude,
            longitude,
            fit,
            score: None,
            prepare: None,
            interference: Vec::new(),
            earthquakes: None,
            recording,
            source,
        };
        if fit.samples(station.recording.grid()).is_empty() {
            let advice = "set `fit` to a part of the recording";
            return Err(station.outside("the span to learn from,", fit, advice));
        }
        Ok(station)
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
    ///
    /// # Errors
    ///
    /// [`PipelineError::TooLittle`] for times that hold no sample of the recording: a mistyped date
    /// would leave what disturbed the station among the anomalies.
    pub fn with_interference(mut self, interference: Vec<Span>) -> Result<Self> {
        let unseen = |span: &&Span| span.samples(self.recording.grid()).is_empty();
        if let Some(span) = interference.iter().find(unseen) {
            return Err(self.outside(
                "the interference",
                *span,
                "correct the times or remove them",
            ));
        }
        self.interference = interference;
        Ok(self)
    }

    /// The error of a span of no sample.
    fn outside(&self, what: &'static str, span: Span, advice: &'static str) -> PipelineError {
        let grid = self.recording.grid();
        PipelineError::TooLittle {
            station: self.id.clone(),
            what,
            from: span.from,
            to: span.to,
            problem: format!(
                "holds no sample: it was recorded from {} to {}",
                grid.start(),
                grid.end()
            ),
            advice,
        }
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

    pub(crate) fn load(config: &StationConfig, folder: &Path) -> Result<Self> {
        let path = find(folder, &config.path);
        let read = strain_io::read_recording(&path, &config.read)?;
        let place = [config.latitude, config.longitude];
        let mut station = Self::new(&config.id, place, &read.recording, config.fit)?
            .with_score(config.score)
            .with_prepare(config.prepare.clone())
            .with_interference(config.interference.clone())?;
        station.source.file = Some(config.path.clone());
        station.source.bad_rows = passed_over(&read.bad_rows);
        station.source.notes = noted(&read);
        station.source.rows = read.rows;
        Ok(station)
    }

    /// The span whose days are scored.
    pub(crate) fn scored(&self) -> Span {
        let end = self.recording.grid().end() + self.recording.grid().interval();
        self.score.unwrap_or(Span { from: self.fit.to, to: end })
    }
}

/// The file in the folder: at its path, or else by its name alone, for a folder that holds the
/// files without the sub-folders that the configuration names.
pub(crate) fn find(folder: &Path, path: &Path) -> PathBuf {
    let at_path = folder.join(path);
    match path.file_name().map(|name| folder.join(name)) {
        Some(by_name) if !at_path.exists() && by_name.exists() => by_name,
        _ => at_path,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use strain_io::{Channel, TimeGrid, ndarray::Array2};

    /// Ten days by the hour, of which the first half is learnt from.
    fn station() -> Station {
        let start = "2022-07-01T00:00:00Z".parse().unwrap();
        let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 240).unwrap();
        let channels = vec![Channel::gauge("s1", 0.0)];
        let recording = Recording::new("T", grid, channels, Array2::zeros((240, 1))).unwrap();
        Station::new("T", [30.0, 100.0], &recording, span("2022-07-01", "2022-07-06")).unwrap()
    }

    fn span(from: &str, to: &str) -> Span {
        let time = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
        Span { from: time(from), to: time(to) }
    }

    #[test]
    fn interference_outside_the_recording_is_refused() {
        let inside = vec![span("2022-06-20", "2022-07-02"), span("2022-07-10", "2022-08-01")];
        assert_eq!(station().with_interference(inside.clone()).unwrap().interference, inside);
        for outside in [span("2021-07-08", "2021-07-09"), span("2022-07-11", "2022-07-12")] {
            let spans = vec![inside[0], outside];
            let error = station().with_interference(spans).unwrap_err();
            assert!(matches!(error, PipelineError::TooLittle { .. }), "{error}");
            assert_eq!(
                error.to_string(),
                format!(
                    "station T: the interference from {} to {} holds no sample: it was recorded \
                     from 2022-07-01T00:00:00Z to 2022-07-10T23:00:00Z; correct the times or \
                     remove them",
                    outside.from, outside.to
                )
            );
        }
    }

    #[test]
    fn a_span_to_learn_from_outside_the_recording_is_refused() {
        let there = station();
        let nowhere = span("2021-07-01", "2021-07-06");
        let error = Station::new("T", [30.0, 100.0], there.recording(), nowhere).unwrap_err();
        assert!(error.to_string().contains("set `fit` to a part of the recording"), "{error}");
    }
}
