use std::path::Path;

use jiff::Timestamp;

use super::event::{Catalogue, Event};
use super::fault::{Fault, fault, number};
use crate::bad_row::{BadRow, RowProblem};
use crate::read::BadRows;
use crate::table::timestamp;
use crate::text::{TimeFormat, parse_time};
use crate::xml::{Step, Walk};
use crate::{Result, StrainIoError};

/// The most origins or magnitudes of one event that are looked at.
const MOST: usize = 4096;

/// Whether a file's first bytes are those of QuakeML.
pub(super) fn is_quakeml(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let is_root = |bytes: &[u8]| {
        bytes[..7].eq_ignore_ascii_case(b"quakeml")
            && (bytes[7] == b'>' || bytes[7].is_ascii_whitespace())
    };
    head.trim_ascii_start().starts_with(b"<") && head.windows(8).any(is_root)
}

/// The events of a QuakeML 1.2 file: of each the preferred origin and magnitude or, where none is
/// preferred, the first. Times without a zone are UTC; depths there are in metres.
///
/// Schorlemmer, D., et al. (2011), QuakeML: status of the XML-based seismological data exchange
/// format, *Ann. Geophys.* 54, 59–65, doi:10.4401/ag-4874.
pub(super) fn read(file: &Path, bad: &mut BadRows) -> Result<Catalogue> {
    let mut walk = Walk::open(file)?;
    let mut events = Vec::new();
    let (mut parts, mut began_at) = (Parts::default(), 0);
    loop {
        match walk.step()? {
            Step::Done => break,
            Step::Begin => {
                let inner = inside(walk.path());
                if inner == Some(&[]) {
                    (parts, began_at) = (Parts::default(), walk.byte());
                }
                parts.begin(inner, walk.attribute("publicID"));
            }
            Step::End(text) => match inside(walk.path()) {
                Some([]) => match std::mem::take(&mut parts).into_event() {
                    Ok(event) => events.push(event),
                    Err(fault) => {
                        let text = fault.text.unwrap_or_else(|| b"event".to_vec());
                        let text = String::from_utf8_lossy(&text).into_owned();
                        let row = BadRow::at_byte(file, began_at, fault.reason, &text);
                        bad.meet(BadRow { column: fault.column.map(str::to_owned), ..row })?;
                    }
                },
                inner => parts.end(inner, text),
            },
        }
    }
    if events.is_empty() {
        return Err(StrainIoError::NoRows { file: file.to_owned() });
    }
    Ok(Catalogue::new(events))
}

/// The elements below the event at hand; none outside of one.
fn inside(path: &[String]) -> Option<&[String]> {
    let event = path.iter().position(|name| name == "event")?;
    Some(&path[event + 1..])
}

/// What is gathered of an event.
#[derive(Default)]
struct Parts {
    origins: Vec<Origin>,
    magnitudes: Vec<Magnitude>,
    preferred_origin: String,
    preferred_magnitude: String,
    description: Option<String>,
}

#[derive(Default)]
struct Origin {
    id: String,
    time: String,
    latitude: String,
    longitude: String,
    depth: String,
}

#[derive(Default)]
struct Magnitude {
    id: String,
    size: String,
    scale: String,
}

impl Parts {
    fn begin(&mut self, inner: Option<&[String]>, id: Option<&str>) {
        let id = id.unwrap_or_default().to_owned();
        match inner {
            Some([one]) if one == "origin" && self.origins.len() < MOST => {
                self.origins.push(Origin { id, ..Origin::default() });
            }
            Some([one]) if one == "magnitude" && self.magnitudes.len() < MOST => {
                self.magnitudes.push(Magnitude { id, ..Magnitude::default() });
            }
            _ => {}
        }
    }

    fn end(&mut self, inner: Option<&[String]>, text: String) {
        let names: Vec<&str> = inner.unwrap_or_default().iter().map(String::as_str).collect();
        let field = match (names.as_slice(), self.origins.last_mut(), self.magnitudes.last_mut()) {
            (["preferredOriginID"], ..) => &mut self.preferred_origin,
            (["preferredMagnitudeID"], ..) => &mut self.preferred_magnitude,
            (["description", "text"], ..) => {
                self.description.get_or_insert(text);
                return;
            }
            (["origin", "time", "value"], Some(origin), _) => &mut origin.time,
            (["origin", "latitude", "value"], Some(origin), _) => &mut origin.latitude,
            (["origin", "longitude", "value"], Some(origin), _) => &mut origin.longitude,
            (["origin", "depth", "value"], Some(origin), _) => &mut origin.depth,
            (["magnitude", "mag", "value"], _, Some(magnitude)) => &mut magnitude.size,
            (["magnitude", "type"], _, Some(magnitude)) => &mut magnitude.scale,
            _ => return,
        };
        *field = text;
    }

    fn into_event(self) -> Result<Event, Fault> {
        let lacks =
            |what| Fault { column: None, reason: RowProblem::Incomplete { what }, text: None };
        let origin = self.origins.iter().find(|origin| origin.id == self.preferred_origin);
        let origin = origin.or(self.origins.first()).ok_or_else(|| lacks("origin"))?;
        let magnitude = self.magnitudes.iter().find(|one| one.id == self.preferred_magnitude);
        let magnitude = magnitude.or(self.magnitudes.first()).ok_or_else(|| lacks("magnitude"))?;
        let mut event = Event::new(
            instant(&origin.time)?,
            number("latitude", origin.latitude.as_bytes(), -90.0, 90.0)?,
            number("longitude", origin.longitude.as_bytes(), -180.0, 360.0)?,
            number("magnitude", magnitude.size.as_bytes(), -10.0, 11.0)?,
        );
        if !origin.depth.is_empty() {
            let metres = number("depth", origin.depth.as_bytes(), -10_000.0, 1_000_000.0)?;
            event.depth_km = Some(metres / 1000.0);
        }
        let scale = magnitude.scale.clone();
        event.magnitude_type = Some(scale).filter(|scale| !scale.is_empty());
        event.region = self.description.filter(|text| !text.is_empty());
        Ok(event)
    }
}

fn instant(text: &str) -> Result<Timestamp, Fault> {
    let time = parse_time(text.as_bytes(), TimeFormat::Calendar, 0);
    time.map(timestamp).ok_or_else(|| fault("time", RowProblem::NotATime, text.as_bytes()))
}
