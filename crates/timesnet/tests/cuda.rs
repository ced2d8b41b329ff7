//! What a GPU does is what the CPU does.

#![cfg(feature = "cuda")]
#![allow(clippy::unwrap_used)] // a failing test should stop at once

use candle_core::{Device, Tensor};
use ndarray::Array2;
use timesnet::{
    InceptionKind, Input, LabelledSet, Objective, Optimizer, PeriodScope, SizeConfig, Task,
    TimesNet, TimesNetConfig, TrainConfig, WindowedSeries, forecast, impute, model_config_for,
    predict_last, reconstruction_scores, train_classifier, train_objective,
};

fn gpu() -> Device {
    Device::new_cuda(0).expect("the feature `cuda` is tested where a GPU is")
}

fn series(rows: usize, channels: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, channels), |(t, c)| {
        let wave = |period: f32| (std::f32::consts::TAU * (t + 3 * c) as f32 / period).sin();
        let rough = ((t * 7919 + c * 104_729) % 1009) as f32 / 1009.0 - 0.5;
        wave(12.42) + 0.7 * wave(24.0) + 0.3 * rough
    })
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn assert_near(
    what: &str,
    cpu: impl IntoIterator<Item = f32>,
    cuda: impl IntoIterator<Item = f32>,
) {
    let (cpu, cuda): (Vec<f32>, Vec<f32>) = (cpu.into_iter().collect(), cuda.into_iter().collect());
    assert_eq!(cpu.len(), cuda.len(), "{what}");
    // The largest of some numbers passes over NaN.
    assert!(cpu.iter().chain(&cuda).all(|value| value.is_finite()), "{what} is not finite");
    let off = cpu.iter().zip(&cuda).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("{what}: off by {off:e}");
    assert!(off < 1e-4, "{what}: {off}");
}

fn assert_same_losses(what: &str, cpu: &[f64], cuda: &[f64]) {
    println!("{what}: {cpu:?}, {cuda:?}");
    assert_eq!(cpu.len(), cuda.len());
    for (a, b) in cpu.iter().zip(cuda) {
        assert!(((a - b) / a).abs() < 1e-4, "{what}: {cpu:?}, {cuda:?}");
    }
}

/// Both kinds of inception, periods of the batch and of each sample, the reconstruction.
#[test]
fn the_same_weights_give_the_same_output() {
    let config = TimesNetConfig::new(Task::AnomalyDetection, 60, 3).with_width(8, 12);
    for kind in [InceptionKind::MeanOdd { num_kernels: 4 }, InceptionKind::ConcatProject] {
        for scope in [PeriodScope::Batch, PeriodScope::Sample] {
            let config =
                config.clone().with_inception(kind).with_period_scope(scope.clone()).with_top_k(3);
            let x = series(240, 3).into_raw_vec_and_offset().0;
            let outputs = [Device::Cpu, gpu()].map(|device| {
                let model = TimesNet::seeded(config.clone(), 3, &device).unwrap();
                let x = Tensor::from_slice(&x, (4, 60, 3), &device).unwrap();
                values(&model.forward(&Input::new(x)).unwrap())
            });
            let [cpu, cuda] = outputs;
            assert_near(&format!("{kind:?}, {scope:?}"), cpu, cuda);
        }
    }
}

