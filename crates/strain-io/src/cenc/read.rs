use std::path::{Path, PathBuf};

use super::file_name::CencFileName;
use super::join::{Piece, join};
use super::options::CencOptions;
use crate::bad_row::{BadRow, RowProblem};
use crate::csv_file::{ColumnSpec, station_or_stem};
use crate::read::{BadRows, Read};
use crate::table::Table;
use crate::text::{Lines, NotAValue, Nulls, TimeFormat, parse_time};
use crate::{Recording, Result, StrainIoError};

const DAY_NANOS: i64 = 86_400_000_000_000;

/// Reads CENC precursor text: each file is one channel, all are laid on a common grid.
///
/// A line is `yyyymmdd[hh[mm[ss]]]` and a value, or a day and all its values evenly spaced (1,440
/// or 24), with commas, blanks or tabs between and around; LF or CRLF; plain or gzip. Times are
/// Beijing time unless the options say otherwise. The station and the items are taken from names
/// such as `65015_7_2311.Dat` where the options leave them open.
///
/// # Errors
///
/// As [`read_csv`](crate::read_csv), and [`StrainIoError::Join`] for files whose sampling or
/// stations do not agree.
///
/// # Example
///
/// ```
/// use strain_io::{CencOptions, ColumnSpec, Unit, read_cenc_text};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("h1-51.DAT");
/// std::fs::write(&path, "2006110100,-12544.50\r\n2006110101,99999\r\n2006110102,-12761.10\r\n")?;
/// let options = CencOptions::default().with_station("51010").with_null("99999").with_column(
///     ColumnSpec::new("h1-51").with_name("s1").with_unit(Unit::Nanostrain, 0.1).with_azimuth(51.0),
/// );
/// let recording = read_cenc_text(&[path], &options)?.recording;
/// assert_eq!(recording.grid().start(), "2006-10-31T16:00:00Z".parse()?);
/// assert_eq!(recording.missing_count("s1")?, 1);
/// assert!((recording.values()[[2, 0]] + 1276.11).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_cenc_text<P: AsRef<Path>>(paths: &[P], options: &CencOptions) -> Result<Read> {
    options.validate()?;
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let specs = specs(&paths, options)?;
    let station = station(&paths, options)?;
    let mut bad = BadRows::new(options.skip_bad_rows);
    let mut pieces = Vec::new();
    for (path, spec) in paths.iter().zip(&specs) {
        pieces.push(read_channel(path, spec, options, &mut bad)?);
    }
    let (grid, values) = join(&paths, &pieces)?;
    let channels = specs.iter().map(ColumnSpec::channel).collect();
    let recording = Recording::new(station, grid, channels, values)?;
    let rows = pieces.iter().map(|piece| piece.rows).collect();
    Ok(Read::new(recording, rows, paths).with_bad_rows(bad))
}

/// For each file what it becomes.
fn specs(paths: &[PathBuf], options: &CencOptions) -> Result<Vec<ColumnSpec>> {
    let names: Vec<_> = paths.iter().map(|path| names_of(path)).collect();
    let known = |spec: &&ColumnSpec| names.iter().flatten().any(|name| *name == spec.source);
    if let Some(spec) = options.columns.iter().find(|spec| !known(spec)) {
        return Err(StrainIoError::Config {
            name: "columns.source",
            value: spec.source.clone(),
            advice: "give the name of one of the files, or its item code",
        });
    }
    let spec = |(path, names): (&PathBuf, &Vec<String>)| {
        if options.columns.is_empty() {
            return Ok(ColumnSpec::new(names.last().cloned().unwrap_or_default()));
        }
        let named = options.columns.iter().find(|spec| names.contains(&spec.source));
        named.cloned().ok_or_else(|| StrainIoError::Format {
            file: path.clone(),
            problem: "no column's source names this file".to_owned(),
            advice: "add a column whose source is the file's name, or leave the file out",
        })
    };
    paths.iter().zip(&names).map(spec).collect()
}

/// The names by which a file may be meant, the one that its channel is called by last.
fn names_of(path: &Path) -> Vec<String> {
    let text = |part: Option<&std::ffi::OsStr>| part.map(|p| p.to_string_lossy().into_owned());
    let item = CencFileName::of(path).map(|name| name.item);
    [text(path.file_name()), text(path.file_stem()), item].into_iter().flatten().collect()
}

