use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::options::checked_delimiter;
use crate::{Recording, Result, write_atomically};

/// How to write CSV; the default is with commas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CsvWriteOptions {
    /// The character between fields (an ASCII one). [`read_csv`](crate::read_csv) tells comma, tab
    /// and semicolon by itself, as long as no channel's name holds one of them.
    pub delimiter: char,
}

impl Default for CsvWriteOptions {
    fn default() -> Self {
        Self { delimiter: ',' }
    }
}

impl CsvWriteOptions {
    /// Sets the character between fields.
    pub fn with_delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Checks the delimiter.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`](crate::StrainIoError::Config) for one that is not ASCII, is a quote
    /// or can be part of a number.
    pub fn validate(&self) -> Result<()> {
        checked_delimiter(self.delimiter).map(drop)
    }
}

/// Writes a recording as CSV that [`read_csv`](crate::read_csv) reads back bit for bit.
///
/// The first column is `time`, ISO 8601 in UTC; the others are the channels in order, each value as
/// the shortest text that reads back as the same number, empty where missing. A `path` that ends in
/// `.gz` is compressed. The file appears whole or not at all. Units, directions and provenance have
/// no place in CSV; Parquet keeps them.
///
/// # Errors
///
/// [`StrainIoError::Io`](crate::StrainIoError::Io) where the file cannot be written.
///
/// # Example
///
/// ```
/// use strain_io::{Channel, CsvOptions, Recording, TimeGrid, Unit, ndarray::array};
///
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_mins(1), 3)?;
/// let channels = vec![Channel::new("s1", Unit::Nanostrain)];
/// let recording = Recording::new("X", grid, channels, array![[0.1], [f64::NAN], [1e-9]])?;
/// let path = tempfile::tempdir()?.keep().join("X.csv.gz");
/// strain_io::write_csv(&recording, &path)?;
/// let again = strain_io::read_csv(&path, &CsvOptions::default())?.recording;
/// assert_eq!(again.grid(), recording.grid());
/// assert_eq!(again.values()[[2, 0]], 1e-9);
/// # std::fs::remove_dir_all(path.parent().unwrap())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_csv(recording: &Recording, path: impl AsRef<Path>) -> Result<()> {
    write_csv_with(recording, path, &CsvWriteOptions::default())
}

/// As [`write_csv`], with another character between the fields.
///
/// # Errors
///
/// As [`write_csv`], and [`StrainIoError::Config`](crate::StrainIoError::Config) for options that
/// make no sense.
///
/// # Example
///
/// ```
/// use strain_io::{Channel, CsvWriteOptions, Recording, TimeGrid, Unit, ndarray::array};
///
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_mins(1), 2)?;
/// let channels = vec![Channel::new("s1", Unit::Nanostrain)];
/// let recording = Recording::new("X", grid, channels, array![[0.1], [f64::NAN]])?;
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("X.tsv");
/// let tabs = CsvWriteOptions::default().with_delimiter('\t');
/// strain_io::write_csv_with(&recording, &path, &tabs)?;
/// let text = std::fs::read_to_string(&path)?;
/// assert_eq!(text, "time\ts1\n2008-05-01T00:00:00Z\t0.1\n2008-05-01T00:01:00Z\t\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_csv_with(
    recording: &Recording,
    path: impl AsRef<Path>,
    options: &CsvWriteOptions,
) -> Result<()> {
    let delimiter = checked_delimiter(options.delimiter)?;
    let path = path.as_ref();
    let gzip = path.extension().is_some_and(|extension| extension == "gz");
    write_atomically(path, |file| {
        if gzip {
            let mut encoder = GzEncoder::new(file, Compression::default());
            write_rows(recording, delimiter, &mut encoder)?;
            encoder.finish().map(drop)
        } else {
            write_rows(recording, delimiter, file)
        }
    })
}

fn write_rows(recording: &Recording, delimiter: u8, out: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(&mut *out);
    let names = recording.channels().iter().map(|channel| channel.name.as_str());
    writer.write_record(std::iter::once("time").chain(names))?;
    writer.flush()?;
    drop(writer);
    let mut line = String::new();
    for (index, row) in recording.values().rows().into_iter().enumerate() {
        line.clear();
        let time = recording.grid().time(index);
        let _ = write!(line, "{time}");
        for value in row {
            line.push(char::from(delimiter));
            push_shortest(&mut line, *value);
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// The shortest digits that read back as `value`; nothing for NaN.
fn push_shortest(line: &mut String, value: f64) {
    let plain = value == 0.0 || (1e-5..1e16).contains(&value.abs());
    // Writing to a String cannot fail.
    let _ = match value {
        _ if value.is_nan() => Ok(()),
        _ if plain => write!(line, "{value}"),
        _ => write!(line, "{value:e}"),
    };
}
