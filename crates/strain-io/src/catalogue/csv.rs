use std::path::Path;

use ::csv::ByteRecord;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use super::event::{Catalogue, Event};
use super::fault::{Fault, fault, number};
use crate::bad_row::RowProblem;
use crate::read::{BadRows, Skipped};
use crate::table::timestamp;
use crate::text::{
    Fields, Header, Lines, Nulls, TimeFormat, assumes_zone, decode, default_nulls, parse_time,
};
use crate::{Result, StrainIoError};

/// Which column of a catalogue in CSV is what. A column that is left open is found by the names
/// that catalogues use for it, in any case.
///
/// ```
/// use strain_io::CatalogueOptions;
///
/// let options = CatalogueOptions::default().with_magnitude("ml_revised");
/// assert_eq!(options.magnitude.as_deref(), Some("ml_revised"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CatalogueOptions {
    /// The zone of times whose text names none; UTC by default.
    #[serde(with = "crate::text::zone")]
    pub zone: Offset,
    /// Origin time; open: `time_utc`, `time`, `origin_time`, `datetime`, `date`.
    pub time: Option<String>,
    /// Latitude; open: `latitude`, `lat`.
    pub latitude: Option<String>,
    /// Longitude; open: `longitude`, `lon`, `long`.
    pub longitude: Option<String>,
    /// Magnitude; open: `magnitude`, `mag`, `m`.
    pub magnitude: Option<String>,
    /// Depth in km; open: `depth_km`, `depth`, or none.
    pub depth: Option<String>,
    /// Magnitude scale; open: `magnitude_type`, `magtype`, `mag_type`, or none.
    pub magnitude_type: Option<String>,
    /// Region; open: `region`, `region_code`, `place`, `location`, or none.
    pub region: Option<String>,
}

impl Default for CatalogueOptions {
    fn default() -> Self {
        Self {
            zone: Offset::UTC,
            time: None,
            latitude: None,
            longitude: None,
            magnitude: None,
            depth: None,
            magnitude_type: None,
            region: None,
        }
    }
}

impl CatalogueOptions {
    /// Sets the zone of times whose text names none.
    pub fn with_zone(mut self, zone: Offset) -> Self {
        self.zone = zone;
        self
    }

    /// Names the column of origin times.
    pub fn with_time(mut self, name: impl Into<String>) -> Self {
        self.time = Some(name.into());
        self
    }

    /// Names the columns of latitudes and longitudes.
    pub fn with_epicentre(
        mut self,
        latitude: impl Into<String>,
        longitude: impl Into<String>,
    ) -> Self {
        self.latitude = Some(latitude.into());
        self.longitude = Some(longitude.into());
        self
    }

    /// Names the column of magnitudes.
    pub fn with_magnitude(mut self, name: impl Into<String>) -> Self {
        self.magnitude = Some(name.into());
        self
    }
}

/// Reads a catalogue from CSV with a header: comma, gzip or plain, UTF-8 (BOM or not) or GBK.
///
/// # Errors
///
/// [`StrainIoError::Io`] where the file cannot be read, [`StrainIoError::NoColumn`] for a needed
/// column that is not there, [`StrainIoError::Row`] for the first line that is no event,
/// [`StrainIoError::NoRows`] for a file without one.
///
/// # Example
///
/// ```
/// use strain_io::{CatalogueOptions, read_catalogue_csv};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("events.csv");
/// std::fs::write(&path, "time,latitude,longitude,depth,mag,magType\n\
///     2008-05-12T06:28:01.57Z,31.002,103.322,19,7.9,mwc\n")?;
/// let catalogue = read_catalogue_csv(&path, &CatalogueOptions::default())?;
/// assert_eq!(catalogue.events()[0].magnitude_type.as_deref(), Some("mwc"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_catalogue_csv(path: impl AsRef<Path>, options: &CatalogueOptions) -> Result<Catalogue> {
    Ok(read(path.as_ref(), options, &mut BadRows::new(false))?.0)
}

/// As [`read_catalogue_csv`], but lines that are no event are listed and passed over.
///
/// # Errors
///
/// As [`read_catalogue_csv`], without [`StrainIoError::Row`].
pub fn read_catalogue_csv_skipping(
    path: impl AsRef<Path>,
    options: &CatalogueOptions,
) -> Result<Skipped<Catalogue>> {
    let mut bad = BadRows::new(true);
    let (catalogue, _) = read(path.as_ref(), options, &mut bad)?;
    Ok(bad.beside(catalogue))
}