fn station(paths: &[PathBuf], options: &CencOptions) -> Result<String> {
    let Some(first) = paths.first() else {
        return Err(StrainIoError::NoChannels { station: options.station.clone() });
    };
    if !options.station.is_empty() {
        return Ok(options.station.clone());
    }
    let code = |path: &Path| CencFileName::of(path).map(|name| name.station);
    if let Some(other) = paths.iter().find(|path| code(path) != code(first)) {
        return Err(StrainIoError::Join {
            file: other.clone(),
            other: first.clone(),
            problem: "their names do not say that they are of one station; name the station"
                .to_owned(),
        });
    }
    Ok(code(first).unwrap_or_else(|| station_or_stem("", first)))
}

fn read_channel(
    path: &Path,
    spec: &ColumnSpec,
    options: &CencOptions,
    bad: &mut BadRows,
) -> Result<Piece> {
    let mut lines = Lines::open(path)?;
    let mut parser = LineParser {
        nulls: Nulls::new(&options.nulls),
        offset: i64::from(options.zone.seconds()),
        scale: spec.scale,
        per_line: None,
    };
    let mut table = Table::new(1);
    let mut values = Vec::new();
    let mut rows = 0;
    while let Some((number, line)) = lines.next_filled()? {
        rows += 1;
        let parsed = parser.parse(line, &mut values).and_then(|(time, step)| {
            table.check_order(time).map_err(|reason| (reason, first_token(line)))?;
            Ok((time, step))
        });
        match parsed {
            Ok((time, step)) => {
                for (index, &value) in values.iter().enumerate() {
                    table.push(time + index as i64 * step, number, &[value]);
                }
            }
            Err((reason, text)) => bad.meet(BadRow::new(path, number, None, reason, text))?,
        }
    }
    let (grid, values) = table.into_grid(path, options.interval, &mut |row| bad.meet(row))?;
    Ok(Piece { grid, values, rows })
}

struct LineParser {
    nulls: Nulls,
    offset: i64,
    scale: f64,
    /// Values per line, once the first line has told.
    per_line: Option<usize>,
}

impl LineParser {
    /// The time of the line's first value and the step between its values, in ns; what is wrong
    /// and the text at fault otherwise.
    fn parse<'a>(
        &mut self,
        line: &'a [u8],
        values: &mut Vec<f64>,
    ) -> Result<(i64, i64), (RowProblem, &'a [u8])> {
        let mut tokens = tokens(line);
        let text = tokens.next().unwrap_or_default();
        let format = TimeFormat::Calendar;
        // `2006-11-01` with its blank before the clock time is not of this format.
        let time =
            text.iter().all(u8::is_ascii_digit).then(|| parse_time(text, format, self.offset));
        let time = time.flatten().ok_or((RowProblem::NotATime, text))?;
        values.clear();
        for token in tokens {
            let value = self.nulls.parse(token).map_err(|problem| match problem {
                NotAValue::Text => (RowProblem::NotANumber, token),
                NotAValue::Infinite => (RowProblem::NotFinite, token),
            })? * self.scale;
            if value.is_infinite() {
                return Err((RowProblem::NotFinite, token));
            }
            values.push(value);
        }
        if values.is_empty() && self.nulls.is_null(b"") {
            values.push(f64::NAN);
        }
        let expected = *self.per_line.get_or_insert(values.len().max(1));
        if DAY_NANOS % expected as i64 != 0 {
            return Err((RowProblem::UnevenDay { values: expected }, line));
        }
        if values.len() != expected {
            let reason = RowProblem::FieldCount { expected: expected + 1, got: values.len() + 1 };
            return Err((reason, line));
        }
        Ok((time, DAY_NANOS / expected as i64))
    }
}

/// The fields of a line: between commas if it has one (so that an empty field keeps its place),
/// otherwise between blanks.
fn tokens(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let line = line.trim_ascii();
    let comma = line.contains(&b',');
    line.split(move |byte| if comma { *byte == b',' } else { matches!(byte, b' ' | b'\t') })
        .map(<[u8]>::trim_ascii)
        .filter(move |token| comma || !token.is_empty())
}

fn first_token(line: &[u8]) -> &[u8] {
    tokens(line).next().unwrap_or_default()
}
