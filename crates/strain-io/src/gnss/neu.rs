use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::options::NeuOptions;
use crate::bad_row::{BadRow, RowProblem};
use crate::csv_file::{ColumnSpec, choose, station_or_stem};
use crate::read::{BadRows, Read, SitePosition};
use crate::table::{Table, timestamp};
use crate::text::{Lines, NotAValue, Nulls, TimeFormat, decode, parse_time, words};
use crate::{Recording, Result, Unit};

const FIELDS: usize = 8;
const COLUMNS: [&str; 6] = ["n", "e", "u", "sigma_n", "sigma_e", "sigma_u"];
/// Decimal years are printed to four places: less than an hour. A date that is a day off differs by
/// 0.0027.
const YEAR_TOLERANCE: f64 = 0.002;

/// Whether a file's first line is that of a `.neu` file.
pub(crate) fn is_neu(line: &[u8]) -> bool {
    line.starts_with(b"#Reference position") || line.starts_with(b"# YYYYMMDD YYYY.DECM")
}

/// Reads daily positions of a GNSS station from a `.neu` file, plain or gzip: north, east and up in
/// millimetres with their standard deviations.
///
/// The first lines may say `#Reference position LON LAT HEIGHT NAME` (which becomes
/// [`Read::position`] and the station); a row is `YYYYMMDD YYYY.DECM N E U sigma_n sigma_e sigma_u`.
/// The two dates must agree. A position stands at noon UTC; days without a row are missing.
///
/// # Errors
///
/// As [`read_csv`](crate::read_csv).
///
/// # Example
///
/// ```
/// use strain_io::{NeuOptions, read_neu};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("LS01_raw.neu");
/// std::fs::write(&path, "#Reference position    103.39     30.11    0.00    LS01
///  20120401  2012.2500     -21.4     122.7      11.4      1.5      0.9       1.9
///  20120403  2012.2555     -22.3     122.9       6.9      1.5      0.9       1.8
/// ")?;
/// let read = read_neu(&path, &NeuOptions::default())?;
/// assert_eq!(read.recording.station(), "LS01");
/// assert_eq!(read.position.unwrap().longitude, 103.39);
/// assert_eq!(read.recording.grid().start(), "2012-04-01T12:00:00Z".parse()?);
/// assert_eq!(read.recording.missing_count("n")?, 1);
/// assert_eq!(read.recording.channel("sigma_u")?[2], 1.8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_neu(path: impl AsRef<Path>, options: &NeuOptions) -> Result<Read> {
    let path = path.as_ref();
    options.validate()?;
    let known = COLUMNS.map(|name| ColumnSpec::new(name).with_unit(Unit::Millimetre, 1.0));
    let chosen = choose(&known, &options.columns, path, 1)?;
    let parser = Parser {
        nulls: Nulls::new(&options.nulls),
        // Within a day, as the options have been checked for.
        offset: options.time_of_day.as_secs(),
        chosen: &chosen,
    };
    let mut lines = Lines::open(path)?;
    let mut table = Table::new(chosen.len());
    let mut bad = BadRows::new(options.skip_bad_rows);
    let mut values = vec![0.0; chosen.len()];
    let (mut reference, mut rows) = (None, 0);
    while let Some((number, line)) = lines.next_filled()? {
        if line.trim_ascii_start().starts_with(b"#") {
            reference = reference.or_else(|| Reference::of(line));
            continue;
        }
        rows += 1;
        let parsed = parser.parse(line, &mut values).and_then(|time| {
            table.check_order(time).map_err(|reason| Fault { field: Some(0), reason })?;
            Ok(time)
        });
        match parsed {
            Ok(time) => table.push(time, number, &values),
            Err(fault) => bad.meet(fault.locate(path, number, line))?,
        }
    }
    let day = Some(SignedDuration::from_hours(24));
    let (grid, values) = table.into_grid(path, day, &mut |row| bad.meet(row))?;
    let named = reference.as_ref().map(|reference| reference.station.as_str());
    let station = match named {
        Some(name) if options.station.is_empty() && !name.is_empty() => name.to_owned(),
        _ => station_or_stem(&options.station, path),
    };
    let channels: Vec<_> = chosen.iter().map(|(_, spec)| spec.channel()).collect();
    let rows = vec![rows; channels.len()];
    let recording = Recording::new(station, grid, channels, values)?;
    let position = reference.and_then(|reference| reference.position);
    let read = Read { position, ..Read::new(recording, rows, vec![path.to_owned()]) };
    Ok(read.with_bad_rows(bad))
}

