use std::path::{Path, PathBuf};

use super::bottle::{Bottle, read_bottle};
use super::bottle_name::BottleName;
use super::bottle_options::BottleOptions;
use super::linearise::{FULL_SCALE, Linearisation};
use crate::bad_row::{BadRow, RowProblem};
use crate::csv_file::{ColumnSpec, choose, station_or_stem};
use crate::read::{BadRows, Read};
use crate::segments::{Joined, Segment, lay};
use crate::{Recording, Result, StrainIoError, Unit};

/// Reads bottles of one borehole strainmeter, in any order: those of one channel are joined in
/// time, all channels are laid on one grid.
///
/// A bottle is a header of 40 bytes, in either byte order (magic 0x015D, header size, f64 Unix
/// start, f32 interval in s, number of samples, type: 0 i16, 1 i32, 2 f32) and its samples; plain
/// or gzip. Missing are 32767 in i16 and 999999 otherwise. Values are counts, or nanostrain where
/// the options say how to linearise. Gaps and overlaps are in [`Read::seams`].
///
/// # Errors
///
/// [`StrainIoError::Io`] where a file cannot be read, [`StrainIoError::Row`] for the first bottle
/// that cannot be used (with the byte at fault) unless `skip_bad_rows` is set,
/// [`StrainIoError::Join`] for bottles of different stations or intervals,
/// [`StrainIoError::TooSparse`], and [`StrainIoError::Config`] for options that make no sense.
///
/// # Example
///
/// ```
/// use strain_io::{BottleOptions, Linearisation, read_bottles};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("B001091052158CH0_20");
/// let mut bytes = Vec::new();
/// for word in [0x15d_i32, 40] {
///     bytes.extend(word.to_le_bytes());
/// }
/// bytes.extend(1_239_832_680.0_f64.to_le_bytes()); // 2009-04-15 21:58 UTC
/// bytes.extend(0.05_f32.to_le_bytes());
/// for word in [3_i32, 1, 999_999, 0, 0, 50_000_000, 999_999, 50_000_002] {
///     bytes.extend(word.to_le_bytes());
/// }
/// std::fs::write(&path, bytes)?;
///
/// let read = read_bottles(&[&path], &BottleOptions::default())?;
/// assert_eq!(read.recording.station(), "B001");
/// assert_eq!(read.recording.missing_count("CH0")?, 1);
/// assert_eq!(read.recording.grid().interval_seconds(), 0.05);
///
/// let linear = Linearisation::new("CH0", 50_000_000.0, 1e-4);
/// let strain = read_bottles(&[&path], &BottleOptions::default().with_linearisation(linear))?;
/// assert!((strain.recording.channel("CH0")?[2] - 0.092).abs() < 1e-4); // nanostrain
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_bottles<P: AsRef<Path>>(paths: &[P], options: &BottleOptions) -> Result<Read> {
    options.validate()?;
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let station = station(&paths, options)?;
    let known = channels(&paths, options)?;
    let chosen = choose(&known, &options.columns, &paths[0], 0)?;
    let mut bad = BadRows::new(options.skip_bad_rows);
    let mut segments = Vec::new();
    for path in &paths {
        let name = channel_of(path);
        let places = chosen.iter().enumerate();
        let places: Vec<_> = places.filter(|(_, (i, _))| known[*i].source == name).collect();
        if places.is_empty() {
            continue;
        }
        match read_bottle(path)? {
            Ok(mut bottle) => {
                let gauge = options.linearise.iter().find(|gauge| gauge.channel == name);
                let scales: Vec<_> = places.iter().map(|(_, (_, spec))| spec.scale).collect();
                convert(path, &mut bottle, gauge, &scales, &mut bad)?;
                let Bottle { start, step, samples, .. } = bottle;
                segments.extend(places.iter().map(|(channel, (_, spec))| Segment {
                    channel: *channel,
                    start,
                    step,
                    values: samples.iter().map(|value| value * spec.scale).collect(),
                    file: path.clone(),
                }));
            }
            Err(row) => bad.meet(row)?,
        }
    }
    let Some(first) = paths.first().filter(|_| !segments.is_empty()) else {
        return Err(StrainIoError::NoRows { file: paths.first().cloned().unwrap_or_default() });
    };
    let channels: Vec<_> = chosen.iter().map(|(_, spec)| spec.channel()).collect();
    let Joined { grid, values, rows, seams } = lay(segments, &channels, options.tolerance)?;
    let station = station_or_stem(&station, first);
    let recording = Recording::new(station, grid, channels, values)?;
    Ok(Read { seams, ..Read::new(recording, rows, paths).with_bad_rows(bad) })
}