/// The events, and of how many the time names no zone.
pub(super) fn read(
    path: &Path,
    options: &CatalogueOptions,
    bad: &mut BadRows,
) -> Result<(Catalogue, usize)> {
    let mut lines = Lines::open(path)?;
    let mut fields = Fields::new(b',');
    let Some((number, header)) = lines.next_filled()? else {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    };
    let header = Header::new(path, number, fields.split(header));
    let columns = Columns::find(&header, options)?;
    let parser = Parser { columns, zone: options.zone, nulls: Nulls::new(&default_nulls()) };
    let (mut events, mut zone_assumed) = (Vec::new(), 0);
    while let Some((number, line)) = lines.next_filled()? {
        let record = fields.split(line);
        match parser.parse(record) {
            Ok(event) => {
                events.push(event);
                zone_assumed += usize::from(assumes_zone(&record[parser.columns.time]));
            }
            Err(fault) => bad.meet(fault.locate(path, number, line))?,
        }
    }
    if events.is_empty() {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    }
    Ok((Catalogue::new(events), zone_assumed))
}

/// Whether a header names what every event has.
pub(crate) fn is_catalogue_header(header: &Header<'_>) -> bool {
    Columns::find(header, &CatalogueOptions::default()).is_ok()
}

struct Columns {
    time: usize,
    latitude: usize,
    longitude: usize,
    magnitude: usize,
    depth: Option<usize>,
    magnitude_type: Option<usize>,
    region: Option<usize>,
}

impl Columns {
    fn find(header: &Header<'_>, options: &CatalogueOptions) -> Result<Self> {
        let o = options;
        let times = ["time_utc", "time", "origin_time", "datetime", "date"];
        let types = ["magnitude_type", "magtype", "mag_type"];
        let regions = ["region", "region_code", "place", "location"];
        Ok(Self {
            time: header.need(o.time.as_ref(), &times)?,
            latitude: header.need(o.latitude.as_ref(), &["latitude", "lat"])?,
            longitude: header.need(o.longitude.as_ref(), &["longitude", "lon", "long"])?,
            magnitude: header.need(o.magnitude.as_ref(), &["magnitude", "mag", "m"])?,
            depth: header.find(o.depth.as_ref(), &["depth_km", "depth"])?,
            magnitude_type: header.find(o.magnitude_type.as_ref(), &types)?,
            region: header.find(o.region.as_ref(), &regions)?,
        })
    }

    fn width(&self) -> usize {
        let optional = [self.depth, self.magnitude_type, self.region];
        let needed = [self.time, self.latitude, self.longitude, self.magnitude];
        needed.into_iter().chain(optional.into_iter().flatten()).max().map_or(0, |last| last + 1)
    }
}

struct Parser {
    columns: Columns,
    zone: Offset,
    nulls: Nulls,
}

impl Parser {
    fn parse(&self, record: &ByteRecord) -> Result<Event, Fault> {
        let columns = &self.columns;
        if record.len() < columns.width() {
            let reason = RowProblem::FieldCount { expected: columns.width(), got: record.len() };
            return Err(Fault { column: None, reason, text: None });
        }
        let offset = i64::from(self.zone.seconds());
        let text = &record[columns.time];
        let time = parse_time(text, TimeFormat::Calendar, offset)
            .ok_or_else(|| fault("time", RowProblem::NotATime, text))?;
        let mut event = Event::new(
            timestamp(time),
            number("latitude", &record[columns.latitude], -90.0, 90.0)?,
            number("longitude", &record[columns.longitude], -180.0, 360.0)?,
            number("magnitude", &record[columns.magnitude], -10.0, 11.0)?,
        );
        let depth = columns.depth.map(|index| &record[index]);
        event.depth_km = depth
            .filter(|text| !self.nulls.is_null(text))
            .map(|text| number("depth", text, -10.0, 1000.0))
            .transpose()?;
        let text = |index: Option<usize>| {
            index.map(|i| decode(&record[i]).into_owned()).filter(|text| !text.is_empty())
        };
        event.magnitude_type = text(columns.magnitude_type);
        event.region = text(columns.region);
        Ok(event)
    }
}
