//! Bad input gives a typed error that says what was wrong and where.

#![allow(clippy::unwrap_used)] // a failing test should stop at once

use candle_core::Device;
use ndarray::Array2;
use timesnet::{
    ConstantChannels, LabelledSet, Objective, SizeConfig, SplitRows, Task, TimeFrequency, TimesNet,
    TimesNetConfig, TimesNetError, TrainConfig, WindowedSeries, classify, evaluate,
    model_config_for, predict_last, split, train_classifier, train_objective,
};

const OBJECTIVE: Objective = Objective::Forecast { horizon: 6 };

fn waves(rows: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, 2), |(t, c)| ((t + 3 * c) as f32 / 4.0).sin())
}

fn model() -> TimesNet {
    let size = SizeConfig::default().with_width(4, 4);
    let config = model_config_for(&OBJECTIVE, 30, 2, &size).unwrap();
    TimesNet::seeded(config, 1, &Device::Cpu).unwrap()
}

fn train(windows: WindowedSeries, config: &TrainConfig) -> TimesNetError {
    let (mut model, train) = (model(), [windows]);
    train_objective(&mut model, &OBJECTIVE, &train, &[], config, 1, None, &mut |_| {}).unwrap_err()
}

#[test]
fn series_shorter_than_the_window() {
    let error = WindowedSeries::new(waves(20), vec![0], 30).unwrap_err();
    assert!(
        matches!(error, TimesNetError::WindowPastEnd { start: 0, window: 30, rows: 20, .. }),
        "{error}"
    );
    let none = WindowedSeries::every(waves(20), 30, 1).unwrap();
    let error = train(none.clone(), &TrainConfig::default());
    assert!(matches!(error, TimesNetError::NoWindows { .. }), "{error}");
    let error = evaluate(&model(), &OBJECTIVE, &none, 8, 1).unwrap_err();
    assert!(matches!(error, TimesNetError::NoWindows { .. }), "{error}");
    let rows = SplitRows::shares(40);
    let error = split(&waves(40), None, &rows, 24, 6, ConstantChannels::Refuse).unwrap_err();
    assert!(matches!(error, TimesNetError::TooShort { part: "training", rows: 28, window: 30 }));
}

#[test]
fn constant_channels() {
    let mut series = waves(200);
    series.column_mut(1).fill(7.5);
    let rows = SplitRows::shares(200);
    let cut = |constant| split(&series, None, &rows, 24, 6, constant);
    let error = cut(ConstantChannels::Refuse).unwrap_err();
    assert!(matches!(error, TimesNetError::ConstantChannel { channel: 1, value: 7.5 }), "{error}");
    let parts = cut(ConstantChannels::Center).unwrap();
    let error = {
        let mut series = series.clone();
        series.column_mut(1).fill(f32::NAN);
        split(&series, None, &rows, 24, 6, ConstantChannels::Center).unwrap_err()
    };
    assert!(matches!(error, TimesNetError::EmptyChannel { channel: 1 }), "{error}");
    // A flat channel is no trouble for the network.
    let errors = evaluate(&model(), &OBJECTIVE, &parts.test, 8, 1).unwrap();
    assert!(errors.mse.is_finite());
}

#[test]
fn batches_of_zero() {
    let windows = WindowedSeries::every(waves(60), 30, 5).unwrap();
    let zero = |error: TimesNetError| {
        let said = error.to_string();
        assert!(said.starts_with("setting `batch` = 0: give at least 1"), "{said}");
    };
    zero(train(windows.clone(), &TrainConfig::default().with_batch(0)));
    zero(evaluate(&model(), &OBJECTIVE, &windows, 0, 1).unwrap_err());
    zero(predict_last(&model(), &OBJECTIVE, &windows, 6, 0, &mut |_| {}).unwrap_err());
    let config = TimesNetConfig::new(Task::Classification, 12, 2).with_classes(2).with_width(4, 4);
    let mut classifier = TimesNet::seeded(config, 1, &Device::Cpu).unwrap();
    let set = LabelledSet::new(vec![waves(12), waves(9)], vec![0, 1], 12).unwrap();
    zero(classify(&classifier, &set, 0).unwrap_err());
    let config = TrainConfig::default().with_batch(0);
    let quiet = &mut |_| {};
    zero(train_classifier(&mut classifier, &set, None, &config, 1, None, quiet).unwrap_err());
}

#[test]
fn more_periods_than_frequencies() {
    for task in [Task::Imputation, Task::AnomalyDetection] {
        let config = |top_k| TimesNetConfig::new(task, 9, 1).with_top_k(top_k);
        assert!(TimesNet::seeded(config(4), 1, &Device::Cpu).is_ok());
        for top_k in [0, 5, usize::MAX] {
            let error = TimesNet::seeded(config(top_k), 1, &Device::Cpu).unwrap_err().to_string();
            assert!(error.contains("`top_k`") && error.contains("4 frequencies"), "{error}");
        }
    }
}

