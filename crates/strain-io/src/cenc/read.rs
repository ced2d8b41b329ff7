use std::path::{Path, PathBuf};

use super::file_name::CencFileName;
use super::join::{Piece, join};
use super::line::{MOST_HEADER_LINES, is_header, split};
use super::options::CencOptions;
use super::unnamed::Unnamed;
use crate::bad_row::{BadRow, RowProblem};
use crate::csv_file::{ColumnSpec, station_or_stem};
use crate::note::ReadNote;
use crate::read::{BadRows, Read};
use crate::segments::{Joined, Segment};
use crate::table::Table;
use crate::text::{Lines, NotAValue, Nulls, TimeFormat, parse_time};
use crate::{Channel, Recording, Result, StrainIoError};

const DAY_NANOS: i64 = 86_400_000_000_000;

/// How many values a line may have: one, or a day's hours or minutes. Another number, though it might
/// divide a day, is that of a table or of a line that was cut.
const COUNTS: [usize; 3] = [1, 24, 1440];

/// Reads CENC precursor text: each file is one channel or, where several are of one station, point
/// and item (`51010_5_2321_2009.txt`, `51010_5_2321_2010.txt`), a part of it; all are laid on a
/// common grid. Gaps and overlaps between the parts are in [`Read::seams`].
///
/// A line is `yyyymmdd[hh[mm[ss]]]` and a value, or a day and all its values evenly spaced (1,440
/// or 24), with commas, blanks or tabs between and around; LF or CRLF; plain or gzip. A value with
/// its sign may stand right behind the time, as fixed width writes it. Lines of Chinese words before
/// the first line of data are passed over and noted. Times are Beijing time unless the options say
/// otherwise. The station and the items are taken from names such as `65015_7_2311.Dat` where the
/// options leave them open.
///
/// 99999 and 999999 are values unless [`CencOptions::nulls`] names them; where they occur unnamed
/// [`Read::notes`] says so.
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
    let (channels, places) = channels(&paths, &specs);
    let mut bad = BadRows::new(options.skip_bad_rows);
    let mut notes = Vec::new();
    let mut pieces = Vec::new();
    let mut rows = vec![0; channels.len()];
    for ((path, spec), &channel) in paths.iter().zip(&specs).zip(&places) {
        let piece = read_piece(path, spec, options, &mut bad, &mut notes)?;
        rows[channel] += piece.rows;
        let segment = Segment { channel, ..piece.segment };
        pieces.push(Piece { segment, ..piece });
    }
    let Joined { grid, values, seams, .. } = join(&paths, pieces, &channels)?;
    let recording = Recording::new(station, grid, channels, values)?;
    Ok(Read { seams, notes, ..Read::new(recording, rows, paths).with_bad_rows(bad) })
}

/// The channels, and of each file the index of its own. Only names of one station, point and item
/// say that files are parts of one channel: other files of one name are an error later on.
fn channels(paths: &[PathBuf], specs: &[ColumnSpec]) -> (Vec<Channel>, Vec<usize>) {
    let mut known: Vec<(Option<CencFileName>, Channel)> = Vec::new();
    let mut places = Vec::new();
    for (path, spec) in paths.iter().zip(specs) {
        let file = (CencFileName::of(path), spec.channel());
        let part = known.iter().position(|known| known.0.is_some() && *known == file);
        places.push(part.unwrap_or(known.len()));
        if part.is_none() {
            known.push(file);
        }
    }
    (known.into_iter().map(|(_, channel)| channel).collect(), places)
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

/// One file, as if it were of the first channel.
fn read_piece(
    path: &Path,
    spec: &ColumnSpec,
    options: &CencOptions,
    bad: &mut BadRows,
    notes: &mut Vec<ReadNote>,
) -> Result<Piece> {
    let mut lines = Lines::open(path)?;
    let mut parser = LineParser {
        nulls: Nulls::new(&options.nulls),
        offset: i64::from(options.zone.seconds()),
        scale: spec.scale,
        per_line: None,
    };
    let mut table = Table::new(1);
    let (mut header, mut unnamed) = (Vec::new(), Unnamed::default());
    let mut values = Vec::new();
    let mut rows = 0;
    while let Some((number, line)) = lines.next_filled()? {
        if rows == 0 && header.len() < MOST_HEADER_LINES && is_header(line) {
            header.push(number);
            continue;
        }
        rows += 1;
        let parsed = parser.parse(line, &mut values).and_then(|(time, step)| {
            table.check_order(time).map_err(|reason| (reason, split(line).0))?;
            Ok((time, step))
        });
        match parsed {
            Ok((time, step)) => {
                unnamed.look(number, &values);
                for (index, &value) in values.iter().enumerate() {
                    let value = value * spec.scale;
                    table.push(time + index as i64 * step, number, &[value]);
                }
            }
            Err((reason, text)) => bad.meet(BadRow::new(path, number, None, reason, text))?,
        }
    }
    if !header.is_empty() {
        notes.push(ReadNote::Header { file: path.to_owned(), lines: header });
    }
    notes.extend(unnamed.notes(path));
    let (grid, values) = table.into_grid(path, options.interval, &mut |row| bad.meet(row))?;
    let segment = Segment {
        channel: 0,
        // A table's instants are i64 nanoseconds.
        start: grid.start().as_nanosecond() as i64,
        step: grid.interval().as_nanos() as i64,
        values: values.into_iter().collect(),
        file: path.to_owned(),
    };
    Ok(Piece { grid, segment, rows })
}

struct LineParser {
    nulls: Nulls,
    offset: i64,
    scale: f64,
    /// Values per line, once the first line of the format has told.
    per_line: Option<usize>,
}

impl LineParser {
    /// The time of the line's first value and the step between its values, in ns, and in `values` the
    /// numbers as they stand there; what is wrong and the text at fault otherwise.
    fn parse<'a>(
        &mut self,
        line: &'a [u8],
        values: &mut Vec<f64>,
    ) -> Result<(i64, i64), (RowProblem, &'a [u8])> {
        let (text, tokens) = split(line);
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
            })?;
            if (value * self.scale).is_infinite() {
                return Err((RowProblem::NotFinite, token));
            }
            values.push(value);
        }
        if values.is_empty() && self.nulls.is_null(b"") {
            values.push(f64::NAN);
        }
        let found = values.len().max(1);
        if self.per_line.is_none() && !COUNTS.contains(&found) {
            return Err((RowProblem::UnevenDay { values: found }, line));
        }
        let expected = *self.per_line.get_or_insert(found);
        if values.len() != expected {
            let reason = RowProblem::FieldCount { expected: expected + 1, got: values.len() + 1 };
            return Err((reason, line));
        }
        Ok((time, DAY_NANOS / expected as i64))
    }
}
