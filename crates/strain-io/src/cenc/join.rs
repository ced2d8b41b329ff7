use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use crate::segments::{Joined, Segment, lay};
use crate::{Channel, Result, StrainIoError, TimeGrid};

/// One file on a grid of its own.
pub(super) struct Piece {
    pub(super) grid: TimeGrid,
    pub(super) segment: Segment,
    /// Lines of data.
    pub(super) rows: usize,
}

/// All pieces on the grid from the first sample of any to the last of any, which they have to fit
/// exactly; those of one channel one after the other in time.
pub(super) fn join(paths: &[PathBuf], pieces: Vec<Piece>, channels: &[Channel]) -> Result<Joined> {
    if let Some(first) = pieces.first() {
        let (interval, start) = (first.grid.interval(), first.grid.start().as_nanosecond());
        for (path, piece) in paths.iter().zip(&pieces) {
            let offset = piece.grid.start().as_nanosecond() - start;
            if piece.grid.interval() != interval || offset % interval.as_nanos() != 0 {
                return Err(mismatch(&paths[0], first.grid, path, piece.grid));
            }
        }
    }
    let segments = pieces.into_iter().map(|piece| piece.segment).collect();
    lay(segments, channels, 0.0)
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
