//! A small run made up from synthetic recordings: real cleaning, fits and null draws, but sines for
//! modes and another sine for what a network expected of them.

use jiff::SignedDuration;
use ndarray::{Array2, Axis};
use sigmoid_stats::{CountProcess, DailyCounts, plant_sigmoid};
use strain_io::{Channel, Recording, SynthConfig, SyntheticNetwork, SyntheticStation, TimeGrid};

use crate::config::EventConfig;
use crate::stage::decompose::ModesSummary;
use crate::stage::detect::SeriesCounts;
use crate::stage::features::Normalization;
use crate::stage::score::{Scores, StationScores, Tables};
use crate::stage::train::TrainedSummary;
use crate::station::Source;
use crate::store::{StageKey, TABLE_ENDING};
use crate::{Context, MethodConfig, NetworkResult, RunDirectory, Silent, Span, analyze};

const FIT_DAYS: i64 = 100;
const DAYS: u32 = 520;
const KEPT: usize = 3;

/// A run in a folder that is removed with it.
pub(super) struct Fixture {
    pub(super) folder: tempfile::TempDir,
    pub(super) directory: RunDirectory,
    pub(super) scores: Scores,
    pub(super) result: NetworkResult,
}

impl Fixture {
    /// Two stations, the first of them with a name that HTML and file systems must not see.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let directory = RunDirectory::open(folder.path()).unwrap();
        let config = SynthConfig::default()
            .with_distances_km([40.0, 150.0])
            .with_reference_days(DAYS)
            .with_target_days(DAYS);
        let synthetic = strain_io::network(&config, 3).unwrap();
        let mut method = MethodConfig::default();
        method.prepare = method.prepare.with_pressure_lags_hours([0, 2]);
        method.analysis = method.analysis.with_null_draws(199).with_min_quiet_days(45);
        let names = ["A<&>/1", "B"];
        let stations = synthetic
            .targets
            .iter()
            .zip(names)
            .enumerate()
            .map(|(i, (target, name))| station(&directory, &synthetic, target, name, i, &method))
            .collect();
        let scores = scores(&synthetic, method, stations);
        let context = Context::new(directory.store(), &Silent, scores.seed);
        let result = analyze(&scores, &context).unwrap();
        Self { folder, directory, scores, result }
    }
}

fn scores(
    synthetic: &SyntheticNetwork,
    method: MethodConfig,
    stations: Vec<StationScores>,
) -> Scores {
    let reference = &synthetic.reference.recording;
    let report = serde_json::json!({
        "epochs": [
            {"epoch": 0, "train_loss": 0.9, "valid_loss": 0.8, "learning_rate": 1e-3},
            {"epoch": 1, "train_loss": 0.5, "valid_loss": 0.6, "learning_rate": 1e-3},
        ],
        "best_epoch": 1, "stopped": "epochs", "train_windows": 70
    });
    let features = features();
    let trained = TrainedSummary {
        hash: "0123456789abcdef".to_owned(),
        reference: "R".to_owned(),
        span: fit_span(reference),
        seed: 5,
        normalization: Normalization {
            mean: vec![1.0; features.len()],
            standard_deviation: vec![2.0; features.len()],
            features: features.clone(),
        },
        report: serde_json::from_value(report).unwrap(),
        validation_sigma: vec![0.4; features.len()],
        validation_loss_of_the_mean: 0.95,
    };
    let event = EventConfig::new(synthetic.event_time, 29.59, 102.08, 6.8);
    Scores {
        schema: "stmn.scores/1".to_owned(),
        seed: 5,
        reference_quality: strain_io::assess(reference, &method.quality).unwrap(),
        reference_source: source("/somewhere/else/r.csv"),
        catalogue_source: None,
        event: event.with_name("the \"made-up\" event"),
        method,
        trained,
        stations,
    }
}

fn source(file: &str) -> Source {
    Source {
        file: Some(file.into()),
        blake3: "fedcba9876543210".to_owned(),
        rows: vec![12_480; 5],
        bad_rows: vec![format!("{file}, line 7, column s1: `x` is not a number")],
        notes: vec!["99999 occurs 3 times <here>".to_owned()],
    }
}

fn features() -> Vec<String> {
    let gauge = |g: usize| (3..3 + KEPT).map(move |mode| format!("s{g}.imf{mode}"));
    (1..=4).flat_map(gauge).collect()
}

