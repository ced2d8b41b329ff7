//! What comes after a table's end, and what is missing in it.

use ndarray::s;
use serde_json::{Map, json};
use stmn_pipeline::Observer;
use timesnet::impute;

use super::figure::{Content, Figure, MOST_PANELS, Marks, Panel, Role};
use super::folder::Model;
use super::outcome::{Predicted, expected, given};
use super::parts::named;
use super::series::Series;
use super::windows::{channel, continued, judged, panel, too_short};
use crate::failure::Failure;
use crate::progress::Bars;

/// The horizon after the table's end.
pub(super) fn forecast(model: &Model, series: &Series) -> Result<Predicted, Failure> {
    let known = series.values.nrows();
    let network = &model.experiment.network;
    if known < network.seq_len {
        return Err(too_short(series, known, network.seq_len));
    }
    let scaler = model.scaler()?;
    let next = continued(model, series, scaler, known)?;
    let judged = judged(model);
    let mut lines = vec![vec![series.stamp_name().to_owned()]];
    lines[0].extend(series.channels[judged.clone()].iter().cloned());
    for (step, row) in next.slice(s![.., judged.clone()]).rows().into_iter().enumerate() {
        let units = &scaler.deviation[judged.clone()];
        let cells = row.iter().zip(units).map(|(&value, &unit)| expected(value, unit));
        lines.push(std::iter::once(series.stamp(known + step)).chain(cells).collect());
    }
    let from = known - network.seq_len;
    let seen = series.values.slice(s![from.., ..]).to_owned();
    let panels = judged.take(MOST_PANELS).map(|index| {
        let lines = vec![
            Marks::new("seen", Role::Observed, channel(&seen, index, from)),
            Marks::new("forecast", Role::Expected, channel(&next, index, known)),
        ];
        panel(series, index, lines)
    });
    let content = Content::Panels(panels.collect());
    let last = known + network.pred_len - 1;
    let title = format!("{} rows after {}", network.pred_len, series.place(known - 1));
    let mut summary = Map::new();
    summary.insert("rows".to_owned(), json!(network.pred_len));
    summary.insert("from".to_owned(), json!(series.stamp(known)));
    summary.insert("to".to_owned(), json!(series.stamp(last)));
    Ok(Predicted { lines, summary, figure: Figure { title, content } })
}

/// The table with its missing values filled.
pub(super) fn fill(model: &Model, series: &Series) -> Result<Predicted, Failure> {
    let (scaler, window) = (model.scaler()?, model.experiment.network.seq_len);
    if series.values.nrows() < window {
        return Err(too_short(series, series.values.nrows(), window));
    }
    let scaled = series.scaled(scaler, 0..series.values.nrows())?;
    let marks = series.marks(&model.experiment);
    let bars = Bars::new();
    bars.begin("fill", scaled.nrows().div_ceil(window) as u64);
    let filled = impute(&model.network, &scaled, marks.as_ref(), &mut |progress| {
        bars.reach(progress.done as u64);
    });
    let filled = filled.map_err(|error| named(error, &series.file, &series.channels))?;
    bars.end(false);
    let restored = scaler.undo_f64(filled.view())?;
    let mut lines = vec![vec![series.stamp_name().to_owned()]];
    lines[0].extend(series.channels.iter().cloned());
    lines[0].push("filled".to_owned());
    let (mut count, mut left) = (0, 0);
    for (row, values) in series.values.rows().into_iter().enumerate() {
        // What was there is written as it was, not as it comes back from the scaled units.
        let own = |(channel, &value): (usize, &f64)| match value.is_nan() {
            true => expected(restored[[row, channel]], scaler.deviation[channel]),
            false => given(value),
        };
        let cells = values.iter().enumerate().map(own);
        let mut cells: Vec<String> = std::iter::once(series.stamp(row)).chain(cells).collect();
        let gaps = values.iter().enumerate().filter(|(_, value)| value.is_nan());
        let gaps: Vec<usize> = gaps.map(|(channel, _)| channel).collect();
        let (done, open): (Vec<usize>, Vec<usize>) =
            gaps.into_iter().partition(|&channel| restored[[row, channel]].is_finite());
        (count, left) = (count + done.len(), left + open.len());
        let names: Vec<&str> = done.iter().map(|&c| series.channels[c].as_str()).collect();
        cells.push(names.join(" "));
        lines.push(cells);
    }
    let mut summary = Map::new();
    summary.insert("rows".to_owned(), json!(series.values.nrows()));
    summary.insert("filled".to_owned(), json!(count));
    summary.insert("still_missing".to_owned(), json!(left));
    let panels = (0..series.channels.len()).take(MOST_PANELS).map(|index| {
        let observed = channel(&series.values, index, 0);
        let gaps = observed.iter().zip(channel(&restored, index, 0));
        let gaps = gaps.filter(|(was, _)| was.1.is_nan()).map(|(_, now)| now).collect();
        Panel {
            dots: vec![Marks::new("filled in", Role::Expected, gaps)],
            ..panel(series, index, vec![Marks::new("observed", Role::Observed, observed)])
        }
    });
    let title = format!("{count} missing values filled in");
    let content = Content::Panels(panels.collect());
    Ok(Predicted { lines, summary, figure: Figure { title, content } })
}
