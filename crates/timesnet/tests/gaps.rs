//! Series with missing values, and series of which only some channels are judged.

#![allow(clippy::unwrap_used)] // a failing test should stop at once

use candle_core::Device;
use ndarray::{Array2, s};
use timesnet::{
    ConstantChannels, Errors, Objective, Schedule, SizeConfig, SplitRows, StopReason, TimesNet,
    TimesNetError, TrainConfig, WindowedSeries, evaluate, evaluate_channels, impute,
    model_config_for, predict_last, split_with_gaps, train_objective,
};

const WINDOW: usize = 24;

fn waves() -> Array2<f32> {
    Array2::from_shape_fn((240, 2), |(t, c)| {
        (std::f32::consts::TAU * (t + 3 * c) as f32 / 12.0).sin()
    })
}

/// Every seventh value is missing, and a stretch of one channel.
fn gappy() -> Array2<f32> {
    let mut series = waves();
    series.iter_mut().step_by(7).for_each(|value| *value = f32::NAN);
    series.slice_mut(s![60..70, 0]).fill(f32::NAN);
    series
}

fn model(objective: &Objective) -> TimesNet {
    let size = SizeConfig::default().with_width(8, 8);
    TimesNet::seeded(model_config_for(objective, WINDOW, 2, &size).unwrap(), 3, &Device::Cpu)
        .unwrap()
}

#[test]
fn training_on_gaps_fills_them_better_than_the_mean() {
    let objective = Objective::Impute { hidden: 0.25 };
    let rows = SplitRows::shares(240);
    let parts = split_with_gaps(&gappy(), None, &rows, WINDOW, ConstantChannels::Refuse).unwrap();
    let mut model = model(&objective);
    let training = TrainConfig::default()
        .with_epochs(6)
        .with_batch(8)
        .with_learning_rate(5e-3, Schedule::Constant);
    let (train, valid) = (&[parts.train], &[parts.valid]);
    let mut quiet = |_| {};
    let report =
        train_objective(&mut model, &objective, train, valid, &training, 5, None, &mut quiet)
            .unwrap();
    assert_eq!(report.stopped, StopReason::Epochs);
    assert!(report.epochs.iter().all(|epoch| epoch.train_loss.is_finite()));

    // The test part was never seen, and what is missing there is known here.
    let from = rows.test.start;
    let missing = gappy().slice(s![from.., ..]).to_owned();
    let scaled = parts.scaler.apply(missing.view()).unwrap();
    let filled = impute(&model, &scaled, None, &mut |_| {}).unwrap();
    let truth = parts.scaler.apply(waves().slice(s![from.., ..])).unwrap();
    let errors: Vec<[f32; 2]> = missing
        .iter()
        .zip(filled.iter().zip(&truth))
        .filter(|(gap, _)| gap.is_nan())
        .map(|(_, (filled, truth))| [(filled - truth).powi(2), truth.powi(2)])
        .collect();
    assert!(errors.len() > 10);
    let sum = |which: usize| errors.iter().map(|pair| pair[which]).sum::<f32>();
    // The mean is zero in these units.
    assert!(sum(0) < 0.3 * sum(1), "{} of {}", sum(0), sum(1));
}

#[test]
fn gaps_are_for_imputation_alone() {
    let windows = WindowedSeries::every_with_gaps(gappy(), WINDOW, 1).unwrap();
    let reconstruct = Objective::Reconstruct;
    let network = model(&reconstruct);
    let refusals = [
        evaluate(&network, &reconstruct, &windows, 8, 1).unwrap_err(),
        predict_last(&network, &reconstruct, &windows, 4, 8, &mut |_| {}).unwrap_err(),
        train_objective(
            &mut model(&reconstruct),
            &reconstruct,
            &[windows],
            &[],
            &TrainConfig::default(),
            5,
            None,
            &mut |_| {},
        )
        .unwrap_err(),
    ];
    for error in refusals {
        let first = matches!(error, TimesNetError::NotFinite { row: 0, channel: 0, start: 0, .. });
        assert!(first, "{error}");
    }
}

#[test]
fn judged_channels_alone_are_counted() {
    let objective = Objective::Forecast { horizon: 6 };
    let model = model(&objective);
    let noise = |(t, c): (usize, usize)| ((t * t + 7 * c) as f32 * 0.37).sin();
    let series = Array2::from_shape_fn((80, 2), noise);
    let windows = WindowedSeries::every(series, WINDOW, 1).unwrap();
    let all = evaluate_channels(&model, &objective, &windows, 8, 1).unwrap();
    let judged = windows.clone().with_judged(vec![1]).unwrap();
    assert_eq!(Some(evaluate(&model, &objective, &judged, 8, 1).unwrap()), all[1]);
    let whole = evaluate(&model, &objective, &windows, 8, 1).unwrap();
    let mean = |of: fn(&Errors) -> f64| all.iter().flatten().map(of).sum::<f64>() / 2.0;
    assert!((whole.mse - mean(|errors| errors.mse)).abs() < 1e-9);
    assert!((whole.mae - mean(|errors| errors.mae)).abs() < 1e-9);
    let error = evaluate(&model, &Objective::Reconstruct, &judged, 8, 1).unwrap_err();
    assert!(matches!(error, TimesNetError::Objective { .. }), "{error}");
}

/// What the other channel does after the input is of no consequence for the weights.
#[test]
fn training_on_judged_channels_never_looks_at_the_others_future() {
    let objective = Objective::Forecast { horizon: 6 };
    let trained = |tail: f32| {
        let mut series = waves();
        series.slice_mut(s![18..WINDOW, 0]).fill(tail);
        let windows = WindowedSeries::new(series, vec![0], WINDOW).unwrap();
        let windows = windows.with_judged(vec![1]).unwrap();
        let mut model = model(&objective);
        let training = TrainConfig::default().with_epochs(2);
        train_objective(&mut model, &objective, &[windows], &[], &training, 5, None, &mut |_| {})
            .unwrap();
        let weight = &model.vars()["projection.weight"];
        weight.as_tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    assert_eq!(trained(0.0), trained(9.0));
}
