use jiff::SignedDuration;

use crate::{Channel, Recording, Unit};

const STATION: &str = "strain-io.station";
const INTERVAL: &str = "strain-io.interval_ns";

/// What a file that this crate wrote says about its recording beyond the columns.
#[derive(Default)]
pub(crate) struct Metadata {
    pub(crate) station: Option<String>,
    pub(crate) interval: Option<SignedDuration>,
    entries: Vec<(String, String)>,
}

/// The entries for `recording`: station, interval, and per channel `strain-io.unit.NAME` and
/// `strain-io.azimuth_degrees.NAME`.
pub(crate) fn entries(recording: &Recording) -> Vec<(String, String)> {
    let mut entries = vec![
        (STATION.to_owned(), recording.station().to_owned()),
        (INTERVAL.to_owned(), recording.grid().interval().as_nanos().to_string()),
    ];
    for channel in recording.channels() {
        entries.push((unit_key(&channel.name), channel.unit.to_string()));
        if let Some(azimuth) = channel.azimuth_degrees {
            entries.push((azimuth_key(&channel.name), azimuth.to_string()));
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
    pub(crate) fn new(entries: Vec<(String, String)>) -> Self {
        let mut metadata = Self { entries, ..Self::default() };
        metadata.station = metadata.get(STATION).map(str::to_owned);
        let nanos: Option<i64> = metadata.get(INTERVAL).and_then(|text| text.parse().ok());
        metadata.interval = nanos.filter(|&nanos| nanos > 0).map(SignedDuration::from_nanos);
        metadata
    }

    /// Whether this crate wrote the file.
    pub(crate) fn is_ours(&self) -> bool {
        self.station.is_some() && self.interval.is_some()
    }

    /// What is known of the column called `name`.
    pub(crate) fn channel(&self, name: &str) -> Channel {
        let azimuth = self.get(&azimuth_key(name)).and_then(|text| text.parse().ok());
        let unit = self.get(&unit_key(name)).map(Unit::from).unwrap_or_default();
        Channel { azimuth_degrees: azimuth, ..Channel::new(name, unit) }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|entry| entry.0 == key).map(|entry| entry.1.as_str())
    }
}
