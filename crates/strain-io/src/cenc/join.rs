use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use ndarray::{Array2, s};

use crate::table::room;
use crate::{Result, StrainIoError, TimeGrid};

/// One file on a grid of its own, `[time, 1]`.
pub(super) struct Piece {
    pub(super) grid: TimeGrid,
    pub(super) values: Array2<f64>,
    pub(super) rows: usize,
}

/// All pieces on the grid from the first sample of any to the last of any, `[time, piece]`.
pub(super) fn join(paths: &[PathBuf], pieces: &[Piece]) -> Result<(TimeGrid, Array2<f64>)> {
    let starts = pieces.iter().map(|piece| piece.grid.start());
    let ends = pieces.iter().map(|piece| piece.grid.end());
    let (Some(start), Some(end), Some(first)) = (starts.min(), ends.max(), pieces.first()) else {
        return Err(StrainIoError::NoChannels { station: String::new() });
    };
    let interval = first.grid.interval();
    let step = interval.as_nanos();
    let span = end.as_nanosecond() - start.as_nanosecond();
    for (path, piece) in paths.iter().zip(pieces) {
        let offset = piece.grid.start().as_nanosecond() - first.grid.start().as_nanosecond();
        if piece.grid.interval() != interval || offset % step != 0 {
            return Err(mismatch(&paths[0], first.grid, path, piece.grid));
        }
    }
    let samples = span / step + 1;
    let held: usize = pieces.iter().map(|piece| piece.rows).sum();
    let len = usize::try_from(samples)
        .ok()
        .filter(|_| samples * pieces.len() as i128 <= room(held))
        .ok_or_else(|| StrainIoError::TooSparse {
            file: paths[0].clone(),
            rows: held,
            samples,
            interval_s: interval.as_secs_f64(),
        })?;
    let grid = TimeGrid::new(start, interval, len)?;
    let mut values = Array2::from_elem((len, pieces.len()), f64::NAN);
    for (column, piece) in pieces.iter().enumerate() {
        let from = grid.index_at_or_after(piece.grid.start());
        let place = s![from..from + piece.grid.len(), column];
        values.slice_mut(place).assign(&piece.values.column(0));
    }
    Ok((grid, values))
}

fn mismatch(first: &Path, a: TimeGrid, file: &Path, b: TimeGrid) -> StrainIoError {
    let seconds = |interval: SignedDuration| interval.as_secs_f64();
    StrainIoError::Join {
        file: file.to_owned(),
        other: first.to_owned(),
        problem: format!(
            "one is sampled every {} s from {}, the other every {} s from {}; read them one by one",
            seconds(b.interval()),
            b.start(),
            seconds(a.interval()),
            a.start(),
        ),
    }
}
