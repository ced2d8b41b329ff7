use std::path::{Path, PathBuf};

use strain_io::{Recording, StationChannel, Unit, borehole_sites, read_stations};

use crate::failure::Failure;

/// A list of stations and the file that it came from.
pub(super) struct Places {
    file: PathBuf,
    channels: Vec<StationChannel>,
}

impl Places {
    pub(super) fn read(file: &Path) -> Result<Self, Failure> {
        let channels = read_stations(file, false)?.channels;
        Ok(Self { file: file.to_owned(), channels })
    }

    /// Degrees north and east of a station.
    pub(super) fn of(&self, station: &str, recording: &Path) -> Result<(f64, f64), Failure> {
        let place = self.channels.iter().find(|place| place.station_code == station);
        let place = place.ok_or_else(|| {
            let (list, recording) = (self.file.display(), recording.display());
            Failure::new(format!("{list} does not name station {station} of {recording}"))
        })?;
        Ok((place.latitude, place.longitude))
    }

    /// Where its gauges 1 to 4 point, as far as the list says.
    pub(super) fn azimuths(&self, station: &str) -> [Option<f64>; 4] {
        let sites = borehole_sites(&self.channels);
        let site = sites.into_iter().find(|site| site.station_code == station);
        site.map_or([None; 4], |site| site.gauge_azimuths)
    }
}

/// The barometer's channel: the one named, which has to be there, else the only one in hPa, else the
/// one called `pressure`.
pub(super) fn barometer(
    recording: &Recording,
    named: Option<&str>,
) -> Result<Option<String>, Failure> {
    if let Some(name) = named {
        let index = recording.channel_index(name)?;
        return Ok(Some(recording.channels()[index].name.clone()));
    }
    let channels = recording.channels();
    let mut in_hpa = channels.iter().filter(|channel| channel.unit == Unit::Hectopascal);
    if let (Some(only), None) = (in_hpa.next(), in_hpa.next()) {
        return Ok(Some(only.name.clone()));
    }
    let called = channels.iter().find(|channel| channel.name == "pressure");
    Ok(called.map(|channel| channel.name.clone()))
}
