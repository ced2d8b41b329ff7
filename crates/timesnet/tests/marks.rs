//! Time features are given wherever a network takes them, or their absence is an error.

#![allow(clippy::unwrap_used)] // a failing test should stop at once

use candle_core::{Device, Tensor};
use ndarray::Array2;
use timesnet::{
    Input, Objective, Task, TimesNet, TimesNetConfig, TimesNetError, TrainConfig, WindowedSeries,
    evaluate, evaluate_channels, forecast, impute, predict_last, reconstruction_scores,
    train_objective,
};

const FORECAST: Objective = Objective::Forecast { horizon: 6 };

fn waves(rows: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, 2), |(t, c)| ((t + 3 * c) as f32 / 4.0).sin())
}

fn marks(rows: usize, features: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, features), |(t, f)| ((t + f) % 24) as f32 / 23.0 - 0.5)
}

fn network(task: Task) -> TimesNet {
    let horizon = if task.forecasts() { 6 } else { 0 };
    let config = TimesNetConfig::new(task, 24, 2).with_pred_len(horizon).with_width(4, 4);
    TimesNet::seeded(config.with_time_features(4), 1, &Device::Cpu).unwrap()
}

fn windows(features: Option<usize>) -> WindowedSeries {
    let windows = WindowedSeries::every(waves(60), 30, 5).unwrap();
    match features {
        Some(features) => windows.with_marks(marks(60, features)).unwrap(),
        None => windows,
    }
}

fn train(series: &[WindowedSeries], valid: &[WindowedSeries]) -> Result<(), TimesNetError> {
    let mut model = network(Task::LongTermForecast);
    let settings = TrainConfig::default().with_epochs(1);
    train_objective(&mut model, &FORECAST, series, valid, &settings, 1, None, &mut |_| {})?;
    Ok(())
}

fn lacks(error: TimesNetError, number: usize) {
    let named = matches!(error, TimesNetError::NoMarks { series, features: 4 } if series == number);
    assert!(named, "{error}");
}

#[test]
fn windows_without_them_are_refused_by_number() {
    let (with, without) = (|| windows(Some(4)), || windows(None));
    let model = network(Task::LongTermForecast);
    lacks(evaluate(&model, &FORECAST, &without(), 4, 1).unwrap_err(), 0);
    lacks(evaluate_channels(&model, &FORECAST, &without(), 4, 1).unwrap_err(), 0);
    lacks(predict_last(&model, &FORECAST, &without(), 6, 4, &mut |_| {}).unwrap_err(), 0);
    lacks(train(&[without()], &[]).unwrap_err(), 0);
    // One series without would take them from every batch that it has a window in.
    lacks(train(&[with(), without()], &[with()]).unwrap_err(), 1);
    lacks(train(&[with(), with()], &[without()]).unwrap_err(), 2);
    train(&[with(), with()], &[with()]).unwrap();
    let error = train(&[with(), windows(Some(3))], &[]).unwrap_err();
    assert!(matches!(error, TimesNetError::Shape { what: "the time features", .. }), "{error}");
}

#[test]
fn whole_series_without_them_are_refused() {
    let model = network(Task::LongTermForecast);
    lacks(forecast(&model, waves(60).view(), None).unwrap_err(), 0);
    assert!(forecast(&model, waves(60).view(), Some(marks(60, 4).view())).is_ok());
    let mut gap = waves(60);
    gap[[30, 0]] = f32::NAN;
    let fills = network(Task::Imputation);
    lacks(impute(&fills, &gap, None, &mut |_| {}).unwrap_err(), 0);
    assert!(impute(&fills, &gap, Some(&marks(60, 4)), &mut |_| {}).is_ok());
}

#[test]
fn scores_depend_on_them() {
    let model = network(Task::AnomalyDetection);
    let scores = |marks: Option<&Array2<f32>>| {
        reconstruction_scores(&model, &waves(60), marks, 24, 8, &mut |_| {})
    };
    lacks(scores(None).unwrap_err(), 0);
    let (one, other) = (scores(Some(&marks(60, 4))).unwrap(), scores(Some(&(marks(60, 4) * 0.5))));
    let other = other.unwrap();
    assert!(one.iter().zip(&other).all(|(a, b)| a.is_finite() && b.is_finite() && a != b));
}

/// The published reconstruction and classification are without: a single pass may be too.
#[test]
fn a_single_pass_may_be_without() {
    let x = Tensor::zeros((1, 24, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
    let output = network(Task::AnomalyDetection).forward(&Input::new(x)).unwrap();
    assert_eq!(output.dims(), [1, 24, 2]);
}
