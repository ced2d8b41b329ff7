use std::path::Path;

use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use super::csv::CatalogueOptions;
use super::event::Catalogue;
use super::fault::read_lines;
use super::{cenc, csv, eqt, fdsn, quakeml, zmap};
use crate::read::BadRows;
use crate::text::{Lines, decode, head};
use crate::{BadRow, Result, StrainIoError};

/// A format that catalogues come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CatalogueFormat {
    /// CSV with a header, of USGS (ComCat) or with columns that the options name.
    #[default]
    Csv,
    /// EQT fixed width, with region codes or place names.
    Eqt,
    /// Text of the China Earthquake Networks Center: date, time, latitude, longitude, depth,
    /// magnitude with its scale, place.
    CencText,
    /// Text of FDSN event services, with `|` between the fields.
    FdsnText,
    /// QuakeML 1.2.
    QuakeMl,
    /// ZMAP's ten columns.
    Zmap,
}

/// How to read a catalogue of whichever format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ReadCatalogueOptions {
    /// The format; none: told from the content.
    pub format: Option<CatalogueFormat>,
    /// How to read CSV, its zone included.
    pub csv: CatalogueOptions,
    /// The zone of EQT and CENC text: Beijing time by default.
    #[serde(with = "crate::text::zone")]
    pub zone: Offset,
    /// The zone of ZMAP's columns: UTC by default. FDSN text and QuakeML are in UTC.
    #[serde(with = "crate::text::zone")]
    pub zmap_zone: Offset,
    /// Whether events that cannot be used are listed and passed over rather than an error.
    pub skip_bad_rows: bool,
}

impl Default for ReadCatalogueOptions {
    fn default() -> Self {
        Self {
            format: None,
            csv: CatalogueOptions::default(),
            zone: Offset::constant(8),
            zmap_zone: Offset::UTC,
            skip_bad_rows: false,
        }
    }
}

impl ReadCatalogueOptions {
    /// States the format.
    pub fn with_format(mut self, format: CatalogueFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets how to read CSV.
    pub fn with_csv(mut self, options: CatalogueOptions) -> Self {
        self.csv = options;
        self
    }

    /// Sets the zone of EQT and CENC text.
    pub fn with_zone(mut self, zone: Offset) -> Self {
        self.zone = zone;
        self
    }

    /// Sets the zone of ZMAP's columns.
    pub fn with_zmap_zone(mut self, zone: Offset) -> Self {
        self.zmap_zone = zone;
        self
    }

    /// Lists events that cannot be used instead of stopping at the first.
    pub fn with_skip_bad_rows(mut self, skip: bool) -> Self {
        self.skip_bad_rows = skip;
        self
    }
}

/// A catalogue with what its reader has to say about the file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CatalogueRead {
    /// The events.
    pub catalogue: Catalogue,
    /// What the file is.
    pub format: CatalogueFormat,
    /// What told: `its header is that of FDSN event text`.
    pub because: String,
    /// The lines or events that could not be used (empty unless `skip_bad_rows` is set).
    pub bad_rows: Vec<BadRow>,
    /// Events whose time names no zone, so that the one of the options was taken; none of FDSN text and
    /// QuakeML, which are in UTC.
    pub zone_assumed: usize,
}

