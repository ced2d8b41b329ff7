use std::ops::Range;

use ndarray::s;
use stmn_pipeline::Observer;
use timesnet::{Task, TimesNet, anomaly_threshold, reconstruction_scores};

use super::data::Data;
use super::experiment::Experiment;
use super::folder::{Learned, Model};
use super::names::ThresholdFrom;
use super::parts::named;
use super::series::Series;
use crate::failure::Failure;
use crate::progress::Bars;

/// Windows between two reports of progress.
const BATCH: usize = 64;

/// Scores of the rows `rows` of a table; NaN for those that no window judges.
pub(super) fn scores(
    network: &TimesNet,
    experiment: &Experiment,
    learned: &Learned,
    series: &Series,
    rows: Range<usize>,
    stage: &str,
) -> Result<Vec<f64>, Failure> {
    // What comes before the first row that is judged is known when it is judged.
    let newest = experiment.score_last;
    let before = (experiment.network.seq_len - newest).min(rows.start);
    let from = rows.start - before;
    series.refuse_missing(from..rows.end)?;
    let values = series.values.slice(s![from..rows.end, ..]);
    let scaled = match &learned.scaler {
        Some(scaler) => scaler.apply(values)?,
        None => values.to_owned(),
    };
    let bars = Bars::new();
    bars.begin(stage, (scaled.nrows() / newest) as u64);
    let scores = reconstruction_scores(network, &scaled, newest, BATCH, &mut |progress| {
        bars.reach(progress.done as u64);
    });
    let scores = scores.map_err(|error| named(error, &series.file, &series.channels))?;
    bars.end(false);
    Ok(scores[before..].to_vec())
}

/// The score that `anomaly_ratio` per cent of the training rows exceed; nothing for another task.
pub(super) fn threshold(
    network: &TimesNet,
    experiment: &Experiment,
    learned: &Learned,
    data: &Data,
) -> Result<Option<f64>, Failure> {
    let (Task::AnomalyDetection, Data::Series(series)) = (experiment.task(), data) else {
        return Ok(None);
    };
    let rows = experiment.data.rows(series.values.nrows()).train;
    let stage = "score the training rows";
    let scores = scores(network, experiment, learned, series, rows, stage)?;
    Ok(Some(exceeded(&scores, experiment)?))
}

fn exceeded(scores: &[f64], experiment: &Experiment) -> Result<f64, Failure> {
    let judged: Vec<f64> = scores.iter().copied().filter(|score| score.is_finite()).collect();
    Ok(anomaly_threshold(&judged, experiment.anomaly_ratio / 100.0)?)
}

/// The threshold that rows with these scores are held against.
pub(super) fn threshold_for(model: &Model, judged: &[f64]) -> Result<f64, Failure> {
    let Model { experiment, learned, network } = model;
    match (experiment.threshold_from, learned.threshold) {
        (ThresholdFrom::Train, Some(threshold)) => Ok(threshold),
        (ThresholdFrom::Train, None) => Err(Failure::new("the model has no threshold; train anew")),
        (ThresholdFrom::TrainAndTest, _) => {
            let settings = &experiment.data;
            let table = Series::read(&settings.path, settings)?.in_order(&learned.channels)?;
            let rows = settings.rows(table.values.nrows()).train;
            let stage = "score the training rows";
            let mut all = scores(network, experiment, learned, &table, rows, stage)?;
            all.extend(judged);
            exceeded(&all, experiment)
        }
    }
}
