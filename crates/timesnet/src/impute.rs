//! Filling what is missing.

use std::ops::Range;

use candle_core::Tensor;
use ndarray::{Array2, s};

use crate::input::{Input, MARK, check_marks};
use crate::predict::{infer, rows};
use crate::{Progress, Result, Task, TimesNet, TimesNetError};

/// Fills the missing values (NaN) of a series `[time, channel]` in the units that the network was
/// trained in, with time features `marks` `[time, feature]` where the network has them.
///
/// The series is cut into windows of `seq_len` rows from its start; the last one ends with it. A
/// value comes from the first window that holds it, whose periods are its own. A window without
/// any value stays as it is. What is not missing is returned unchanged.
///
/// ```
/// use candle_core::Device;
/// use ndarray::Array2;
/// use timesnet::*;
///
/// let mut series = Array2::from_shape_fn((100, 2), |(t, c)| ((t + c) as f32 / 4.0).sin());
/// series[[50, 1]] = f32::NAN;
/// let config = TimesNetConfig::new(Task::Imputation, 24, 2).with_width(4, 4);
/// let model = TimesNet::seeded(config, 7, &Device::Cpu)?;
/// let filled = impute(&model, &series, None, &mut |_| {})?;
/// assert!(filled[[50, 1]].is_finite() && filled[[50, 0]] == series[[50, 0]]);
/// # Ok::<(), TimesNetError>(())
/// ```
///
/// # Errors
///
/// [`TimesNetError::Objective`] for a network of another task, [`TimesNetError::TooShort`] where
/// the series is shorter than a window, [`TimesNetError::NotFinite`] for an infinite value,
/// [`TimesNetError::Shape`] where channels or time features do not fit, [`TimesNetError::Side`] for
/// a time feature that is not finite, [`TimesNetError::NoMarks`] without those of the network.
pub fn impute(
    model: &TimesNet,
    series: &Array2<f32>,
    marks: Option<&Array2<f32>>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Array2<f32>> {
    let config = model.config();
    if config.task != Task::Imputation {
        let problem = format!("a network for {} fills nothing", config.task.name());
        return Err(TimesNetError::Objective { problem });
    }
    let (len, window) = (series.nrows(), config.seq_len);
    if len < window {
        return Err(TimesNetError::TooShort { part: "whole", rows: len, window });
    }
    if let Some(marks) = marks.filter(|marks| marks.nrows() != len) {
        return Err(TimesNetError::Shape {
            what: "the time features",
            expected: format!("[{len}, feature], a row for each sample"),
            got: marks.shape().to_vec(),
        });
    }
    check_marks(config, marks.map(|marks| marks.view()), 0)?;
    let mut filled = series.clone();
    let starts: Vec<usize> = (0..len).step_by(window).map(|s| s.min(len - window)).collect();
    for (number, &start) in starts.iter().enumerate() {
        let range = start..start + window;
        if let Some(values) = reproduced(model, series, marks, range.clone())? {
            for (to, from) in filled.slice_mut(s![range, ..]).iter_mut().zip(values) {
                if to.is_nan() {
                    *to = from;
                }
            }
        }
        progress(Progress { done: number + 1, total: starts.len() });
    }
    Ok(filled)
}

/// What the network makes of one window; nothing where none or all of it is missing.
fn reproduced(
    model: &TimesNet,
    series: &Array2<f32>,
    marks: Option<&Array2<f32>>,
    range: Range<usize>,
) -> Result<Option<Vec<f32>>> {
    let (device, start) = (model.device(), range.start);
    let window = series.slice(s![range.clone(), ..]);
    let missing = window.iter().filter(|value| value.is_nan()).count();
    if missing == 0 || missing == window.len() {
        return Ok(None);
    }
    if let Some(((row, channel), &value)) = window.indexed_iter().find(|(_, v)| v.is_infinite()) {
        let row = start + row;
        return Err(TimesNetError::NotFinite { series: 0, row, channel, start, value });
    }
    let shape = (1, window.nrows(), window.ncols());
    let observed: Vec<f32> = window.iter().map(|v| f32::from(u8::from(!v.is_nan()))).collect();
    let values: Vec<f32> = window.iter().copied().collect();
    let mut input = Input::new(Tensor::from_vec(values, shape, device)?)
        .with_mask(Tensor::from_vec(observed, shape, device)?);
    if let Some(marks) = marks.filter(|_| model.config().time_features > 0) {
        let own = marks.slice(s![range, ..]);
        MARK.check_rows(own, start)?;
        let own: Vec<f32> = own.iter().copied().collect();
        input = input.with_mark(Tensor::from_vec(own, (1, shape.1, marks.ncols()), device)?);
    }
    let output = rows(&infer(model, &input)?, 0..shape.1)?;
    Ok(Some(output.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimesNetConfig;
    use candle_core::Device;

    fn series() -> Array2<f32> {
        let mut series = Array2::from_shape_fn((70, 2), |(t, c)| ((t + c) as f32 / 3.0).sin());
        for at in [[3, 0], [30, 1], [69, 1]] {
            series[at] = f32::NAN;
        }
        series
    }

    fn model() -> TimesNet {
        let config = TimesNetConfig::new(Task::Imputation, 24, 2).with_width(4, 4);
        TimesNet::seeded(config, 3, &Device::Cpu).unwrap()
    }

    #[test]
    fn only_what_is_missing_changes_and_what_lies_outside_a_window_does_not_matter() {
        let (model, series) = (model(), series());
        let filled = impute(&model, &series, None, &mut |_| {}).unwrap();
        assert!(filled.iter().all(|value| value.is_finite()));
        let kept = |(a, b): (&f32, &f32)| a.is_nan() || a == b;
        assert!(series.iter().zip(&filled).all(kept));
        let mut other = series.clone();
        other.slice_mut(s![24.., ..]).fill(0.5);
        let again = impute(&model, &other, None, &mut |_| {}).unwrap();
        assert_eq!(again[[3, 0]], filled[[3, 0]]);
        assert_eq!(again.slice(s![24.., ..]), other.slice(s![24.., ..]));
    }

    #[test]
    fn a_window_without_values_stays_empty() {
        let mut series = series();
        series.slice_mut(s![24..48, ..]).fill(f32::NAN);
        let filled = impute(&model(), &series, None, &mut |_| {}).unwrap();
        // The last window reaches back to row 46 and fills what it holds.
        let empty = filled.rows().into_iter().filter(|row| row.iter().all(|v| v.is_nan())).count();
        assert_eq!(empty, 22);
    }

    #[test]
    fn what_cannot_be_filled_is_refused() {
        let short = impute(&model(), &Array2::zeros((20, 2)), None, &mut |_| {}).unwrap_err();
        assert!(matches!(short, TimesNetError::TooShort { rows: 20, window: 24, .. }), "{short}");
        let mut endless = series();
        endless[[31, 0]] = f32::INFINITY;
        let error = impute(&model(), &endless, None, &mut |_| {}).unwrap_err();
        assert!(matches!(error, TimesNetError::NotFinite { row: 31, channel: 0, .. }), "{error}");
        let config = model().config().clone().with_time_features(1);
        let marked = TimesNet::seeded(config, 3, &Device::Cpu).unwrap();
        let mut marks = Array2::zeros((70, 1));
        marks[[31, 0]] = f32::NAN;
        let error = impute(&marked, &series(), Some(&marks), &mut |_| {}).unwrap_err();
        assert!(matches!(error, TimesNetError::Side { row: 31, column: 0, .. }), "{error}");
        let config = TimesNetConfig::new(Task::AnomalyDetection, 24, 2);
        let other = TimesNet::seeded(config, 3, &Device::Cpu).unwrap();
        assert!(impute(&other, &series(), None, &mut |_| {}).is_err());
    }
}
