use std::ops::Range;

use ndarray::s;
use stmn_pipeline::Observer;
use timesnet::{Task, TimesNet, anomaly_threshold, reconstruction_scores};

use super::data::Data;
use super::document::Learned;
use super::experiment::Experiment;
use super::folder::Model;
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
    let scaled = match &learned.scaler {
        Some(scaler) => series.scaled(scaler, from..rows.end)?,
        None => series.values.slice(s![from..rows.end, ..]).mapv(|value| value as f32),
    };
    let bars = Bars::new();
    bars.begin(stage, (scaled.nrows() / newest) as u64);
    let marks = series.marks(experiment);
    let marks = marks.map(|marks| marks.slice(s![from..rows.end, ..]).to_owned());
    let scores =
        reconstruction_scores(network, &scaled, marks.as_ref(), newest, BATCH, &mut |progress| {
            bars.reach(progress.done as u64);
        });
    let scores = scores.map_err(|error| named(error, &series.file, &series.channels))?;
    bars.end(false);
    Ok(scores[before..].to_vec())
}

/// Learns the score that `anomaly_ratio` per cent of the training rows exceed; nothing for another
/// task.
pub(super) fn learn_threshold(
    network: &TimesNet,
    experiment: &Experiment,
    learned: &mut Learned,
    data: &Data,
) -> Result<(), Failure> {
    let (Task::AnomalyDetection, Data::Series(series)) = (experiment.task(), data) else {
        return Ok(());
    };
    let rows = experiment.data.rows(series.values.nrows()).train;
    let stage = "score the training rows";
    let mut scores = scores(network, experiment, learned, series, rows, stage)?;
    scores.retain(|score| score.is_finite());
    learned.threshold = Some(exceeded(&scores, experiment)?);
    // Where what is judged has a say, the threshold is made anew each time.
    if experiment.threshold_from == ThresholdFrom::TrainAndTest {
        learned.training_scores = Some(scores);
    }
    Ok(())
}

fn exceeded(scores: &[f64], experiment: &Experiment) -> Result<f64, Failure> {
    Ok(anomaly_threshold(scores, experiment.anomaly_ratio / 100.0)?)
}

/// The threshold that the rows from `first` on of a table with these scores are held against.
/// `trained` rows of the table were trained on, and count once.
pub(super) fn threshold_for(
    model: &Model,
    scores: &[f64],
    first: usize,
    trained: usize,
) -> Result<f64, Failure> {
    let Model { experiment, learned, .. } = model;
    let missing = || Failure::new("the model has no scores of its training rows; train anew");
    match experiment.threshold_from {
        ThresholdFrom::Train => learned.threshold.ok_or_else(missing),
        ThresholdFrom::TrainAndTest => {
            let mut all = learned.training_scores.clone().ok_or_else(missing)?;
            let new = scores.iter().skip(trained.saturating_sub(first));
            all.extend(new.filter(|score| score.is_finite()));
            exceeded(&all, experiment)
        }
    }
}
