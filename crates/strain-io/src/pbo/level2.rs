use std::path::{Path, PathBuf};

use super::level2_layout::Level2Layout;
use super::level2_options::Level2Options;
use crate::bad_row::{BadRow, RowProblem};
use crate::csv_file::{ColumnSpec, choose, station_or_stem};
use crate::read::{BadRows, Read};
use crate::segments::{Joined, Segment, lay};
use crate::table::Table;
use crate::text::{Lines, NotAValue, Nulls, TimeFormat, parse_time, words};
use crate::{Recording, Result, StrainIoError};

/// Reads level-2 text of borehole strainmeters, one or more files of one station, plain or gzip:
/// those of one channel are joined in time, all channels are laid on one grid.
///
/// Three kinds are known: high-rate text with a header of column names (tensor strain), high-rate
/// text of one gauge without one (nine columns: `DateTime`, counts, linear strain, interpolation,
/// tide, barometric correction, pressure, pore pressure, version), and five-minute series (14
/// columns: name, date, day of year, MJD, strain, offset, quality, tide, trend, barometric
/// correction, its quality, level, version, pressure). Times are UTC, strain becomes nanostrain,
/// pressure hPa. Channels of gauges' files begin with the gauge (`CH0_strain`, `gauge0_tide`).
/// Corrections are channels of their own and are not applied. In the five-minute series the strain
/// that is flagged `b` or `m` is missing unless the options keep it.
///
/// # Errors
///
/// As [`read_csv`](crate::read_csv), [`StrainIoError::Format`] for text of another kind, and
/// [`StrainIoError::Join`] for files of different stations or intervals, or of one channel in
/// different units.
///
/// # Example
///
/// ```
/// use strain_io::{Level2Options, read_pbo_level2};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("B084.tensor.txt");
/// std::fs::write(&path, "DateTime(UTC) Eee+Enn(ms) Eee+Enn_tide(ms) BaroPressure(mbar) Version
/// 2011-03-11T03:53:20 -37.475562 -0.001908 999999 2011298000000
/// 2011-03-11T03:53:21 -37.475492 -0.001909 999999 2011298000000
/// ")?;
/// let read = read_pbo_level2(&[path], &Level2Options::default())?;
/// assert_eq!(read.recording.station(), "B084");
/// assert!((read.recording.channel("Eee+Enn")?[0] + 37_475.562).abs() < 1e-9); // nanostrain
/// assert_eq!(read.recording.missing_count("BaroPressure")?, 2);
/// assert_eq!(read.ignored_columns, ["Version"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_pbo_level2<P: AsRef<Path>>(paths: &[P], options: &Level2Options) -> Result<Read> {
    options.validate()?;
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let Some(first) = paths.first() else {
        return Err(StrainIoError::NoChannels { station: options.station.clone() });
    };
    let station = station(&paths, options)?;
    let mut bad = BadRows::new(options.skip_bad_rows);
    let mut gathered = Gathered::default();
    for path in &paths {
        gathered.add(path, Piece::read(path, options, &mut bad)?)?;
    }
    let Gathered { sources, columns, ignored } = gathered;
    let known: Vec<_> = sources.iter().map(|source| source.spec.clone()).collect();
    let chosen = choose(&known, &options.columns, first, 1)?;
    let mut segments = Vec::new();
    for (channel, (index, spec)) in chosen.iter().enumerate() {
        for column in columns.iter().filter(|column| column.channel == *index) {
            let values = column.values.iter().map(|value| value * spec.scale).collect();
            segments.push(Segment { channel, values, ..column.clone() });
        }
    }
    let channels: Vec<_> = chosen.iter().map(|(_, spec)| spec.channel()).collect();
    let Joined { grid, values, seams, .. } = lay(segments, &channels, options.tolerance)?;
    let rows = chosen.iter().map(|(index, _)| sources[*index].rows).collect();
    let recording = Recording::new(station, grid, channels, values)?;
    let read = Read { seams, ..Read::new(recording, rows, paths) };
    Ok(read.with_bad_rows(bad).with_ignored_columns(ignored))
}

/// The station as the options have it, or the beginning that the names of all files share.
fn station(paths: &[PathBuf], options: &Level2Options) -> Result<String> {
    let code = |path: &Path| station_or_stem(&options.station, path);
    let first = &paths[0];
    match paths.iter().find(|path| code(path) != code(first)) {
        None => Ok(code(first)),
        Some(other) => Err(StrainIoError::Join {
            file: other.clone(),
            other: first.clone(),
            problem: "their names do not say that they are of one station; name the station"
                .to_owned(),
        }),
    }
}

/// A channel of which one or more files have a piece.
struct Source {
    spec: ColumnSpec,
    /// Lines of all its files.
    rows: usize,
    /// The first of them.
    file: PathBuf,
}

/// The columns of all files; their `channel` is an index into `sources`.
#[derive(Default)]
struct Gathered {
    sources: Vec<Source>,
    columns: Vec<Segment>,
    ignored: Vec<String>,
}