fn fit_span(recording: &Recording) -> Span {
    let from = recording.grid().start();
    Span::new(from, from + SignedDuration::from_hours(24 * FIT_DAYS)).unwrap()
}

fn station(
    directory: &RunDirectory,
    synthetic: &SyntheticNetwork,
    target: &SyntheticStation,
    name: &str,
    index: usize,
    method: &MethodConfig,
) -> StationScores {
    let recording = &target.recording;
    let fit = fit_span(recording);
    let span = fit.samples(recording.grid());
    let prepared = strain_io::prepare(recording, &method.prepare, span).unwrap();
    let [modes, reconstruction] = waves(recording.grid());
    let store = |stage: &str, table: &Recording| {
        let key = StageKey::of(stage, &index.to_string());
        directory.store().table(&key, || Ok(table.clone())).unwrap();
        let path = directory.store().path(&key, TABLE_ENDING).unwrap();
        path.file_name().unwrap().to_str().unwrap().to_owned()
    };
    let tables = Tables {
        recorded: store("recorded", recording),
        prepared: store("prepared", &prepared.recording),
        modes: store("modes", &modes),
        predicted: String::new(),
        reconstruction: store("reconstruction", &reconstruction),
    };
    let series = series(synthetic, index, fit);
    let mut quiet = vec![true; series[0].counts.len()];
    quiet[40..48].fill(false);
    StationScores {
        id: name.to_owned(),
        latitude: target.latitude,
        longitude: target.longitude,
        distance_km: target.distance_km,
        source: source("/somewhere/else/a.csv"),
        fit,
        scored: Span::new(fit.to, recording.grid().end()).unwrap(),
        interference: Vec::new(),
        quality: strain_io::assess(recording, &method.quality).unwrap(),
        prepare: prepared.report,
        modes: ModesSummary {
            windows: 2052,
            converged: 2050,
            swapped: 3,
            median_period_hours: vec![24.1, 12.2, 6.3],
            too_short: vec![0, 0, 12, 0],
        },
        series,
        quiet,
        tables,
    }
}

/// Modes in nanostrain, and what was expected in standard deviations (2) around the mean (1).
fn waves(grid: &TimeGrid) -> [Recording; 2] {
    let channels: Vec<Channel> = features().iter().map(|name| Channel::gauge(name, 0.0)).collect();
    let wave = |phase: f64, size: f64| {
        let mut values = Array2::<f64>::zeros((grid.len(), channels.len()));
        for (column, mut values) in values.axis_iter_mut(Axis(1)).enumerate() {
            let period = [24.0, 12.0, 6.0][column % KEPT];
            for (hour, value) in values.iter_mut().enumerate() {
                let slow = 1.0 + 0.3 * (hour as f64 / 97.0).sin();
                *value = size * slow * (hour as f64 * std::f64::consts::TAU / period + phase).sin();
            }
        }
        values
    };
    let mut missing = wave(0.1, 1.0);
    missing.slice_mut(ndarray::s![grid.len() - 200..grid.len() - 180, ..]).fill(f64::NAN);
    [wave(0.0, 2.0) + 1.0, missing]
        .map(|values| Recording::new("A", *grid, channels.clone(), values).unwrap())
}

fn series(synthetic: &SyntheticNetwork, index: usize, fit: Span) -> Vec<SeriesCounts> {
    let days = DAYS as usize - FIT_DAYS as usize - 1;
    let one = |name: &str, stream: u64| {
        let stream = stream + 10 * index as u64;
        let mut counts = CountProcess::Poisson { mean: 5.0 }.draw(days, stream).unwrap();
        let inflection = days as f64 - synthetic.truth.inflection_days_before;
        let amplitude = 260.0 / (1.0 + index as f64);
        plant_sigmoid(&mut counts, amplitude, 0.12, inflection, stream).unwrap();
        let mut counts: Vec<Option<f64>> = counts.into_iter().map(Some).collect();
        counts[100..104].fill(None);
        let first = crate::station::utc_day(fit.to);
        SeriesCounts {
            name: name.to_owned(),
            sigma: vec![0.5; KEPT],
            bounds: Vec::new(),
            counts: DailyCounts::new(first, counts).unwrap(),
        }
    };
    vec![one("station", 1), one("s1", 2)]
}
