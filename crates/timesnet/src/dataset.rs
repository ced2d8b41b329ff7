//! Windows over a multivariate series.

use ndarray::{Array2, ArrayView2, s};

use crate::{Result, TimesNetError};

/// A series `[time, channel]` and the windows of it that may be used.
///
/// Values outside the windows are never read and may be NaN.
///
/// ```
/// use ndarray::Array2;
/// use timesnet::{TimesNetError, WindowedSeries};
///
/// let mut series = Array2::<f32>::zeros((100, 2));
/// series[[50, 1]] = f32::NAN;
/// let windows = WindowedSeries::new(series.clone(), vec![0, 10, 60], 24)?;
/// assert_eq!(windows.len(), 3);
///
/// let error = WindowedSeries::new(series, vec![0, 40], 24).unwrap_err();
/// assert!(matches!(error, TimesNetError::NotFinite { row: 50, channel: 1, start: 40, .. }));
/// # Ok::<(), TimesNetError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WindowedSeries {
    series: Array2<f32>,
    starts: Vec<usize>,
    window: usize,
    marks: Option<Array2<f32>>,
}

impl WindowedSeries {
    /// Windows of `window` samples of `series` `[time, channel]` that begin at rows `starts`.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::WindowPastEnd`] and, with the row and channel of the first one,
    /// [`TimesNetError::NotFinite`]; [`TimesNetError::Config`] for a window of no length or a
    /// series without channels.
    pub fn new(series: Array2<f32>, starts: Vec<usize>, window: usize) -> Result<Self> {
        if window == 0 {
            return Err(TimesNetError::config("window", 0, "give at least 1 sample"));
        }
        if series.ncols() == 0 {
            return Err(TimesNetError::config("channels", 0, "give at least 1 channel"));
        }
        let rows = series.nrows();
        if let Some((index, &start)) = starts
            .iter()
            .enumerate()
            .find(|(_, start)| start.checked_add(window).is_none_or(|end| end > rows))
        {
            return Err(TimesNetError::WindowPastEnd { index, start, window, rows });
        }
        // Each row is looked at once, however many windows share it.
        let bad: Vec<usize> = series
            .rows()
            .into_iter()
            .enumerate()
            .filter(|(_, row)| row.iter().any(|value| !value.is_finite()))
            .map(|(row, _)| row)
            .collect();
        for &start in &starts {
            let first = bad.partition_point(|&row| row < start);
            if let Some(&row) = bad.get(first).filter(|&&row| row < start + window) {
                let values = series.row(row);
                let channel = values.iter().position(|v| !v.is_finite()).unwrap_or(0);
                let value = values[channel];
                return Err(TimesNetError::NotFinite { series: 0, row, channel, start, value });
            }
        }
        Ok(Self { series, starts, window, marks: None })
    }

    /// Every window whose samples are all finite, one each `step` rows.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and for a step of zero.
    pub fn every(series: Array2<f32>, window: usize, step: usize) -> Result<Self> {
        if step == 0 {
            return Err(TimesNetError::config("step", 0, "give at least 1"));
        }
        let mut starts = Vec::new();
        let mut clean = 0; // finite rows up to here
        for (row, values) in series.rows().into_iter().enumerate() {
            clean = if values.iter().all(|v| v.is_finite()) { clean + 1 } else { 0 };
            let start = (row + 1).checked_sub(window);
            starts.extend(start.filter(|s| clean >= window && s.is_multiple_of(step)));
        }
        Self::new(series, starts, window)
    }

    /// Adds time features `[time, feature]`, a row for each of the series
    /// ([`TimeFrequency::time_features`](crate::TimeFrequency::time_features)).
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Shape`] for another number of rows, [`TimesNetError::NotFinite`].
    pub fn with_marks(self, marks: Array2<f32>) -> Result<Self> {
        if marks.nrows() != self.series.nrows() {
            return Err(TimesNetError::Shape {
                what: "the time features",
                expected: format!("[{}, feature], a row for each sample", self.series.nrows()),
                got: marks.shape().to_vec(),
            });
        }
        if let Some(((row, channel), &value)) = marks.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(TimesNetError::NotFinite { series: 0, row, channel, start: 0, value });
        }
        Ok(Self { marks: Some(marks), ..self })
    }

    /// The time features, where there are any.
    #[must_use]
    pub fn marks(&self) -> Option<ArrayView2<'_, f32>> {
        self.marks.as_ref().map(|marks| marks.view())
    }

    /// The whole series.
    #[must_use]
    pub fn series(&self) -> ArrayView2<'_, f32> {
        self.series.view()
    }

    /// First rows of the windows.
    #[must_use]
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Samples in a window.
    #[must_use]
    pub fn window(&self) -> usize {
        self.window
    }

    /// Channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.series.ncols()
    }

    /// Number of windows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there are no windows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Appends window number `index`, row by row, to `into`.
    pub(crate) fn extend(&self, index: usize, into: &mut Vec<f32>) {
        let start = self.starts[index];
        into.extend(self.series.slice(s![start..start + self.window, ..]).iter());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_window_is_found() {
        let mut series = Array2::<f32>::zeros((20, 1));
        series[[7, 0]] = f32::INFINITY;
        let windows = WindowedSeries::every(series, 5, 2).unwrap();
        assert_eq!(windows.starts(), [0, 2, 8, 10, 12, 14]);
    }

    #[test]
    fn windows_past_the_end_are_refused() {
        let series = Array2::<f32>::zeros((20, 1));
        let error = WindowedSeries::new(series.clone(), vec![0, 15, 16], 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the window that starts at row 16 (start number 2) needs 5 rows, the series has 20"
        );
        assert!(WindowedSeries::new(series.clone(), vec![usize::MAX], 5).is_err());
        assert!(WindowedSeries::new(series, vec![0], 0).is_err());
    }
}
