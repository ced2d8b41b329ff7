use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ndarray::Array2;

use super::layout::{day_file, station_folder};
use super::merge::merged;
use super::part::parts;
use super::write::write_parts;
use crate::{Channel, Recording, Result, TimeGrid};

/// Writes a recording that comes in pieces as [`write_parquet_days`](crate::write_parquet_days)
/// writes it whole: the same files with the same bytes.
///
/// Pieces that end at midnights are written once; a day that is in two pieces is read and written
/// again with the second.
///
/// # Example
///
/// ```
/// use jiff::SignedDuration;
/// use strain_io::{CsvOptions, ParquetDays, read_csv_spans};
///
/// let dir = tempfile::tempdir()?;
/// let (path, archive) = (dir.path().join("51010.csv"), dir.path().join("archive"));
/// std::fs::write(&path, "time,s1\n2008-05-01 23:00,1\n2008-05-02 00:00,2\n2008-05-02 01:00,3\n")?;
/// let spans = read_csv_spans(&path, &CsvOptions::default(), SignedDuration::from_hours(24))?;
/// let mut days = ParquetDays::new(&archive, spans.station(), spans.channels(), spans.grid())?;
/// let mut files = Vec::new();
/// for piece in spans {
///     files.extend(days.write(&piece?)?);
/// }
/// assert_eq!(files.len(), 2);
/// assert!(files[1].ends_with("station=51010/day=2008-05-02/part-0.parquet"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ParquetDays {
    folder: PathBuf,
    /// The sample after the last one written.
    next: Option<Timestamp>,
}

impl ParquetDays {
    /// Writes below `folder` the recording of these channels whose pieces together have the instants
    /// of `grid`. Nothing is written yet, but looked whether the first and the last day, of which
    /// other hours may be there already, can take it.
    ///
    /// # Errors
    ///
    /// As [`write_parquet_days`](crate::write_parquet_days).
    pub fn new(
        folder: impl AsRef<Path>,
        station: &str,
        channels: &[Channel],
        grid: &TimeGrid,
    ) -> Result<Self> {
        let folder = folder.as_ref();
        let below = station_folder(folder, station)?;
        for mut part in parts(grid, false) {
            let file = day_file(&below, part.day);
            if part.is_whole_day() || !file.exists() {
                continue;
            }
            // Whether days can be joined does not hang on their values.
            let own = grid.slice(part.samples.clone())?;
            let missing = Array2::from_elem((own.len(), channels.len()), f64::NAN);
            part.samples = 0..own.len();
            merged(&Recording::new(station, own, channels.to_vec(), missing)?, &part, &file)?;
        }
        Ok(Self { folder: folder.to_owned(), next: None })
    }

    /// Writes the days of the next piece and gives back their files.
    ///
    /// # Errors
    ///
    /// As [`write_parquet_days`](crate::write_parquet_days). The days of earlier pieces stay.
    pub fn write(&mut self, piece: &Recording) -> Result<Vec<PathBuf>> {
        let grid = piece.grid();
        let files = write_parts(piece, &self.folder, self.next == Some(grid.start()))?;
        self.next = Some(grid.time(grid.len()));
        Ok(files)
    }
}
