//! Milliseconds of one training step and one pass of inference.
//!
//! `cargo run --release -p timesnet --example step_time`; threads by `RAYON_NUM_THREADS`.

use std::time::Instant;

use candle_core::Device;
use ndarray::Array2;
use timesnet::{
    Objective, Result, SizeConfig, TimesNet, TrainConfig, WindowedSeries, model_config_for,
    predict_last, train_objective,
};

const WINDOW: usize = 168;
const CHANNELS: usize = 12;
const BATCH: usize = 32;
const STEPS: usize = 40;

fn main() -> Result<()> {
    // Tides, a day and a week with channel-dependent phases, and a deterministic roughness.
    let series = Array2::from_shape_fn((WINDOW + STEPS * BATCH - 1, CHANNELS), |(t, c)| {
        let wave = |period: f32| (std::f32::consts::TAU * (t + 3 * c) as f32 / period).sin();
        let rough = ((t * 7919 + c * 104_729) % 1009) as f32 / 1009.0 - 0.5;
        wave(12.42) + 0.7 * wave(24.0) + 0.5 * wave(71.0) + rough
    });
    let windows = WindowedSeries::every(series, WINDOW, 1)?;
    for objective in [
        Objective::Reconstruct,
        Objective::Forecast { horizon: 24 },
        Objective::Masked { patch: 6, span: 24 },
    ] {
        let config = model_config_for(&objective, WINDOW, CHANNELS, &SizeConfig::default())?;
        let mut model = TimesNet::seeded(config, 7, &Device::Cpu)?;
        let training = TrainConfig::default().with_epochs(2).with_batch(BATCH);
        let train = std::slice::from_ref(&windows);
        let clock = Instant::now();
        let report =
            train_objective(&mut model, &objective, train, &[], &training, 7, None, &mut |_| {})?;
        let step = clock.elapsed().as_secs_f64() * 1e3 / (2 * STEPS) as f64;
        let clock = Instant::now();
        predict_last(&model, &objective, &windows, 24, BATCH, &mut |_| {})?;
        let inference = clock.elapsed().as_secs_f64() * 1e3 / STEPS as f64;
        let last = report.epochs.last().map_or(f64::NAN, |epoch| epoch.train_loss);
        println!(
            "{objective:?}: training {step:.1} ms, inference {inference:.1} ms, loss {last:.4}"
        );
    }
    Ok(())
}
