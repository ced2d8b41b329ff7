use std::path::Path;

use serde::{Deserialize, Serialize};

use super::channel::StationChannel;
use super::options::StationOptions;
use super::{csv, fdsn, station_xml};
use crate::read::BadRows;
use crate::text::{Lines, head};
use crate::{BadRow, Result, StrainIoError};

/// A format that lists of stations come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StationFormat {
    /// CSV with a header, in the layout of the Chinese network or with columns that the options name.
    Csv,
    /// Text of FDSN station services, at the level of channels or of stations.
    FdsnText,
    /// StationXML.
    StationXml,
}

/// How to read a list of stations of whichever format.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ReadStationsOptions {
    /// The format; none: told from the content.
    pub format: Option<StationFormat>,
    /// Which column of CSV is what.
    pub csv: StationOptions,
    /// Whether what is no channel is listed and passed over rather than an error.
    pub skip_bad_rows: bool,
}

impl ReadStationsOptions {
    /// States the format.
    pub fn with_format(mut self, format: StationFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets which column of CSV is what.
    pub fn with_csv(mut self, options: StationOptions) -> Self {
        self.csv = options;
        self
    }

    /// Lists what is no channel instead of stopping at the first.
    pub fn with_skip_bad_rows(mut self, skip: bool) -> Self {
        self.skip_bad_rows = skip;
        self
    }
}

/// A list of stations with what its reader has to say about the file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StationsRead {
    /// The channels.
    pub channels: Vec<StationChannel>,
    /// What the file is.
    pub format: StationFormat,
    /// What told: `its root is FDSNStationXML`.
    pub because: String,
    /// The lines or elements that could not be used (empty unless they were to be skipped).
    pub bad_rows: Vec<BadRow>,
}

/// Reads a list of stations of whichever format, plain or gzip, and says which it was and how that
/// was known; with `skip_bad_rows` what is no channel is listed and passed over.
///
/// # Errors
///
/// [`StrainIoError::Io`] where the file cannot be read, [`StrainIoError::Row`] for the first line or
/// element that is no channel and for XML that is broken, [`StrainIoError::NoColumn`] for CSV of
/// another layout, [`StrainIoError::NoRows`].
///
/// # Example
///
/// ```
/// use strain_io::{StationFormat, borehole_sites, read_stations};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("stations.txt");
/// std::fs::write(&path, "\
/// #Network|Station|Location|Channel|Latitude|Longitude|Elevation|Depth|Azimuth|Dip|SensorDescription|Scale|ScaleFreq|ScaleUnits|SampleRate|StartTime|EndTime
/// PB|B084|T0|LS1|33.6116|-116.4564|1271.0|158.6|20.2|0.0|GTSM|1.0|0.01|M/M|1.0|2006-07-01T00:00:00|
/// PB|B084|T0|LS2|33.6116|-116.4564|1271.0|158.6|140.2|0.0|GTSM|1.0|0.01|M/M|1.0|2006-07-01T00:00:00|
/// ")?;
/// let read = read_stations(&path, false)?;
/// assert_eq!(read.format, StationFormat::FdsnText);
/// assert_eq!(borehole_sites(&read.channels)[0].gauge_azimuths, [Some(20.2), Some(140.2), None, None]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_stations(path: impl AsRef<Path>, skip_bad_rows: bool) -> Result<StationsRead> {
    let options = ReadStationsOptions { skip_bad_rows, ..ReadStationsOptions::default() };
    read_stations_with(path, &options)
}

/// As [`read_stations`], in a format and with columns of CSV that the options name.
///
/// # Errors
///
/// As [`read_stations`], and those of [`StationOptions::validate`].
pub fn read_stations_with(
    path: impl AsRef<Path>,
    options: &ReadStationsOptions,
) -> Result<StationsRead> {
    let path = path.as_ref();
    let mut bad = BadRows::new(options.skip_bad_rows);
    let (format, because) = match options.format {
        Some(format) => (format, "the options say so"),
        None => recognise(path)?,
    };
    let channels = match format {
        StationFormat::Csv => csv::read(path, &options.csv, &mut bad)?,
        StationFormat::FdsnText => fdsn::read(path, &mut bad)?,
        StationFormat::StationXml => station_xml::read(path, &mut bad)?,
    };
    Ok(StationsRead { channels, format, because: because.to_owned(), bad_rows: bad.into_rows() })
}

/// Tells the format from the first bytes and the first line.
fn recognise(path: &Path) -> Result<(StationFormat, &'static str)> {
    if let Some(because) = station_xml_root(&head(path)?) {
        return Ok((StationFormat::StationXml, because));
    }
    let mut lines = Lines::open(path)?;
    let Some((_, line)) = lines.next_filled()? else {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    };
    if let Some(because) = fdsn_header(line) {
        return Ok((StationFormat::FdsnText, because));
    }
    Ok((StationFormat::Csv, "it is neither StationXML nor FDSN text"))
}

/// What tells StationXML from a file's first bytes, if it is that.
pub(crate) fn station_xml_root(head: &[u8]) -> Option<&'static str> {
    station_xml::is_station_xml(head).then_some("its root is FDSNStationXML")
}

/// What tells FDSN station text from its first line, if it is that.
pub(crate) fn fdsn_header(line: &[u8]) -> Option<&'static str> {
    fdsn::is_fdsn(line).then_some("its header is that of FDSN station text")
}
