//! Anomaly detection: rows that are badly reproduced.

use std::ops::Range;

use candle_seeded::named_rng;
use serde_json::{Map, json};
use timesnet::Detection;

use super::detect::{scores, threshold_for};
use super::figure::{Content, Figure, Marks, Panel, Role, points};
use super::folder::Model;
use super::outcome::{Predicted, Tested};
use super::results::ResultRow;
use super::seen::trained_rows;
use super::series::Series;
use crate::failure::Failure;

/// Sets of random alarms that real ones are held against.
const DRAWS: u32 = 1000;

/// The rows that were judged.
struct Judged {
    scores: Vec<f64>,
    threshold: f64,
    alarms: Vec<bool>,
}

impl Judged {
    fn of(model: &Model, series: &Series, rows: Range<usize>, own: bool) -> Result<Self, Failure> {
        let Model { network, experiment, learned } = model;
        let least = experiment.network.seq_len;
        if rows.end < least {
            return Err(super::windows::too_short(series, rows.end, least));
        }
        let first = rows.start;
        let scores = scores(network, experiment, learned, series, rows, "score the rows")?;
        let threshold = threshold_for(model, &scores, first, trained_rows(model, series, own))?;
        let alarms = scores.iter().map(|score| *score > threshold).collect();
        Ok(Self { scores, threshold, alarms })
    }

    fn count(&self) -> usize {
        self.scores.iter().filter(|score| score.is_finite()).count()
    }

    fn figure(&self, series: &Series, from: usize) -> Figure {
        let line = points(from, self.scores.iter().copied());
        let alarms = line.iter().zip(&self.alarms).filter(|(_, alarm)| **alarm);
        let alarms: Vec<(f64, f64)> = alarms.map(|(point, _)| *point).collect();
        let title = format!(
            "{} of {} rows are above the threshold of {:.4}",
            alarms.len(),
            self.count(),
            self.threshold
        );
        let labels = series.labels.as_ref().map(|labels| &labels[from..]);
        let panel = Panel {
            title: "how badly each row is reproduced".to_owned(),
            x_label: if series.grid.is_some() { "UTC" } else { "row" },
            y_label: "mean squared error".to_owned(),
            grid: series.grid,
            lines: vec![Marks::new("score", Role::Observed, line)],
            dots: vec![Marks::new("flagged", Role::Alarm, alarms)],
            level: Some(self.threshold),
            shaded: labels
                .map_or_else(Vec::new, |labels| stretches(&labels[..self.scores.len()], from)),
        };
        Figure { title, content: Content::Panels(vec![panel]) }
    }
}

/// First and last rows of the stretches that are labelled.
fn stretches(labels: &[bool], from: usize) -> Vec<[f64; 2]> {
    let mut stretches: Vec<[f64; 2]> = Vec::new();
    for row in labels.iter().enumerate().filter(|(_, label)| **label).map(|(row, _)| row) {
        let row = (from + row) as f64;
        match stretches.last_mut() {
            Some([_, last]) if *last + 1.0 == row => *last = row,
            _ => stretches.push([row, row]),
        }
    }
    stretches
}

/// Alarms against labels, where the table has them.
pub(super) fn test(
    model: &Model,
    series: &Series,
    rows: Range<usize>,
    own: bool,
) -> Result<Tested, Failure> {
    let judged = Judged::of(model, series, rows.clone(), own)?;
    let flagged = judged.alarms.iter().filter(|alarm| **alarm).count();
    let count = judged.count();
    let all = ResultRow::new("all")
        .with("rows", count as f64)
        .with("flagged", flagged as f64)
        .with("threshold", judged.threshold);
    let mut results = vec![all];
    let mut notes = Vec::new();
    match &series.labels {
        None => notes
            .push("the table has no labels (`label`), so nothing can be said of hits".to_owned()),
        Some(labels) => {
            // A row that no window judges is neither right nor wrong.
            let scored = judged.scores.iter().zip(&judged.alarms).zip(&labels[rows.clone()]);
            let scored = scored.filter(|((score, _), _)| score.is_finite());
            let (alarms, truth): (Vec<bool>, Vec<bool>) =
                scored.map(|((_, alarm), label)| (*alarm, *label)).unzip();
            let plain = Detection::of_samples(&alarms, &truth)?;
            let adjusted = Detection::point_adjusted(&alarms, &truth)?;
            let anomalous = truth.iter().filter(|label| **label).count();
            results[0].values.push(("anomalous", Some(anomalous as f64)));
            results.push(detection("as it stands", plain));
            results.push(detection("point-adjusted", adjusted));
            let [plain, adjusted] = at_random(&alarms, &truth, model.experiment.seed)?;
            results.push(ResultRow::new("random alarms").with("f1", plain));
            results.push(ResultRow::new("random, point-adjusted").with("f1", adjusted));
            notes.push(format!(
                "the random rows are means over {DRAWS} draws of as many alarms as were given"
            ));
            notes.push(
                "point adjustment flatters: one alarm anywhere in an anomalous stretch counts for \
                 all of it, and even random alarms score high (Kim et al. 2022)"
                    .to_owned(),
            );
        }
    }
    let figure = judged.figure(series, rows.start);
    Ok(Tested { samples: count, results, notes, figure })
}

