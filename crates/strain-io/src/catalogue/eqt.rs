use std::ops::Range;
use std::path::Path;

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::event::{Catalogue, Event};
use super::fault::{Fault, fault, number, read_lines};
use crate::Result;
use crate::bad_row::RowProblem;
use crate::read::{BadRows, Skipped};
use crate::text::decode;

/// The bytes of a line that every event must have: all up to the magnitude.
const NEEDED: usize = 32;

/// Reads a catalogue in EQT fixed width, as the China Earthquake Networks Center exports it.
///
/// Bytes of a line, from 0: year 0..5, month 5..7, day 7..9, hour 9..11, minute 11..13, second
/// 13..15, latitude 15..21, longitude 21..28, magnitude 28..32, depth 32..35 (km, -1 unknown), and
/// from 35 on the region: a code, or a place name in UTF-8 or GBK. A blank number is 0. Lines
/// that begin with `#` are comments. `zone` is that of the times: Beijing time (UTC+8) in Chinese
/// catalogues.
///
/// # Errors
///
/// [`StrainIoError::Io`](crate::StrainIoError::Io) where the file cannot be read,
/// [`StrainIoError::Row`](crate::StrainIoError::Row) for the first line that is no event,
/// [`StrainIoError::NoRows`](crate::StrainIoError::NoRows) for a file without one.
///
/// # Example
///
/// ```
/// use jiff::tz::Offset;
/// use strain_io::read_eqt;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("wenchuan.eqt");
/// std::fs::write(&path, " 2008 5121428 4 31.00 103.408.00 14  0\n")?;
/// let event = read_eqt(&path, Offset::constant(8))?.events()[0].clone();
/// assert_eq!(event.time, "2008-05-12T06:28:04Z".parse()?);
/// assert_eq!((event.latitude, event.longitude, event.magnitude), (31.0, 103.4, 8.0));
/// assert_eq!(event.depth_km, Some(14.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_eqt(path: impl AsRef<Path>, zone: Offset) -> Result<Catalogue> {
    read(path.as_ref(), zone, &mut BadRows::new(false))
}

/// As [`read_eqt`], but lines that are no event are listed and passed over.
///
/// # Errors
///
/// As [`read_eqt`], without [`StrainIoError::Row`](crate::StrainIoError::Row).
pub fn read_eqt_skipping(path: impl AsRef<Path>, zone: Offset) -> Result<Skipped<Catalogue>> {
    let mut bad = BadRows::new(true);
    let catalogue = read(path.as_ref(), zone, &mut bad)?;
    Ok(bad.beside(catalogue))
}

pub(super) fn read(path: &Path, zone: Offset, bad: &mut BadRows) -> Result<Catalogue> {
    read_lines(path, bad, |line| parse(line, zone))
}

/// Whether a line is an event of this format.
pub(super) fn is_event(line: &[u8]) -> bool {
    parse(line, Offset::UTC).is_ok()
}

fn parse(line: &[u8], zone: Offset) -> Result<Event, Fault> {
    if line.len() < NEEDED {
        let reason = RowProblem::TooShort { expected: NEEDED, got: line.len() };
        return Err(Fault { column: None, reason, text: None });
    }
    let field = |range: Range<usize>| line.get(range).unwrap_or_default().trim_ascii();
    let filled = |column, range, low, high| match field(range) {
        b"" => Ok(0.0),
        text => number(column, text, low, high),
    };
    let text = &line[..15];
    let time = time(text, zone).ok_or_else(|| fault("time", RowProblem::NotATime, text))?;
    let latitude = filled("latitude", 15..21, -90.0, 90.0)?;
    let longitude = filled("longitude", 21..28, -180.0, 360.0)?;
    let magnitude = filled("magnitude", 28..32, -10.0, 11.0)?;
    let mut event = Event::new(time, latitude, longitude, magnitude);
    let depth = field(32..line.len().min(35));
    if !depth.is_empty() {
        let depth_km = number("depth", depth, -99.0, 999.0)?;
        event.depth_km = Some(depth_km).filter(|&depth_km| depth_km >= 0.0);
    }
    let region = decode(line.get(35..).unwrap_or_default().trim_ascii()).into_owned();
    event.region = Some(region).filter(|region| !region.is_empty() && region != "0");
    Ok(event)
}

fn time(text: &[u8], zone: Offset) -> Option<jiff::Timestamp> {
    let part = |range: Range<usize>| {
        let text = text[range].trim_ascii();
        if text.is_empty() { Some(0) } else { std::str::from_utf8(text).ok()?.parse::<i16>().ok() }
    };
    let small = |range| part(range).and_then(|value| i8::try_from(value).ok());
    let (month, day) = (small(5..7)?, small(7..9)?);
    let (hour, minute, second) = (small(9..11)?, small(11..13)?, small(13..15)?);
    let local = DateTime::new(part(0..5)?, month, day, hour, minute, second, 0).ok()?;
    zone.to_timestamp(local).ok()
}
