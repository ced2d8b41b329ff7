use std::path::PathBuf;

use crate::{BadRow, Recognised, Recording, StrainIoError};

/// A recording with what its reader has to say about the file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Read {
    /// The recording.
    pub recording: Recording,
    /// Per channel the lines of data that were read, bad ones included.
    pub rows: Vec<usize>,
    /// The lines that could not be used (empty unless `skip_bad_rows` is set).
    pub bad_rows: Vec<BadRow>,
    /// The columns that were left out because they are not numbers and nobody named them.
    pub ignored_columns: Vec<String>,
    /// How the format was known, where [`read_recording`](crate::read_recording) chose the reader.
    pub recognised: Option<Recognised>,
    /// The files read.
    pub files: Vec<PathBuf>,
}

/// What a reader made of a file whose bad lines were passed over, and those lines.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Skipped<T> {
    /// What was read.
    pub value: T,
    /// The lines that could not be used.
    pub bad_rows: Vec<BadRow>,
}

/// Where a reader brings the rows that it cannot use.
pub(crate) struct BadRows {
    skip: bool,
    rows: Vec<BadRow>,
}

impl BadRows {
    pub(crate) fn new(skip: bool) -> Self {
        Self { skip, rows: Vec::new() }
    }

    /// Notes the row, or makes it the error that ends the reading.
    pub(crate) fn meet(&mut self, row: BadRow) -> Result<(), StrainIoError> {
        if self.skip {
            self.rows.push(row);
            Ok(())
        } else {
            Err(StrainIoError::Row(row))
        }
    }

    /// `value` with the rows that were passed over.
    pub(crate) fn beside<T>(self, value: T) -> Skipped<T> {
        Skipped { value, bad_rows: self.rows }
    }

    pub(crate) fn into_rows(self) -> Vec<BadRow> {
        self.rows
    }
}
