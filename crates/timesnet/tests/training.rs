//! Training and prediction as promised: determinism, resuming, no leak, refusals.

#![allow(clippy::unwrap_used)] // a failing test should stop at once

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use candle_core::{Device, Tensor};
use ndarray::{Array2, s};
use timesnet::{
    Input, Normalization, Objective, SizeConfig, StopReason, Task, TimesNet, TimesNetConfig,
    TimesNetError, TrainConfig, TrainReport, WindowedSeries, evaluate, model_config_for,
    predict_last, train_objective, train_seeds,
};

const WINDOW: usize = 36;
const OBJECTIVES: [Objective; 3] = [
    Objective::Reconstruct,
    Objective::Masked { patch: 5, span: 12 },
    Objective::Forecast { horizon: 12 },
];

fn series(rows: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, 2), |(t, c)| {
        let t = t as f32;
        (t * 0.52 + c as f32).sin() + 0.4 * (t * 1.31).cos() + 0.1 * (t * t * 0.37).sin()
    })
}

fn windows() -> [WindowedSeries; 2] {
    let series = series(300);
    let part = |from, to| {
        WindowedSeries::every(series.slice(s![from..to, ..]).to_owned(), WINDOW, 4).unwrap()
    };
    [part(0, 200), part(200, 300)]
}

fn model(objective: &Objective) -> TimesNet {
    let size = SizeConfig::default().with_width(8, 8).with_dropout(0.1);
    let config = model_config_for(objective, WINDOW, 2, &size).unwrap();
    TimesNet::seeded(config, 3, &Device::Cpu).unwrap()
}

fn settings() -> TrainConfig {
    TrainConfig::default().with_epochs(3).with_batch(8).with_learning_rate(1e-3, Default::default())
}

fn train(model: &mut TimesNet, objective: &Objective, checkpoint: Option<&Path>) -> TrainReport {
    let [train, valid] = windows();
    let mut quiet = |_| {};
    let (train, valid) = (&[train], &[valid]);
    train_objective(model, objective, train, valid, &settings(), 5, checkpoint, &mut quiet).unwrap()
}

fn bytes(model: &TimesNet) -> BTreeMap<String, Vec<u32>> {
    let bits = |t: &Tensor| -> Vec<u32> {
        let values = t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        values.into_iter().map(f32::to_bits).collect()
    };
    model.vars().iter().map(|(name, var)| (name.clone(), bits(var.as_tensor()))).collect()
}

fn with_threads<T: Send>(threads: usize, job: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(job)
}

#[test]
fn same_seed_same_bytes_for_any_number_of_threads() {
    for objective in OBJECTIVES {
        let run = |threads| {
            with_threads(threads, || {
                let mut model = model(&objective);
                let report = train(&mut model, &objective, None);
                (bytes(&model), report)
            })
        };
        assert_eq!(run(1), run(3), "{objective:?}");
    }
}

/// As the documentation of `train_seeds` promises.
#[test]
fn seeds_together_give_the_bytes_that_each_gives_alone() {
    let objective = Objective::Forecast { horizon: 12 };
    let size = SizeConfig::default().with_width(4, 4).with_dropout(0.1);
    let config = model_config_for(&objective, WINDOW, 2, &size).unwrap();
    let ([train, valid], seeds) = (windows().map(|part| [part]), [5, 8]);
    let finished = Mutex::new(Vec::new());
    let note = |seed, report: &TrainReport| finished.lock().unwrap().push((seed, report.clone()));
    let (device, parts) = (Device::Cpu, [&train[..], &valid[..]]);
    let together = with_threads(2, || {
        train_seeds(&config, &objective, parts, &settings(), &seeds, &device, &note).unwrap()
    });
    assert_eq!(together.len(), 2);
    for (seed, (model, report)) in seeds.into_iter().zip(&together) {
        let mut alone = TimesNet::seeded(config.clone(), seed, &device).unwrap();
        let own = train_objective(
            &mut alone,
            &objective,
            &train,
            &valid,
            &settings(),
            seed,
            None,
            &mut |_| {},
        );
        assert_eq!((bytes(model), report), (bytes(&alone), &own.unwrap()), "seed {seed}");
        assert!(finished.lock().unwrap().contains(&(seed, report.clone())));
    }
    assert_ne!(bytes(&together[0].0), bytes(&together[1].0));
}

