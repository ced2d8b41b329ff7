use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::event::Event;
use super::fault::{Fault, fault, number};
use crate::bad_row::RowProblem;
use crate::text::words;

/// Longitude, latitude, year (whole or decimal), month, day, magnitude, depth, hour, minute,
/// second; perhaps errors after them.
const NEEDED: usize = 10;

/// Whether a line is an event of this format.
pub(super) fn is_event(line: &[u8]) -> bool {
    parse(line, Offset::UTC).is_ok()
}

/// An event of a catalogue in ZMAP's columns. It has no scale of the magnitude.
///
/// Wiemer, S. (2001), A software package to analyze seismicity: ZMAP, *Seismol. Res. Lett.* 72,
/// 373–382, doi:10.1785/gssrl.72.3.373.
pub(super) fn parse(line: &[u8], zone: Offset) -> Result<Event, Fault> {
    let words: Vec<_> = words(line).collect();
    if words.len() < NEEDED {
        let reason = RowProblem::FieldCount { expected: NEEDED, got: words.len() };
        return Err(Fault { column: None, reason, text: None });
    }
    let mut event = Event::new(
        time(&words, zone)?,
        number("latitude", words[1], -90.0, 90.0)?,
        number("longitude", words[0], -180.0, 360.0)?,
        number("magnitude", words[5], -10.0, 11.0)?,
    );
    let unknown = words[6].eq_ignore_ascii_case(b"nan");
    event.depth_km = if unknown { None } else { Some(number("depth", words[6], -10.0, 1000.0)?) };
    Ok(event)
}

fn time(words: &[&[u8]], zone: Offset) -> Result<Timestamp, Fault> {
    let whole = |name, index: usize, low: f64, high: f64| {
        let value = number(name, words[index], low, high)?;
        if value.fract() == 0.0 {
            return Ok(value as i8);
        }
        Err(fault(name, RowProblem::NotATime, words[index]))
    };
    let year = number("year", words[2], 0.0, 9998.0)?.floor() as i16;
    let (month, day) = (whole("month", 3, 1.0, 12.0)?, whole("day", 4, 1.0, 31.0)?);
    let (hour, minute) = (whole("hour", 7, 0.0, 23.0)?, whole("minute", 8, 0.0, 59.0)?);
    let second = number("second", words[9], 0.0, 59.999_999_9)?;
    let nanos = ((second.fract() * 1e6).round() as i32 * 1000).min(999_999_999);
    let local = DateTime::new(year, month, day, hour, minute, second.floor() as i8, nanos);
    let time = local.ok().and_then(|local| zone.to_timestamp(local).ok());
    time.ok_or_else(|| fault("day", RowProblem::NotATime, words[4]))
}
