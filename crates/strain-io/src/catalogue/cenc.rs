use jiff::tz::Offset;

use super::event::Event;
use super::fault::{Fault, fault, number};
use crate::bad_row::RowProblem;
use crate::table::timestamp;
use crate::text::{TimeFormat, decode, parse_time, words};

/// Fields that every event has: date, time, latitude, longitude, depth, magnitude.
const NEEDED: usize = 6;

/// Whether a line begins with a date, a clock time and a latitude.
pub(super) fn is_event(line: &[u8]) -> bool {
    parse(line, Offset::UTC).is_ok()
}

/// An event of the quick reports of the China Earthquake Networks Center:
/// `2008-05-12  14:28:04.0   31.0   103.4   14  Ms8.0  place`, in UTF-8 or GBK. The letters before
/// the magnitude are its scale.
pub(super) fn parse(line: &[u8], zone: Offset) -> Result<Event, Fault> {
    let words: Vec<_> = words(line).collect();
    if words.len() < NEEDED {
        let reason = RowProblem::FieldCount { expected: NEEDED, got: words.len() };
        return Err(Fault { column: None, reason, text: None });
    }
    let text = [words[0], b" ", &clock(words[1])].concat();
    let time = words[1]
        .contains(&b':')
        .then(|| parse_time(&text, TimeFormat::Calendar, i64::from(zone.seconds())));
    let time = time.flatten().ok_or_else(|| fault("time", RowProblem::NotATime, &text))?;
    let letters = words[5].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (scale, size) = words[5].split_at(letters);
    let mut event = Event::new(
        timestamp(time),
        number("latitude", words[2], -90.0, 90.0)?,
        number("longitude", words[3], -180.0, 360.0)?,
        number("magnitude", size, -10.0, 11.0)?,
    );
    let depth = number("depth", words[4], -10.0, 1000.0)?;
    event.depth_km = Some(depth).filter(|&depth| depth >= 0.0);
    event.magnitude_type = Some(decode(scale).into_owned()).filter(|scale| !scale.is_empty());
    event.region =
        Some(decode(&words[NEEDED..].join(&b' ')).into_owned()).filter(|r| !r.is_empty());
    Ok(event)
}

/// `1:53:0.6`, as it is sometimes written, with two digits before every separator.
fn clock(text: &[u8]) -> Vec<u8> {
    let mut padded = Vec::with_capacity(text.len() + 3);
    for (index, part) in text.split(|&byte| byte == b':').enumerate() {
        if index > 0 {
            padded.push(b':');
        }
        if part.iter().take_while(|byte| byte.is_ascii_digit()).count() == 1 {
            padded.push(b'0');
        }
        padded.extend_from_slice(part);
    }
    padded
}
