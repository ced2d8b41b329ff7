use std::path::{Path, PathBuf};

use super::decode::{Record, decode};
use super::frame::Frames;
use super::options::MiniSeedOptions;
use crate::bad_row::{BadRow, RowProblem};
use crate::csv_file::{ColumnSpec, choose};
use crate::read::{BadRows, Read};
use crate::segments::{Joined, Segment, lay};
use crate::{Recording, Result, StrainIoError, Unit};

/// Reads the channels of one station from miniSEED 2 or 3, one or more files with records in any
/// order, plain or gzip.
///
/// Encodings are 16- and 32-bit integers, floats, doubles, Steim 1 and 2; records of text are
/// passed over. Version 2 may be in either byte order, header and samples. Start times take in the corrections of their headers, rates those of blockette 100.
/// Channels are called by their codes, with the location before them (`00.EHZ`) where one code is
/// at two locations. Records are laid on one grid; gaps, overlaps and shifts are in
/// [`Read::seams`]. Values are what the digitiser wrote: counts, where they are whole numbers.
///
/// # Errors
///
/// [`StrainIoError::Io`] where a file cannot be read, [`StrainIoError::Row`] for the first record
/// that cannot be used (with the byte where it begins) unless `skip_bad_rows` is set,
/// [`StrainIoError::Format`] for files of several stations none of which is named,
/// [`StrainIoError::Join`] for channels of different rates none of which is named.
///
/// # Example
///
/// ```
/// use miniseed_rs::{EncodingFormat, MseedRecord, Samples, encode};
/// use strain_io::{MiniSeedOptions, read_miniseed};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("b084.mseed");
/// let record = MseedRecord::new()
///     .with_nslc("PB", "B084", "T0", "LS1")
///     .with_encoding(EncodingFormat::Steim2)
///     .with_samples(Samples::Int(vec![50_115_942, 50_115_943, 50_115_941]));
/// std::fs::write(&path, encode(&record)?)?;
/// let read = read_miniseed(&[path], &MiniSeedOptions::default())?;
/// assert_eq!(read.recording.station(), "B084");
/// assert_eq!(read.recording.channel("LS1")?.to_vec(), [50_115_942.0, 50_115_943.0, 50_115_941.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_miniseed<P: AsRef<Path>>(paths: &[P], options: &MiniSeedOptions) -> Result<Read> {
    options.validate()?;
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let Some(first) = paths.first() else {
        return Err(StrainIoError::NoChannels { station: options.station.clone() });
    };
    let mut bad = BadRows::new(options.skip_bad_rows);
    let mut gathered = Gathered::default();
    for path in &paths {
        gathered.add_file(path, options, &mut bad)?;
    }
    if gathered.sources.is_empty() {
        return Err(StrainIoError::NoRows { file: first.clone() });
    }
    let station = gathered.station(first)?;
    let known = gathered.specs(&options.columns);
    let chosen = choose(&known, &options.columns, first, 0)?;
    let mut segments = Vec::new();
    for segment in gathered.segments {
        let places = chosen.iter().enumerate();
        let mut places = places.filter(|(_, (index, _))| *index == segment.channel);
        let Some((channel, (_, spec))) = places.next() else { continue };
        for (channel, (_, spec)) in places {
            let mut again = Segment { channel, ..segment.clone() };
            scale(&mut again.values, spec.scale, &options.nulls);
            segments.push(again);
        }
        let mut segment = Segment { channel, ..segment };
        scale(&mut segment.values, spec.scale, &options.nulls);
        segments.push(segment);
    }
    let channels: Vec<_> = chosen.iter().map(|(_, spec)| spec.channel()).collect();
    let Joined { grid, values, rows, seams } = lay(segments, &channels, options.tolerance)?;
    let recording = Recording::new(station, grid, channels, values)?;
    Ok(Read { seams, ..Read::new(recording, rows, paths).with_bad_rows(bad) })
}