impl Gathered {
    fn add(&mut self, path: &Path, piece: Piece) -> Result<()> {
        for (spec, column) in piece.specs.into_iter().zip(piece.columns) {
            let known = self.sources.iter().position(|known| known.spec.source == spec.source);
            let channel = known.unwrap_or_else(|| {
                let file = path.to_owned();
                self.sources.push(Source { spec: spec.clone(), rows: 0, file });
                self.sources.len() - 1
            });
            let source = &mut self.sources[channel];
            if source.spec != spec {
                return Err(StrainIoError::Join {
                    file: path.to_owned(),
                    other: source.file.clone(),
                    problem: format!(
                        "{} is in {} in the one and in {} in the other; read them one by one",
                        spec.source, spec.unit, source.spec.unit
                    ),
                });
            }
            source.rows += piece.rows;
            self.columns.push(Segment { channel, ..column });
        }
        let new: Vec<_> =
            piece.ignored.into_iter().filter(|name| !self.ignored.contains(name)).collect();
        self.ignored.extend(new);
        Ok(())
    }
}

/// One file: its columns as segments, in the file's numbers.
struct Piece {
    specs: Vec<ColumnSpec>,
    columns: Vec<Segment>,
    rows: usize,
    ignored: Vec<String>,
}

impl Piece {
    fn read(path: &Path, options: &Level2Options, bad: &mut BadRows) -> Result<Self> {
        let layout = layout(path)?;
        let mut lines = Lines::open(path)?;
        if layout.header {
            lines.next_filled()?;
        }
        let nulls = Nulls::new(&options.nulls);
        let mut table = Table::new(layout.columns.len());
        let mut values = vec![0.0; layout.columns.len()];
        let mut rows = 0;
        while let Some((number, line)) = lines.next_filled()? {
            rows += 1;
            let fields: Vec<_> = words(line).collect();
            let parsed = parse(&layout, &nulls, options.keep_flagged, &fields, &mut values)
                .and_then(|time| match table.check_order(time) {
                    Ok(()) => Ok(time),
                    Err(reason) => Err(Fault { field: Some(layout.time), name: "time", reason }),
                });
            match parsed {
                Ok(time) => table.push(time, number, &values),
                Err(fault) => bad.meet(fault.locate(path, number, line, &fields))?,
            }
        }
        let (grid, values) = table.into_grid(path, options.interval, &mut |row| bad.meet(row))?;
        // A table's instants are i64 nanoseconds.
        let start = grid.start().as_nanosecond() as i64;
        let step = grid.interval().as_nanos() as i64;
        let columns = values.columns().into_iter().map(|column| Segment {
            channel: 0,
            start,
            step,
            values: column.to_vec(),
            file: path.to_owned(),
        });
        let columns = columns.collect();
        let specs = layout.columns.into_iter().map(|(_, spec)| spec).collect();
        Ok(Self { specs, columns, rows, ignored: layout.ignored })
    }
}

fn layout(path: &Path) -> Result<Level2Layout> {
    let mut lines = Lines::open(path)?;
    let first = lines.next_filled()?.map(|(_, line)| line.to_vec());
    let first = first.ok_or_else(|| StrainIoError::NoRows { file: path.to_owned() })?;
    let second = lines.next_filled()?.map(|(_, line)| line);
    Level2Layout::find(path, &first, second)
}

struct Fault {
    field: Option<usize>,
    name: &'static str,
    reason: RowProblem,
}

impl Fault {
    fn locate(self, path: &Path, number: u64, line: &[u8], fields: &[&[u8]]) -> BadRow {
        let text = self.field.and_then(|index| fields.get(index)).copied().unwrap_or(line);
        let numbered = self.field.map(|index| (index + 1).to_string());
        let column = if self.name.is_empty() { numbered.as_deref() } else { Some(self.name) };
        BadRow::new(path, number, column, self.reason, text)
    }
}

/// The row's time in ns, its values in `values`.
fn parse(
    layout: &Level2Layout,
    nulls: &Nulls,
    keep_flagged: bool,
    fields: &[&[u8]],
    values: &mut [f64],
) -> Result<i64, Fault> {
    if fields.len() != layout.width {
        let reason = RowProblem::FieldCount { expected: layout.width, got: fields.len() };
        return Err(Fault { field: None, name: "", reason });
    }
    let time = parse_time(fields[layout.time], TimeFormat::Calendar, 0);
    let time =
        time.ok_or(Fault { field: Some(layout.time), name: "time", reason: RowProblem::NotATime })?;
    for ((index, spec), value) in layout.columns.iter().zip(values.iter_mut()) {
        let fault = |reason| Fault { field: Some(*index), name: "", reason };
        *value = nulls.parse(fields[*index]).map_err(|problem| match problem {
            NotAValue::Text => fault(RowProblem::NotANumber),
            NotAValue::Infinite => fault(RowProblem::NotFinite),
        })?;
        if (*value * spec.scale).is_infinite() {
            return Err(fault(RowProblem::NotFinite));
        }
    }
    let bad = layout.flag.is_some_and(|flag| matches!(fields[flag], b"b" | b"m"));
    if bad && !keep_flagged {
        values[0] = f64::NAN;
    }
    Ok(time)
}
