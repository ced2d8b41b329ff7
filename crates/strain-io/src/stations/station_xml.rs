use std::path::Path;

use super::channel::StationChannel;
use super::csv::optional_number;
use crate::bad_row::{BadRow, RowProblem};
use crate::read::BadRows;
use crate::xml::{Step, Walk};
use crate::{Result, StrainIoError};

/// Whether a file's first bytes are those of StationXML.
pub(super) fn is_station_xml(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"<")
        && head.windows(14).any(|bytes| bytes == b"FDSNStationXML")
}

/// The channels of a StationXML file; a station without channels is one without a code. Directions
/// are the channels' azimuths.
///
/// FDSN (2022), *StationXML* 1.2.
pub(super) fn read(file: &Path, bad: &mut BadRows) -> Result<Vec<StationChannel>> {
    let mut walk = Walk::open(file)?;
    let mut channels = Vec::new();
    let mut open = Open::default();
    loop {
        match walk.step()? {
            Step::Done => break,
            Step::Begin => {
                if let Some((level, [])) = inside(walk.path()) {
                    open.begin(level, &walk);
                }
            }
            Step::End(text) => match inside(walk.path()) {
                Some((level, [])) => match open.end(level) {
                    Some(Ok(channel)) => channels.push(channel),
                    Some(Err(fault)) => bad.meet(fault.locate(file))?,
                    None => {}
                },
                Some((Level::Station, names)) => open.station.set(names, text),
                Some((Level::Channel, names)) => open.channel.set(names, text),
                Some((Level::Network, _)) | None => {}
            },
        }
    }
    if channels.is_empty() {
        return Err(StrainIoError::NoRows { file: file.to_owned() });
    }
    Ok(channels)
}

#[derive(Clone, Copy)]
enum Level {
    Network,
    Station,
    Channel,
}

/// The network, station or channel that the walk is in, and the names of elements below it.
fn inside(path: &[String]) -> Option<(Level, &[String])> {
    let names = ["FDSNStationXML", "Network", "Station", "Channel"];
    let depth = path.iter().zip(names).take_while(|(found, name)| found == name).count();
    let level = match depth {
        2 => Level::Network,
        3 => Level::Station,
        4 => Level::Channel,
        _ => return None,
    };
    Some((level, &path[depth..]))
}

/// What is open at a place of the walk.
#[derive(Default)]
struct Open {
    network: String,
    station: Place,
    channel: Place,
    /// Whether the station has had a channel.
    with_channels: bool,
}

impl Open {
    fn begin(&mut self, level: Level, walk: &Walk) {
        match level {
            Level::Network => self.network = attribute(walk, "code"),
            Level::Station => (self.station, self.with_channels) = (Place::new(walk), false),
            Level::Channel => (self.channel, self.with_channels) = (Place::new(walk), true),
        }
    }

    /// The channel that ends here, or the station that had none.
    fn end(&mut self, level: Level) -> Option<Result<StationChannel, Fault>> {
        let (place, point, item) = match level {
            Level::Network => return None,
            Level::Station if self.with_channels => return None,
            Level::Station => (&self.station, "", ""),
            Level::Channel => (&self.channel, &*self.channel.location, &*self.channel.code),
        };
        let channel =
            place.numbers().map(|[latitude, longitude, elevation, azimuth]| StationChannel {
                network_code: self.network.clone(),
                station_code: self.station.code.clone(),
                point_code: point.to_owned(),
                station_name: self.station.name.clone(),
                item_code: item.to_owned(),
                item_name: place.sensor.clone(),
                latitude: latitude.unwrap_or_default(),
                longitude: longitude.unwrap_or_default(),
                elevation_m: elevation,
                azimuth_degrees: azimuth,
            });
        Some(channel)
    }
}

fn attribute(walk: &Walk, name: &str) -> String {
    walk.attribute(name).unwrap_or_default().trim().to_owned()
}

/// A station or a channel as far as it has been read.
#[derive(Default)]
struct Place {
    /// Where it begins in the file.
    byte: u64,
    code: String,
    location: String,
    name: String,
    sensor: String,
    /// Latitude, longitude, elevation, azimuth as they are written.
    numbers: [String; 4],
}

/// Name, smallest and largest value, and whether it must be there.
const NUMBERS: [(&str, f64, f64, bool); 4] = [
    ("Latitude", -90.0, 90.0, true),
    ("Longitude", -180.0, 360.0, true),
    ("Elevation", -12_000.0, 9_000.0, false),
    ("Azimuth", -360.0, 360.0, false),
];

struct Fault {
    byte: u64,
    column: &'static str,
    reason: RowProblem,
    text: String,
}

impl Fault {
    fn locate(self, file: &Path) -> BadRow {
        let row = BadRow::at_byte(file, self.byte, self.reason, &self.text);
        BadRow { column: Some(self.column.to_owned()), ..row }
    }
}

impl Place {
    fn new(walk: &Walk) -> Self {
        let (code, location) = (attribute(walk, "code"), attribute(walk, "locationCode"));
        Self { byte: walk.byte(), code, location, ..Self::default() }
    }

    fn set(&mut self, names: &[String], text: String) {
        match names {
            [site, name] if site == "Site" && name == "Name" => self.name = text,
            [sensor, what] if sensor == "Sensor" && what == "Description" => self.sensor = text,
            [name] => {
                if let Some(index) = NUMBERS.iter().position(|number| number.0 == name) {
                    self.numbers[index] = text;
                }
            }
            _ => {}
        }
    }

    fn numbers(&self) -> Result<[Option<f64>; 4], Fault> {
        let mut numbers = [None; 4];
        for ((number, text), (column, low, high, needed)) in
            numbers.iter_mut().zip(&self.numbers).zip(NUMBERS)
        {
            *number = optional_number(text.as_bytes(), low, high)
                .and_then(|number| match number {
                    None if needed => Err(RowProblem::Incomplete { what: column }),
                    number => Ok(number),
                })
                .map_err(|reason| {
                    let text = if text.is_empty() { self.code.clone() } else { text.clone() };
                    Fault { byte: self.byte, column, reason, text }
                })?;
        }
        Ok(numbers)
    }
}
