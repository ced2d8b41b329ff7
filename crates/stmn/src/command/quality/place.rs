use std::path::{Path, PathBuf};

use strain_io::{
    BadRow, ReadStationsOptions, Recording, StationChannel, Unit, borehole_sites,
    read_stations_with,
};

use crate::failure::Failure;

/// A list of stations and the file that it came from.
pub(super) struct Places {
    file: PathBuf,
    channels: Vec<StationChannel>,
    pub(super) bad_rows: Vec<BadRow>,
}

impl Places {
    pub(super) fn read(file: &Path, options: &ReadStationsOptions) -> Result<Self, Failure> {
        let read = read_stations_with(file, options)?;
        Ok(Self { file: file.to_owned(), channels: read.channels, bad_rows: read.bad_rows })
    }

    /// Degrees north and east of a station. A recording does not say its network, so a code that two
    /// networks use is nobody's.
    pub(super) fn of(&self, station: &str, recording: &Path) -> Result<(f64, f64), Failure> {
        let mut places = self.channels.iter().filter(|place| place.station_code == station);
        let (list, recording) = (self.file.display(), recording.display());
        let place = places.next().ok_or_else(|| {
            Failure::new(format!("{list} does not name station {station} of {recording}"))
        })?;
        if let Some(other) = places.find(|other| other.network_code != place.network_code) {
            return Err(Failure::new(format!(
                "{list} has a station {station} of network `{}` and one of network `{}`; leave in it the one \
                 that {recording} is of",
                place.network_code, other.network_code
            )));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "#Network|Station|Location|Channel|Latitude|Longitude|Elevation|Depth|Azimuth|Dip|\
         SensorDescription|Scale|ScaleFreq|ScaleUnits|SampleRate|StartTime|EndTime";

    fn places(networks: &[&str]) -> Places {
        let row = |network: &&str| {
            format!(
                "{network}|B001|T0|BS1|48.0|-123.0|10|150|40|0|strainmeter|1|1|count|20|\
                 2006-01-01T00:00:00|2030-01-01T00:00:00"
            )
        };
        let rows = networks.iter().map(row);
        let lines: Vec<String> = std::iter::once(HEADER.to_owned()).chain(rows).collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stations.txt");
        std::fs::write(&file, lines.join("\n")).unwrap();
        Places::read(&file, &ReadStationsOptions::default()).unwrap()
    }

    #[test]
    fn a_code_of_two_networks_is_refused() {
        let recording = Path::new("B001.csv");
        assert_eq!(places(&["PB"]).of("B001", recording).unwrap(), (48.0, -123.0));
        let refused = places(&["PB", "XX"]).of("B001", recording).unwrap_err().to_string();
        assert!(refused.contains("`PB`") && refused.contains("`XX`"), "{refused}");
        assert!(places(&["PB"]).of("B002", recording).is_err());
    }
}
