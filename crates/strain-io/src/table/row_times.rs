use std::path::Path;

use jiff::SignedDuration;

use super::interval::{commonest_phase, commonest_step};
use super::runs::Runs;
use super::{checked_interval, room, timestamp};
use crate::bad_row::{BadRow, RowProblem};
use crate::{Result, StrainIoError, TimeGrid};

/// The instants of rows in strictly ascending order and the lines that they stand in, without their
/// values.
#[derive(Default)]
pub(crate) struct RowTimes {
    times: Runs,
    lines: Runs,
}

/// The grid of rows, and which of them lie on it.
pub(crate) struct Laid {
    pub(crate) grid: TimeGrid,
    /// The rows that lie on the grid.
    pub(crate) rows: usize,
    first: i64,
    step: i64,
}

/// Whether a row of instant `time` (ns) may follow one of `previous`.
pub(crate) fn check_follows(previous: Option<i64>, time: i64) -> Result<(), RowProblem> {
    match previous {
        Some(previous) if time == previous => Err(RowProblem::DuplicateTime),
        Some(previous) if time < previous => {
            Err(RowProblem::OutOfOrder { previous: timestamp(previous).to_string() })
        }
        _ => Ok(()),
    }
}

impl RowTimes {
    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    pub(super) fn last(&self) -> Option<i64> {
        self.times.last()
    }

    pub(super) fn times(&self) -> impl Iterator<Item = i64> + '_ {
        self.times.iter()
    }

    /// Adds a row that passed [`check_follows`].
    pub(crate) fn push(&mut self, time: i64, line: u64) {
        self.times.push(time);
        self.lines.push(line as i64);
    }

    /// Finds the uniform grid of rows of `columns` values each.
    ///
    /// The interval, if not given, is the commonest step from row to row, and the grid passes
    /// through most of the rows: one stray row is then the one reported, not all others. Rows off
    /// the grid go to `off_grid`, which ends the reading or notes them.
    pub(crate) fn lay(
        &self,
        file: &Path,
        columns: usize,
        interval: Option<SignedDuration>,
        off_grid: &mut dyn FnMut(BadRow) -> Result<()>,
    ) -> Result<Laid> {
        let step = match interval {
            Some(interval) => checked_interval(interval)?,
            None => commonest_step(self.times()).ok_or_else(|| self.no_interval(file))?,
        };
        let phase = commonest_phase(self.times(), step);
        let (mut ends, mut rows) = (None, 0);
        for (row, time) in self.times().enumerate() {
            if time.rem_euclid(step) == phase {
                ends = Some((ends.map_or(time, |(first, _)| first), time));
                rows += 1;
            } else {
                off_grid(self.stray(file, row, time, step))?;
            }
        }
        let Some((first, last)) = ends else {
            return Err(StrainIoError::NoRows { file: file.to_owned() });
        };
        let samples = (i128::from(last) - i128::from(first)) / i128::from(step) + 1;
        let columns = columns.max(1);
        let fits = |_: &usize| samples * columns as i128 <= room(rows * columns);
        let len = usize::try_from(samples).ok().filter(fits);
        let len = len.ok_or_else(|| {
            let (file, interval_s) = (file.to_owned(), step as f64 / 1e9);
            StrainIoError::TooSparse { file, rows, samples, interval_s }
        })?;
        let grid = TimeGrid::new(timestamp(first), SignedDuration::from_nanos(step), len)?;
        Ok(Laid { grid, rows, first, step })
    }

    fn no_interval(&self, file: &Path) -> StrainIoError {
        let file = file.to_owned();
        match self.len() {
            0 => StrainIoError::NoRows { file },
            _ => StrainIoError::NoInterval { file },
        }
    }

    fn stray(&self, file: &Path, row: usize, time: i64, step: i64) -> BadRow {
        let line = self.lines.get(row).unwrap_or_default() as u64;
        let reason = RowProblem::OffGrid { interval_s: step as f64 / 1e9 };
        BadRow::new(file, line, None, reason, timestamp(time).to_string().as_bytes())
    }
}

impl Laid {
    /// The sample at an instant (ns); nothing off the grid and beyond its ends.
    pub(crate) fn index(&self, time: i64) -> Option<usize> {
        let (since, step) = (i128::from(time) - i128::from(self.first), i128::from(self.step));
        let on_grid = since >= 0 && since % step == 0;
        let index = if on_grid { usize::try_from(since / step).ok()? } else { return None };
        (index < self.grid.len()).then_some(index)
    }
}