/// A run killed after its first epoch (a panic in the progress callback, as abrupt as an in-process
/// test can be) and started again ends with the bytes of one that was left alone.
#[test]
fn resumed_runs_end_with_the_same_bytes() {
    for objective in OBJECTIVES {
        let mut uninterrupted = model(&objective);
        let report = train(&mut uninterrupted, &objective, None);
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let killed = std::panic::catch_unwind(|| {
            let [train, valid] = windows();
            let mut kill = |p: timesnet::Progress| assert!(p.done < 2, "killed on purpose");
            let mut model = model(&objective);
            let (train, valid) = (&[train], &[valid]);
            train_objective(
                &mut model,
                &objective,
                train,
                valid,
                &settings(),
                5,
                Some(&state),
                &mut kill,
            )
        });
        assert!(killed.is_err());
        let mut resumed = model(&objective);
        assert_eq!(train(&mut resumed, &objective, Some(&state)), report, "{objective:?}");
        assert_eq!(bytes(&resumed), bytes(&uninterrupted), "{objective:?}");
        // A finished state answers at once, with the same.
        let mut again = model(&objective);
        assert_eq!(train(&mut again, &objective, Some(&state)), report);
        assert_eq!(bytes(&again), bytes(&uninterrupted));
    }
}

#[test]
fn a_state_of_another_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let objective = OBJECTIVES[0];
    train(&mut model(&objective), &objective, Some(&state));
    let [training, _] = windows();
    let mut other = model(&objective);
    let error = train_objective(
        &mut other,
        &objective,
        &[training],
        &[],
        &settings(),
        6,
        Some(&state),
        &mut |_| {},
    )
    .unwrap_err();
    assert!(matches!(error, TimesNetError::OtherRun { .. }));
}

#[test]
fn training_learns_and_ends_with_the_best_epoch() {
    for objective in OBJECTIVES {
        let mut model = model(&objective);
        let report = train(&mut model, &objective, None);
        assert_eq!(report.stopped, StopReason::Epochs);
        let losses: Vec<f64> = report.epochs.iter().map(|epoch| epoch.valid_loss).collect();
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(losses[report.best_epoch.unwrap()], best);
        assert!(best < losses[0], "{objective:?}: {losses:?}");
    }
}

/// Neighbours, batch size and threads leave a window's prediction as it is, to the bit.
#[test]
fn predictions_stand_alone() {
    let [windows, _] = windows();
    for objective in OBJECTIVES {
        let model = model(&objective);
        let predict = |windows: &WindowedSeries, batch, threads| {
            with_threads(threads, || {
                predict_last(&model, &objective, windows, 12, batch, &mut |_| {}).unwrap()
            })
        };
        let all = predict(&windows, 32, 3);
        assert_eq!(all, predict(&windows, 7, 1), "{objective:?}");
        let lone = windows.starts()[9];
        let single = WindowedSeries::new(windows.series().to_owned(), vec![lone], WINDOW).unwrap();
        assert_eq!(all.slice(s![9..10, .., ..]), predict(&single, 1, 1), "{objective:?}");
    }
}

/// What is scored must not reach its own prediction: changing it changes nothing.
#[test]
fn the_scored_samples_do_not_leak() {
    let series = series(WINDOW);
    let one = |series: Array2<f32>| WindowedSeries::new(series, vec![0], WINDOW).unwrap();
    let forecast = Objective::Forecast { horizon: 12 };
    let masked = Objective::Masked { patch: 5, span: 12 };
    let cases = [
        (forecast, 24..36),
        (masked, 31..36), // the last patch
        (masked, 26..31),
        (masked, 21..26), // reaches back beyond the span
    ];
    for (objective, hidden) in cases {
        let model = model(&objective);
        let mut changed = series.clone();
        changed.slice_mut(s![hidden.clone(), ..]).mapv_inplace(|v| 50.0 - 9.0 * v);
        let predict =
            |series| predict_last(&model, &objective, &one(series), 12, 1, &mut |_| {}).unwrap();
        let (before, after) = (predict(series.clone()), predict(changed));
        let rows = hidden.start.max(24) - 24..hidden.end - 24;
        let rows = s![.., rows, ..];
        assert_eq!(before.slice(rows), after.slice(rows), "{objective:?} {hidden:?}");
    }
}

