use std::ops::Range;
use std::path::Path;

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::event::{Catalogue, Event};
use crate::bad_row::{BadRow, RowProblem};
use crate::read::{BadRows, Skipped};
use crate::text::{Lines, decode};
use crate::{Result, StrainIoError};

/// The bytes of a line that every event must have: all up to the magnitude.
const NEEDED: usize = 32;

/// Reads a catalogue in EQT fixed width, as the China Earthquake Networks Center exports it.
///
/// Bytes of a line, from 0: year 0..5, month 5..7, day 7..9, hour 9..11, minute 11..13, second
/// 13..15, latitude 15..21, longitude 21..28, magnitude 28..32, depth 32..35 (km, -1 unknown), and
/// from 35 on the region: a code, or a place name in UTF-8 or GBK. A blank number is 0. `zone` is
/// that of the times: Beijing time (UTC+8) in Chinese catalogues.
///
/// # Errors
///
/// [`StrainIoError::Io`] where the file cannot be read, [`StrainIoError::Row`] for the first line
/// that is no event, [`StrainIoError::NoRows`] for a file without one.
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
/// [`StrainIoError::Io`] where the file cannot be read, [`StrainIoError::NoRows`] for a file without
/// an event.
pub fn read_eqt_skipping(path: impl AsRef<Path>, zone: Offset) -> Result<Skipped<Catalogue>> {
    let mut bad = BadRows::new(true);
    let catalogue = read(path.as_ref(), zone, &mut bad)?;
    Ok(bad.beside(catalogue))
}

pub(super) fn read(path: &Path, zone: Offset, bad: &mut BadRows) -> Result<Catalogue> {
    let mut lines = Lines::open(path)?;
    let mut events = Vec::new();
    while let Some((number, line)) = lines.next_filled()? {
        match parse(line, zone) {
            Ok(event) => events.push(event),
            Err(fault) => {
                let text = fault.text.unwrap_or(line);
                bad.meet(BadRow::new(path, number, fault.column, fault.reason, text))?;
            }
        }
    }
    if events.is_empty() {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    }
    Ok(Catalogue::new(events))
}

/// Whether a line is an event of this format.
pub(super) fn is_event(line: &[u8]) -> bool {
    parse(line, Offset::UTC).is_ok()
}

struct Fault<'a> {
    column: Option<&'static str>,
    reason: RowProblem,
    text: Option<&'a [u8]>,
}

fn parse(line: &[u8], zone: Offset) -> Result<Event, Fault<'_>> {
    if line.len() < NEEDED {
        let reason = RowProblem::TooShort { expected: NEEDED, got: line.len() };
        return Err(Fault { column: None, reason, text: None });
    }
    let fault = |column, reason, text| Fault { column: Some(column), reason, text: Some(text) };
    let number = |column, range: Range<usize>| {
        let text = line.get(range).unwrap_or_default().trim_ascii();
        let value = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
        match value {
            _ if text.is_empty() => Ok((0.0, text)),
            Some(value) if value.is_finite() => Ok((value, text)),
            _ => Err(fault(column, RowProblem::NotANumber, text)),
        }
    };
    let within = |column, range, low, high| {
        let (value, text) = number(column, range)?;
        if (low..=high).contains(&value) {
            return Ok(value);
        }
        Err(fault(column, RowProblem::OutOfRange { low, high }, text))
    };
    let time =
        time(&line[..15], zone).ok_or_else(|| fault("time", RowProblem::NotATime, &line[..15]))?;
    let latitude = within("latitude", 15..21, -90.0, 90.0)?;
    let longitude = within("longitude", 21..28, -180.0, 360.0)?;
    let magnitude = within("magnitude", 28..32, -10.0, 11.0)?;
    let (depth, text) = number("depth", 32..line.len().min(35))?;
    let region = decode(line.get(35..).unwrap_or_default().trim_ascii()).into_owned();
    let mut event = Event::new(time, latitude, longitude, magnitude);
    event.depth_km = if text.is_empty() || depth < 0.0 { None } else { Some(depth) };
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
