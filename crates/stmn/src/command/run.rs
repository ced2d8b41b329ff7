use std::path::{Path, PathBuf};

use serde::Serialize;
use stmn_pipeline::{
    RunConfig, RunDirectory, RunDocument, TrainedSummary, load_config, run_analyze, run_train,
    run_transfer,
};

use super::stations::{BRACKETS, quiet_table, series_table, station_table, step_lines};
use crate::cli::{AnalyzeArgs, RunArgs, TransferArgs};
use crate::failure::Failure;
use crate::output::{print_json, print_text, remarked};
use crate::progress::Bars;

pub(super) fn run(args: &RunArgs, json: bool) -> Result<(), Failure> {
    let (config, data) = load(args)?;
    let directory = RunDirectory::open(out(args))?;
    let document = stmn_pipeline::run(&config, &data, &directory, &Bars::new())?;
    print_run(&document, json)
}

pub(super) fn analyze(args: &AnalyzeArgs, json: bool) -> Result<(), Failure> {
    if !args.directory.is_dir() {
        return Err(Failure::new(format!("there is no folder {}", args.directory.display())));
    }
    let directory = RunDirectory::open(&args.directory)?;
    let document = run_analyze(&directory, &Bars::new())?;
    print_run(&document, json)
}

#[derive(Serialize)]
struct TrainDocument<'a> {
    schema: &'static str,
    #[serde(flatten)]
    summary: &'a TrainedSummary,
    checkpoint: String,
    directory: String,
}

pub(super) fn train(args: &RunArgs, json: bool) -> Result<(), Failure> {
    let (config, data) = load(args)?;
    let directory = RunDirectory::open(out(args))?;
    let trained = run_train(&config, &data, &directory, &Bars::new())?;
    let summary = trained.summary();
    let checkpoint = directory.root().join("model.safetensors").display().to_string();
    let document = TrainDocument {
        schema: "stmn.train/1",
        summary,
        checkpoint,
        directory: directory.root().display().to_string(),
    };
    if json {
        return print_json(&document);
    }
    let mut text =
        format!("Trained on {}: epoch, training loss, validation loss\n", summary.reference);
    for epoch in &summary.report.epochs {
        text.push_str(&format!(
            "{:5}  {:.6}  {:.6}\n",
            epoch.epoch, epoch.train_loss, epoch.valid_loss
        ));
    }
    text.push_str(&format!(
        "The mean alone has a validation loss of {:.6}\n",
        summary.validation_loss_of_the_mean
    ));
    text.push_str(&format!("Weights: {}\n", document.checkpoint));
    print_text(&text)
}

pub(super) fn transfer(args: &TransferArgs, json: bool) -> Result<(), Failure> {
    let (config, data) = load(&args.run)?;
    let directory = RunDirectory::open(out(&args.run))?;
    let scores = run_transfer(&config, &data, &args.checkpoint, &directory, &Bars::new())?;
    if json {
        return print_json(&scores);
    }
    let mut text = String::new();
    for station in &scores.stations {
        let days = station.primary().map_or(0, |series| series.counts.observed());
        text.push_str(&format!("{}: {days} scored days\n", station.id));
    }
    text.push_str(&remarked(&scores.remarks()));
    text.push_str(&format!("Scores: {}\n", directory.root().join("scores.json").display()));
    print_text(&text)
}

fn load(args: &RunArgs) -> Result<(RunConfig, PathBuf), Failure> {
    let config = load_config(&args.config)?;
    let data = match &args.data {
        Some(data) => data.clone(),
        None => args.config.parent().unwrap_or(Path::new("")).join(&config.data),
    };
    Ok((config, data))
}

fn out(args: &RunArgs) -> PathBuf {
    let stem = || args.config.file_stem().map_or_else(|| "run".into(), PathBuf::from);
    args.out.clone().unwrap_or_else(stem)
}

fn print_run(document: &RunDocument, json: bool) -> Result<(), Failure> {
    if json {
        return print_json(document);
    }
    let mut text = station_table(&document.result.stations);
    if let (Some(shared), 2..) = (&document.result.inflection, document.result.stations.len()) {
        let [low, high] = shared.interval;
        text.push_str(&format!(
            "Inflection that the stations share, if there is one: {:.1} days before the event \
             ({low:.1} to {high:.1})\n",
            shared.days_before_event
        ));
    }
    for station in &document.result.stations {
        text.push_str(&format!("\n{}: every series, p adjusted over all\n", station.id));
        text.push_str(&series_table(station));
        text.push_str(&format!("\n{}: the same figures in quiet periods\n", station.id));
        text.push_str(&quiet_table(station));
        text.push_str(&format!("\n{}: steps taken out, nanostrain\n", station.id));
        text.push_str(&step_lines(station));
    }
    text.push('\n');
    text.push_str(BRACKETS);
    text.push_str(&remarked(&document.result.remarks));
    text.push_str(&format!("\nReport: {}\n{}\n", document.report, document.result.verdict));
    print_text(&text)
}
