use std::path::Path;

use super::event::{Catalogue, Event};
use crate::bad_row::{BadRow, RowProblem};
use crate::read::BadRows;
use crate::text::{Lines, bounded_number};
use crate::{Result, StrainIoError};

/// Why a line is no event.
pub(super) struct Fault {
    pub(super) column: Option<&'static str>,
    pub(super) reason: RowProblem,
    /// The field at fault; none: the line.
    pub(super) text: Option<Vec<u8>>,
}

impl Fault {
    pub(super) fn locate(self, path: &Path, number: u64, line: &[u8]) -> BadRow {
        let text = self.text.as_deref().unwrap_or(line);
        BadRow::new(path, number, self.column, self.reason, text)
    }
}

pub(super) fn fault(column: &'static str, reason: RowProblem, text: &[u8]) -> Fault {
    Fault { column: Some(column), reason, text: Some(text.to_vec()) }
}

/// The number of a field, within limits.
pub(super) fn number(column: &'static str, text: &[u8], low: f64, high: f64) -> Result<f64, Fault> {
    bounded_number(text, low, high).map_err(|reason| fault(column, reason, text))
}

/// The events of a file with one a line; lines that begin with `#` are comments.
pub(super) fn read_lines(
    path: &Path,
    bad: &mut BadRows,
    parse: impl Fn(&[u8]) -> Result<Event, Fault>,
) -> Result<Catalogue> {
    let mut lines = Lines::open(path)?;
    let mut events = Vec::new();
    while let Some((number, line)) = lines.next_filled()? {
        if line.trim_ascii_start().starts_with(b"#") {
            continue;
        }
        match parse(line) {
            Ok(event) => events.push(event),
            Err(fault) => bad.meet(fault.locate(path, number, line))?,
        }
    }
    if events.is_empty() {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    }
    Ok(Catalogue::new(events))
}
