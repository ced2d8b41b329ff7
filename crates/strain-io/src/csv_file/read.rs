use std::path::Path;

use csv::ByteRecord;

use super::layout::Layout;
use super::options::CsvOptions;
use crate::bad_row::{BadRow, RowProblem};
use crate::read::{BadRows, Read};
use crate::table::Table;
use crate::text::{Fields, Lines, NotAValue, Nulls, parse_time};
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
    options.validate()?;
    let layout = Layout::find(path, options)?;
    let mut lines = Lines::open(path)?;
    if layout.header {
        lines.next_filled()?;
    }
    let parser = RowParser::new(&layout, options);
    let mut fields = Fields::new(layout.delimiter);
    let mut table = Table::new(layout.columns.len());
    let mut bad = BadRows::new(options.skip_bad_rows);
    let mut values = vec![0.0; layout.columns.len()];
    let mut rows = 0;
    while let Some((number, line)) = lines.next_filled()? {
        rows += 1;
        let record = fields.split(line);
        let parsed = parser.parse(record, &mut values).and_then(|time| {
            let found = table.check_order(time);
            found.map_err(|reason| Fault { column: Some(layout.time), reason })?;
            Ok(time)
        });
        match parsed {
            Ok(time) => table.push(time, number, &values),
            Err(fault) => bad.meet(fault.locate(path, number, line, record, &layout))?,
        }
    }
    let (grid, values) = table.into_grid(path, options.interval, &mut |row| bad.meet(row))?;
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

struct RowParser<'a> {
    layout: &'a Layout,
    nulls: Nulls,
    options: &'a CsvOptions,
    offset: i64,
}

/// Why a row cannot be used; the row itself is put beside it only then.
struct Fault {
    column: Option<usize>,
    reason: RowProblem,
}

impl<'a> RowParser<'a> {
    fn new(layout: &'a Layout, options: &'a CsvOptions) -> Self {
        let nulls = Nulls::new(&options.nulls);
        Self { layout, nulls, options, offset: i64::from(options.zone.seconds()) }
    }

    /// The row's time in ns, its values in `values`.
    fn parse(&self, record: &ByteRecord, values: &mut [f64]) -> Result<i64, Fault> {
        let (expected, got) = (self.layout.names.len(), record.len());
        let extra = record.iter().skip(expected).any(|field| !field.is_empty());
        if got < expected || extra {
            let reason = RowProblem::FieldCount { expected, got };
            return Err(Fault { column: None, reason });
        }
        let time = parse_time(&record[self.layout.time], self.options.time_format, self.offset)
            .ok_or(Fault { column: Some(self.layout.time), reason: RowProblem::NotATime })?;
        for (column, value) in self.layout.columns.iter().zip(values) {
            let at_fault = |reason| Fault { column: Some(column.index), reason };
            *value = self.nulls.parse(&record[column.index]).map_err(|problem| {
                at_fault(match problem {
                    NotAValue::Text => RowProblem::NotANumber,
                    NotAValue::Infinite => RowProblem::NotFinite,
                })
            })? * column.scale;
            if value.is_infinite() {
                return Err(at_fault(RowProblem::NotFinite));
            }
        }
        Ok(time)
    }
}

impl Fault {
    fn locate(
        self,
        path: &Path,
        number: u64,
        line: &[u8],
        record: &ByteRecord,
        layout: &Layout,
    ) -> BadRow {
        let text = self.column.and_then(|index| record.get(index)).unwrap_or(line);
        let column = self.column.map(|index| layout.names[index].as_str());
        BadRow::new(path, number, column, self.reason, text)
    }
}
