use std::fmt;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use ndarray::Array2;

use super::options::CsvOptions;
use super::read::station_or_stem;
use super::rows::Rows;
use crate::bad_row::BadRow;
use crate::read::BadRows;
use crate::table::{Laid, RowTimes};
use crate::{Channel, Recording, Result, StrainIoError, TimeGrid};

/// Reads a recording from CSV in pieces of at most `span`, in order of time: joined they are, bit
/// for bit, what [`read_csv`](crate::read_csv) reads, without ever being in memory together.
///
/// The file is gone through twice. The first time finds the grid, the rows that cannot be used and
/// whatever else [`read_csv`](crate::read_csv) would refuse, so that its errors come here, before
/// the first piece; the second time makes the pieces. They begin at whole multiples of `span` from
/// 1970-01-01T00:00Z on (of a day: at midnights), the first with the first sample. A span without a
/// row is a piece of missing samples.
///
/// What is held is one piece, the list of bad rows and three numbers for every place where instants
/// or lines do not go on in equal steps: a gap, but also every second row of a file whose instants
/// jitter.
///
/// # Errors
///
/// As [`read_csv`](crate::read_csv), and [`StrainIoError::Config`] for a span that is not positive.
/// A piece is [`StrainIoError::Format`] if the file was changed in the meantime; nothing follows it.
///
/// # Example
///
/// ```
/// use jiff::SignedDuration;
/// use strain_io::{CsvOptions, read_csv_spans};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("51010.csv");
/// std::fs::write(&path, "time,s1\n2008-05-01 22:00,1\n2008-05-01 23:00,2\n2008-05-02 00:00,3\n")?;
/// let day = SignedDuration::from_hours(24);
/// let spans = read_csv_spans(&path, &CsvOptions::default(), day)?;
/// assert_eq!(spans.grid().len(), 3);
/// let pieces = spans.collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(pieces[0].channel("s1")?.to_vec(), [1.0, 2.0]);
/// assert_eq!(pieces[1].grid().start(), "2008-05-02T00:00:00Z".parse()?);
///
/// std::fs::write(&path, "time,s1\n2008-05-01 00:00,1.5\n2008-05-01 01:00,l.5\n")?;
/// let error = read_csv_spans(&path, &CsvOptions::default(), day).unwrap_err().to_string();
/// assert!(error.ends_with("`l.5` is not a number; correct it, or name it among the nulls"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_csv_spans(
    path: impl AsRef<Path>,
    options: &CsvOptions,
    span: SignedDuration,
) -> Result<CsvSpans> {
    if span <= SignedDuration::ZERO {
        return Err(StrainIoError::Config {
            name: "span",
            value: format!("{span:#}"),
            advice: "give the positive time that a piece covers at most",
        });
    }
    let path = path.as_ref();
    let mut reader = Rows::open(path, options)?;
    let columns = reader.values().len();
    let mut times = RowTimes::default();
    let mut bad = BadRows::new(options.skip_bad_rows);
    let mut rows = 0;
    while let Some(row) = reader.next_row()? {
        rows += 1;
        match row {
            Ok(row) => times.push(row.time, row.line),
            Err(row) => bad.meet(row)?,
        }
    }
    let laid = times.lay(path, columns, options.interval, &mut |row| bad.meet(row))?;
    let layout = reader.into_layout();
    let channels: Vec<_> = layout.columns.into_iter().map(|column| column.channel).collect();
    let station = station_or_stem(&options.station, path);
    // What is wrong with the channels is said before there is a piece.
    let missing = Array2::from_elem((1, columns), f64::NAN);
    Recording::new(station.as_str(), laid.grid.slice(0..1)?, channels.clone(), missing)?;
    Ok(CsvSpans {
        file: path.to_owned(),
        station,
        channels,
        laid,
        span: span.as_nanos(),
        rows,
        bad_rows: bad.into_rows(),
        ignored_columns: layout.ignored,
        reader: Rows::open(path, options)?,
        next: 0,
        ahead: None,
        placed: 0,
    })
}

/// The pieces of a recording that is read by [`read_csv_spans`], in order of time.
pub struct CsvSpans {
    file: PathBuf,
    station: String,
    channels: Vec<Channel>,
    laid: Laid,
    span: i128,
    rows: usize,
    bad_rows: Vec<BadRow>,
    ignored_columns: Vec<String>,
    reader: Rows,
    /// The first sample of the next piece.
    next: usize,
    /// The sample of the row that the reader stands at, if no piece has it yet.
    ahead: Option<usize>,
    /// The rows that are in a piece.
    placed: usize,
}

impl CsvSpans {
    /// The station's code.
    pub fn station(&self) -> &str {
        &self.station
    }

    /// The channels of all pieces.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The sampling instants of all pieces together.
    pub fn grid(&self) -> &TimeGrid {
        &self.laid.grid
    }

    /// The lines of data in the file, bad ones included.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The lines of the whole file that could not be used (empty unless `skip_bad_rows` is set).
    pub fn bad_rows(&self) -> &[BadRow] {
        &self.bad_rows
    }

    /// The columns that were left out because they are not numbers and nobody named them.
    pub fn ignored_columns(&self) -> &[String] {
        &self.ignored_columns
    }

    /// One past the last sample of the piece that begins at `start`.
    fn end_of(&self, start: usize) -> usize {
        let grid = &self.laid.grid;
        let time = grid.time(start).as_nanosecond();
        let until = (time.div_euclid(self.span) + 1).saturating_mul(self.span);
        let steps = (until - time + grid.interval().as_nanos() - 1) / grid.interval().as_nanos();
        usize::try_from(steps)
            .map_or(grid.len(), |steps| grid.len().min(start.saturating_add(steps)))
    }

    fn piece(&mut self) -> Result<Recording> {
        let (start, end) = (self.next, self.end_of(self.next));
        let mut values = Array2::from_elem((end - start, self.channels.len()), f64::NAN);
        while let Some(index) = self.sample()?.filter(|&index| index < end) {
            let place = index.checked_sub(start).ok_or_else(|| self.changed())?;
            for (cell, value) in values.row_mut(place).iter_mut().zip(self.reader.values()) {
                *cell = *value;
            }
            self.ahead = None;
            self.placed += 1;
        }
        if end == self.laid.grid.len() && self.placed != self.laid.rows {
            return Err(self.changed());
        }
        self.next = end;
        let grid = self.laid.grid.slice(start..end)?;
        Recording::new(self.station.as_str(), grid, self.channels.clone(), values)
    }

    /// The sample of the row at hand, which is the next one on the grid unless one is held.
    fn sample(&mut self) -> Result<Option<usize>> {
        while self.ahead.is_none() {
            match self.reader.next_row()? {
                None => break,
                Some(Ok(row)) => self.ahead = self.laid.index(row.time),
                // Listed in the first pass.
                Some(Err(_)) => {}
            }
        }
        Ok(self.ahead)
    }

    fn changed(&self) -> StrainIoError {
        StrainIoError::Format {
            file: self.file.clone(),
            problem: "it was changed while it was read".to_owned(),
            advice: "read it again when it is complete",
        }
    }
}

impl Iterator for CsvSpans {
    type Item = Result<Recording>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.laid.grid.len() {
            return None;
        }
        let piece = self.piece();
        if piece.is_err() {
            self.next = self.laid.grid.len();
        }
        Some(piece)
    }
}

impl fmt::Debug for CsvSpans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvSpans")
            .field("file", &self.file)
            .field("grid", &self.laid.grid)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
