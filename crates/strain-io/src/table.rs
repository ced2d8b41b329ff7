//! Rows of (time, values) as a reader finds them, and the uniform grid that they are laid on.

mod interval;
mod line_map;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use ndarray::Array2;

use crate::bad_row::{BadRow, RowProblem};
use crate::{Result, StrainIoError, TimeGrid};
use interval::{commonest_phase, commonest_step};
use line_map::LineMap;

/// The most grid points that `values` values read may be spread over: a few far-apart rows must not
/// ask for the memory of a century of seconds.
pub(crate) fn room(values: usize) -> i128 {
    values as i128 * 1000 + 4_000_000
}

/// Rows in strictly ascending time order, values row by row.
#[derive(Default)]
pub(crate) struct Table {
    columns: usize,
    times: Vec<i64>,
    values: Vec<f64>,
    lines: LineMap,
}

impl Table {
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.times.len()
    }

    /// Whether a row of instant `time` (ns) may follow.
    pub(crate) fn check_order(&self, time: i64) -> Result<(), RowProblem> {
        match self.times.last() {
            Some(&previous) if time == previous => Err(RowProblem::DuplicateTime),
            Some(&previous) if time < previous => {
                Err(RowProblem::OutOfOrder { previous: timestamp(previous).to_string() })
            }
            _ => Ok(()),
        }
    }

    /// Adds a row that passed [`Table::check_order`]; `values` must be one per column.
    pub(crate) fn push(&mut self, time: i64, line: u64, values: &[f64]) {
        debug_assert_eq!(values.len(), self.columns);
        self.lines.push(self.times.len(), line);
        self.times.push(time);
        self.values.extend_from_slice(values);
    }

    /// Lays the rows on a uniform grid, NaN where no row is.
    ///
    /// The interval, if not given, is the commonest step from row to row, and the grid passes
    /// through most of the rows: one stray row is then the one reported, not all others. Rows off
    /// the grid go to `off_grid`, which ends the reading or notes them.
    pub(crate) fn into_grid(
        mut self,
        file: &Path,
        interval: Option<SignedDuration>,
        off_grid: &mut dyn FnMut(BadRow) -> Result<()>,
    ) -> Result<(TimeGrid, Array2<f64>)> {
        let step = match interval {
            Some(interval) => checked_interval(interval)?,
            None => commonest_step(&self.times).ok_or_else(|| self.no_interval(file))?,
        };
        self.drop_off_grid(file, step, off_grid)?;
        let (Some(&first), Some(&last)) = (self.times.first(), self.times.last()) else {
            return Err(StrainIoError::NoRows { file: file.to_owned() });
        };
        let samples = (i128::from(last) - i128::from(first)) / i128::from(step) + 1;
        let len = self.checked_len(file, samples, step)?;
        let grid = TimeGrid::new(timestamp(first), SignedDuration::from_nanos(step), len)?;
        let values =
            if len == self.times.len() { self.values } else { self.spread(first, step, len) };
        let shape = (len, self.columns);
        Ok((grid, Array2::from_shape_vec(shape, values).expect("rows are as long as columns")))
    }

    fn no_interval(&self, file: &Path) -> StrainIoError {
        let file = file.to_owned();
        match self.rows() {
            0 => StrainIoError::NoRows { file },
            _ => StrainIoError::NoInterval { file },
        }
    }

    fn drop_off_grid(
        &mut self,
        file: &Path,
        step: i64,
        off_grid: &mut dyn FnMut(BadRow) -> Result<()>,
    ) -> Result<()> {
        let phase = commonest_phase(&self.times, step);
        let on_grid = |time: i64| time.rem_euclid(step) == phase;
        if self.times.iter().all(|&time| on_grid(time)) {
            return Ok(());
        }
        let mut kept = Self::new(self.columns);
        let interval_s = step as f64 / 1e9;
        for (row, &time) in self.times.iter().enumerate() {
            let line = self.lines.line(row);
            if on_grid(time) {
                let values = row * self.columns..(row + 1) * self.columns;
                kept.push(time, line, &self.values[values]);
            } else {
                let text = timestamp(time).to_string();
                let reason = RowProblem::OffGrid { interval_s };
                off_grid(BadRow::new(file, line, None, reason, text.as_bytes()))?;
            }
        }
        *self = kept;
        Ok(())
    }

    fn checked_len(&self, file: &Path, samples: i128, step: i64) -> Result<usize> {
        let columns = self.columns.max(1);
        let room = room(self.rows() * columns);
        let fits = |_: &usize| samples * columns as i128 <= room;
        usize::try_from(samples).ok().filter(fits).ok_or_else(|| StrainIoError::TooSparse {
            file: file.to_owned(),
            rows: self.rows(),
            samples,
            interval_s: step as f64 / 1e9,
        })
    }

    fn spread(&self, first: i64, step: i64, len: usize) -> Vec<f64> {
        let mut spread = vec![f64::NAN; len * self.columns];
        for (row, &time) in self.times.iter().enumerate() {
            let index = ((time - first) / step) as usize * self.columns;
            let values = &self.values[row * self.columns..(row + 1) * self.columns];
            spread[index..index + self.columns].copy_from_slice(values);
        }
        spread
    }
}

