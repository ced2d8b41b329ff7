use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{BadRow, ReadNote, Recognised, Recording, Seam, StrainIoError};

/// A recording with what its reader has to say about the file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Read {
    /// The recording.
    pub recording: Recording,
    /// Per channel the lines of data that were read, bad ones included; of a binary file the
    /// samples.
    pub rows: Vec<usize>,
    /// The lines or records that could not be used (empty unless `skip_bad_rows` is set).
    pub bad_rows: Vec<BadRow>,
    /// Where the pieces that the recording was joined from leave a gap, overlap or were shifted
    /// onto the grid (formats whose files are made of pieces: bottles, level-2 text, miniSEED, CENC
    /// text of several years).
    pub seams: Vec<Seam>,
    /// What else there is to say about the files.
    pub notes: Vec<ReadNote>,
    /// Where the instrument is, if the file says so.
    pub position: Option<SitePosition>,
    /// The columns that were left out because they are not numbers and nobody named them.
    pub ignored_columns: Vec<String>,
    /// How the format was known, where [`read_recording`](crate::read_recording) chose the reader.
    pub recognised: Option<Recognised>,
    /// The files read.
    pub files: Vec<PathBuf>,
}

impl Read {
    /// A recording that was read from `files` without anything to remark.
    pub(crate) fn new(recording: Recording, rows: Vec<usize>, files: Vec<PathBuf>) -> Self {
        Self {
            recording,
            rows,
            bad_rows: Vec::new(),
            seams: Vec::new(),
            notes: Vec::new(),
            position: None,
            ignored_columns: Vec::new(),
            recognised: None,
            files,
        }
    }

    pub(crate) fn with_bad_rows(mut self, bad: BadRows) -> Self {
        self.bad_rows = bad.into_rows();
        self
    }

    pub(crate) fn with_ignored_columns(mut self, names: Vec<String>) -> Self {
        self.ignored_columns = names;
        self
    }
}

/// Where an instrument is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SitePosition {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Metres above sea level or above the ellipsoid, as the file means it, if it says so.
    pub elevation_m: Option<f64>,
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

/// The most bad rows that are listed; a file of nothing else must not fill the memory.
const MOST_BAD_ROWS: usize = 100_000;

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
        if !self.skip {
            return Err(StrainIoError::Row(row));
        }
        if self.rows.len() == MOST_BAD_ROWS {
            return Err(StrainIoError::TooManyBadRows { limit: MOST_BAD_ROWS, last: row });
        }
        self.rows.push(row);
        Ok(())
    }

    /// `value` with the rows that were passed over.
    pub(crate) fn beside<T>(self, value: T) -> Skipped<T> {
        Skipped { value, bad_rows: self.rows }
    }

    pub(crate) fn into_rows(self) -> Vec<BadRow> {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use crate::{CsvOptions, StrainIoError, read_csv};

    #[test]
    fn a_file_of_bad_rows_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        let options = CsvOptions::default().with_skip_bad_rows(true);
        let read = |bad: usize| {
            let rows = "x\n".repeat(bad);
            let text = format!("time,s1\n2008-05-11,1\n{rows}2008-05-12,2\n");
            std::fs::write(&path, text).unwrap();
            read_csv(&path, &options)
        };
        assert_eq!(read(super::MOST_BAD_ROWS).unwrap().bad_rows.len(), super::MOST_BAD_ROWS);
        let error = read(super::MOST_BAD_ROWS + 1).unwrap_err();
        let StrainIoError::TooManyBadRows { last, .. } = &error else { panic!("{error}") };
        assert_eq!(last.line, super::MOST_BAD_ROWS as u64 + 3);
        assert!(error.to_string().contains("more than 100000 rows"), "{error}");
    }
}