/// What the line `#Reference position LON LAT HEIGHT NAME` says.
struct Reference {
    station: String,
    position: Option<SitePosition>,
}

impl Reference {
    fn of(line: &[u8]) -> Option<Self> {
        let text = decode(line.strip_prefix(b"#Reference position")?);
        let mut fields = text.split_whitespace();
        let mut number = |low: f64, high: f64| {
            let number = fields.next()?.parse::<f64>().ok()?;
            (low..=high).contains(&number).then_some(number)
        };
        let (longitude, latitude) = (number(-180.0, 360.0), number(-90.0, 90.0));
        let elevation_m = number(-12_000.0, 9_000.0);
        let position = longitude.zip(latitude).map(|(longitude, latitude)| SitePosition {
            latitude,
            longitude,
            elevation_m,
        });
        Some(Self { station: fields.next().unwrap_or_default().to_owned(), position })
    }
}

struct Fault {
    field: Option<usize>,
    reason: RowProblem,
}

impl Fault {
    fn locate(self, path: &Path, number: u64, line: &[u8]) -> BadRow {
        let text = self.field.and_then(|index| words(line).nth(index)).unwrap_or(line);
        let name = self.field.map(|index| match index {
            0 => "date",
            1 => "decimal year",
            _ => COLUMNS[index - 2],
        });
        BadRow::new(path, number, name, self.reason, text)
    }
}

struct Parser<'a> {
    nulls: Nulls,
    /// From midnight to the time of a position, seconds.
    offset: i64,
    chosen: &'a [(usize, ColumnSpec)],
}

impl Parser<'_> {
    /// The row's time in ns, its values in `values`.
    fn parse(&self, line: &[u8], values: &mut [f64]) -> Result<i64, Fault> {
        let fields: Vec<_> = words(line).collect();
        if fields.len() != FIELDS {
            let reason = RowProblem::FieldCount { expected: FIELDS, got: fields.len() };
            return Err(Fault { field: None, reason });
        }
        let fault = |field, reason| Fault { field: Some(field), reason };
        let date = fields[0];
        let time = (date.len() == 8).then(|| parse_time(date, TimeFormat::Calendar, -self.offset));
        let time = time.flatten().ok_or_else(|| fault(0, RowProblem::NotATime))?;
        let year = std::str::from_utf8(fields[1]).ok().and_then(|text| text.parse::<f64>().ok());
        let year = year.ok_or_else(|| fault(1, RowProblem::NotANumber))?;
        let midnight = time - self.offset * 1_000_000_000;
        if (decimal_year(timestamp(midnight)) - year).abs() > YEAR_TOLERANCE {
            let other = decode(fields[1]).into_owned();
            return Err(fault(0, RowProblem::DatesDisagree { other }));
        }
        for (value, (index, spec)) in values.iter_mut().zip(self.chosen) {
            let field = index + 2;
            let number = self.nulls.parse(fields[field]).map_err(|problem| match problem {
                NotAValue::Text => fault(field, RowProblem::NotANumber),
                NotAValue::Infinite => fault(field, RowProblem::NotFinite),
            })?;
            *value = number * spec.scale;
            if value.is_infinite() {
                return Err(fault(field, RowProblem::NotFinite));
            }
        }
        Ok(time)
    }
}

/// The noon of a day as a decimal year.
fn decimal_year(midnight: Timestamp) -> f64 {
    let date = jiff::tz::Offset::UTC.to_datetime(midnight).date();
    let days = f64::from(date.days_in_year());
    f64::from(date.year()) + (f64::from(date.day_of_year()) - 0.5) / days
}
