use serde::Serialize;
use serde_json::{Map, Value};
use timesnet::Task;

use super::data::Data;
use super::outcome::Predicted;
use super::results::csv_lines;
use super::{Use, anomalies, classes, next, plot, short, shown};
use crate::cli::ForecastUseArgs;
use crate::failure::Failure;
use crate::output::{print_json, print_text};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    task: &'static str,
    input: &'a str,
    summary: &'a Map<String, Value>,
    table: String,
    plot: Option<String>,
    directory: String,
}

/// What comes after the table's end, what is missing in it, what is odd in it, or what it is.
pub(super) fn predict(args: &ForecastUseArgs, json: bool) -> Result<(), Failure> {
    let used = Use::of(args, false)?;
    let predicted = ask(&used)?;
    let table = used.folder.write("prediction.csv", &csv_lines(predicted.lines)?)?;
    let plot = plot(&used.folder, "prediction.svg", &predicted.figure)?;
    let document = Document {
        schema: "stmn.forecast-predict/1",
        task: used.model.experiment.task().name(),
        input: used.data.file(),
        summary: &predicted.summary,
        table: shown(&table),
        plot: plot.as_deref().map(shown),
        directory: shown(used.folder.root()),
    };
    if json {
        return print_json(&document);
    }
    let mut out = String::new();
    for (name, value) in &predicted.summary {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        out.push_str(&format!("{}: {value}\n", name.replace('_', " ")));
    }
    let files = document.plot.iter().fold(document.table.clone(), |all, file| all + ", " + file);
    out.push_str(&format!("{files}\n"));
    print_text(&out)
}

fn ask(used: &Use) -> Result<Predicted, Failure> {
    let model = &used.model;
    match &used.data {
        Data::Records(records) => classes::predict(model, records),
        Data::Several(several) => short::predict(model, several),
        Data::Series(series) => match model.experiment.task() {
            Task::AnomalyDetection => anomalies::predict(model, series, used.own),
            Task::Imputation => next::fill(model, series),
            _ => next::forecast(model, series),
        },
    }
}
