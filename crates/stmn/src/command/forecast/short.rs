//! Short-term forecasts of many series.

use ndarray::Array2;
use serde_json::{Map, json};
use timesnet::{ShortTerm, ShortTermErrors, TimesNet, forecast, naive2};

use super::figure::{Content, Figure, MOST_PANELS, Marks, Panel, Role, points};
use super::folder::Model;
use super::outcome::{Predicted, Tested};
use super::parts::note_short;
use super::results::ResultRow;
use super::several::{One, Several};
use crate::failure::Failure;

/// A series, how much of it was known, and its forecast from there.
struct Forecast<'a> {
    one: &'a One,
    known: usize,
    values: Vec<f64>,
}

impl Forecast<'_> {
    fn panel(&self, several: &Several, shown: usize) -> Panel {
        let (one, known) = (self.one, self.known);
        let from = known.saturating_sub(shown);
        let row = |value: usize| one.from + value;
        let seen = points(row(from), one.values[from..known].iter().copied());
        let mut lines = vec![Marks::new("seen", Role::Observed, seen)];
        let came = &one.values[known..];
        if !came.is_empty() {
            lines.push(Marks::new("came", Role::Truth, points(row(known), came.iter().copied())));
        }
        let values = points(row(known), self.values.iter().copied());
        lines.push(Marks::new("forecast", Role::Expected, values));
        Panel {
            title: one.name.clone(),
            x_label: if several.grid.is_some() { "UTC" } else { "number of the value" },
            grid: several.grid,
            lines,
            ..Panel::default()
        }
    }
}

/// Forecasts from the values before the last `held` of each series that is long enough.
fn forecasts<'a>(
    model: &Model,
    several: &'a Several,
    held: usize,
) -> Result<Vec<Forecast<'a>>, Failure> {
    let least = model.experiment.network.seq_len + held;
    let (mut done, mut short) = (Vec::new(), Vec::new());
    for one in &several.series {
        if one.values.len() < least {
            short.push(one.name.as_str());
            continue;
        }
        several.refuse_lost(one, model.experiment.network.seq_len)?;
        let known = one.values.len() - held;
        let values = continued(&model.network, &one.values[..known])?;
        done.push(Forecast { one, known, values });
    }
    note_short(several, &short, &format!("forecast: that takes {least} values"));
    if done.is_empty() {
        return Err(Failure::new(format!(
            "{}: none of the {} series has {least} values",
            several.file,
            several.series.len()
        )));
    }
    Ok(done)
}

fn continued(network: &TimesNet, history: &[f64]) -> Result<Vec<f64>, Failure> {
    let column = Array2::from_shape_fn((history.len(), 1), |(row, _)| history[row] as f32);
    let next = forecast(network, column.view(), None)?;
    Ok(next.iter().map(|&value| f64::from(value)).collect())
}

fn figure(model: &Model, several: &Several, forecasts: &[Forecast<'_>], title: String) -> Figure {
    let shown = model.experiment.network.seq_len;
    let panels = forecasts.iter().take(MOST_PANELS).map(|one| one.panel(several, shown));
    Figure { title, content: Content::Panels(panels.collect()) }
}

/// The last `pred_len` values of each series, of the model's `own` table or of another one.
pub(super) fn test(model: &Model, several: &Several, own: bool) -> Result<Tested, Failure> {
    let (horizon, season) = (model.experiment.network.pred_len, model.experiment.season);
    let forecasts = forecasts(model, several, horizon)?;
    let errors = |values: &[Vec<f64>]| {
        let pairs = forecasts.iter().zip(values).map(|(one, forecast)| {
            let (history, truth) = one.one.values.split_at(one.known);
            ShortTerm { history, forecast, truth }
        });
        ShortTermErrors::between(&pairs.collect::<Vec<_>>(), season)
    };
    let ours: Vec<Vec<f64>> = forecasts.iter().map(|one| one.values.clone()).collect();
    let naive: Vec<Vec<f64>> =
        forecasts.iter().map(|one| naive2(&one.one.values[..one.known], season, horizon)).collect();
    let results = vec![row("all", errors(&ours)?), row("naive 2", errors(&naive)?)];
    let title = format!("the last {horizon} values of the first series");
    let unit = "smape and mape are in %; naive 2 is the M4 competition's; owa 1 is as good";
    let mut notes = vec![unit.to_owned()];
    if !own {
        let note = "these series are not compared with those that the model was trained on: \
                    figures of values that it was trained on say nothing of new ones";
        notes.push(note.to_owned());
    }
    Ok(Tested {
        samples: forecasts.len(),
        results,
        notes,
        figure: figure(model, several, &forecasts, title),
    })
}

fn row(of: &str, errors: ShortTermErrors) -> ResultRow {
    ResultRow::new(of)
        .with("smape", errors.smape)
        .with("mape", errors.mape)
        .with("mase", errors.mase)
        .with("owa", errors.owa)
        .with("series", errors.series as f64)
}

/// The `pred_len` values after the end of each series.
pub(super) fn predict(model: &Model, several: &Several) -> Result<Predicted, Failure> {
    let forecasts = forecasts(model, several, 0)?;
    let place = if several.grid.is_some() { "time" } else { "step" };
    let mut lines = vec![["series", place, "forecast"].map(str::to_owned).to_vec()];
    for Forecast { one, known, values } in &forecasts {
        for (step, value) in values.iter().enumerate() {
            let at = match &several.grid {
                Some(grid) => grid.time(one.from + known + step).to_string(),
                None => (step + 1).to_string(),
            };
            // Here the network is given the values, and answers, in their own units.
            lines.push(vec![one.name.clone(), at, (*value as f32).to_string()]);
        }
    }
    let horizon = model.experiment.network.pred_len;
    let mut summary = Map::new();
    summary.insert("rows".to_owned(), json!(lines.len() - 1));
    summary.insert("series".to_owned(), json!(forecasts.len()));
    summary.insert("too_short".to_owned(), json!(several.series.len() - forecasts.len()));
    let title = format!("the {horizon} values after the first series' end");
    let figure = figure(model, several, &forecasts, title);
    Ok(Predicted { lines, summary, figure })
}
