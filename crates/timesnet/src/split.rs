//! Training, validation and test parts of a series, scaled without looking ahead.

use std::ops::Range;

use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};

use crate::{ConstantChannels, Number, Result, Scaler, TimesNetError, WindowedSeries};

/// Which rows train, validate and test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitRows {
    /// Rows trained on.
    pub train: Range<usize>,
    /// Rows that decide when to stop.
    pub valid: Range<usize>,
    /// Rows that nothing is decided by.
    pub test: Range<usize>,
}

impl SplitRows {
    /// The published split of the hourly transformer data (ETTh1, ETTh2): 12, 4 and 4 months of 30
    /// days.
    #[must_use]
    pub fn ett_hourly() -> Self {
        let month = 30 * 24;
        Self { train: 0..12 * month, valid: 12 * month..16 * month, test: 16 * month..20 * month }
    }

    /// The published split of other series: 70 % training, 20 % test, validation between.
    #[must_use]
    pub fn shares(rows: usize) -> Self {
        let (train, test) = (rows * 7 / 10, rows / 5);
        Self { train: 0..train, valid: train..rows - test, test: rows - test..rows }
    }
}

/// Windows of the three parts and what they were scaled with.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Splits {
    /// To train on.
    pub train: WindowedSeries,
    /// To stop by.
    pub valid: WindowedSeries,
    /// To report.
    pub test: WindowedSeries,
    /// From the training rows.
    pub scaler: Scaler,
}

/// Cuts `series` `[time, channel]` (with time features `marks` `[time, feature]`, where the network
/// has them) into every window of `history + horizon` rows of each part, scaled with the training
/// rows' statistics.
///
/// What a window predicts lies inside its part. As published, the first windows of validation and
/// test look back into the part before; no window of a part reaches into a later one. Without a
/// horizon the rows that are looked back at are themselves judged, in the published loaders too:
/// [`split_with_gaps`] keeps every window inside its part.
///
/// # Errors
///
/// [`TimesNetError::TooShort`] where a part is shorter than a window,
/// [`TimesNetError::WindowPastEnd`] where one ends after the series, [`TimesNetError::Config`] where
/// one begins before the one before it ends,
/// [`TimesNetError::ConstantChannel`], [`TimesNetError::NotFinite`] with row and channel.
///
/// ```
/// use ndarray::Array2;
/// use timesnet::{ConstantChannels, SplitRows, split};
///
/// let series = Array2::from_shape_fn((1000, 1), |(t, _)| (t as f32 / 4.0).sin());
/// let parts = split(&series, None, &SplitRows::shares(1000), 48, 12, ConstantChannels::Refuse)?;
/// assert_eq!(parts.train.len(), 700 - 60 + 1);
/// assert_eq!(parts.test.len(), 200 - 12 + 1);
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
pub fn split<T: Number>(
    series: &Array2<T>,
    marks: Option<&Array2<f32>>,
    rows: &SplitRows,
    history: usize,
    horizon: usize,
    constant: ConstantChannels,
) -> Result<Splits> {
    let plain = |scaled: Array2<f32>, window| {
        let last = scaled.nrows() - window;
        WindowedSeries::new(scaled, (0..=last).collect(), window)
    };
    let Some(window) = history.checked_add(horizon) else {
        let advice = "history and horizon together are more rows than can be counted";
        return Err(TimesNetError::config("horizon", horizon, advice));
    };
    cut(series, marks, rows, history, window, constant, plain)
}

/// As [`split`], of windows that are judged whole: each lies inside its part. The series may have
/// gaps (NaN), for [`Objective::Impute`](crate::Objective::Impute) alone; without any its windows
/// are for [`Objective::Reconstruct`](crate::Objective::Reconstruct) too. Windows with fewer than
/// two values are left out.
///
/// # Errors
///
/// As [`split`]; [`TimesNetError::NotFinite`] for infinite values only.
///
/// ```
/// use ndarray::Array2;
/// use timesnet::{ConstantChannels, SplitRows, split_with_gaps};
///
/// let series = Array2::from_shape_fn((1000, 1), |(t, _)| (t as f32 / 4.0).sin());
/// let rows = SplitRows::shares(1000);
/// let parts = split_with_gaps(&series, None, &rows, 48, ConstantChannels::Refuse)?;
/// assert_eq!(parts.test.len(), 200 - 48 + 1);
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
pub fn split_with_gaps<T: Number>(
    series: &Array2<T>,
    marks: Option<&Array2<f32>>,
    rows: &SplitRows,
    window: usize,
    constant: ConstantChannels,
) -> Result<Splits> {
    let gappy = |scaled, window| WindowedSeries::every_with_gaps(scaled, window, 1);
    cut(series, marks, rows, 0, window, constant, gappy)
}

