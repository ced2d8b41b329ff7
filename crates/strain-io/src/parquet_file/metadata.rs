use jiff::SignedDuration;
use parquet::file::metadata::KeyValue;

use crate::{Channel, Recording, Unit};

const STATION: &str = "strain-io.station";
const INTERVAL: &str = "strain-io.interval_ns";

/// What a file that this crate wrote says about its recording beyond the columns.
#[derive(Default)]
pub(super) struct Metadata {
    pub(super) station: Option<String>,
    pub(super) interval: Option<SignedDuration>,
    entries: Vec<(String, String)>,
}

/// The entries for `recording`: station, interval, and per channel `strain-io.unit.NAME` and
/// `strain-io.azimuth_degrees.NAME`.
pub(super) fn entries(recording: &Recording) -> Vec<KeyValue> {
    let entry = |key: String, value: String| KeyValue { key, value: Some(value) };
    let mut entries = vec![
        entry(STATION.to_owned(), recording.station().to_owned()),
        entry(INTERVAL.to_owned(), recording.grid().interval().as_nanos().to_string()),
    ];
    for channel in recording.channels() {
        entries.push(entry(unit_key(&channel.name), channel.unit.to_string()));
        if let Some(azimuth) = channel.azimuth_degrees {
            entries.push(entry(azimuth_key(&channel.name), azimuth.to_string()));
        }
    }
    entries
}

fn unit_key(channel: &str) -> String {
    format!("strain-io.unit.{channel}")
}

fn azimuth_key(channel: &str) -> String {
    format!("strain-io.azimuth_degrees.{channel}")
}

impl Metadata {
    /// Reads the entries of a file; those of another writer say nothing.
    pub(super) fn new(entries: Option<&Vec<KeyValue>>) -> Self {
        let entries: Vec<(String, String)> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| Some((entry.key.clone(), entry.value.clone()?)))
            .collect();
        let mut metadata = Self { entries, ..Self::default() };
        metadata.station = metadata.get(STATION).map(str::to_owned);
        let nanos: Option<i64> = metadata.get(INTERVAL).and_then(|text| text.parse().ok());
        metadata.interval = nanos.filter(|&nanos| nanos > 0).map(SignedDuration::from_nanos);
        metadata
    }

    /// Whether this crate wrote the file.
    pub(super) fn is_ours(&self) -> bool {
        self.station.is_some() && self.interval.is_some()
    }

    /// What is known of the column called `name`.
    pub(super) fn channel(&self, name: &str) -> Channel {
        let azimuth = self.get(&azimuth_key(name)).and_then(|text| text.parse().ok());
        let unit = self.get(&unit_key(name)).map(Unit::from).unwrap_or_default();
        Channel { azimuth_degrees: azimuth, ..Channel::new(name, unit) }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|entry| entry.0 == key).map(|entry| entry.1.as_str())
    }
}
