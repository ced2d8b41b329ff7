use std::path::Path;

use csv::ByteRecord;

use super::channel::StationChannel;
use super::options::StationOptions;
use super::site::GAUGE_ITEMS;
use crate::bad_row::{BadRow, RowProblem};
use crate::read::{BadRows, Skipped};
use crate::text::{Fields, Header, Lines, bounded_number, decode};
use crate::{Result, StrainIoError};

/// Reads a list of stations from CSV with a header such as `station_code,point_code,station_name,
/// item_code,item_name,lat,lon,elev_m,azimuth_deg` (in any order, more columns are passed over);
/// UTF-8 with or without BOM, or GBK. Code, latitude and longitude have to be there, the other columns
/// may be missing; [`StationOptions`] has the names that are known. Elevation and azimuth may be empty.
///
/// # Errors
///
/// [`StrainIoError::Io`] where the file cannot be read, [`StrainIoError::NoColumn`],
/// [`StrainIoError::Row`] for the first line that is no channel, [`StrainIoError::NoRows`].
///
/// # Example
///
/// ```
/// use strain_io::{borehole_sites, read_stations_csv};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("stations.csv");
/// std::fs::write(&path, "\
/// station_code,point_code,station_name,item_code,item_name,lat,lon,elev_m,azimuth_deg
/// 51010,5,Guza,2321,gauge 1,30.11722,102.1728,1445.0,51.0
/// 51010,5,Guza,2322,gauge 2,30.11722,102.1728,1445.0,96.0
/// 51010,6,Guza,2121,gravity,30.115,102.176,,
/// ")?;
/// let channels = read_stations_csv(&path)?;
/// assert_eq!(channels.len(), 3);
/// let sites = borehole_sites(&channels);
/// assert_eq!(sites.len(), 1);
/// assert_eq!(sites[0].gauge_azimuths, [Some(51.0), Some(96.0), None, None]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_stations_csv(path: impl AsRef<Path>) -> Result<Vec<StationChannel>> {
    read_stations_csv_with(path, &StationOptions::default())
}

/// As [`read_stations_csv`], with columns that the options name.
///
/// # Errors
///
/// As [`read_stations_csv`], and those of [`StationOptions::validate`].
///
/// # Example
///
/// See [`StationOptions`].
pub fn read_stations_csv_with(
    path: impl AsRef<Path>,
    options: &StationOptions,
) -> Result<Vec<StationChannel>> {
    read(path.as_ref(), options, &mut BadRows::new(false))
}

/// As [`read_stations_csv`], but lines that are no channel are listed and passed over.
///
/// # Errors
///
/// As [`read_stations_csv`], without [`StrainIoError::Row`].
pub fn read_stations_csv_skipping(path: impl AsRef<Path>) -> Result<Skipped<Vec<StationChannel>>> {
    let mut bad = BadRows::new(true);
    let channels = read(path.as_ref(), &StationOptions::default(), &mut bad)?;
    Ok(bad.beside(channels))
}

pub(super) fn read(
    path: &Path,
    options: &StationOptions,
    bad: &mut BadRows,
) -> Result<Vec<StationChannel>> {
    options.validate()?;
    let mut lines = Lines::open(path)?;
    let mut fields = Fields::new(b',');
    let Some((number, header)) = lines.next_filled()? else {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    };
    let header = Header::new(path, number, fields.split(header));
    let columns = Columns::find(&header, options)?;
    let mut channels = Vec::new();
    while let Some((number, line)) = lines.next_filled()? {
        let record = fields.split(line);
        let (expected, got) = (header.names.len(), record.len());
        let parsed = match got == expected {
            true => columns.channels(record),
            false => Err((None, RowProblem::FieldCount { expected, got })),
        };
        match parsed {
            Ok(of_line) => channels.extend(of_line),
            Err((column, reason)) => {
                let text = column.map_or(line, |column| &record[column]);
                let name = column.map(|column| header.names[column].as_str());
                bad.meet(BadRow::new(path, number, name, reason, text))?;
            }
        }
    }
    if channels.is_empty() {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    }
    Ok(channels)
}

/// Whether a header names a station and where it is.
pub(crate) fn is_station_header(header: &Header<'_>) -> bool {
    let place = [CODES, LATITUDES, LONGITUDES];
    place.into_iter().all(|usual| matches!(header.find(None, usual), Ok(Some(_))))
}