fn scale(values: &mut [f64], scale: f64, nulls: &[f64]) {
    if nulls.is_empty() {
        if scale != 1.0 {
            values.iter_mut().for_each(|value| *value *= scale);
        }
        return;
    }
    for value in values {
        *value = if nulls.contains(value) { f64::NAN } else { *value * scale };
    }
}

/// What a channel is of.
#[derive(PartialEq)]
struct Source {
    network: String,
    station: String,
    location: String,
    channel: String,
    counts: bool,
}

impl Source {
    fn is_of(&self, record: &Record) -> bool {
        self.channel == record.channel
            && self.location == record.location
            && self.station == record.station
            && self.network == record.network
    }

    fn full_name(&self) -> String {
        format!("{}.{}.{}.{}", self.network, self.station, self.location, self.channel)
    }

    fn located_name(&self) -> String {
        format!("{}.{}", self.location, self.channel)
    }
}

/// The records of all files.
#[derive(Default)]
struct Gathered {
    sources: Vec<Source>,
    segments: Vec<Segment>,
}

impl Gathered {
    fn add_file(
        &mut self,
        path: &Path,
        options: &MiniSeedOptions,
        bad: &mut BadRows,
    ) -> Result<()> {
        let mut frames = Frames::open(path)?;
        while let Some(frame) = frames.next()? {
            let frame = match frame {
                Ok(frame) => frame,
                Err(row) => {
                    bad.meet(row)?;
                    continue;
                }
            };
            let record = decode(&frame).and_then(|record| match record {
                Some(record)
                    if !record.counts && record.samples.iter().any(|v| v.is_infinite()) =>
                {
                    Err(RowProblem::NotFinite)
                }
                record => Ok(record),
            });
            match record {
                Ok(Some(record)) if wanted(&record, options) => self.add(path, record),
                Ok(_) => {}
                Err(reason) => bad.meet(BadRow::at_byte(path, frame.offset, reason, "record"))?,
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, record: Record) {
        let known = self.sources.iter().position(|source| source.is_of(&record));
        let Record { network, station, location, channel, start, step, samples, counts } = record;
        let channel = known.unwrap_or_else(|| {
            self.sources.push(Source { network, station, location, channel, counts });
            self.sources.len() - 1
        });
        self.segments.push(Segment {
            channel,
            start,
            step,
            values: samples,
            file: path.to_owned(),
        });
    }

    /// The only station there is.
    fn station(&self, file: &Path) -> Result<String> {
        let first = &self.sources[0];
        let same = |s: &&Source| (&s.network, &s.station) != (&first.network, &first.station);
        let Some(other) = self.sources.iter().find(same) else { return Ok(first.station.clone()) };
        let name = |source: &Source| format!("{}.{}", source.network, source.station);
        Err(StrainIoError::Format {
            file: file.to_owned(),
            problem: format!("it is of the stations {} and {}", name(first), name(other)),
            advice: "name the `station` to read, with its network where two share a code",
        })
    }

    /// Every channel under the name that is asked for or else its shortest one that is its own.
    fn specs(&self, asked: &[ColumnSpec]) -> Vec<ColumnSpec> {
        let spec = |source: &Source| {
            let of_code = self.sources.iter().filter(|other| other.channel == source.channel);
            let alone = of_code.count() == 1;
            let names = [source.channel.clone(), source.located_name(), source.full_name()];
            let names = &names[usize::from(!alone)..];
            let asked_for =
                names.iter().find(|name| asked.iter().any(|spec| spec.source == **name));
            let name = asked_for.unwrap_or(&names[0]).clone();
            let unit = if source.counts { Unit::Count } else { Unit::default() };
            ColumnSpec::new(name).with_unit(unit, 1.0)
        };
        self.sources.iter().map(spec).collect()
    }
}

fn wanted(record: &Record, options: &MiniSeedOptions) -> bool {
    let Record { network, station, .. } = record;
    let full_name = options.station.split_once('.');
    options.station.is_empty()
        || options.station == *station
        || full_name.is_some_and(|name| name == (network.as_str(), station.as_str()))
}
