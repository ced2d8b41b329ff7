//! Long-term forecasts and imputation: every window of a table.

use std::ops::Range;

use candle_seeded::named_rng;
use ndarray::{Array2, s};
use rand::RngExt;
use timesnet::{
    Errors, Scaler, Simple, Task, WindowedSeries, evaluate_channels, evaluate_simple, forecast,
    impute,
};

use super::experiment::Experiment;
use super::figure::{Content, Figure, MOST_PANELS, Marks, Panel, Role, points};
use super::folder::Model;
use super::names::{Features, ScopeName};
use super::outcome::Tested;
use super::parts::named;
use super::results::ResultRow;
use super::series::Series;
use crate::failure::Failure;

const BESIDE: &str = "the last rows are what the same values give without a network";

/// The channels that come out.
pub(super) fn judged(model: &Model) -> Range<usize> {
    let channels = model.experiment.network.enc_in;
    match model.experiment.data.features {
        Features::MS => channels - 1..channels,
        _ => 0..channels,
    }
}

/// Errors over all windows whose judged rows lie in `rows`: of a forecast its horizon, else every
/// one.
pub(super) fn test(model: &Model, series: &Series, rows: Range<usize>) -> Result<Tested, Failure> {
    let experiment = &model.experiment;
    let scaler = model.scaler()?;
    let windows = windows(model, series, scaler, rows.clone())?;
    let (objective, batch) = (experiment.objective(), experiment.training.batch);
    let network = model.network.with_period_scope(experiment.test_periods.scope())?;
    let channels = evaluate_channels(&network, &objective, &windows, batch, experiment.seed)
        .map_err(|error| named(error, &series.file, &series.channels))?;
    let figure = match experiment.task() {
        Task::Imputation => imputed(model, series, scaler, rows)?,
        _ => forecast_beside_truth(model, series, scaler, rows)?,
    };
    let unit = "mse and mae are in units of the training rows' standard deviations";
    let mut notes = vec![unit.to_owned()];
    if experiment.test_periods == ScopeName::Batch {
        notes.push(
            "a window's periods are those of its batch, later windows among them, as published; \
             with `test_periods = \"sample\"` they are its own"
                .to_owned(),
        );
    }
    let mut results = results(series, scaler, &channels);
    for (of, simple) in simple(experiment) {
        let errors = evaluate_simple(simple, &objective, &windows, batch, experiment.seed)?;
        results.push(overall(of, &errors));
    }
    notes.push(BESIDE.to_owned());
    Ok(Tested { samples: windows.len(), results, notes, figure })
}

fn windows(
    model: &Model,
    series: &Series,
    scaler: &Scaler,
    rows: Range<usize>,
) -> Result<WindowedSeries, Failure> {
    let network = &model.experiment.network;
    let window = network.seq_len + network.pred_len;
    // As published, the first windows look back into the rows before: not where these would be
    // judged themselves.
    let before = if network.task.forecasts() { network.seq_len } else { 0 };
    let own = rows.start.saturating_sub(before)..rows.end;
    let scaled = series.scaled(scaler, own.clone())?;
    if scaled.nrows() < window {
        return Err(too_short(series, scaled.nrows(), window));
    }
    let windows = match model.experiment.task() {
        Task::Imputation => WindowedSeries::every_with_gaps(scaled, window, 1),
        _ => {
            series.refuse_missing(own.clone())?;
            WindowedSeries::every(scaled, window, 1)
        }
    };
    let windows = windows.map_err(|error| named(error, &series.file, &series.channels))?;
    let windows = match series.marks(&model.experiment) {
        Some(marks) => windows.with_marks(marks.slice(s![own, ..]).to_owned())?,
        None => windows,
    };
    Ok(match model.experiment.data.features {
        Features::MS => windows.with_judged(judged(model).collect())?,
        _ => windows,
    })
}

pub(super) fn too_short(series: &Series, rows: usize, window: usize) -> Failure {
    Failure::new(format!(
        "{}: {rows} rows are there to be used, one window takes {window}: give a longer table",
        series.file
    ))
}

/// What stands beside a network's errors: those of the same values without one.
fn simple(experiment: &Experiment) -> Vec<(&'static str, Simple)> {
    let season = experiment.season;
    match experiment.task() {
        Task::Imputation => vec![("a line between neighbours", Simple::Line)],
        _ if season > 1 => vec![
            ("the last value", Simple::LastValue),
            ("a season before", Simple::SeasonBefore(season)),
        ],
        _ => vec![("the last value", Simple::LastValue)],
    }
}

/// The errors over all channels.
fn overall(of: &str, channels: &[Option<Errors>]) -> ResultRow {
    let points: f64 = channels.iter().flatten().map(|errors| errors.points as f64).sum();
    let mean = |of: fn(&Errors) -> f64| {
        channels.iter().flatten().map(|errors| of(errors) * errors.points as f64).sum::<f64>()
            / points
    };
    let all = ResultRow::new(of).with("mse", mean(|e| e.mse)).with("mae", mean(|e| e.mae));
    all.with("points", points)
}

