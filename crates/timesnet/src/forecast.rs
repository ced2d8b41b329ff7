//! What comes after the end of a series.

use candle_core::Tensor;
use ndarray::{Array2, ArrayView2, s};

use crate::input::{Input, MARK, check_marks};
use crate::predict::{infer, rows};
use crate::{Result, TimesNet, TimesNetError};

/// Forecasts the `pred_len` samples after the end of `history` `[time, channel]` from its last
/// `seq_len` rows (and, where the network has them, their time features): `[pred_len, channel]`.
/// Periods are those of this history alone.
///
/// ```
/// use candle_core::Device;
/// use ndarray::Array2;
/// use timesnet::*;
///
/// let history = Array2::from_shape_fn((100, 2), |(t, c)| ((t + c) as f32 / 4.0).sin());
/// let config = TimesNetConfig::new(Task::LongTermForecast, 24, 2).with_pred_len(6);
/// let model = TimesNet::seeded(config, 7, &Device::Cpu)?;
/// assert_eq!(forecast(&model, history.view(), None)?.dim(), (6, 2));
/// # Ok::<(), TimesNetError>(())
/// ```
///
/// # Errors
///
/// [`TimesNetError::Objective`] for a network that does not forecast, [`TimesNetError::TooShort`]
/// for a history shorter than `seq_len`, [`TimesNetError::NotFinite`] with its row,
/// [`TimesNetError::Shape`] where channels or time features do not fit, [`TimesNetError::Side`] for
/// a time feature that is not finite, [`TimesNetError::NoMarks`] without those of the network.
pub fn forecast(
    model: &TimesNet,
    history: ArrayView2<'_, f32>,
    marks: Option<ArrayView2<'_, f32>>,
) -> Result<Array2<f32>> {
    let (config, device) = (model.config(), model.device());
    if !config.task.forecasts() {
        let problem = format!("a network for {} forecasts nothing", config.task.name());
        return Err(TimesNetError::Objective { problem });
    }
    let (len, window) = (history.nrows(), config.seq_len);
    let Some(start) = len.checked_sub(window) else {
        return Err(TimesNetError::TooShort { part: "whole", rows: len, window });
    };
    if let Some(marks) = marks.filter(|marks| marks.nrows() != len) {
        return Err(TimesNetError::Shape {
            what: "the time features",
            expected: format!("[{len}, feature], a row for each sample"),
            got: marks.shape().to_vec(),
        });
    }
    check_marks(config, marks, 0)?;
    let newest = history.slice(s![start.., ..]);
    if let Some(((row, channel), &value)) = newest.indexed_iter().find(|(_, v)| !v.is_finite()) {
        let row = start + row;
        return Err(TimesNetError::NotFinite { series: 0, row, channel, start, value });
    }
    let tensor = |values: ArrayView2<'_, f32>| {
        let shape = (1, values.nrows(), values.ncols());
        Tensor::from_vec(values.iter().copied().collect::<Vec<_>>(), shape, device)
    };
    let mut input = Input::new(tensor(newest)?);
    if let Some(marks) = marks.filter(|_| config.time_features > 0) {
        let newest = marks.slice_move(s![start.., ..]);
        MARK.check_rows(newest, start)?;
        input = input.with_mark(tensor(newest)?);
    }
    let output = rows(&infer(model, &input)?, 0..config.pred_len)?;
    Ok(output.slice(s![0, .., ..]).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Objective, Task, TimesNetConfig, WindowedSeries, predict_last};
    use candle_core::Device;

    fn model() -> TimesNet {
        let config = TimesNetConfig::new(Task::LongTermForecast, 24, 2).with_pred_len(6);
        TimesNet::seeded(config.with_width(4, 4), 7, &Device::Cpu).unwrap()
    }

    fn history() -> Array2<f32> {
        Array2::from_shape_fn((60, 2), |(t, c)| ((t + 2 * c) as f32 / 4.0).sin())
    }

    /// As the windows of a series are predicted, up to the rounding of sums of other sizes.
    #[test]
    fn it_is_the_prediction_of_a_window_whose_end_is_not_there() {
        let (model, series) = (model(), history());
        let next = forecast(&model, series.slice(s![..54, ..]), None).unwrap();
        let windows = WindowedSeries::new(series, vec![30], 30).unwrap();
        let objective = Objective::Forecast { horizon: 6 };
        let same = predict_last(&model, &objective, &windows, 6, 1, &mut |_| {}).unwrap();
        for (a, b) in next.iter().zip(&same) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }

    #[test]
    fn what_cannot_be_continued_is_refused() {
        let short = forecast(&model(), Array2::zeros((20, 2)).view(), None).unwrap_err();
        assert!(matches!(short, TimesNetError::TooShort { rows: 20, window: 24, .. }), "{short}");
        let mut gap = history();
        gap[[50, 1]] = f32::NAN;
        let error = forecast(&model(), gap.view(), None).unwrap_err();
        let at = matches!(error, TimesNetError::NotFinite { row: 50, channel: 1, start: 36, .. });
        assert!(at, "{error}");
        // What lies before the window is not read.
        gap[[50, 1]] = 0.0;
        gap[[30, 0]] = f32::NAN;
        assert!(forecast(&model(), gap.view(), None).is_ok());
        let config = model().config().clone().with_time_features(1);
        let marked = TimesNet::seeded(config, 7, &Device::Cpu).unwrap();
        let mut marks = Array2::zeros((60, 1));
        marks[[41, 0]] = f32::NAN;
        let error = forecast(&marked, history().view(), Some(marks.view())).unwrap_err();
        assert!(matches!(error, TimesNetError::Side { row: 41, column: 0, .. }), "{error}");
        let wrong = Array2::zeros((60, 3));
        assert!(matches!(forecast(&model(), wrong.view(), None), Err(TimesNetError::Shape { .. })));
    }
}
