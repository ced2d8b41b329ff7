//! Imputation of ETTh1 with random masks, with the published script's settings, and reconstruction of what
//! is not hidden, with the same.

use std::path::Path;
use std::time::Instant;

use timesnet::candle_core::Device;
use timesnet::{
    ConstantChannels, Objective, Optimizer, Schedule, SplitRows, Task, TimeFrequency, TimesNet,
    TimesNetConfig, TrainConfig, evaluate, split, train_objective,
};

use crate::ett::read;

/// The published results by share hidden: MSE and MAE (Wu et al. 2023, table 4).
const PUBLISHED: [(f64, f64, f64); 4] =
    [(0.125, 0.057, 0.159), (0.25, 0.069, 0.178), (0.375, 0.084, 0.196), (0.5, 0.102, 0.215)];

/// Trains one network and prints its errors on the hidden values of the test part, or on all where none
/// are hidden (anomaly detection's task; no results are published for it on these data).
///
/// `width` is both of the network's: 64 in the script when the results were published, 16 and 32
/// (`None`) since May 2023.
pub(crate) fn run(
    csv: &str,
    seed: usize,
    hidden: Option<f64>,
    width: Option<usize>,
) -> Result<(), String> {
    let (task, objective, features) = match hidden {
        Some(hidden) => (Task::Imputation, Objective::Impute { hidden }, 4),
        None => (Task::AnomalyDetection, Objective::Reconstruct, 0),
    };
    let (values, times) = read(Path::new(csv))?;
    let marks = TimeFrequency::Hourly.time_features(&times);
    let rows = SplitRows::ett_hourly();
    let parts = split(&values, Some(&marks), &rows, 96, 0, ConstantChannels::Refuse)
        .map_err(|e| e.to_string())?;
    let clock = Instant::now();
    let fit = || -> timesnet::Result<_> {
        let config = TimesNetConfig::new(task, 96, 7)
            .with_width(width.unwrap_or(16), width.unwrap_or(32))
            .with_top_k(3)
            .with_time_features(features)
            .with_dropout(0.1);
        let mut model = TimesNet::seeded(config, seed as u64, &Device::Cpu)?;
        let training = TrainConfig::default()
            .with_optimizer(Optimizer::Adam)
            .with_batch(16)
            .with_learning_rate(1e-3, Schedule::Halving)
            .with_drop_last(true);
        let (train, valid) =
            (std::slice::from_ref(&parts.train), std::slice::from_ref(&parts.valid));
        let seed = seed as u64;
        let report = train_objective(
            &mut model,
            &objective,
            train,
            valid,
            &training,
            seed,
            None,
            &mut |_| {},
        )?;
        let judge = |batch| evaluate(&model, &objective, &parts.test, batch, seed);
        Ok((judge(1)?, judge(16)?, report.epochs.len()))
    };
    let (windows, batches, epochs) = fit().map_err(|error| error.to_string())?;
    let share_hidden = hidden.unwrap_or(0.0);
    let published = PUBLISHED.iter().find(|(share, _, _)| (share - share_hidden).abs() < 1e-9);
    let published = match published {
        Some((_, mse, mae)) => format!("published {mse}, {mae}"),
        None => "nothing published".to_owned(),
    };
    println!(
        "| {:.1} % hidden | {:.4}, {:.4} ({published}) | {:.4}, {:.4} | {epochs} epochs | \
         {:.1} min |",
        100.0 * share_hidden,
        windows.mse,
        windows.mae,
        batches.mse,
        batches.mae,
        clock.elapsed().as_secs_f64() / 60.0
    );
    Ok(())
}
