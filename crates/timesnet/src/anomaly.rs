//! Scores of single samples by how badly they are reproduced.

use ndarray::{Array2, Axis, s};

use crate::{Objective, Progress, Result, TimesNet, TimesNetError, WindowedSeries, predict_last};

/// Mean squared error over the channels with which the network reproduces each row of a series
/// `[time, channel]` (with time features `marks` `[time, feature]`, where the network has them), in
/// the units that the network was trained in; NaN for rows that are judged by no window.
///
/// A row is judged as one of the last `newest` rows of a window. With 1, its score depends on no
/// later row, and the first `seq_len` − 1 rows have none; with `seq_len` the series is cut into
/// windows, as published, every row has a score, and each may depend on later rows of its own
/// window. `batch` windows are done between two reports of progress.
///
/// ```
/// use candle_core::Device;
/// use ndarray::Array2;
/// use timesnet::*;
///
/// let series = Array2::from_shape_fn((100, 2), |(t, c)| ((t + c) as f32 / 4.0).sin());
/// let config = TimesNetConfig::new(Task::AnomalyDetection, 24, 2).with_width(4, 4);
/// let model = TimesNet::seeded(config, 7, &Device::Cpu)?;
/// let scores = reconstruction_scores(&model, &series, None, 1, 32, &mut |_| {})?;
/// assert_eq!(scores.iter().filter(|score| score.is_nan()).count(), 23);
/// # Ok::<(), TimesNetError>(())
/// ```
///
/// # Errors
///
/// [`TimesNetError::TooShort`] where the series is shorter than a window, and those of
/// [`predict_last`].
pub fn reconstruction_scores(
    model: &TimesNet,
    series: &Array2<f32>,
    marks: Option<&Array2<f32>>,
    newest: usize,
    batch: usize,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<f64>> {
    let (len, window) = (series.nrows(), model.config().seq_len);
    if len < window {
        return Err(TimesNetError::TooShort { part: "whole", rows: len, window });
    }
    if newest == 0 || newest > window {
        let advice = format!("choose from 1 to the {window} rows of a window");
        return Err(TimesNetError::config("newest", newest, &advice));
    }
    // The last window ends with the series; what an earlier one has judged it leaves.
    let mut starts: Vec<usize> = (0..=len - window).step_by(newest).collect();
    if starts.last() != Some(&(len - window)) {
        starts.push(len - window);
    }
    let windows = WindowedSeries::new(series.clone(), starts, window)?;
    let windows = match marks {
        Some(marks) => windows.with_marks(marks.clone())?,
        None => windows,
    };
    let objective = Objective::Reconstruct;
    let reproduced = predict_last(model, &objective, &windows, newest, batch, progress)?;
    let mut scores = vec![f64::NAN; len];
    for (start, rows) in windows.starts().iter().zip(reproduced.axis_iter(Axis(0))) {
        let first = start + window - newest;
        let truth = series.slice(s![first..first + newest, ..]);
        for (offset, (row, truth)) in rows.rows().into_iter().zip(truth.rows()).enumerate() {
            let error = |(a, b): (&f32, &f32)| (f64::from(*a) - f64::from(*b)).powi(2);
            let squares: f64 = row.iter().zip(truth).map(error).sum();
            let score = &mut scores[first + offset];
            if score.is_nan() {
                *score = squares / truth.len() as f64;
            }
        }
    }
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Task, TimesNetConfig};
    use candle_core::Device;

    fn series() -> Array2<f32> {
        Array2::from_shape_fn((70, 2), |(t, c)| ((t + c) as f32 / 3.0).sin())
    }

    fn scores(series: &Array2<f32>, newest: usize) -> Result<Vec<f64>> {
        let config = TimesNetConfig::new(Task::AnomalyDetection, 24, 2).with_width(4, 4);
        let model = TimesNet::seeded(config, 3, &Device::Cpu)?;
        reconstruction_scores(&model, series, None, newest, 8, &mut |_| {})
    }

    #[test]
    fn a_score_of_the_newest_row_sees_nothing_later() {
        let all = scores(&series(), 1).unwrap();
        let part = scores(&series().slice(s![..50, ..]).to_owned(), 1).unwrap();
        assert_eq!(all[23..50], part[23..]);
        assert!(all[..23].iter().all(|score| score.is_nan()));
        assert!(all[23..].iter().all(|score| score.is_finite()));
    }

    #[test]
    fn whole_windows_score_every_row() {
        let all = scores(&series(), 24).unwrap();
        assert!(all.iter().all(|score| score.is_finite()));
        // 70 rows: two whole windows, then one that ends with the series.
        let alone = scores(&series().slice(s![46.., ..]).to_owned(), 24).unwrap();
        assert_eq!(all[48..], alone[2..]);
    }

    #[test]
    fn what_cannot_be_scored_is_refused() {
        let short = scores(&Array2::zeros((20, 2)), 1).unwrap_err();
        assert!(matches!(short, TimesNetError::TooShort { rows: 20, window: 24, .. }), "{short}");
        assert!(scores(&series(), 0).is_err() && scores(&series(), 25).is_err());
    }
}
