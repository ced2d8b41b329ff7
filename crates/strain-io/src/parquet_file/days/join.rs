use ndarray::{Array2, s};

use crate::read::Read;
use crate::segments::{Seam, SeamKind};
use crate::table::room;
use crate::{Provenance, Recording, Result, StrainIoError, TimeGrid};

/// The pieces, in order of time, as one recording with their flags; nothing of no piece.
pub(super) fn join(pieces: Vec<Read>) -> Result<Option<Read>> {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Ok(None) };
    let grid = common_grid(&pieces, first, last)?;
    let channels = first.recording.channels().to_vec();
    let shape = (grid.len(), channels.len());
    let mut values = Array2::from_elem(shape, f64::NAN);
    let mut flags = Array2::from_elem(shape, Provenance::MISSING);
    let mut seams = Vec::new();
    let mut next = 0;
    for piece in &pieces {
        let own = piece.recording.grid();
        let index = grid.index_of(own.start()).filter(|&index| index >= next);
        let same = own.interval() == grid.interval() && piece.recording.channels() == channels;
        let (Some(index), true) = (index, same) else { return Err(mismatch(first, piece)) };
        if index > next {
            let kind = SeamKind::Gap { samples: index - next };
            let seam = |channel: &crate::Channel| Seam {
                channel: channel.name.clone(),
                time: grid.time(next),
                kind: kind.clone(),
            };
            seams.extend(channels.iter().map(seam));
        }
        next = index + own.len();
        values.slice_mut(s![index..next, ..]).assign(&piece.recording.values());
        flags.slice_mut(s![index..next, ..]).assign(&piece.recording.provenance());
    }
    let station = first.recording.station().to_owned();
    let recording = Recording::new(station, grid, channels, values.clone())?;
    let recording = recording.with_values(values, flags)?;
    let rows = (0..shape.1).map(|channel| pieces.iter().map(|piece| piece.rows[channel]).sum());
    let rows = rows.collect();
    let ignored = first.ignored_columns.clone();
    let files = pieces.iter().flat_map(|piece| piece.files.clone()).collect();
    let bad_rows = pieces.into_iter().flat_map(|piece| piece.bad_rows).collect();
    let read = Read { seams, bad_rows, ..Read::new(recording, rows, files) };
    Ok(Some(read.with_ignored_columns(ignored)))
}

fn common_grid(pieces: &[Read], first: &Read, last: &Read) -> Result<TimeGrid> {
    let grid = first.recording.grid();
    let span = last.recording.grid().end().as_nanosecond() - grid.start().as_nanosecond();
    let samples = span.div_euclid(grid.interval().as_nanos()) + 1;
    let held: usize = pieces.iter().flat_map(|piece| &piece.rows).sum();
    let columns = first.recording.channels().len() as i128;
    let fits = |_: &usize| samples * columns <= room(held);
    let len = usize::try_from(samples).ok().filter(fits);
    let len = len.ok_or_else(|| StrainIoError::TooSparse {
        file: last.files[0].clone(),
        rows: held,
        samples,
        interval_s: grid.interval_seconds(),
    })?;
    TimeGrid::new(grid.start(), grid.interval(), len)
}

fn mismatch(first: &Read, piece: &Read) -> StrainIoError {
    let described = |read: &Read| {
        let grid = read.recording.grid();
        let names: Vec<_> = read.recording.channels().iter().map(|c| c.name.as_str()).collect();
        let interval = grid.interval_seconds();
        format!("{} every {interval} s from {} to {}", names.join(", "), grid.start(), grid.end())
    };
    StrainIoError::Join {
        file: piece.files[0].clone(),
        other: first.files[0].clone(),
        problem: format!(
            "the days of a station must not overlap and have the same channels (units and \
             directions too) on one grid; one holds {}, the other {}",
            described(piece),
            described(first)
        ),
    }
}
