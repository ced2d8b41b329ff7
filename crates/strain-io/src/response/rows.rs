use std::ops::Range;

use jiff::SignedDuration;
use ndarray::{Array1, Array2, ArrayView1, Axis, s};

use super::config::Driver;
use super::fit::ResponseFit;
use crate::tide::{LONGEST_TIDE_INTERVAL, TidalGroups, TidalSet};
use crate::trimmed::block_means;
use crate::{Provenance, Recording, Result, StrainIoError, TimeGrid};

/// Samples of a row: as many as come nearest to an hour, at least one.
fn block(grid: &TimeGrid) -> usize {
    ((3600.0 / grid.interval_seconds()).round() as usize).max(1)
}

/// Hours from one row to the next: 1 wherever the sampling interval divides an hour.
pub(super) fn row_hours(grid: &TimeGrid) -> f64 {
    block(grid) as f64 * grid.interval_seconds() / 3600.0
}

/// Samples in `hours`.
///
/// # Errors
///
/// [`StrainIoError::Config`] where they are no whole number.
pub(super) fn lag(grid: &TimeGrid, hours: u32) -> Result<usize> {
    named_lag(grid, hours, "drivers.lags_hours")
}

/// The same of the setting `name`.
pub(crate) fn named_lag(grid: &TimeGrid, hours: u32, name: &'static str) -> Result<usize> {
    let (lag, interval) = (SignedDuration::from_hours(hours.into()), grid.interval());
    if lag.as_nanos() % interval.as_nanos() != 0 {
        return Err(StrainIoError::Config {
            name,
            value: format!("{hours} h with a sample every {} s", grid.interval_seconds()),
            advice: "give lags of whole samples, or decimate to an interval that divides an hour",
        });
    }
    // At most half a year: of the shortest interval, too, no more than fits.
    Ok((lag.as_nanos() / interval.as_nanos()) as usize)
}

/// The tidal columns of a span: the same for every channel of a recording.
pub(crate) struct TidalDesign {
    pub(super) groups: TidalGroups,
    /// `[row, column]`: cosine and sine of each group.
    columns: Array2<f64>,
}

impl TidalDesign {
    /// For the samples `range` of a grid.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Range`], and [`StrainIoError::Config`] for samples too far apart to show a tide.
    pub(crate) fn new(set: TidalSet, grid: &TimeGrid, range: Range<usize>) -> Result<Self> {
        grid.slice(range.clone())?;
        let interval = grid.interval_seconds();
        if interval > LONGEST_TIDE_INTERVAL * 3600.0 {
            return Err(StrainIoError::Config {
                name: "tides",
                value: format!("{set:?} with a sample every {interval} s"),
                advice: "a tide needs a sample at least every 3 hours; fit none",
            });
        }
        let hours = range.len() as f64 * interval / 3600.0;
        let groups = TidalGroups::new(set, hours / 24.0);
        let columns = groups.design(grid, range, block(grid));
        Ok(Self { groups, columns })
    }

    /// The daily and shorter tides that were fitted with these columns, `[row]`: hourly means. What is
    /// of longer period holds drift and seasons, too.
    pub(crate) fn fast_tide(&self, fit: &ResponseFit) -> Array1<f64> {
        let fast = self.groups.groups().iter().map(|group| group.frequency() > 0.5);
        let mut factors = Array1::zeros(self.columns.ncols());
        let coefficients = fit.harmonics.iter().flat_map(|tides| tides.coefficients());
        factors.iter_mut().zip(coefficients).for_each(|(factor, fitted)| *factor = *fitted);
        for (mut pair, fast) in factors.exact_chunks_mut(2).into_iter().zip(fast) {
            if !fast {
                pair.fill(0.0);
            }
        }
        self.columns.dot(&factors)
    }
}

/// Differences from row to row, an hour, of a channel and of all that it may answer to.
pub(super) struct Rows {
    /// `[row, column]`: tidal pairs, then each driver's lags.
    pub(super) design: Array2<f64>,
    pub(super) changes: Vec<f64>,
    /// Where each difference ends, in rows from the start of the span.
    pub(super) ends: Vec<usize>,
}

impl Rows {
    pub(super) fn new(
        recording: &Recording,
        channel: &str,
        range: Range<usize>,
        tides: Option<&TidalDesign>,
        drivers: &[Driver],
    ) -> Result<Self> {
        let grid = recording.grid();
        let block = block(grid);
        let means = |values: Vec<f64>| block_means(&values, block);
        let target = means(unmasked(recording, channel, range.clone())?);
        let first = tides.map_or(0, |tides| tides.columns.ncols());
        let lags = drivers.iter().map(|driver| driver.lags_hours.len()).sum::<usize>();
        let mut columns = Array2::zeros((target.len(), first + lags));
        if let Some(tides) = tides {
            columns.slice_mut(s![.., ..first]).assign(&tides.columns);
        }
        let mut column = first;
        for driver in drivers {
            let values = recording.channel(&driver.channel)?;
            for &hours in &driver.lags_hours {
                let lag = lag(grid, hours)?;
                let values = range.clone().map(|index| lagged(values, index, lag)).collect();
                columns.column_mut(column).assign(&Array1::from(means(values)));
                column += 1;
            }
        }
        let complete = |row: usize| {
            target[row].is_finite()
                && columns.slice(s![row, first..]).iter().all(|value: &f64| value.is_finite())
        };
        let ends: Vec<usize> =
            (1..target.len()).filter(|&row| complete(row) && complete(row - 1)).collect();
        let mut design = columns.select(Axis(0), &ends);
        for (mut row, &end) in design.rows_mut().into_iter().zip(&ends) {
            row -= &columns.row(end - 1);
        }
        let changes = ends.iter().map(|&end| target[end] - target[end - 1]).collect();
        Ok(Self { design, changes, ends })
    }
}

/// A channel without what is masked.
fn unmasked(recording: &Recording, channel: &str, range: Range<usize>) -> Result<Vec<f64>> {
    let column = recording.channel_index(channel)?;
    let values = recording.values();
    let flags = recording.provenance();
    let masked = |index: usize| flags[[index, column]].contains(Provenance::MASKED);
    let value = |index: usize| if masked(index) { f64::NAN } else { values[[index, column]] };
    Ok(range.map(value).collect())
}

/// A driver's value `lag` samples ago, NaN before its start.
pub(super) fn lagged(values: ArrayView1<'_, f64>, index: usize, lag: usize) -> f64 {
    index.checked_sub(lag).map_or(f64::NAN, |earlier| values[earlier])
}