/// Mean F1, as it stands and point-adjusted, of as many alarms on rows drawn from the seed.
fn at_random(alarms: &[bool], truth: &[bool], seed: u64) -> Result<[f64; 2], Failure> {
    let mut rng = named_rng(seed, "forecast/alarms");
    let count = alarms.iter().filter(|alarm| **alarm).count();
    let mut sums = [0.0; 2];
    for _ in 0..DRAWS {
        let mut drawn = vec![false; alarms.len()];
        for row in rand::seq::index::sample(&mut rng, alarms.len(), count) {
            drawn[row] = true;
        }
        sums[0] += Detection::of_samples(&drawn, truth)?.f1;
        sums[1] += Detection::point_adjusted(&drawn, truth)?.f1;
    }
    Ok(sums.map(|sum| sum / f64::from(DRAWS)))
}

fn detection(of: &str, found: Detection) -> ResultRow {
    ResultRow::new(of)
        .with("precision", found.precision)
        .with("recall", found.recall)
        .with("f1", found.f1)
}

/// Score and flag of every row.
pub(super) fn predict(model: &Model, series: &Series, own: bool) -> Result<Predicted, Failure> {
    let rows = 0..series.values.nrows();
    let judged = Judged::of(model, series, rows, own)?;
    let names = [series.stamp_name(), "score", "anomaly"];
    let mut lines = vec![names.map(str::to_owned).to_vec()];
    for (row, (score, alarm)) in judged.scores.iter().zip(&judged.alarms).enumerate() {
        let (score, flag) = match score.is_finite() {
            true => (score.to_string(), u8::from(*alarm).to_string()),
            false => (String::new(), String::new()),
        };
        lines.push(vec![series.stamp(row), score, flag]);
    }
    let flagged = judged.alarms.iter().filter(|alarm| **alarm).count();
    let mut summary = Map::new();
    summary.insert("rows".to_owned(), json!(judged.scores.len()));
    summary.insert("scored".to_owned(), json!(judged.count()));
    summary.insert("flagged".to_owned(), json!(flagged));
    summary.insert("threshold".to_owned(), json!(judged.threshold));
    Ok(Predicted { lines, summary, figure: judged.figure(series, 0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The harmonic mean of k alarms and m anomalies with h hits is 2h/(k + m), and h is km/n in
    /// the mean.
    #[test]
    fn random_alarms_hit_by_chance_and_adjustment_flatters_them() {
        let truth: Vec<bool> = (0..100).map(|row| (40..60).contains(&row)).collect();
        let alarms: Vec<bool> = (0..100).map(|row| row < 10).collect();
        let [plain, adjusted] = at_random(&alarms, &truth, 5).unwrap();
        assert!((plain - 2.0 * (10.0 * 20.0 / 100.0) / 30.0).abs() < 0.01, "{plain}");
        assert!((0.6..0.9).contains(&adjusted), "{adjusted}");
        assert_eq!(at_random(&alarms, &truth, 5).unwrap(), [plain, adjusted]);
        assert_eq!(at_random(&[false; 9], &[true; 9], 5).unwrap(), [0.0, 0.0]);
    }

    #[test]
    fn labels_are_joined_to_stretches() {
        let labels = [true, true, false, true, false];
        assert_eq!(stretches(&labels, 10), [[10.0, 11.0], [13.0, 13.0]]);
        assert!(stretches(&[], 0).is_empty());
    }
}