/// The station as the options or the names of the files have it; empty if neither does.
fn station(paths: &[PathBuf], options: &BottleOptions) -> Result<String> {
    let Some(first) = paths.first() else {
        return Err(StrainIoError::NoChannels { station: options.station.clone() });
    };
    if !options.station.is_empty() {
        return Ok(options.station.clone());
    }
    let code = |path: &Path| BottleName::of(path).map(|name| name.station).unwrap_or_default();
    if let Some(other) = paths.iter().find(|path| code(path) != code(first)) {
        return Err(StrainIoError::Join {
            file: other.clone(),
            other: first.clone(),
            problem: "their names do not say that they are of one station; name the station"
                .to_owned(),
        });
    }
    Ok(code(first))
}

/// The channels of the files, in order of appearance, in the unit that they will have.
fn channels(paths: &[PathBuf], options: &BottleOptions) -> Result<Vec<ColumnSpec>> {
    let mut known: Vec<ColumnSpec> = Vec::new();
    for path in paths {
        let name = channel_of(path);
        if known.iter().any(|column| column.source == name) {
            continue;
        }
        let strain = options.linearise.iter().any(|gauge| gauge.channel == name);
        let (unit, scale) = if strain { (Unit::Nanostrain, 1.0) } else { unit_of(&name) };
        known.push(ColumnSpec::new(name).with_unit(unit, scale));
    }
    let absent = |gauge: &&str| known.iter().all(|column| column.source != *gauge);
    let gauges = options.linearise.iter().map(|gauge| gauge.channel.as_str());
    match gauges.into_iter().find(absent) {
        Some(gauge) => Err(StrainIoError::Config {
            name: "linearise.channel",
            value: gauge.to_owned(),
            advice: "give a channel as the names of the files have it",
        }),
        None => Ok(known),
    }
}

/// The unit of a channel, which its name tells, and the factor to it.
fn unit_of(name: &str) -> (Unit, f64) {
    match name {
        _ if name.starts_with("CH") || name == UNNAMED => (Unit::Count, 1.0),
        _ if name.ends_with("KPa") => (Unit::Hectopascal, 10.0),
        _ if name.ends_with("DegC") => (Unit::DegreeCelsius, 1.0),
        _ if name.ends_with("mm") => (Unit::Millimetre, 1.0),
        _ => (Unit::default(), 1.0),
    }
}

/// The channel of files whose names say none.
const UNNAMED: &str = "counts";

fn channel_of(path: &Path) -> String {
    BottleName::of(path).map_or_else(|| UNNAMED.to_owned(), |name| name.channel)
}

/// From counts to strain where a gauge is given; a count that no gauge can give, or that is infinite
/// by one of `scales`, is a bad row.
fn convert(
    path: &Path,
    bottle: &mut Bottle,
    gauge: Option<&Linearisation>,
    scales: &[f64],
    bad: &mut BadRows,
) -> Result<()> {
    for (index, value) in bottle.samples.iter_mut().enumerate().filter(|(_, v)| !v.is_nan()) {
        let strain = gauge.map_or(Some(*value), |gauge| gauge.nanostrain(*value));
        let strain =
            strain.filter(|strain| scales.iter().all(|scale| (strain * scale).is_finite()));
        if strain.is_none() {
            let reason = RowProblem::OutOfRange { low: 0.0, high: FULL_SCALE };
            let byte = bottle.data_at + index * bottle.width;
            bad.meet(BadRow::at_byte(path, byte as u64, reason, &format!("count {value}")))?;
        }
        *value = strain.unwrap_or(f64::NAN);
    }
    Ok(())
}
