use std::path::{Path, PathBuf};

use super::format::{Recognised, RecordingFormat};
use super::options::ReadOptions;
#[cfg(feature = "arrow")]
use crate::arrow_file::read_arrow;
use crate::cenc::read_cenc_text;
use crate::csv_file::read_csv;
use crate::gnss::read_neu;
use crate::miniseed::read_miniseed;
#[cfg(feature = "parquet")]
use crate::parquet_file::{read_parquet, read_parquet_days, stations};
use crate::pbo::{read_bottles, read_pbo_level2};
use crate::read::Read;
use crate::{Result, StrainIoError};

/// Reads a recording of whichever format: [`Read::recognised`] says which it was and how that was
/// known.
///
/// # Errors
///
/// [`StrainIoError::Format`] for a file of no known format, naming what it looks like, and the
/// errors of the format's reader.
///
/// # Example
///
/// ```
/// use strain_io::{ReadOptions, RecordingFormat, read_recording};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("65015_7_2311.Dat");
/// std::fs::write(&path, "2009022000 1.5\r\n2009022001 1.6\r\n")?;
/// let read = read_recording(&path, &ReadOptions::default())?;
/// let recognised = read.recognised.unwrap();
/// assert_eq!(recognised.format, RecordingFormat::CencText);
/// assert_eq!(recognised.because, "its name is station 65015, point 7, item 2311");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_recording(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Read> {
    read_recording_files(&[path], options)
}

/// Reads one recording from one or more files of one format: bottles, level-2 text, miniSEED and
/// CENC text, whose recordings are kept in pieces. One file of any format is what
/// [`read_recording`] reads.
///
/// # Errors
///
/// As [`read_recording`]; [`StrainIoError::Join`] for several files of a format that keeps a
/// recording in one, or of different formats.
pub fn read_recording_files<P: AsRef<Path>>(paths: &[P], options: &ReadOptions) -> Result<Read> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let Some(first) = paths.first() else {
        return Err(StrainIoError::NoChannels { station: String::new() });
    };
    let recognised = options.format_of(first)?;
    for path in &paths[1..] {
        agrees(first, &recognised, path, options)?;
    }
    let mut read = match recognised.format {
        RecordingFormat::Csv => read_csv(first, &options.csv)?,
        RecordingFormat::CencText => read_cenc_text(&paths, &options.cenc)?,
        RecordingFormat::PboBottle => read_bottles(&paths, &options.bottles)?,
        RecordingFormat::PboLevel2 => read_pbo_level2(&paths, &options.level2)?,
        RecordingFormat::Neu => read_neu(first, &options.neu)?,
        RecordingFormat::MiniSeed => read_miniseed(&paths, &options.miniseed)?,
        #[cfg(feature = "parquet")]
        RecordingFormat::Parquet => read_parquet(first, &options.parquet)?,
        #[cfg(feature = "parquet")]
        RecordingFormat::ParquetDays => {
            let station = only_station(first, &options.parquet.station)?;
            read_parquet_days(first, &station, None, &options.parquet)?
        }
        #[cfg(feature = "arrow")]
        RecordingFormat::Arrow => read_arrow(first, &options.arrow)?,
        #[cfg(not(feature = "arrow"))]
        RecordingFormat::Arrow => {
            return Err(StrainIoError::Format {
                file: first.clone(),
                problem: "it is Arrow, which this build cannot read".to_owned(),
                advice: "build with the feature `arrow`",
            });
        }
        #[cfg(not(feature = "parquet"))]
        RecordingFormat::Parquet | RecordingFormat::ParquetDays => {
            return Err(StrainIoError::Format {
                file: first.clone(),
                problem: "it is Parquet, which this build cannot read".to_owned(),
                advice: "build with the feature `parquet`",
            });
        }
    };
    read.recognised = Some(recognised);
    Ok(read)
}

/// The station that is asked for, or the only one that a folder of days has.
#[cfg(feature = "parquet")]
fn only_station(folder: &Path, asked: &str) -> Result<String> {
    if !asked.is_empty() {
        return Ok(asked.to_owned());
    }
    let mut found = stations(folder)?;
    match (found.pop(), found.is_empty()) {
        (Some(station), true) => Ok(station),
        (None, _) => Err(StrainIoError::Format {
            file: folder.to_owned(),
            problem: "it is a folder without one called station=CODE".to_owned(),
            advice: "name a file, or a folder that holds a Parquet file a station and day",
        }),
        (Some(last), false) => Err(StrainIoError::Format {
            file: folder.to_owned(),
            problem: format!("it holds the stations {}, {last}", found.join(", ")),
            advice: "name the `station` to read",
        }),
    }
}

/// Whether `path` can be a further piece of what `first` begins.
fn agrees(first: &Path, recognised: &Recognised, path: &Path, options: &ReadOptions) -> Result<()> {
    use RecordingFormat::{CencText, MiniSeed, PboBottle, PboLevel2};
    let problem = match recognised.format {
        CencText | MiniSeed | PboBottle | PboLevel2 => {
            let other = options.format_of(path)?;
            if other.format == recognised.format {
                return Ok(());
            }
            format!("one is {:?}, the other {:?}", other.format, recognised.format)
        }
        one => format!("{one:?} keeps a recording in one file; read them one by one"),
    };
    Err(StrainIoError::Join { file: path.to_owned(), other: first.to_owned(), problem })
}
