use std::ops::Range;
use std::path::Path;

use super::join::join;
use super::part::Part;
use crate::flat_file::ParquetOptions;
use crate::parquet_file::read_parquet;
use crate::read::Read;
use crate::{Recording, Result, StrainIoError};

/// The day of `part` as `file` has to hold it, so that what is there of other hours is not lost;
/// nothing where the recording's own samples are all.
pub(super) fn merged(recording: &Recording, part: &Part, file: &Path) -> Result<Option<Recording>> {
    if part.is_whole_day() || !file.exists() {
        return Ok(None);
    }
    let options = ParquetOptions::default().with_station(recording.station());
    let there = read_parquet(file, &options)?.recording;
    let grid = there.grid();
    let before = 0..grid.index_at_or_after(part.span.start);
    let after = grid.index_at_or_after(part.span.end)..grid.len();
    if before.is_empty() && after.is_empty() {
        return Ok(None);
    }
    let piece = |recording: &Recording, samples: Range<usize>| {
        let rows = vec![samples.len(); recording.channels().len()];
        Ok(Read::new(recording.slice(samples)?, rows, vec![file.to_owned()]))
    };
    let pieces = [(&there, before), (recording, part.samples.clone()), (&there, after)];
    let pieces = pieces.into_iter().filter(|(_, samples)| !samples.is_empty());
    let pieces = pieces.map(|(recording, samples)| piece(recording, samples));
    match join(pieces.collect::<Result<_>>()?) {
        Err(StrainIoError::Join { problem, .. }) => Err(StrainIoError::Format {
            file: file.to_owned(),
            problem: format!("the day is there already and holds other hours: {problem}"),
            advice: "write to another folder, or remove the file first",
        }),
        day => Ok(day?.map(|day| day.recording)),
    }
}