/// Every objective, trained for two epochs: losses within 1e-4; interrupted and resumed the same
/// as at once.
#[test]
fn training_goes_the_same_way() {
    let windows = WindowedSeries::every(series(400, 3), 48, 4).unwrap();
    for objective in [
        Objective::Reconstruct,
        Objective::Forecast { horizon: 12 },
        Objective::Masked { patch: 6, span: 12 },
    ] {
        let config = model_config_for(&objective, 48, 3, &SizeConfig::default()).unwrap();
        let train = std::slice::from_ref(&windows);
        let run = |device: &Device, epochs, checkpoint: Option<&std::path::Path>| {
            let mut model = TimesNet::seeded(config.clone(), 7, device).unwrap();
            let training = TrainConfig::default().with_epochs(epochs).with_batch(16);
            let report = train_objective(
                &mut model,
                &objective,
                train,
                train,
                &training,
                7,
                checkpoint,
                &mut |_| {},
            );
            let losses = report.unwrap().epochs.into_iter().map(|epoch| epoch.train_loss);
            (losses.collect::<Vec<f64>>(), model)
        };
        let (cpu, _) = run(&Device::Cpu, 2, None);
        let (cuda, model) = run(&gpu(), 2, None);
        assert_same_losses(&format!("{objective:?}"), &cpu, &cuda);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.safetensors");
        run(&gpu(), 2, Some(&path));
        let (again, resumed) = run(&gpu(), 2, Some(&path));
        assert_eq!(cuda, again);
        for (name, var) in model.vars() {
            assert_eq!(values(var), values(&resumed.vars()[name]), "{name}");
        }
    }
}

/// What a trained network is asked for afterwards: the newest day of each window, forecasts, gaps
/// filled, scores; and that its file opens on the other device.
#[test]
fn a_network_is_used_the_same_way() {
    let folder = tempfile::tempdir().unwrap();
    let network = |task, horizon| {
        TimesNetConfig::new(task, 48, 3).with_pred_len(horizon).with_width(8, 8).with_top_k(3)
    };
    let both = |config: TimesNetConfig| {
        let path = folder.path().join("network.safetensors");
        let model = TimesNet::seeded(config, 9, &gpu()).unwrap();
        model.save(&path).unwrap();
        [TimesNet::load(&path, &Device::Cpu).unwrap(), model]
    };
    let rows = series(200, 3);
    let windows = WindowedSeries::every(rows.clone(), 48, 6).unwrap();

    let [cpu, cuda] = both(network(Task::AnomalyDetection, 0)).map(|model| {
        let objective = Objective::Reconstruct;
        predict_last(&model, &objective, &windows, 24, 8, &mut |_| {}).unwrap()
    });
    assert_near("newest day", cpu, cuda);
    let [cpu, cuda] = both(network(Task::AnomalyDetection, 0))
        .map(|model| reconstruction_scores(&model, &rows, None, 48, 8, &mut |_| {}).unwrap());
    let narrow = |scores: Vec<f64>| scores.into_iter().map(|score| score as f32);
    assert_near("scores", narrow(cpu), narrow(cuda));
    let [cpu, cuda] = both(network(Task::LongTermForecast, 12))
        .map(|model| forecast(&model, rows.view(), None).unwrap());
    assert_near("forecast", cpu, cuda);
    let mut gaps = rows.clone();
    gaps.slice_mut(ndarray::s![60..66, 1]).fill(f32::NAN);
    let [cpu, cuda] = both(network(Task::Imputation, 0))
        .map(|model| impute(&model, &gaps, None, &mut |_| {}).unwrap());
    assert_near("filled", cpu, cuda);
}

/// RAdam with clipping.
#[test]
fn classifiers_train_the_same_way() {
    let samples: Vec<Array2<f32>> = (0..12)
        .map(|i| {
            Array2::from_shape_fn((24, 2), |(t, c)| ((t * (1 + i % 2) + c) as f32 / 3.0).sin())
        })
        .collect();
    let labels: Vec<usize> = (0..12).map(|i| i % 2).collect();
    let set = LabelledSet::new(samples, labels, 24).unwrap();
    let config = TimesNetConfig::new(Task::Classification, 24, 2).with_width(8, 8).with_classes(2);
    let losses = [Device::Cpu, gpu()].map(|device| {
        let mut model = TimesNet::seeded(config.clone(), 5, &device).unwrap();
        let training = TrainConfig::default()
            .with_optimizer(Optimizer::RAdam)
            .with_clip(Some(4.0))
            .with_epochs(3)
            .with_batch(4);
        let report =
            train_classifier(&mut model, &set, Some(&set), &training, 5, None, &mut |_| {})
                .unwrap();
        report.epochs.into_iter().map(|epoch| epoch.train_loss).collect::<Vec<f64>>()
    });
    assert_same_losses("classifier", &losses[0], &losses[1]);
}
