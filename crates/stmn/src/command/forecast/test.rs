use serde::Serialize;

use super::data::Data;
use super::outcome::Tested;
use super::results::{ResultRow, csv_text, text};
use super::seen::Judgeable;
use super::{Use, anomalies, classes, plot, short, shown, windows};
use crate::cli::ForecastUseArgs;
use crate::failure::Failure;
use crate::output::{print_json, print_text};
use timesnet::Task;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    task: &'static str,
    input: &'a str,
    samples: usize,
    results: &'a [ResultRow],
    notes: &'a [String],
    table: String,
    plot: Option<String>,
    directory: String,
}

/// Judges a model by what it has not seen: the test part of its own table, or another table as far
/// as it is later.
pub(super) fn test(args: &ForecastUseArgs, json: bool) -> Result<(), Failure> {
    let used = Use::of(args, true)?;
    let tested = judge(&used)?;
    let table = used.folder.write("test.csv", &csv_text(&tested.results)?)?;
    let plot = plot(&used.folder, "test.svg", &tested.figure)?;
    let document = Document {
        schema: "stmn.forecast-test/1",
        task: used.model.experiment.task().name(),
        input: used.data.file(),
        samples: tested.samples,
        results: &tested.results,
        notes: &tested.notes,
        table: shown(&table),
        plot: plot.as_deref().map(shown),
        directory: shown(used.folder.root()),
    };
    used.folder.write("test.json", &super::folder::json(&document)?)?;
    if json {
        return print_json(&document);
    }
    let mut out = text(&tested.results);
    for note in &tested.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    let files = document.plot.iter().fold(document.table.clone(), |all, file| all + ", " + file);
    out.push_str(&format!("{} samples of {}: {files}\n", tested.samples, document.input));
    print_text(&out)
}

fn judge(used: &Use) -> Result<Tested, Failure> {
    let (model, own) = (&used.model, used.own);
    match &used.data {
        Data::Records(records) => classes::test(model, records, own),
        Data::Several(several) => short::test(model, several, own),
        Data::Series(series) => {
            let Judgeable { rows, note } = Judgeable::of(model, series, own)?;
            let mut tested = match model.experiment.task() {
                Task::AnomalyDetection => anomalies::test(model, series, rows, own)?,
                _ => windows::test(model, series, rows)?,
            };
            tested.notes.extend(note);
            Ok(tested)
        }
    }
}
