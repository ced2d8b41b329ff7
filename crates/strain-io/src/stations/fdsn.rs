use std::path::Path;

use super::channel::StationChannel;
use super::csv::optional_number;
use crate::bad_row::{BadRow, RowProblem};
use crate::read::BadRows;
use crate::text::{Lines, decode};
use crate::{Result, StrainIoError};

/// Fields of a line at the level of stations, and of channels.
const OF_STATION: usize = 8;
const OF_CHANNEL: usize = 17;

/// Whether a file's first line is the header of the format.
pub(super) fn is_fdsn(line: &[u8]) -> bool {
    line.starts_with(b"#") && {
        let line = line[1..].trim_ascii_start();
        line.starts_with(b"Network") && line.contains(&b'|')
    }
}

/// The text of FDSN station services at the level of channels (17 fields) or of stations (eight:
/// every line is then a channel without a code).
///
/// FDSN (2019), *Web Services Specifications* 1.2, `fdsnws-station`.
pub(super) fn read(path: &Path, bad: &mut BadRows) -> Result<Vec<StationChannel>> {
    let mut lines = Lines::open(path)?;
    let mut channels = Vec::new();
    while let Some((number, line)) = lines.next_filled()? {
        if line.starts_with(b"#") {
            continue;
        }
        match parse(line) {
            Ok(channel) => channels.push(channel),
            Err((column, reason, text)) => {
                bad.meet(BadRow::new(path, number, column, reason, text))?;
            }
        }
    }
    if channels.is_empty() {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    }
    Ok(channels)
}

type Fault<'a> = (Option<&'static str>, RowProblem, &'a [u8]);

fn parse(line: &[u8]) -> Result<StationChannel, Fault<'_>> {
    let fields: Vec<_> = line.split(|&byte| byte == b'|').map(<[u8]>::trim_ascii).collect();
    let text = |index: usize| decode(fields[index]).into_owned();
    let number = |name, index: usize, low, high| {
        let field: &[u8] = fields[index];
        optional_number(field, low, high).map_err(|reason| (Some(name), reason, field))
    };
    let needed = |name, index: usize, low, high| {
        let missing = (Some(name), RowProblem::NotANumber, fields[index]);
        number(name, index, low, high)?.ok_or(missing)
    };
    let of_channel = fields.len() >= OF_CHANNEL;
    if !of_channel && fields.len() != OF_STATION {
        let reason = RowProblem::FieldCount { expected: OF_CHANNEL, got: fields.len() };
        return Err((None, reason, line));
    }
    // Coordinates begin after the codes: two of a station, four of a channel.
    let at = if of_channel { 4 } else { 2 };
    Ok(StationChannel {
        network_code: text(0),
        station_code: text(1),
        point_code: if of_channel { text(2) } else { String::new() },
        station_name: if of_channel { String::new() } else { text(5) },
        item_code: if of_channel { text(3) } else { String::new() },
        item_name: if of_channel { text(10) } else { String::new() },
        latitude: needed("latitude", at, -90.0, 90.0)?,
        longitude: needed("longitude", at + 1, -180.0, 360.0)?,
        elevation_m: number("elevation", at + 2, -12_000.0, 9_000.0)?,
        azimuth_degrees: if of_channel { number("azimuth", 8, -360.0, 360.0)? } else { None },
    })
}