/// Reads a catalogue of whichever format, plain or gzip, and says which it was and how that was
/// known. Magnitudes keep the scale that the file writes beside them.
///
/// # Errors
///
/// [`StrainIoError::Format`] for a file of no known format, [`StrainIoError::Io`] where it cannot be
/// read, [`StrainIoError::Row`] for the first line or element that is no event (unless
/// `skip_bad_rows` is set) and for XML that is broken, [`StrainIoError::NoColumn`] for CSV without a
/// needed column, [`StrainIoError::NoRows`] for a file without an event.
///
/// # Example
///
/// ```
/// use strain_io::{CatalogueFormat, ReadCatalogueOptions, read_catalogue};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("events.txt");
/// std::fs::write(&path, "\
/// #EventID | Time | Latitude | Longitude | Depth/km | Author | Catalog | Contributor | ContributorID | MagType | Magnitude | MagAuthor | EventLocationName
/// ci38457511|2019-07-06T03:19:53.040|35.7695|-117.5993|8.0|ci|ci|ci|ci38457511|mw|7.1|ci|Ridgecrest
/// ")?;
/// let read = read_catalogue(&path, &ReadCatalogueOptions::default())?;
/// assert_eq!(read.format, CatalogueFormat::FdsnText);
/// let event = &read.catalogue.events()[0];
/// assert_eq!((event.magnitude, event.magnitude_type.as_deref()), (7.1, Some("mw")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_catalogue(
    path: impl AsRef<Path>,
    options: &ReadCatalogueOptions,
) -> Result<CatalogueRead> {
    let path = path.as_ref();
    let (format, because) = match options.format {
        Some(format) => (format, "the options say so"),
        None => recognise(path)?,
    };
    let mut bad = BadRows::new(options.skip_bad_rows);
    let zone = options.zone;
    let assumed = |catalogue: Catalogue| {
        let events = catalogue.events().len();
        (catalogue, events)
    };
    let (catalogue, zone_assumed) = match format {
        CatalogueFormat::Csv => csv::read(path, &options.csv, &mut bad)?,
        CatalogueFormat::Eqt => assumed(eqt::read(path, zone, &mut bad)?),
        CatalogueFormat::CencText => {
            assumed(read_lines(path, &mut bad, |line| cenc::parse(line, zone))?)
        }
        CatalogueFormat::FdsnText => (read_lines(path, &mut bad, fdsn::parse)?, 0),
        CatalogueFormat::QuakeMl => (quakeml::read(path, &mut bad)?, 0),
        CatalogueFormat::Zmap => {
            assumed(read_lines(path, &mut bad, |line| zmap::parse(line, options.zmap_zone))?)
        }
    };
    let bad_rows = bad.into_rows();
    Ok(CatalogueRead { catalogue, format, because: because.to_owned(), bad_rows, zone_assumed })
}

/// Tells the format from the first bytes and the first line.
fn recognise(path: &Path) -> Result<(CatalogueFormat, &'static str)> {
    if let Some(told) = told_by_head(&head(path)?) {
        return Ok(told);
    }
    let mut lines = Lines::open(path)?;
    let Some((_, line)) = lines.next_filled()? else {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    };
    if let Some(told) = told_by_line(line) {
        return Ok(told);
    }
    if line.contains(&b',') {
        return Ok((CatalogueFormat::Csv, "its first line has commas"));
    }
    let start: String = decode(line).chars().take(60).collect();
    Err(StrainIoError::Format {
        file: path.to_owned(),
        problem: format!("its first line, `{start}`, is of no known format of catalogues"),
        advice: "name the format, or convert the file to CSV",
    })
}

/// The format that the first bytes tell, and how.
pub(crate) fn told_by_head(head: &[u8]) -> Option<(CatalogueFormat, &'static str)> {
    let told = (CatalogueFormat::QuakeMl, "its root is an element quakeml");
    quakeml::is_quakeml(head).then_some(told)
}

/// The format that the first line tells, and how; not CSV, of which any table may be.
pub(crate) fn told_by_line(line: &[u8]) -> Option<(CatalogueFormat, &'static str)> {
    if fdsn::is_fdsn(line) {
        return Some((CatalogueFormat::FdsnText, "it has the 13 fields of FDSN event text"));
    }
    if cenc::is_event(line) {
        return Some((
            CatalogueFormat::CencText,
            "its first line begins with date, time and place",
        ));
    }
    if zmap::is_event(line) {
        return Some((CatalogueFormat::Zmap, "its first line has the ten numbers of ZMAP"));
    }
    if eqt::is_event(line) {
        return Some((CatalogueFormat::Eqt, "its first line has the fixed width of EQT"));
    }
    None
}
