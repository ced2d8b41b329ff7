//! Long-term forecasting of ETTh1 with the published script's settings.

use std::path::Path;
use std::time::Instant;

use jiff::civil::DateTime;
use ndarray::Array2;
use timesnet::candle_core::Device;
use timesnet::{
    ConstantChannels, Errors, Objective, Optimizer, Schedule, SplitRows, Splits, Task,
    TimeFrequency, TimesNet, TimesNetConfig, TrainConfig, evaluate, split, train_objective,
};

/// The published results by horizon: MSE and MAE (Wu et al. 2023, table 13).
const PUBLISHED: [(usize, f64, f64); 4] =
    [(96, 0.384, 0.402), (192, 0.436, 0.429), (336, 0.491, 0.469), (720, 0.521, 0.500)];

/// Values `[time, channel]` and time stamps of a CSV whose first column is the time.
pub(crate) fn read(path: &Path) -> Result<(Array2<f32>, Vec<DateTime>), String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (mut values, mut times, mut channels) = (Vec::new(), Vec::new(), 0);
    for line in text.lines().skip(1) {
        let mut fields = line.split(',');
        let time = fields.next().unwrap_or_default();
        times.push(time.parse::<DateTime>().map_err(|e| format!("{time}: {e}"))?);
        let row: Result<Vec<f32>, _> = fields.map(str::parse).collect();
        let row = row.map_err(|e| format!("{time}: {e}"))?;
        channels = row.len();
        values.extend(row);
    }
    let shape = (times.len(), channels);
    Ok((Array2::from_shape_vec(shape, values).map_err(|e| e.to_string())?, times))
}

fn parts(csv: &str, horizon: usize) -> Result<Splits, String> {
    let (values, times) = read(Path::new(csv))?;
    let marks = TimeFrequency::Hourly.time_features(&times);
    let rows = SplitRows::ett_hourly();
    split(&values, Some(&marks), &rows, 96, horizon, ConstantChannels::Refuse)
        .map_err(|e| e.to_string())
}

/// One trained network.
struct Trained {
    /// Errors judged in batches of 32 windows, as the published code does since April 2024.
    batches: Errors,
    /// Errors judged one window at a time, as the code did when its results were published.
    windows: Errors,
    epochs: usize,
    best: usize,
}

/// What may differ from the published script.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) horizon: usize,
    /// A checkpoint to begin with.
    pub(crate) first_weights: Option<&'a str>,
    pub(crate) learning_rate: f64,
}

fn train(parts: &Splits, settings: Settings<'_>, seed: u64) -> timesnet::Result<Trained> {
    let Settings { horizon, first_weights, learning_rate } = settings;
    let config = TimesNetConfig::new(Task::LongTermForecast, 96, 7)
        .with_pred_len(horizon)
        .with_width(16, 32)
        .with_top_k(5)
        .with_time_features(4)
        .with_dropout(0.1);
    let objective = Objective::Forecast { horizon };
    let mut model = match first_weights {
        Some(path) => TimesNet::load_weights(config, path, &Device::Cpu)?,
        None => TimesNet::seeded(config, seed, &Device::Cpu)?,
    };
    let training = TrainConfig::default()
        .with_optimizer(Optimizer::Adam)
        .with_learning_rate(learning_rate, Schedule::Halving)
        .with_drop_last(true);
    let (train, valid) = (std::slice::from_ref(&parts.train), std::slice::from_ref(&parts.valid));
    let report =
        train_objective(&mut model, &objective, train, valid, &training, seed, None, &mut |_| {})?;
    Ok(Trained {
        batches: evaluate(&model, &objective, &parts.test, 32, seed)?,
        windows: evaluate(&model, &objective, &parts.test, 1, seed)?,
        epochs: report.epochs.len(),
        best: report.best_epoch.unwrap_or(0) + 1,
    })
}

/// Trains one seed after the other and prints each as it ends; all from the first weights, where
/// there are some, so that seeds differ in the order of windows and in dropout alone.
pub(crate) fn run(
    csv: &str,
    first: usize,
    seeds: usize,
    settings: Settings<'_>,
) -> Result<(), String> {
    let horizon = settings.horizon;
    let parts = parts(csv, horizon)?;
    println!(
        "| seed | horizon | MSE, window by window | MAE | MSE, batches of 32 | MAE | epochs | best | \
         minutes |\n|---|---|---|---|---|---|---|---|---|"
    );
    let mut all = Vec::new();
    for seed in first..first + seeds {
        let clock = Instant::now();
        let trained = train(&parts, settings, seed as u64).map_err(|error| error.to_string())?;
        println!(
            "| {seed} | {horizon} | {:.4} | {:.4} | {:.4} | {:.4} | {} | {} | {:.1} |",
            trained.windows.mse,
            trained.windows.mae,
            trained.batches.mse,
            trained.batches.mae,
            trained.epochs,
            trained.best,
            clock.elapsed().as_secs_f64() / 60.0
        );
        all.push(trained);
    }
    let published = PUBLISHED.iter().find(|(known, _, _)| *known == horizon);
    let (mse, mae) = published.map_or((f64::NAN, f64::NAN), |(_, mse, mae)| (*mse, *mae));
    println!("\npublished: MSE {mse}, MAE {mae}");
    let summary = |judged: &str, errors: &dyn Fn(&Trained) -> Errors| {
        let squares: Vec<f64> = all.iter().map(|trained| errors(trained).mse).collect();
        let absolute: Vec<f64> = all.iter().map(|trained| errors(trained).mae).collect();
        println!(
            "{judged}: MSE {:.4} ± {:.4}, MAE {:.4} ± {:.4}",
            mean(&squares),
            deviation(&squares),
            mean(&absolute),
            deviation(&absolute)
        );
    };
    summary("window by window", &|trained| trained.windows);
    summary("batches of 32", &|trained| trained.batches);
    Ok(())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Standard deviation of a sample.
fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (squares / values.len().saturating_sub(1).max(1) as f64).sqrt()
}