fn results(series: &Series, scaler: &Scaler, channels: &[Option<Errors>]) -> Vec<ResultRow> {
    let mut rows = vec![overall("all", channels)];
    for (channel, errors) in channels.iter().enumerate() {
        let Some(errors) = errors else { continue };
        let unit = scaler.deviation[channel];
        rows.push(
            ResultRow::new(&series.channels[channel])
                .with("mse", errors.mse)
                .with("mae", errors.mae)
                .with("points", errors.points as f64)
                .with("mse_original", errors.mse * unit * unit)
                .with("mae_original", errors.mae * unit),
        );
    }
    rows
}

/// One channel of a table as points.
pub(super) fn channel(values: &Array2<f64>, channel: usize, from: usize) -> Vec<(f64, f64)> {
    points(from, values.column(channel).iter().copied())
}

/// A panel of a channel whose axis is that of the table.
pub(super) fn panel(series: &Series, channel: usize, lines: Vec<Marks>) -> Panel {
    Panel {
        title: series.channels[channel].clone(),
        x_label: if series.grid.is_some() { "UTC" } else { "row" },
        grid: series.grid,
        lines,
        ..Panel::default()
    }
}

/// The last window that was tested.
fn forecast_beside_truth(
    model: &Model,
    series: &Series,
    scaler: &Scaler,
    rows: Range<usize>,
) -> Result<Figure, Failure> {
    let network = &model.experiment.network;
    let known = rows.end - network.pred_len;
    let next = continued(model, series, scaler, known)?;
    let from = known - network.seq_len;
    let seen = series.values.slice(s![from..known, ..]).to_owned();
    let truth = series.values.slice(s![known..rows.end, ..]).to_owned();
    let panels = judged(model).take(MOST_PANELS).map(|index| {
        let lines = vec![
            Marks::new("seen", Role::Observed, channel(&seen, index, from)),
            Marks::new("came", Role::Truth, channel(&truth, index, known)),
            Marks::new("forecast", Role::Expected, channel(&next, index, known)),
        ];
        panel(series, index, lines)
    });
    let title = format!("{} rows from {} on", network.pred_len, series.place(known));
    Ok(Figure { title, content: Content::Panels(panels.collect()) })
}

/// The `pred_len` rows after the first `known`, in the table's own units.
pub(super) fn continued(
    model: &Model,
    series: &Series,
    scaler: &Scaler,
    known: usize,
) -> Result<Array2<f64>, Failure> {
    let from = known.saturating_sub(model.experiment.network.seq_len);
    series.refuse_missing(from..known)?;
    let history = series.scaled(scaler, from..known)?;
    let marks = series.marks(&model.experiment);
    let marks = marks.as_ref().map(|marks| marks.slice(s![from..known, ..]));
    let next = forecast(&model.network, history.view(), marks)
        .map_err(|error| named(error, &series.file, &series.channels))?;
    Ok(scaler.undo_f64(next.view())?)
}

/// The last window that was tested, with the share of it hidden that was hidden in training.
fn imputed(
    model: &Model,
    series: &Series,
    scaler: &Scaler,
    rows: Range<usize>,
) -> Result<Figure, Failure> {
    let from = rows.end - model.experiment.network.seq_len;
    let truth = series.values.slice(s![from..rows.end, ..]).to_owned();
    let mut rng = named_rng(model.experiment.seed, "forecast/figure");
    let hide = model.experiment.mask_rate;
    let seen = truth.mapv(|value| if rng.random_bool(hide) { f64::NAN } else { value });
    let marks = series.marks(&model.experiment);
    let marks = marks.map(|marks| marks.slice(s![from..rows.end, ..]).to_owned());
    let scaled = scaler.apply(seen.view())?;
    let filled = impute(&model.network, &scaled, marks.as_ref(), &mut |_| {})?;
    let filled = scaler.undo_f64(filled.view())?;
    let hidden = |values: &Array2<f64>, index: usize| -> Vec<(f64, f64)> {
        let was = channel(&seen, index, from).into_iter().zip(channel(values, index, from));
        was.filter(|(seen, _)| seen.1.is_nan()).map(|(_, value)| value).collect()
    };
    let panels = judged(model).take(MOST_PANELS).map(|index| {
        let line = Marks::new("seen", Role::Observed, channel(&seen, index, from));
        Panel {
            dots: vec![
                Marks::new("hidden", Role::Truth, hidden(&truth, index)),
                Marks::new("filled in", Role::Expected, hidden(&filled, index)),
            ],
            ..panel(series, index, vec![line])
        }
    });
    let title = format!("{:.1} % hidden, from {} on", 100.0 * hide, series.place(from));
    Ok(Figure { title, content: Content::Panels(panels.collect()) })
}
