use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::join::join;
use super::layout::{days, station_folder};
use super::part::midnight_after;
use crate::flat_file::ParquetOptions;
use crate::parquet_file::read_parquet;
use crate::read::Read;
use crate::segments::{Seam, SeamKind};
use crate::{Result, StrainIoError, TimeGrid};

/// Reads the days of one station that [`write_parquet_days`](crate::write_parquet_days) wrote, or
/// others in its layout, as one recording: all, or those that `span` touches, cut to it (its end is
/// not included). Days that are not there are missing and listed in [`Read::seams`]; at the ends of
/// the span they are no part of the recording, which begins with the first sample in it and ends with
/// the last.
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
        let joined = *read.recording.grid();
        read.recording = read.recording.between(span.start, span.end)?;
        let cut = |seam| clipped(seam, &joined, read.recording.grid());
        read.seams = read.seams.into_iter().filter_map(cut).collect();
    }
    Ok(read)
}

/// What of a gap in samples of `joined` is among those of `kept`, a part of it.
fn clipped(seam: Seam, joined: &TimeGrid, kept: &TimeGrid) -> Option<Seam> {
    let SeamKind::Gap { samples } = seam.kind else {
        return (kept.start()..=kept.end()).contains(&seam.time).then_some(seam);
    };
    let from = joined.index_at_or_after(seam.time);
    let first = from.max(joined.index_at_or_after(kept.start()));
    let end = (from + samples).min(joined.index_at_or_after(kept.end()) + 1);
    let samples = end.checked_sub(first).filter(|&samples| samples > 0)?;
    Some(Seam { time: joined.time(first), kind: SeamKind::Gap { samples }, ..seam })
}

fn touches(span: &Range<Timestamp>, day: Date) -> bool {
    let begins = Offset::UTC.to_timestamp(day.into()).is_ok_and(|midnight| midnight < span.end);
    begins && midnight_after(day).is_none_or(|midnight| midnight > span.start)
}
