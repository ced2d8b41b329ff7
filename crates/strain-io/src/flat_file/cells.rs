use std::path::Path;

use ndarray::{Array2, s};

use super::layout::{Layout, TimeKind};
use super::metadata::Metadata;
use super::options::ParquetOptions;
use crate::bad_row::{BadRow, RowProblem};
use crate::csv_file::station_or_stem;
use crate::read::{BadRows, Read};
use crate::table::{Table, timestamp};
use crate::text::{Nulls, TimeFormat, parse_time};
use crate::{Provenance, Recording, Result, StrainIoError};

/// One cell of a column of numbers: none for a null.
pub(crate) type Number = Option<f64>;

/// One cell of a column of times, as it is stored.
#[derive(Clone)]
pub(crate) enum TimeCell {
    Null,
    Integer(i64),
    Number(f64),
    Text(Vec<u8>),
}

/// What a file holds, before it is a recording.
pub(crate) struct Decoded {
    pub(crate) metadata: Metadata,
    pub(crate) layout: Layout,
    pub(crate) cells: Cells,
}

impl Decoded {
    /// The recording, with what there is to say about the file.
    pub(crate) fn into_read(self, path: &Path, options: &ParquetOptions) -> Result<Read> {
        let Self { metadata, layout, cells } = self;
        let rows = cells.times.len();
        let mut bad = BadRows::new(options.skip_bad_rows);
        let table = cells.into_table(path, &layout, options, &mut bad)?;
        let interval = options.interval.or(metadata.interval);
        let (grid, values) = table.into_grid(path, interval, &mut |row| bad.meet(row))?;
        let station = match metadata.station {
            Some(station) if options.station.is_empty() => station,
            _ => station_or_stem(&options.station, path),
        };
        let (values, provenance) = split_flags(values, &layout);
        let channels = layout.columns.into_iter().map(|column| column.channel).collect::<Vec<_>>();
        let rows = vec![rows; channels.len()];
        let recording = Recording::new(station, grid, channels, values.clone())?;
        let recording = recording.with_values(values, provenance)?;
        let read = Read::new(recording, rows, vec![path.to_owned()]);
        Ok(read.with_bad_rows(bad).with_ignored_columns(layout.ignored))
    }
}

/// The columns as they are stored: of each channel its values and, if it has them, its flags.
pub(crate) struct Cells {
    pub(crate) times: Vec<TimeCell>,
    pub(crate) numbers: Vec<Vec<Number>>,
}

impl Cells {
    /// Nothing yet, with room for the columns of a layout.
    pub(crate) fn new(layout: &Layout) -> Self {
        Self { times: Vec::new(), numbers: vec![Vec::new(); layout.sources().len()] }
    }

    /// Whether there is a time for every number.
    pub(crate) fn check_lengths(self, path: &Path) -> Result<Self> {
        if self.numbers.iter().any(|column| column.len() != self.times.len()) {
            return Err(StrainIoError::Format {
                file: path.to_owned(),
                problem: "its columns are of different lengths".to_owned(),
                advice: "the file is damaged; write it again",
            });
        }
        Ok(self)
    }

    fn into_table(
        self,
        path: &Path,
        layout: &Layout,
        options: &ParquetOptions,
        bad: &mut BadRows,
    ) -> Result<Table> {
        let nulls = Nulls::new(&options.nulls);
        let mut table = Table::new(self.numbers.len());
        let mut values = vec![0.0; self.numbers.len()];
        for (row, time) in self.times.iter().enumerate() {
            let parsed = instant(time, layout.time_kind, options).and_then(|time| {
                table.check_order(time)?;
                Ok(time)
            });
            let mut problem = parsed.as_ref().err().map(|reason| (None, reason.clone()));
            for (column, cells) in self.numbers.iter().enumerate() {
                let channel = layout.columns.get(column);
                let scale = channel.map_or(1.0, |channel| channel.scale);
                let value = cells[row].filter(|value| channel.is_none() || !nulls.holds(*value));
                values[column] = value.map_or(f64::NAN, |value| value * scale);
                if values[column].is_infinite() {
                    let name = channel.map(|channel| channel.channel.name.as_str());
                    problem = problem.or(Some((name, RowProblem::NotFinite)));
                }
            }
            match (parsed, problem) {
                (Ok(time), None) => table.push(time, row as u64 + 1, &values),
                (_, problem) => {
                    let (name, reason) = problem.unwrap_or((None, RowProblem::NotATime));
                    let text = show(time, layout.time_kind);
                    bad.meet(BadRow::new(path, row as u64 + 1, name, reason, &text))?;
                }
            }
        }
        Ok(table)
    }
}

/// A row's instant in ns, or what is wrong with it.
fn instant(cell: &TimeCell, kind: TimeKind, options: &ParquetOptions) -> Result<i64, RowProblem> {
    let offset = i64::from(options.zone.seconds());
    let seconds = options.time_format == TimeFormat::UnixSeconds;
    let nanos = match (cell, kind) {
        (TimeCell::Integer(value), TimeKind::Stamp { nanos, utc }) => {
            let local = if utc { 0 } else { offset * 1_000_000_000 };
            value.checked_mul(nanos).and_then(|value| value.checked_sub(local))
        }
        (TimeCell::Text(text), _) => parse_time(text.trim_ascii(), options.time_format, offset),
        (TimeCell::Integer(value), TimeKind::Written) => {
            parse_time(value.to_string().as_bytes(), options.time_format, offset)
        }
        (TimeCell::Number(value), _) if seconds => {
            let nanos = (value * 1e9).round();
            (nanos.abs() < 9.2e18).then_some(nanos as i64)
        }
        (TimeCell::Null | TimeCell::Number(_), _) => None,
    };
    nanos.ok_or(RowProblem::NotATime)
}

/// The time of a row as an error shows it.
fn show(cell: &TimeCell, kind: TimeKind) -> Vec<u8> {
    match (cell, kind) {
        (TimeCell::Null, _) => b"null".to_vec(),
        (TimeCell::Text(text), _) => text.clone(),
        (TimeCell::Number(value), _) => value.to_string().into_bytes(),
        (TimeCell::Integer(value), TimeKind::Stamp { nanos, .. }) => {
            let nanos = value.checked_mul(nanos);
            nanos
                .map_or_else(|| value.to_string(), |nanos| timestamp(nanos).to_string())
                .into_bytes()
        }
        (TimeCell::Integer(value), TimeKind::Written) => value.to_string().into_bytes(),
    }
}

/// The channels' values, and their flags from the columns behind them.
fn split_flags(all: Array2<f64>, layout: &Layout) -> (Array2<f64>, Array2<Provenance>) {
    let channels = layout.columns.len();
    let mut provenance = Array2::from_elem((all.nrows(), channels), Provenance::OBSERVED);
    let flagged = (0..channels).filter(|&column| layout.columns[column].flags.is_some());
    for (position, column) in flagged.enumerate() {
        let bits = all.column(channels + position);
        for (flags, &bits) in provenance.column_mut(column).iter_mut().zip(bits) {
            // A saturating cast: NaN, where no row was, is no flag.
            *flags = Provenance::from_bits(bits as u8);
        }
    }
    (all.slice(s![.., ..channels]).to_owned(), provenance)
}
