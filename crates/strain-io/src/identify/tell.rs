use std::path::Path;

use super::kind::{FileKind, Identified};
use crate::catalogue::{is_catalogue_header, told_by_head, told_by_line};
use crate::recognise::is_recording_line;
use crate::stations::{fdsn_header, is_gtsm_header, is_station_header, station_xml_root};
use crate::text::{Fields, Header, Lines, head};
use crate::{CatalogueFormat, Result, StationFormat, recognise};

/// Tells what a file is, a recording, a catalogue or a list of stations, and in which format, from its
/// first bytes, its first line and its name.
///
/// Where a file could be more than one, the first that fits counts:
///
/// 1. a folder, and what the first bytes of binary formats and the roots of XML say;
/// 2. the headers of FDSN's texts, `.neu` and level-2 text, and of CENC text its name or a first line
///    of a compact time with one value or a day of them (which might be that of an EQT catalogue);
/// 3. a first line that is an event of CENC, ZMAP or EQT (which might be a table of numbers);
/// 4. a header with commas that names a time, a place and a magnitude: a catalogue, also where it
///    names stations beside them; that names a station and a place but no magnitude: a list of
///    stations, also where a time stands beside them;
/// 5. any other table is a recording.
///
/// What [`recognise`] says of the formats of recordings alone is the same but for 3 and 4.
///
/// # Errors
///
/// As [`recognise`].
///
/// # Example
///
/// ```
/// use strain_io::{CatalogueFormat, FileKind, identify};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("events.csv");
/// std::fs::write(&path, "time,latitude,longitude,mag\n2008-05-12T06:28:04Z,31.0,103.4,8.0\n")?;
/// let identified = identify(&path)?;
/// assert_eq!(identified.kind, FileKind::Catalogue(CatalogueFormat::Csv));
/// assert_eq!(identified.because, "its header names a time, a place and a magnitude");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn identify(path: impl AsRef<Path>) -> Result<Identified> {
    let path = path.as_ref();
    if !path.is_dir()
        && let Some((kind, because)) = no_recording(path)?
    {
        return Ok(Identified { kind, because: because.to_owned() });
    }
    let recognised = recognise(path)?;
    Ok(Identified { kind: FileKind::Recording(recognised.format), because: recognised.because })
}

/// What a file is if it is no recording, and what told.
fn no_recording(path: &Path) -> Result<Option<(FileKind, &'static str)>> {
    let head = head(path)?;
    if let Some((format, because)) = told_by_head(&head) {
        return Ok(Some((FileKind::Catalogue(format), because)));
    }
    if let Some(because) = station_xml_root(&head) {
        return Ok(Some((FileKind::Stations(StationFormat::StationXml), because)));
    }
    // Neither other XML nor binary formats have lines.
    if head.trim_ascii_start().starts_with(b"<") || head.contains(&0) {
        return Ok(None);
    }
    let mut lines = Lines::open(path)?;
    let Some((number, line)) = lines.next_filled()? else { return Ok(None) };
    if let Some(because) = fdsn_header(line) {
        return Ok(Some((FileKind::Stations(StationFormat::FdsnText), because)));
    }
    if is_recording_line(path, line) {
        return Ok(None);
    }
    if let Some((format, because)) = told_by_line(line) {
        return Ok(Some((FileKind::Catalogue(format), because)));
    }
    if !line.contains(&b',') {
        return Ok(None);
    }
    let mut fields = Fields::new(b',');
    Ok(told_by_header(&Header::new(path, number, fields.split(line))))
}

/// What the names of a table's columns say it is, unless a recording.
fn told_by_header(header: &Header<'_>) -> Option<(FileKind, &'static str)> {
    if is_gtsm_header(header) {
        return Some((FileKind::Strainmeters, "its header is that of PBO's table of strainmeters"));
    }
    if is_catalogue_header(header) {
        let because = "its header names a time, a place and a magnitude";
        return Some((FileKind::Catalogue(CatalogueFormat::Csv), because));
    }
    if is_station_header(header) {
        let because = "its header names a station and a place";
        return Some((FileKind::Stations(StationFormat::Csv), because));
    }
    None
}
