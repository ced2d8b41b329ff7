use super::event::Event;
use super::fault::{Fault, fault, number};
use crate::bad_row::RowProblem;
use crate::table::timestamp;
use crate::text::{TimeFormat, decode, parse_time};

/// `EventID|Time|Latitude|Longitude|Depth|Author|Catalog|Contributor|ContributorID|MagType|
/// Magnitude|MagAuthor|EventLocationName`.
const FIELDS: usize = 13;

/// Whether a line is the header of the format, or an event of it.
pub(super) fn is_fdsn(line: &[u8]) -> bool {
    line.starts_with(b"#EventID") || parse(line).is_ok()
}

/// An event in the text of FDSN event services, times in UTC, depth in km.
///
/// FDSN (2019), *Web Services Specifications* 1.2, `fdsnws-event`.
pub(super) fn parse(line: &[u8]) -> Result<Event, Fault> {
    let fields: Vec<_> = line.split(|&byte| byte == b'|').map(<[u8]>::trim_ascii).collect();
    if fields.len() < FIELDS {
        let reason = RowProblem::FieldCount { expected: FIELDS, got: fields.len() };
        return Err(Fault { column: None, reason, text: None });
    }
    let time = parse_time(fields[1], TimeFormat::Calendar, 0)
        .ok_or_else(|| fault("time", RowProblem::NotATime, fields[1]))?;
    if fields[10].is_empty() {
        let reason = RowProblem::Incomplete { what: "magnitude" };
        return Err(Fault { column: None, reason, text: None });
    }
    let mut event = Event::new(
        timestamp(time),
        number("latitude", fields[2], -90.0, 90.0)?,
        number("longitude", fields[3], -180.0, 360.0)?,
        number("magnitude", fields[10], -10.0, 11.0)?,
    );
    let depth = Some(fields[4]).filter(|depth| !depth.is_empty());
    event.depth_km = depth.map(|depth| number("depth", depth, -10.0, 1000.0)).transpose()?;
    let text = |index: usize| Some(decode(fields[index]).into_owned()).filter(|t| !t.is_empty());
    event.magnitude_type = text(9);
    event.region = text(12);
    Ok(event)
}