/// Cuts each part, with as many rows `before` it as there are up to this number, into windows.
fn cut<T: Number>(
    series: &Array2<T>,
    marks: Option<&Array2<f32>>,
    rows: &SplitRows,
    before: usize,
    window: usize,
    constant: ConstantChannels,
    windows: impl Fn(Array2<f32>, usize) -> Result<WindowedSeries>,
) -> Result<Splits> {
    for part in [&rows.train, &rows.valid, &rows.test] {
        if part.end > series.nrows() || part.start > part.end {
            let (start, rows) = (part.start, series.nrows());
            let window = part.len().max(window);
            return Err(TimesNetError::WindowPastEnd { index: 0, start, window, rows });
        }
    }
    let parts = [(&rows.train, "valid", &rows.valid), (&rows.valid, "test", &rows.test)];
    if let Some((before, name, part)) = parts.into_iter().find(|(a, _, b)| b.start < a.end) {
        let advice = format!("it begins before {before:?} ends: give parts that follow each other");
        return Err(TimesNetError::config(name, format!("{part:?}"), &advice));
    }
    let scaler = Scaler::fit(series.slice(s![rows.train.clone(), ..]), constant)?;
    let part = |name: &'static str, range: &Range<usize>| {
        let from = range.start.saturating_sub(before);
        let own = from..range.end;
        let scaled = scaler.apply(series.slice(s![own.clone(), ..]))?;
        if own.len() < window {
            return Err(TimesNetError::TooShort { part: name, rows: own.len(), window });
        }
        let windows = windows(scaled, window).map_err(|error| in_series(error, from))?;
        match marks {
            Some(marks) if marks.nrows() == series.nrows() => {
                windows.with_marks(marks.slice(s![own, ..]).to_owned())
            }
            Some(marks) => Err(TimesNetError::Shape {
                what: "the time features",
                expected: format!("[{}, feature], as many rows as the series", series.nrows()),
                got: marks.shape().to_vec(),
            }),
            None => Ok(windows),
        }
    };
    Ok(Splits {
        train: part("training", &rows.train)?,
        valid: part("validation", &rows.valid)?,
        test: part("test", &rows.test)?,
        scaler,
    })
}

/// An error about a part that begins at row `from`, with the rows of the whole series.
fn in_series(error: TimesNetError, from: usize) -> TimesNetError {
    match error {
        TimesNetError::NotFinite { series, row, channel, start, value } => {
            let (row, start) = (row + from, start + from);
            TimesNetError::NotFinite { series, row, channel, start, value }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waves(rows: usize) -> Array2<f32> {
        Array2::from_shape_fn((rows, 2), |(t, c)| ((t + 3 * c) as f32 / 4.0).sin())
    }

    fn refused(series: &Array2<f32>, rows: &SplitRows) -> TimesNetError {
        split(series, None, rows, 20, 5, ConstantChannels::Refuse).unwrap_err()
    }

    #[test]
    fn a_missing_value_is_named_by_its_row_of_the_series() {
        let mut series = waves(200);
        series[[150, 1]] = f32::NAN;
        let error = refused(&series, &SplitRows::shares(200));
        assert!(
            matches!(error, TimesNetError::NotFinite { row: 150, channel: 1, start: 126, .. }),
            "{error}"
        );
        let rows = SplitRows::shares(200);
        let parts = split_with_gaps(&series, None, &rows, 20, ConstantChannels::Refuse).unwrap();
        assert!(parts.valid.has_gaps() && !parts.train.has_gaps());
        // The validation part is no longer than a window: 140 to 160.
        let counts = [&parts.train, &parts.valid, &parts.test].map(WindowedSeries::len);
        assert_eq!(counts, [140 - 20 + 1, 1, 40 - 20 + 1]);
    }

    /// Changing what lies outside a part changes nothing in it but the scale.
    #[test]
    fn windows_that_are_judged_whole_hold_rows_of_their_part_alone() {
        let rows = SplitRows { train: 0..100, valid: 100..150, test: 150..200 };
        let cut = |series| split_with_gaps(series, None, &rows, 20, ConstantChannels::Refuse);
        let (series, mut later) = (waves(200), waves(200));
        later.slice_mut(s![100..150, ..]).fill(9.0);
        let (plain, other) = (cut(&series).unwrap(), cut(&later).unwrap());
        assert_eq!((&plain.train, &plain.test), (&other.train, &other.test));
        assert_ne!(plain.valid, other.valid);
        assert_eq!(plain.valid.series().nrows(), 50);
    }

    #[test]
    fn parts_that_overlap_or_are_out_of_order_are_refused() {
        for (train, valid, test, name) in [
            (0..101, 100..150, 150..200, "valid"),
            (0..100, 100..151, 150..200, "test"),
            (150..200, 100..150, 0..100, "valid"),
            (0..100, 150..200, 100..150, "test"),
        ] {
            let error = refused(&waves(200), &SplitRows { train, valid, test }).to_string();
            assert!(error.starts_with(&format!("setting `{name}` = ")), "{error}");
        }
    }

    #[test]
    fn parts_shorter_than_a_window_are_named() {
        let rows = SplitRows { train: 0..24, valid: 24..30, test: 30..40 };
        let error = refused(&waves(40), &rows).to_string();
        assert_eq!(
            error,
            "the training part has 24 rows, one window takes 25: give a longer series or shorter \
             windows"
        );
        let rows = SplitRows { train: 0..30, valid: 30..34, test: 34..40 };
        assert!(refused(&waves(40), &rows).to_string().starts_with("the validation part has 24"));
    }
}
