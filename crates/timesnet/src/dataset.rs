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
    gaps: bool,
    judged: Option<Vec<usize>>,
}

/// Values that a window with gaps needs: one to hide and one to see.
const LEAST_VALUES: usize = 2;

impl WindowedSeries {
    /// Windows of `window` samples of `series` `[time, channel]` that begin at rows `starts`.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::WindowPastEnd`] and, with the row and channel of the first one,
    /// [`TimesNetError::NotFinite`]; [`TimesNetError::Config`] for a window of no length or a
    /// series without channels.
    pub fn new(series: Array2<f32>, starts: Vec<usize>, window: usize) -> Result<Self> {
        check_sizes(&series, window, 1)?;
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
        Ok(Self { series, starts, window, marks: None, gaps: false, judged: None })
    }

    /// Every window whose samples are all finite, one each `step` rows.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and for a step of zero.
    pub fn every(series: Array2<f32>, window: usize, step: usize) -> Result<Self> {
        check_sizes(&series, window, step)?;
        let mut starts = Vec::new();
        let mut clean = 0; // finite rows up to here
        for (row, values) in series.rows().into_iter().enumerate() {
            clean = if values.iter().all(|v| v.is_finite()) { clean + 1 } else { 0 };
            let start = (row + 1).checked_sub(window);
            starts.extend(start.filter(|s| clean >= window && s.is_multiple_of(step)));
        }
        Self::new(series, starts, window)
    }

    /// Every window with at least two values, one each `step` rows, of a series that may have gaps
    /// (NaN). Only [`Objective::Impute`](crate::Objective::Impute) can use them: what is missing is
    /// never read, never hidden and never judged.
    ///
    /// ```
    /// use ndarray::Array2;
    /// use timesnet::WindowedSeries;
    ///
    /// let mut series = Array2::<f32>::zeros((100, 2));
    /// series[[50, 1]] = f32::NAN;
    /// let windows = WindowedSeries::every_with_gaps(series, 24, 1)?;
    /// assert_eq!(windows.len(), 77);
    /// # Ok::<(), timesnet::TimesNetError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TimesNetError::NotFinite`] for an infinite value, [`TimesNetError::Config`] as
    /// [`every`](Self::every).
    pub fn every_with_gaps(series: Array2<f32>, window: usize, step: usize) -> Result<Self> {
        check_sizes(&series, window, step)?;
        if let Some(((row, channel), &value)) = series.indexed_iter().find(|(_, v)| v.is_infinite())
        {
            let start = row.saturating_sub(window - 1);
            return Err(TimesNetError::NotFinite { series: 0, row, channel, start, value });
        }
        let mut before = vec![0]; // values before each row
        for row in series.rows() {
            let own = row.iter().filter(|value| value.is_finite()).count();
            before.push(before[before.len() - 1] + own);
        }
        let last = (series.nrows() + 1).saturating_sub(window);
        let held = |start: &usize| before[start + window] - before[*start] >= LEAST_VALUES;
        let starts = (0..last).step_by(step).filter(held).collect();
        let gaps = before[series.nrows()] < series.len();
        Ok(Self { series, starts, window, marks: None, gaps, judged: None })
    }

    /// Judges only these channels: the others are given to the network, but neither losses nor
    /// errors count them (the published `MS`, many channels in and one of interest out).
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Config`] for an empty list, a channel that is not there or one named twice.
    pub fn with_judged(self, channels: Vec<usize>) -> Result<Self> {
        let mut seen = vec![false; self.channels()];
        for &channel in &channels {
            if seen.get(channel) != Some(&false) {
                let advice = format!("name each of the channels 0 to {} once", seen.len() - 1);
                return Err(TimesNetError::config("judged", channel, &advice));
            }
            seen[channel] = true;
        }
        if channels.is_empty() {
            return Err(TimesNetError::config("judged", "[]", "name at least 1 channel"));
        }
        Ok(Self { judged: Some(channels), ..self })
    }

    /// The channels that are judged, where not all are.
    #[must_use]
    pub fn judged(&self) -> Option<&[usize]> {
        self.judged.as_deref()
    }

    /// Whether values are missing.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        self.gaps
    }

    /// The first missing value in a window, as the error that it is where gaps cannot be used.
    pub(crate) fn refuse_gaps(&self, series: usize) -> Result<()> {
        let missing = |start: usize| {
            let window = self.series.slice(s![start..start + self.window, ..]);
            window.indexed_iter().find(|(_, v)| !v.is_finite()).map(|((row, channel), &value)| {
                TimesNetError::NotFinite { series, row: start + row, channel, start, value }
            })
        };
        match self.starts.iter().filter(|_| self.gaps).find_map(|&start| missing(start)) {
            Some(error) => Err(error),
            None => Ok(()),
        }
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

fn check_sizes(series: &Array2<f32>, window: usize, step: usize) -> Result<()> {
    let sizes = [("window", window), ("channels", series.ncols()), ("step", step)];
    match sizes.into_iter().find(|(_, size)| *size == 0) {
        Some((name, _)) => Err(TimesNetError::config(name, 0, "give at least 1")),
        None => Ok(()),
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
    fn windows_with_gaps_have_something_to_hide_and_to_see() {
        let mut series = Array2::<f32>::from_elem((20, 1), f32::NAN);
        series.slice_mut(s![4..7, ..]).fill(1.0);
        let windows = WindowedSeries::every_with_gaps(series.clone(), 5, 1).unwrap();
        assert_eq!(windows.starts(), [1, 2, 3, 4, 5]);
        let error = windows.refuse_gaps(3).unwrap_err().to_string();
        assert!(error.starts_with("series 3: value at row 1, channel 0 is NaN"), "{error}");
        assert_eq!(WindowedSeries::every_with_gaps(series.clone(), 30, 1).unwrap().len(), 0);
        series[[9, 0]] = f32::INFINITY;
        assert!(WindowedSeries::every_with_gaps(series, 5, 1).is_err());
    }

    #[test]
    fn judged_channels_are_there_and_named_once() {
        let windows = WindowedSeries::every(Array2::zeros((20, 3)), 5, 1).unwrap();
        assert_eq!(windows.clone().with_judged(vec![2]).unwrap().judged(), Some(&[2][..]));
        for wrong in [vec![], vec![3], vec![1, 1]] {
            assert!(windows.clone().with_judged(wrong).is_err());
        }
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