#[test]
fn saved_networks_come_back_and_strangers_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let objective = OBJECTIVES[2];
    let saved = model(&objective);
    saved.save(&path).unwrap();
    let loaded = TimesNet::load(&path, &Device::Cpu).unwrap();
    assert_eq!(loaded.config(), saved.config());
    assert_eq!(bytes(&loaded), bytes(&saved));

    let size = SizeConfig::default().with_width(16, 8).with_layers(2);
    let other = model_config_for(&OBJECTIVES[1], WINDOW, 2, &size).unwrap();
    let error = TimesNet::load_weights(other, &path, &Device::Cpu).unwrap_err();
    let TimesNetError::Checkpoint { missing, extra, misshapen, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(missing.len(), 12); // second block: two convolutions of three kernels
    assert_eq!(extra, &["predict_linear.bias", "predict_linear.weight"]);
    assert!(misshapen.iter().any(|name| name.starts_with("layer_norm.weight")));

    std::fs::write(&path, b"not a checkpoint").unwrap();
    assert!(matches!(TimesNet::load(&path, &Device::Cpu), Err(TimesNetError::Format { .. })));
    let absent = folder.path().join("absent.safetensors");
    assert!(matches!(TimesNet::load(&absent, &Device::Cpu), Err(TimesNetError::Io { .. })));
}

/// A run that diverges at once leaves the first weights, each time that it is called.
#[test]
fn a_diverged_run_leaves_the_first_weights_also_when_it_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let objective = OBJECTIVES[0];
    let settings = settings().with_learning_rate(1e30, Default::default());
    let first = bytes(&model(&objective));
    for _ in 0..2 {
        let ([train, valid], mut model) = (windows(), model(&objective));
        let (train, valid, mut quiet) = (&[train], &[valid], |_| {});
        let checkpoint = Some(path.as_path());
        let report = train_objective(
            &mut model, &objective, train, valid, &settings, 5, checkpoint, &mut quiet,
        );
        let report = report.unwrap();
        assert_eq!((report.stopped, report.best_epoch), (StopReason::Diverged, None));
        assert!(path.exists());
        assert_eq!(bytes(&model), first);
    }
}

#[test]
fn training_a_copy_leaves_the_original() {
    let objective = OBJECTIVES[0];
    let original = model(&objective);
    let before = bytes(&original);
    let mut copy = original.try_clone().unwrap();
    assert_eq!((bytes(&copy), copy.config()), (before.clone(), original.config()));
    train(&mut copy, &objective, None);
    assert_eq!(bytes(&original), before);
    // What is trained from a copy is what is trained from the original.
    let mut original = original;
    train(&mut original, &objective, None);
    assert_eq!(bytes(&original), bytes(&copy));
    assert_ne!(bytes(&original), before);
    // Only other periods share the parameters, as they say.
    let scoped = original.with_period_scope(timesnet::PeriodScope::Batch).unwrap();
    let bias = &original.vars()["projection.bias"];
    bias.set(&bias.zeros_like().unwrap()).unwrap();
    assert_eq!(bytes(&scoped), bytes(&original));
}

#[test]
fn misfits_are_refused() {
    let [windows, _] = windows();
    let (forecast, masked) = (OBJECTIVES[2], OBJECTIVES[1]);
    let model = model(&forecast);
    let predict = |objective: &Objective, span, batch| {
        predict_last(&model, objective, &windows, span, batch, &mut |_| {}).unwrap_err()
    };
    assert!(matches!(predict(&masked, 12, 8), TimesNetError::Objective { .. }));
    assert!(matches!(predict(&forecast, 13, 8), TimesNetError::Config { name: "span", .. }));
    assert!(matches!(predict(&forecast, 12, 0), TimesNetError::Config { name: "batch", .. }));
    let size = SizeConfig::default();
    for bad in [
        Objective::Forecast { horizon: 36 },
        Objective::Masked { patch: 0, span: 12 },
        Objective::Masked { patch: 5, span: 37 },
    ] {
        assert!(model_config_for(&bad, WINDOW, 2, &size).is_err(), "{bad:?}");
    }
    let mut values = vec![0f32; 24 * 2];
    values[7] = f32::NAN;
    let input = Input::new(Tensor::from_vec(values, (1, 24, 2), &Device::Cpu).unwrap());
    let error = model.forward(&input).unwrap_err();
    assert!(matches!(error, TimesNetError::NotFinite { row: 3, channel: 1, .. }), "{error}");
    let wrong =
        Input::new(Tensor::zeros((0, 24, 2), candle_core::DType::F32, &Device::Cpu).unwrap());
    assert!(matches!(model.forward(&wrong), Err(TimesNetError::Shape { .. })));
}

