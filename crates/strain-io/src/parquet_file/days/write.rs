use std::fs;
use std::path::{Path, PathBuf};

use super::layout::{day_file, station_folder};
use super::merge::merged;
use super::part::parts;
use crate::parquet_file::write_parquet;
use crate::{Recording, Result, StrainIoError};

/// Writes a recording as one Parquet file a UTC day, `station=CODE/day=YYYY-MM-DD/part-0.parquet`
/// below `folder`: the layout by which pandas, Polars, DuckDB and Spark find station and day. Gives
/// back the files.
///
/// Each is as [`write_parquet`] writes it. Of days that are there already the span of the recording
/// is replaced, all other hours and days stay, so that a folder grows day by day, whatever the zone
/// that the days of the source are of.
///
/// # Errors
///
/// [`StrainIoError::Config`] for a station whose code cannot be the name of a folder,
/// [`StrainIoError::Format`] for a day that is there with other hours in other channels or on
/// another grid (nothing is written then), and as [`write_parquet`] and
/// [`read_parquet`](crate::read_parquet).
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
    write_parts(recording, folder.as_ref(), false)
}

/// As [`write_parquet_days`], of a recording that may continue another.
pub(super) fn write_parts(
    recording: &Recording,
    folder: &Path,
    continues: bool,
) -> Result<Vec<PathBuf>> {
    let station = station_folder(folder, recording.station())?;
    let parts = parts(recording.grid(), continues);
    let files: Vec<_> = parts.iter().map(|part| day_file(&station, part.day)).collect();
    // Before anything is written: a day that cannot be merged must not leave others half done.
    let days = files.iter().zip(&parts).map(|(file, part)| merged(recording, part, file));
    let days = days.collect::<Result<Vec<_>>>()?;
    for ((file, part), day) in files.iter().zip(parts).zip(days) {
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).map_err(|source| StrainIoError::Io {
                action: "write",
                path: parent.to_owned(),
                source,
            })?;
        }
        match day {
            Some(day) => write_parquet(&day, file)?,
            None => write_parquet(&recording.slice(part.samples)?, file)?,
        }
    }
    Ok(files)
}