#[test]
fn unknown_frequencies() {
    for name in ["", "x", "H", "15 min", "hourly"] {
        let error = name.parse::<TimeFrequency>().unwrap_err();
        assert!(matches!(error, TimesNetError::UnknownFrequency { name: n } if n == name));
    }
    for name in ["s", "t", "h", "d", "b", "w", "m"] {
        assert_eq!(name.parse::<TimeFrequency>().unwrap().to_string(), name);
    }
}

#[test]
fn values_that_are_not_finite() {
    let mut series = waves(60);
    series[[33, 1]] = f32::INFINITY;
    let error = WindowedSeries::new(series.clone(), vec![0, 20], 30).unwrap_err();
    let place =
        matches!(error, TimesNetError::NotFinite { series: 0, row: 33, channel: 1, start: 20, .. });
    assert!(place, "{error}");
    let error = LabelledSet::new(vec![waves(60), series], vec![0, 1], 60).unwrap_err();
    assert!(matches!(error, TimesNetError::NotFinite { series: 1, row: 33, channel: 1, .. }));
}

#[test]
fn windows_longer_than_can_be_counted() {
    let rows = SplitRows::shares(200);
    let error =
        split(&waves(200), None, &rows, usize::MAX, 31, ConstantChannels::Refuse).unwrap_err();
    assert!(matches!(error, TimesNetError::Config { name: "horizon", .. }), "{error}");
}

/// Finite values whose squares are not.
#[test]
fn outputs_that_are_no_numbers() {
    let large = waves(24) * 1e25;
    let error = timesnet::forecast(&model(), large.view(), None).unwrap_err();
    assert!(matches!(error, TimesNetError::OutputNotFinite { sample: 0, .. }), "{error}");
    let windows = WindowedSeries::every(waves(60) * 1e25, 30, 1).unwrap();
    let error = predict_last(&model(), &OBJECTIVE, &windows, 6, 8, &mut |_| {}).unwrap_err();
    assert!(matches!(error, TimesNetError::OutputNotFinite { .. }), "{error}");
}

#[test]
fn sizes_whose_products_are_too_large() {
    let wide = TimesNetConfig::new(Task::AnomalyDetection, 1 << 20, 1).with_width(1, 1 << 14);
    let error = wide.validate().unwrap_err();
    assert!(matches!(error, TimesNetError::Config { name: "d_ff", .. }), "{error}");
    let many = TimesNetConfig::new(Task::AnomalyDetection, 1 << 20, 1 << 16).with_width(1, 1);
    assert!(matches!(many.validate(), Err(TimesNetError::Config { name: "enc_in", .. })));
}

#[test]
fn masks_that_no_one_reads() {
    use candle_core::{DType, Tensor};
    let config = TimesNetConfig::new(Task::AnomalyDetection, 12, 2).with_width(4, 4);
    let model = TimesNet::seeded(config, 1, &Device::Cpu).unwrap();
    let ones = |shape: &[usize]| Tensor::ones(shape, DType::F32, &Device::Cpu).unwrap();
    let masked = timesnet::Input::new(ones(&[1, 12, 2])).with_mask(ones(&[3, 5]));
    let error = model.forward(&masked).unwrap_err();
    assert!(matches!(error, TimesNetError::Config { name: "mask", .. }), "{error}");
}

#[test]
fn calendar_numbers_that_no_table_has() {
    use candle_core::{DType, Tensor};
    let config = TimesNetConfig::new(Task::AnomalyDetection, 12, 1)
        .with_width(4, 4)
        .with_time_features(4)
        .with_embed(timesnet::TimeEmbedding::Fixed);
    let model = TimesNet::seeded(config, 1, &Device::Cpu).unwrap();
    let series = Tensor::ones((2, 12, 1), DType::F32, &Device::Cpu).unwrap();
    for (column, value) in [(0, 13.0), (2, -1.0), (3, 1.5), (1, f32::NAN)] {
        let mut marks = vec![1f32; 2 * 12 * 4];
        marks[(12 + 7) * 4 + column] = value;
        let marks = Tensor::from_vec(marks, (2, 12, 4), &Device::Cpu).unwrap();
        let error =
            model.forward(&timesnet::Input::new(series.clone()).with_mark(marks)).unwrap_err();
        let TimesNetError::Side { sample: 1, row: 7, column: at, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(at, column);
    }
}

#[test]
fn probabilities_that_are_no_numbers_are_wrong() {
    let none = Array2::from_elem((3, 2), f32::NAN);
    assert_eq!(timesnet::accuracy(&none, &[0, 0, 1]), 0.0);
    assert!(timesnet::accuracy(&none, &[0, 0]).is_nan());
    let sure = Array2::from_shape_fn((3, 2), |(row, class)| f32::from(u8::from(row % 2 == class)));
    assert_eq!(timesnet::accuracy(&sure, &[0, 1, 1]), 2.0 / 3.0);
}
