use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use thiserror::Error;

/// One line of a text file, or one record of a binary one, that cannot be used, and why.
///
/// By default the first such line is the reader's error; with `skip_bad_rows` the reader lists them
/// in [`Read::bad_rows`](crate::Read) and goes on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BadRow {
    /// The file.
    pub file: PathBuf,
    /// The line in it, from 1; 0 in a binary file.
    pub line: u64,
    /// In a binary file the offset of the record's first byte.
    pub byte: Option<u64>,
    /// The column that is at fault, by its name or its number from 1, if it is only one.
    pub column: Option<String>,
    /// Why the line cannot be used.
    pub reason: RowProblem,
    /// The field at fault, or the line; cut after 80 characters. In a binary file what the record
    /// is.
    pub text: String,
}

/// Why a line or a record cannot be used.
#[derive(Debug, Clone, PartialEq, Error, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RowProblem {
    /// Text where a number belongs.
    #[error("is not a number; correct it, or name it among the nulls")]
    NotANumber,
    /// An infinite number, or a NaN that is not among the nulls.
    #[error("is not finite; correct it, or name it among the nulls")]
    NotFinite,
    /// Text where a time belongs.
    #[error(
        "is not a time that is understood; write ISO 8601, YYYY-MM-DD HH:MM:SS or \
         yyyymmdd[hh[mm[ss]]] (Unix seconds must be asked for by name)"
    )]
    NotATime,
    /// The time of the row before once more.
    #[error("repeats the time of the row before it; remove one of them")]
    DuplicateTime,
    /// A time earlier than that of the row before.
    #[error("is out of order, the row before it is of {previous}; sort the rows by time")]
    OutOfOrder {
        /// The time of the row before, UTC.
        previous: String,
    },
    /// A time between the samples.
    #[error(
        "is not on the grid of {interval_s} s that the other rows lie on; correct it, or name the \
         sampling interval"
    )]
    OffGrid {
        /// The sampling interval in seconds.
        interval_s: f64,
    },
    /// Too few or too many fields.
    #[error("has {got} fields where {expected} are expected; complete the line or remove it")]
    FieldCount {
        /// Fields expected.
        expected: usize,
        /// Fields found.
        got: usize,
    },
    /// A line of a day with neither one value nor those of its hours or minutes.
    #[error("has {values} values; write one value a line, or 24 or 1440 of one day")]
    UnevenDay {
        /// Values found.
        values: usize,
    },
    /// A line too short for a fixed-width format.
    #[error("has {got} characters where at least {expected} are expected; complete the line")]
    TooShort {
        /// Characters expected.
        expected: usize,
        /// Characters found.
        got: usize,
    },
    /// A number outside the range that it can have.
    #[error("is not between {low} and {high}; correct it")]
    OutOfRange {
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// A date that is written twice and not the same.
    #[error("is another day than {other} beside it; correct one of them")]
    DatesDisagree {
        /// The other date, as it is written.
        other: String,
    },
    /// An event that lacks what an event needs.
    #[error("has no {what}; complete it, or pass over such rows")]
    Incomplete {
        /// What is not there.
        what: &'static str,
    },
    /// A binary record that ends before its own header says.
    #[error("has {got} bytes where its header announces {expected}; fetch the file again")]
    Truncated {
        /// Bytes announced.
        expected: u64,
        /// Bytes found.
        got: u64,
    },
    /// A binary record that cannot be decoded.
    #[error("cannot be decoded: {problem}; fetch the file again")]
    Undecodable {
        /// What is wrong.
        problem: String,
    },
}

const LONGEST_TEXT: usize = 80;

impl BadRow {
    pub(crate) fn new(
        file: impl Into<PathBuf>,
        line: u64,
        column: Option<&str>,
        reason: RowProblem,
        text: &[u8],
    ) -> Self {
        let text = crate::text::decode(text);
        let cut = text.char_indices().nth(LONGEST_TEXT).map_or(text.len(), |(end, _)| end);
        let text = text[..cut].to_owned();
        let column = column.map(str::to_owned);
        Self { file: file.into(), line, byte: None, column, reason, text }
    }

    /// The record `what` that begins at `byte` of a binary file.
    pub(crate) fn at_byte(
        file: impl Into<PathBuf>,
        byte: u64,
        reason: RowProblem,
        what: &str,
    ) -> Self {
        Self { byte: Some(byte), ..Self::new(file, 0, None, reason, what.as_bytes()) }
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.byte {
            Some(byte) => write!(f, "{}, byte {byte}", self.file.display())?,
            None => write!(f, "{}, line {}", self.file.display(), self.line)?,
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": `{}` {}", self.text, self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_what_and_what_to_do() {
        let row = BadRow::new("a.csv", 7, Some("s1"), RowProblem::NotANumber, b"1O.5");
        assert_eq!(
            row.to_string(),
            "a.csv, line 7, column s1: `1O.5` is not a number; correct it, or name it among the \
             nulls"
        );
    }

    #[test]
    fn a_record_is_located_by_its_byte() {
        let reason = RowProblem::Truncated { expected: 512, got: 100 };
        let row = BadRow::at_byte("a.mseed", 1024, reason, "record");
        assert_eq!(
            row.to_string(),
            "a.mseed, byte 1024: `record` has 100 bytes where its header announces 512; fetch the \
             file again"
        );
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let row = BadRow::new("a", 1, None, RowProblem::NotATime, "é".repeat(200).as_bytes());
        assert_eq!(row.text.chars().count(), LONGEST_TEXT);
    }
}
