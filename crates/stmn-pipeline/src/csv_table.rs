use std::path::{Path, PathBuf};

use crate::{PipelineError, Result};

/// How a file of gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A small table in CSV with a header, whose rows know their lines.
///
/// ```
/// let path = tempfile::tempdir()?.keep().join("alarms.csv");
/// std::fs::write(&path, "Start,end\n\n2022-03-01, 2022-03-10\n")?;
/// let table = stmn_pipeline::CsvTable::read(&path)?;
/// let end = table.column("end")?;
/// let row = &table.rows()[0];
/// assert_eq!((row.line, row.fields[end].as_str()), (3, "2022-03-10"));
///
/// let error = table.column("level").unwrap_err().to_string();
/// assert!(error.ends_with("alarms.csv:1: there is no column `level`: the file has Start, end"));
/// # std::fs::remove_dir_all(path.parent().unwrap())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct CsvTable {
    path: PathBuf,
    header: Vec<String>,
    rows: Vec<CsvRow>,
}

/// One row of a [`CsvTable`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CsvRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// As many as the header has, without the spaces around them.
    pub fields: Vec<String>,
}

impl CsvTable {
    /// Reads a file; commas between the columns, UTF-8.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Io`] where the file cannot be read and [`PipelineError::Table`] for one that
    /// is compressed, and for a row of more or fewer fields than the header or that is no text.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| PipelineError::Io {
            action: "read",
            path: path.to_owned(),
            source,
        })?;
        let mut table = Self { path: path.to_owned(), header: Vec::new(), rows: Vec::new() };
        if bytes.starts_with(&GZIP) {
            return Err(table.refuse(1, "the file is compressed (gzip): unpack it first"));
        }
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(|error| table.refuse(1, problem(&error)))?;
        table.header = header.iter().map(str::to_owned).collect();
        for record in reader.records() {
            let record = record.map_err(|error| {
                table.refuse(error.position().map_or(1, |at| line(bytes, at)), problem(&error))
            })?;
            let line = record.position().map_or(1, |at| line(bytes, at));
            table.rows.push(CsvRow { line, fields: record.iter().map(str::to_owned).collect() });
        }
        Ok(table)
    }

    /// The index of a column, found by its name in any case.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Table`] with the columns that are there.
    pub fn column(&self, name: &str) -> Result<usize> {
        let found = self.header.iter().position(|field| field.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let problem = match self.header.as_slice() {
                [] => format!("the file is empty: a header with `{name}` is needed"),
                [one] if one.contains(';') || one.contains('\t') => {
                    format!(
                        "there is no column `{name}` in `{one}`: put commas between the columns"
                    )
                }
                columns => {
                    format!("there is no column `{name}`: the file has {}", columns.join(", "))
                }
            };
            self.refuse(1, problem)
        })
    }

    /// The names of the columns, as they are written.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The rows, in the order of the file.
    pub fn rows(&self) -> &[CsvRow] {
        &self.rows
    }

    /// The error of a line that cannot be used.
    pub fn refuse(&self, line: u64, problem: impl Into<String>) -> PipelineError {
        PipelineError::Table { path: self.path.clone(), line, problem: problem.into() }
    }
}

/// The line, from 1, of a row. The reader passes over empty lines in front of a row, but gives their
/// place as the row's.
fn line(bytes: &[u8], at: &csv::Position) -> u64 {
    let start = usize::try_from(at.byte()).unwrap_or(usize::MAX).min(bytes.len());
    let empty = bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    at.line() + empty.filter(|byte| **byte == b'\n').count() as u64
}

fn problem(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the row has {len} fields where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "is no text in UTF-8: save the table as UTF-8".to_owned(),
        _ => error.to_string(),
    }
}