/// Any i64 of nanoseconds lies within the range of [`Timestamp`].
pub(crate) fn timestamp(nanos: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanos.into()).expect("1677 to 2262 is within jiff's range")
}

/// A sampling interval in nanoseconds, if it is one.
pub(crate) fn checked_interval(interval: SignedDuration) -> Result<i64> {
    i64::try_from(interval.as_nanos()).ok().filter(|&step| step > 0).ok_or_else(|| {
        StrainIoError::Config {
            name: "interval",
            value: format!("{interval:#}"),
            advice: "give the positive time from one sample to the next",
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    fn table(hours: &[f64]) -> Table {
        let mut table = Table::new(1);
        for (row, &hour) in hours.iter().enumerate() {
            table.push((hour * HOUR as f64) as i64, row as u64 + 2, &[hour]);
        }
        table
    }

    fn lay(hours: &[f64], interval: Option<i64>) -> (Result<(TimeGrid, Array2<f64>)>, Vec<u64>) {
        let mut lines = Vec::new();
        let result = table(hours).into_grid(
            Path::new("f"),
            interval.map(SignedDuration::from_secs),
            &mut |row| {
                lines.push(row.line);
                Ok(())
            },
        );
        (result, lines)
    }

    #[test]
    fn gaps_become_nan() {
        let (result, lines) = lay(&[0.0, 1.0, 3.0, 4.0], None);
        let (grid, values) = result.unwrap();
        assert_eq!((grid.len(), grid.interval_seconds()), (5, 3600.0));
        assert!(values[[2, 0]].is_nan() && values[[3, 0]] == 3.0);
        assert!(lines.is_empty());
    }

    #[test]
    fn a_stray_row_is_the_one_reported() {
        let (result, lines) = lay(&[0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0], None);
        assert_eq!(result.unwrap().0.len(), 6);
        assert_eq!(lines, [4]);
        let (result, lines) = lay(&[0.1, 1.0, 2.0, 3.0, 4.0], None);
        assert_eq!(result.unwrap().0.start(), timestamp(HOUR));
        assert_eq!(lines, [2]);
    }

    #[test]
    fn a_named_interval_is_kept() {
        let (result, lines) = lay(&[0.0, 1.0, 1.5, 2.0, 3.0], Some(1800));
        assert_eq!(result.unwrap().0.len(), 7);
        assert!(lines.is_empty());
        assert!(matches!(lay(&[0.0], Some(0)).0, Err(StrainIoError::Config { .. })));
        assert_eq!(lay(&[5.0], Some(60)).0.unwrap().0.len(), 1);
    }

    #[test]
    fn too_little_to_tell() {
        assert!(matches!(lay(&[], None).0, Err(StrainIoError::NoRows { .. })));
        assert!(matches!(lay(&[1.0], None).0, Err(StrainIoError::NoInterval { .. })));
    }

    #[test]
    fn a_century_of_nanoseconds_is_refused() {
        let mut sparse = Table::new(1);
        for (row, time) in [0, 1, i64::MAX].into_iter().enumerate() {
            sparse.push(time, row as u64, &[0.0]);
        }
        let result = sparse.into_grid(Path::new("f"), None, &mut |_| Ok(()));
        assert!(matches!(result, Err(StrainIoError::TooSparse { .. })));
    }

    #[test]
    fn order_is_checked() {
        let table = table(&[0.0, 1.0]);
        assert_eq!(table.check_order(HOUR), Err(RowProblem::DuplicateTime));
        let earlier = table.check_order(HOUR - 1).unwrap_err();
        assert!(earlier.to_string().contains("1970-01-01T01:00:00Z"));
        assert_eq!(table.check_order(HOUR + 1), Ok(()));
    }
}
