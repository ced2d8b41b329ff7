//! Rows of (time, values) as a reader finds them, and the uniform grid that they are laid on.

mod interval;
mod row_times;
mod runs;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use ndarray::Array2;

use crate::bad_row::{BadRow, RowProblem};
use crate::{Result, StrainIoError, TimeGrid};
pub(crate) use row_times::{Laid, RowTimes, check_follows};

/// The most grid points that `values` values read may be spread over: a few far-apart rows must not
/// ask for the memory of a century of seconds.
pub(crate) fn room(values: usize) -> i128 {
    values as i128 * 1000 + 4_000_000
}

/// Rows in strictly ascending time order, values row by row.
#[derive(Default)]
pub(crate) struct Table {
    columns: usize,
    rows: RowTimes,
    values: Vec<f64>,
}

impl Table {
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Whether a row of instant `time` (ns) may follow.
    pub(crate) fn check_order(&self, time: i64) -> Result<(), RowProblem> {
        check_follows(self.rows.last(), time)
    }

    /// Adds a row that passed [`Table::check_order`]; `values` must be one per column.
    pub(crate) fn push(&mut self, time: i64, line: u64, values: &[f64]) {
        debug_assert_eq!(values.len(), self.columns);
        self.rows.push(time, line);
        self.values.extend_from_slice(values);
    }

    /// Lays the rows on a uniform grid, NaN where no row is; see [`RowTimes::lay`].
    pub(crate) fn into_grid(
        self,
        file: &Path,
        interval: Option<SignedDuration>,
        off_grid: &mut dyn FnMut(BadRow) -> Result<()>,
    ) -> Result<(TimeGrid, Array2<f64>)> {
        let laid = self.rows.lay(file, self.columns, interval, off_grid)?;
        let len = laid.grid.len();
        let gapless = laid.rows == len && self.rows.len() == len;
        let values = if gapless { self.values } else { self.spread(&laid) };
        let shape = (len, self.columns);
        let values = Array2::from_shape_vec(shape, values).expect("rows are as long as columns");
        Ok((laid.grid, values))
    }

    fn spread(&self, laid: &Laid) -> Vec<f64> {
        let mut spread = vec![f64::NAN; laid.grid.len() * self.columns];
        for (row, time) in self.rows.times().enumerate() {
            let Some(index) = laid.index(time) else { continue };
            let values = &self.values[row * self.columns..(row + 1) * self.columns];
            spread[index * self.columns..(index + 1) * self.columns].copy_from_slice(values);
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
