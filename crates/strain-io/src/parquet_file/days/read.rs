use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::join::join;
use super::layout::{days, station_folder};
use crate::parquet_file::{ParquetOptions, read_parquet};
use crate::read::Read;
use crate::{Result, StrainIoError};

/// Reads the days of one station that [`write_parquet_days`](crate::write_parquet_days) wrote, or
/// others in its layout, as one recording: all, or those that `span` touches, cut to it (its end is
/// not included). Days that are not there are missing and listed in [`Read::seams`].
///
/// Only the files of these days are opened, so that a long record is worked through in parts.
///
/// # Errors
///
/// As [`read_parquet`], [`StrainIoError::NoRows`] where the station has no day in the span,
/// [`StrainIoError::Join`] for days whose channels or sampling differ or that overlap.
pub fn read_parquet_days(
    folder: impl AsRef<Path>,
    station: &str,
    span: Option<Range<Timestamp>>,
    options: &ParquetOptions,
) -> Result<Read> {
    let station_folder = station_folder(folder.as_ref(), station)?;
    let options = options.clone().with_station(station);
    let mut pieces = Vec::new();
    for (day, files) in days(&station_folder)? {
        if span.as_ref().is_some_and(|span| !touches(span, day)) {
            continue;
        }
        for file in files {
            pieces.push(read_parquet(&file, &options)?);
        }
    }
    let mut read = join(pieces)?.ok_or(StrainIoError::NoRows { file: station_folder })?;
    if let Some(span) = span {
        read.recording = read.recording.between(span.start, span.end)?;
        read.seams.retain(|seam| span.contains(&seam.time));
    }
    Ok(read)
}

fn touches(span: &Range<Timestamp>, day: Date) -> bool {
    let midnight = |day: Date| Offset::UTC.to_timestamp(day.into());
    let begins = midnight(day).is_ok_and(|midnight| midnight < span.end);
    let next = day.tomorrow().ok().and_then(|day| midnight(day).ok());
    begins && next.is_none_or(|midnight| midnight > span.start)
}