const CODES: &[&str] = &["station_code", "station", "code", "id"];
const LATITUDES: &[&str] = &["lat", "latitude"];
const LONGITUDES: &[&str] = &["lon", "longitude", "long"];

/// Where in a line what is.
struct Columns {
    station: usize,
    latitude: usize,
    longitude: usize,
    elevation: Option<usize>,
    network: Option<usize>,
    point: Option<usize>,
    name: Option<usize>,
    item: Option<usize>,
    item_name: Option<usize>,
    azimuth: Option<usize>,
    gauges: Vec<usize>,
}

/// The column at fault, if one is, and why.
type Fault = (Option<usize>, RowProblem);

impl Columns {
    fn find(header: &Header<'_>, options: &StationOptions) -> Result<Self> {
        let o = options;
        let gauges = o.gauge_azimuths.iter().map(|name| header.need(Some(name), &[]));
        Ok(Self {
            station: header.need(o.station.as_ref(), CODES)?,
            latitude: header.need(o.latitude.as_ref(), LATITUDES)?,
            longitude: header.need(o.longitude.as_ref(), LONGITUDES)?,
            elevation: header
                .find(o.elevation.as_ref(), &["elev_m", "elevation_m", "elevation"])?,
            network: header.find(o.network.as_ref(), &["network_code", "network"])?,
            point: header.find(o.point.as_ref(), &["point_code", "point"])?,
            name: header.find(o.name.as_ref(), &["station_name", "name"])?,
            item: header.find(o.item.as_ref(), &["item_code", "item"])?,
            item_name: header.find(o.item_name.as_ref(), &["item_name"])?,
            azimuth: header
                .find(o.azimuth.as_ref(), &["azimuth_deg", "azimuth_degrees", "azimuth"])?,
            gauges: gauges.collect::<Result<_>>()?,
        })
    }

    /// The channels of a line: one, or one a gauge.
    fn channels(&self, record: &ByteRecord) -> Result<Vec<StationChannel>, Fault> {
        if self.gauges.is_empty() {
            return Ok(vec![StationChannel {
                item_code: text(record, self.item),
                item_name: text(record, self.item_name),
                azimuth_degrees: azimuth(record, self.azimuth)?,
                ..self.station(record)?
            }]);
        }
        let station = self.station(record)?;
        let gauges = self.gauges.iter().zip(GAUGE_ITEMS).enumerate();
        let channels = gauges.map(|(gauge, (&column, item))| {
            Ok(StationChannel {
                item_code: item.to_owned(),
                item_name: format!("gauge {}", gauge + 1),
                azimuth_degrees: azimuth(record, Some(column))?,
                ..station.clone()
            })
        });
        channels.collect()
    }

    fn station(&self, record: &ByteRecord) -> Result<StationChannel, Fault> {
        let place = |column, bound: f64, end: f64| {
            number(record, Some(column), -bound, end)?.ok_or((Some(column), RowProblem::NotANumber))
        };
        Ok(StationChannel {
            network_code: text(record, self.network),
            station_code: text(record, Some(self.station)),
            point_code: text(record, self.point),
            station_name: text(record, self.name),
            item_code: String::new(),
            item_name: String::new(),
            latitude: place(self.latitude, 90.0, 90.0)?,
            longitude: place(self.longitude, 180.0, 360.0)?,
            elevation_m: number(record, self.elevation, -12_000.0, 9_000.0)?,
            azimuth_degrees: None,
        })
    }
}

fn text(record: &ByteRecord, column: Option<usize>) -> String {
    column.map(|column| decode(&record[column]).into_owned()).unwrap_or_default()
}

fn azimuth(record: &ByteRecord, column: Option<usize>) -> Result<Option<f64>, Fault> {
    number(record, column, -360.0, 360.0)
}

fn number(
    record: &ByteRecord,
    column: Option<usize>,
    low: f64,
    high: f64,
) -> Result<Option<f64>, Fault> {
    let Some(index) = column else { return Ok(None) };
    optional_number(&record[index], low, high).map_err(|reason| (column, reason))
}

pub(super) fn optional_number(text: &[u8], low: f64, high: f64) -> Result<Option<f64>, RowProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    bounded_number(text, low, high).map(Some)
}