/// A flat series has no periods of its own; the answer is finite all the same.
#[test]
fn flat_series_stay_finite() {
    for objective in OBJECTIVES {
        let model = model(&objective);
        let flat = WindowedSeries::new(Array2::from_elem((WINDOW, 2), 4.0), vec![0], WINDOW);
        let predicted =
            predict_last(&model, &objective, &flat.unwrap(), 12, 1, &mut |_| {}).unwrap();
        assert!(predicted.iter().all(|value| value.is_finite()));
    }
}

/// With window normalisation the network commutes with shifts and scales of a channel's units.
#[test]
fn scaling_the_input_scales_the_output() {
    let config: TimesNetConfig = model(&OBJECTIVES[2]).config().clone();
    assert_eq!(config.normalize, Normalization::Window);
    let model = TimesNet::seeded(config, 3, &Device::Cpu).unwrap();
    let values: Vec<f32> = series(24).iter().copied().collect();
    let x = Tensor::from_vec(values, (1, 24, 2), &Device::Cpu).unwrap();
    let scaled = ((&x * 4.0).unwrap() + 8.0).unwrap();
    let want = ((model.forward(&Input::new(x)).unwrap() * 4.0).unwrap() + 8.0).unwrap();
    let got = model.forward(&Input::new(scaled)).unwrap();
    let off = (got - want).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
    // The 1e-5 under the root is not scaled: a relative 5e-6 of a deviation of about 3, and the
    // rounding of values near ten.
    assert!(off < 1e-4, "{off}");
}

/// Channels have no order: with the embedding's inputs and the projection's outputs in another
/// order, channels in that order give results in that order.
#[test]
fn channels_have_no_order() {
    const ORDER: [u32; 3] = [2, 0, 1];
    let config = TimesNetConfig::new(Task::LongTermForecast, 24, 3).with_pred_len(6);
    let model = TimesNet::seeded(config.clone(), 3, &Device::Cpu).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (before, after) =
        (folder.path().join("before.safetensors"), folder.path().join("after.safetensors"));
    model.save(&before).unwrap();
    let order = Tensor::new(&ORDER, &Device::Cpu).unwrap();
    let mut weights = candle_core::safetensors::load(&before, &Device::Cpu).unwrap();
    for (name, dimension) in [
        ("enc_embedding.value_embedding.tokenConv.weight", 1),
        ("projection.weight", 0),
        ("projection.bias", 0),
    ] {
        let turned = weights[name].index_select(&order, dimension).unwrap();
        weights.insert(name.to_owned(), turned);
    }
    candle_core::safetensors::save(&weights, &after).unwrap();
    let turned = TimesNet::load_weights(config, &after, &Device::Cpu).unwrap();
    let value = |i: usize| ((i * 7919 + 13) % 101) as f32 / 50.0;
    let x = Tensor::from_vec((0..2 * 24 * 3).map(value).collect(), (2, 24, 3), &Device::Cpu);
    let x = x.unwrap();
    let want = model.forward(&Input::new(x.clone())).unwrap();
    let want = want.contiguous().unwrap().index_select(&order, 2).unwrap();
    let got = turned.forward(&Input::new(x.index_select(&order, 2).unwrap())).unwrap();
    let off = (&got - &want).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
    assert!(off < 1e-5, "{off}");
    let same = model.forward(&Input::new(x)).unwrap();
    let moved = (&got - same).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>();
    assert!(moved.unwrap() > 0.1, "the order made no difference");
}

