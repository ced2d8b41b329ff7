use std::ops::Range;

use ndarray::{Array2, ArrayView1, Axis, s};

use super::config::Driver;
use crate::tide::TidalGroups;
use crate::trimmed::block_means;
use crate::{Provenance, Recording, Result};

/// Samples in an hour, or one.
pub(super) fn block(recording: &Recording) -> usize {
    ((3600.0 / recording.grid().interval_seconds()).round() as usize).max(1)
}

/// Samples in `hours`.
pub(super) fn lag(recording: &Recording, hours: u32) -> usize {
    (f64::from(hours) * 3600.0 / recording.grid().interval_seconds()).round() as usize
}

/// Differences from hour to hour of a channel and of all that it may answer to.
pub(super) struct Rows {
    /// `[row, column]`: tidal pairs, then each driver's lags.
    pub(super) design: Array2<f64>,
    pub(super) changes: Vec<f64>,
    /// The hour in which each row's difference ends, from the start of the span.
    pub(super) hours: Vec<usize>,
}

impl Rows {
    pub(super) fn new(
        recording: &Recording,
        channel: &str,
        range: Range<usize>,
        tides: Option<&TidalGroups>,
        drivers: &[Driver],
    ) -> Result<Self> {
        let block = block(recording);
        let means = |values: Vec<f64>| block_means(&values, block);
        let target = means(unmasked(recording, channel, range.clone())?);
        let tidal = tides.map(|tides| tides.design(recording.grid(), range.clone(), block));
        let first = tidal.as_ref().map_or(0, Array2::ncols);
        let lags = drivers.iter().map(|driver| driver.lags_hours.len()).sum::<usize>();
        let mut columns = Array2::zeros((target.len(), first + lags));
        if let Some(tidal) = tidal {
            columns.slice_mut(s![.., ..first]).assign(&tidal);
        }
        let mut column = first;
        for driver in drivers {
            let values = recording.channel(&driver.channel)?;
            for &hours in &driver.lags_hours {
                let lag = lag(recording, hours);
                let values = range.clone().map(|index| lagged(values, index, lag)).collect();
                columns.column_mut(column).assign(&ndarray::Array1::from(means(values)));
                column += 1;
            }
        }
        let complete = |hour: usize| {
            target[hour].is_finite()
                && columns.slice(s![hour, first..]).iter().all(|value: &f64| value.is_finite())
        };
        let hours: Vec<usize> =
            (1..target.len()).filter(|&hour| complete(hour) && complete(hour - 1)).collect();
        let mut design = columns.select(Axis(0), &hours);
        for (mut row, &hour) in design.rows_mut().into_iter().zip(&hours) {
            row -= &columns.row(hour - 1);
        }
        let changes = hours.iter().map(|&hour| target[hour] - target[hour - 1]).collect();
        Ok(Self { design, changes, hours })
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
