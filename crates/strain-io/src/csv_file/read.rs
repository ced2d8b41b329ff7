use std::path::Path;

use super::options::CsvOptions;
use super::rows::Rows;
use crate::read::{BadRows, Read};
use crate::table::Table;
use crate::{Recording, Result};

/// Reads a recording from CSV: comma, tab or semicolon, with a header or without, gzip or plain
/// (told by content), UTF-8 with or without BOM (GBK in the header is understood).
///
/// One row per instant, in ascending order; instants without a row become NaN. The sampling
/// interval is the commonest step between rows unless the options name it, and every row must lie
/// on that grid.
///
/// # Errors
///
/// [`StrainIoError::Io`](crate::StrainIoError::Io) where the file cannot be read,
/// [`StrainIoError::NoColumn`](crate::StrainIoError::NoColumn) for a column that is not there,
/// [`StrainIoError::Row`](crate::StrainIoError::Row) for the first line that cannot be used (text in
/// a number, a time that is not one, out of order, repeated or off the grid, a short row) unless
/// `skip_bad_rows` is set, and [`StrainIoError::Config`](crate::StrainIoError::Config) for options
/// that make no sense.
///
/// # Example
///
/// ```
/// use strain_io::{CsvOptions, read_csv};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("51010.csv");
/// std::fs::write(&path, "time,s1\n2008-05-01 00:00,1.5\n2008-05-01 01:00,\n2008-05-01 02:00,2\n")?;
/// let options = CsvOptions::default().with_zone(jiff::tz::Offset::constant(8));
/// let read = read_csv(&path, &options)?;
/// assert_eq!(read.recording.station(), "51010");
/// assert_eq!(read.recording.grid().start(), "2008-04-30T16:00:00Z".parse()?);
/// assert_eq!(read.recording.missing_count("s1")?, 1);
///
/// std::fs::write(&path, "time,s1\n2008-05-01 00:00,1.5\n2008-05-01 01:00,l.5\n")?;
/// let error = read_csv(&path, &options).unwrap_err().to_string();
/// assert!(error.ends_with(
///     "line 3, column s1: `l.5` is not a number; correct it, or name it among the nulls"
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_csv(path: impl AsRef<Path>, options: &CsvOptions) -> Result<Read> {
    let path = path.as_ref();
    let mut reader = Rows::open(path, options)?;
    let mut table = Table::new(reader.values().len());
    let mut bad = BadRows::new(options.skip_bad_rows);
    let mut rows = 0;
    while let Some(row) = reader.next_row()? {
        rows += 1;
        match row {
            Ok(row) => table.push(row.time, row.line, reader.values()),
            Err(row) => bad.meet(row)?,
        }
    }
    let (grid, values) = table.into_grid(path, options.interval, &mut |row| bad.meet(row))?;
    let layout = reader.into_layout();
    let channels: Vec<_> = layout.columns.into_iter().map(|column| column.channel).collect();
    let station = station_or_stem(&options.station, path);
    let rows = vec![rows; channels.len()];
    let recording = Recording::new(station, grid, channels, values)?;
    let read = Read::new(recording, rows, vec![path.to_owned()]);
    Ok(read.with_bad_rows(bad).with_ignored_columns(layout.ignored))
}

/// The station as the options name it or else the file's name up to its first dot.
pub(crate) fn station_or_stem(station: &str, path: &Path) -> String {
    if !station.is_empty() {
        return station.to_owned();
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}
