use std::fs;
use std::path::{Path, PathBuf};

use jiff::tz::Offset;

use super::layout::{day_file, station_folder};
use crate::parquet_file::write_parquet;
use crate::{Recording, Result, StrainIoError};

/// Writes a recording as one Parquet file a UTC day, `station=CODE/day=YYYY-MM-DD/part-0.parquet`
/// below `folder`: the layout by which pandas, Polars, DuckDB and Spark find station and day. Gives
/// back the files.
///
/// Each is as [`write_parquet`] writes it. Days that are there already are replaced, others stay, so
/// that a folder grows day by day.
///
/// # Errors
///
/// [`StrainIoError::Config`] for a station whose code cannot be the name of a folder, and as
/// [`write_parquet`].
///
/// # Example
///
/// ```
/// use jiff::SignedDuration;
/// use strain_io::ndarray::Array2;
/// use strain_io::{Channel, ParquetOptions, Recording, TimeGrid};
///
/// let grid = TimeGrid::new("2008-05-11T12:00:00Z".parse()?, SignedDuration::from_hours(1), 36)?;
/// let channels = vec![Channel::gauge("s1", 51.0)];
/// let values = Array2::from_shape_fn((36, 1), |(hour, _)| hour as f64);
/// let recording = Recording::new("51010", grid, channels, values)?;
/// let folder = tempfile::tempdir()?;
/// let files = strain_io::write_parquet_days(&recording, folder.path())?;
/// assert!(files[1].ends_with("station=51010/day=2008-05-12/part-0.parquet"));
///
/// let span = Some("2008-05-12T06:00:00Z".parse()?.."2008-05-13T00:00:00Z".parse()?);
/// let options = ParquetOptions::default();
/// let part = strain_io::read_parquet_days(folder.path(), "51010", span, &options)?.recording;
/// assert_eq!((part.grid().len(), part.channel("s1")?[0]), (18, 18.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_parquet_days(recording: &Recording, folder: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let station = station_folder(folder.as_ref(), recording.station())?;
    let grid = recording.grid();
    let mut files = Vec::new();
    let mut start = 0;
    while start < grid.len() {
        let day = Offset::UTC.to_datetime(grid.time(start)).date();
        let next = day.tomorrow().ok().and_then(|day| Offset::UTC.to_timestamp(day.into()).ok());
        let end = next.map_or(grid.len(), |midnight| grid.index_at_or_after(midnight));
        let file = day_file(&station, day);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).map_err(|source| StrainIoError::Io {
                action: "write",
                path: parent.to_owned(),
                source,
            })?;
        }
        write_parquet(&recording.slice(start..end)?, &file)?;
        files.push(file);
        start = end;
    }
    Ok(files)
}