/// Without a validation part an epoch is judged by its last weights, not by the loss before them.
#[test]
fn weights_are_kept_for_what_they_do_and_not_for_what_was_before_them() {
    let objective = OBJECTIVES[0];
    let train = [WindowedSeries::every(series(60), WINDOW, 1).unwrap()];
    // One step an epoch: the first loss is that of the first weights, whatever the step does.
    let settings = |rate| settings().with_batch(64).with_learning_rate(rate, Default::default());
    let size = SizeConfig::default().with_width(8, 8).with_dropout(0.0);
    let config = model_config_for(&objective, WINDOW, 2, &size).unwrap();
    let run = |rate| {
        let mut model = TimesNet::seeded(config.clone(), 3, &Device::Cpu).unwrap();
        let report = train_objective(
            &mut model,
            &objective,
            &train,
            &[],
            &settings(rate),
            5,
            None,
            &mut |_| {},
        );
        (report.unwrap(), evaluate(&model, &objective, &train[0], WINDOW, 64).unwrap().mse)
    };
    let (report, mse) = run(1e-2);
    let kept = &report.epochs[report.best_epoch.unwrap()];
    assert!((mse / kept.valid_loss - 1.0).abs() < 1e-4, "{mse} {kept:?}");
    assert!((mse / kept.train_loss - 1.0).abs() > 1e-3, "{mse} {kept:?}");
    let least = report.epochs.iter().map(|epoch| epoch.valid_loss).fold(f64::MAX, f64::min);
    assert_eq!(kept.valid_loss, least);
    // A step far too large leaves nothing worth keeping, and nothing that is no number is kept.
    assert!(run(1e10).1.is_finite());
}

#[test]
fn an_epoch_without_a_whole_batch_is_refused_where_only_whole_ones_count() {
    let [train, valid] = windows();
    let settings = settings().with_drop_last(true).with_max_windows(Some(7));
    let mut model = model(&OBJECTIVES[0]);
    let error = train_objective(
        &mut model,
        &OBJECTIVES[0],
        &[train],
        &[valid],
        &settings,
        5,
        None,
        &mut |_| {},
    );
    assert!(matches!(error, Err(TimesNetError::NoWindows { .. })));
}

/// Any change of a state is seen: it would be trained on to other weights without a word.
#[test]
fn a_damaged_state_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let objective = OBJECTIVES[0];
    train(&mut model(&objective), &objective, Some(&state));
    let whole = std::fs::read(&state).unwrap();
    let replaced = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let at = whole.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
        let mut bytes = whole.clone();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let damaged = [
        replaced("second/layer_norm.bias", "secont/layer_norm.bias"),
        replaced("first/layer_norm.bias", "firsu/layer_norm.bias"),
        replaced("\\\"step\\\":", "\\\"stop\\\":"),
        flipped,
        whole[..whole.len() / 2].to_vec(),
    ];
    for (number, bytes) in damaged.into_iter().enumerate() {
        std::fs::write(&state, bytes).unwrap();
        let ([train, valid], mut model) = (windows(), model(&objective));
        let error = train_objective(
            &mut model,
            &objective,
            &[train],
            &[valid],
            &settings(),
            5,
            Some(&state),
            &mut |_| {},
        );
        assert!(matches!(error, Err(TimesNetError::Format { .. })), "{number}: {error:?}");
    }
}

#[test]
fn a_step_along_no_gradient_or_no_number_is_refused() {
    let model = model(&OBJECTIVES[0]);
    let before = bytes(&model);
    let x = Tensor::ones((1, WINDOW, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
    let mut stepper = timesnet::Stepper::new(&settings()).unwrap();
    let plain = model.forward(&Input::new(x.clone())).unwrap().sum_all().unwrap();
    let trained = model.forward_train(&Input::new(x), 1).unwrap().sum_all().unwrap();
    for loss in [plain, (trained * f64::NAN).unwrap()] {
        let error = stepper.step(&model, &loss).unwrap_err();
        assert!(matches!(error, TimesNetError::Loss { .. }), "{error}");
        assert_eq!(bytes(&model), before);
    }
}
