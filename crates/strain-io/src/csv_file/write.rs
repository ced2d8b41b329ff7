use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{Recording, Result, write_atomically};

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
    let path = path.as_ref();
    let gzip = path.extension().is_some_and(|extension| extension == "gz");
    write_atomically(path, |file| {
        if gzip {
            let mut encoder = GzEncoder::new(file, Compression::default());
            write_rows(recording, &mut encoder)?;
            encoder.finish().map(drop)
        } else {
            write_rows(recording, file)
        }
    })
}

fn write_rows(recording: &Recording, out: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(&mut *out);
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
            line.push(',');
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
