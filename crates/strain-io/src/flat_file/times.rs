use std::ops::Range;

use crate::TimeGrid;

/// The unit that a grid's instants are written in: microseconds, or nanoseconds where it needs them.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Ticks {
    Micros,
    Nanos,
}

impl Ticks {
    pub(crate) fn of(grid: &TimeGrid) -> Self {
        let start = grid.start().as_nanosecond();
        match start % 1000 == 0 && grid.interval().as_nanos() % 1000 == 0 {
            true => Self::Micros,
            false => Self::Nanos,
        }
    }

    /// The instants of some samples since 1970, unless one is out of reach.
    pub(crate) fn times(self, grid: &TimeGrid, rows: Range<usize>) -> Result<Vec<i64>, TooFar> {
        let nanos = match self {
            Self::Micros => 1000,
            Self::Nanos => 1,
        };
        rows.map(|row| i64::try_from(grid.time(row).as_nanosecond() / nanos))
            .collect::<Result<_, _>>()
            .map_err(|_| TooFar)
    }
}

/// A time that 64 bits of nanoseconds do not reach.
#[derive(Debug, thiserror::Error)]
#[error("a time before 1678 or after 2261")]
pub(crate) struct TooFar;
