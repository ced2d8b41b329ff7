use std::path::PathBuf;

use serde::Serialize;
use stmn_pipeline::Observer;
use timesnet::candle_core::Device;
use timesnet::{Progress, StopReason, TimesNet, TrainReport, train_classifier, train_objective};

use super::data::{Data, load};
use super::document::{Learned, ModelDocument};
use super::experiment::Experiment;
use super::folder::{Folder, learned};
use super::hash::hash;
use super::parts::Parts;
use crate::cli::ForecastTrainArgs;
use crate::failure::Failure;
use crate::output::{number, print_json, print_text, table};
use crate::progress::Bars;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    task: &'static str,
    input: String,
    channels: &'a [String],
    classes: &'a [String],
    threshold: Option<f64>,
    report: &'a TrainReport,
    reused: bool,
    checkpoint: String,
    directory: String,
}

pub(super) fn train(args: &ForecastTrainArgs, json: bool) -> Result<(), Failure> {
    let (mut experiment, data) = load(&args.config)?;
    experiment.seed = args.seed.unwrap_or(experiment.seed);
    let stem = || args.config.file_stem().map_or_else(|| "forecast".into(), PathBuf::from);
    let folder = Folder::open(&args.out.clone().unwrap_or_else(stem))?;
    let (document, reused) = match folder.document()? {
        Some(document) => (same(document, &experiment, &folder)?, true),
        None => (fit(experiment, &data, &folder, &args.device.open()?)?, false),
    };
    print(&document, data.file(), &folder, reused, json)
}

/// A model that is there already, if it is the one that is asked for.
fn same(
    document: ModelDocument,
    experiment: &Experiment,
    folder: &Folder,
) -> Result<ModelDocument, Failure> {
    let same_table = document.learned.blake3 == hash(&experiment.data.path)?;
    if document.experiment == *experiment && same_table {
        // The training may have been stopped just before it removed this itself.
        folder.remove_training()?;
        return Ok(document);
    }
    let what = if same_table { "other settings" } else { "another table" };
    Err(Failure::new(format!(
        "{} holds a model of {what}: choose another folder with --out, or remove it",
        folder.root().display()
    )))
}

fn fit(
    experiment: Experiment,
    data: &Data,
    folder: &Folder,
    device: &Device,
) -> Result<ModelDocument, Failure> {
    let parts = Parts::of(&experiment, data)?;
    match data {
        Data::Several(several) => {
            several.refuse_unsquarable(experiment.training.loss, experiment.network.seq_len)?;
        }
        Data::Records(records) => records.note_absent(experiment.data.split, experiment.seed),
        Data::Series(_) => {}
    }
    if !parts.validate() {
        eprintln!(
            "note: nothing validates: the epoch is kept whose last weights do best on the training \
             samples"
        );
    }
    folder.refuse_unwritable()?;
    let mut network = TimesNet::seeded(experiment.network.clone(), experiment.seed, device)?;
    let bars = Bars::new();
    bars.begin("train", experiment.training.epochs as u64);
    let report = run(&mut network, &experiment, &parts, folder, &mut |progress| {
        bars.reach(progress.done as u64);
    })?;
    bars.end(false);
    if report.best_epoch.is_none() {
        // It would only diverge again.
        folder.remove_training()?;
        return Err(Failure::new(
            "the loss was not a number in the first epoch, so nothing was learned: lower \
             `learning_rate` or set `clip`",
        ));
    }
    let mut learned = learned(&experiment, data, parts.scaler(), Some(report))?;
    learned.unvalidated = !parts.validate();
    super::detect::learn_threshold(&network, &experiment, &mut learned, data)?;
    let document = ModelDocument::new(experiment, learned);
    folder.save(&document, &network)?;
    Ok(document)
}

fn run(
    network: &mut TimesNet,
    experiment: &Experiment,
    parts: &Parts,
    folder: &Folder,
    progress: &mut dyn FnMut(Progress),
) -> Result<TrainReport, Failure> {
    let (config, seed) = (&experiment.training, experiment.seed);
    let state = folder.training();
    Ok(match parts {
        Parts::Windows { train, valid, .. } => {
            let objective = experiment.objective();
            let state = Some(state.as_path());
            train_objective(network, &objective, train, valid, config, seed, state, progress)?
        }
        Parts::Records { train, valid, .. } => {
            let (valid, state) = (valid.as_ref(), Some(state.as_path()));
            train_classifier(network, train, valid, config, seed, state, progress)?
        }
    })
}

fn print(
    document: &ModelDocument,
    input: &str,
    folder: &Folder,
    reused: bool,
    json: bool,
) -> Result<(), Failure> {
    let ModelDocument { experiment, learned, .. } = document;
    let Some(report) = &learned.report else {
        return Err(Failure::new("the model was not trained here"));
    };
    let shown = Document {
        schema: "stmn.forecast-train/1",
        task: experiment.task().name(),
        input: input.to_owned(),
        channels: &learned.channels,
        classes: &learned.classes,
        threshold: learned.threshold,
        report,
        reused,
        checkpoint: folder.weights().display().to_string(),
        directory: folder.root().display().to_string(),
    };
    if json {
        return print_json(&shown);
    }
    let mut text = table(&epochs(learned, report));
    text.push_str(&format!("{}\n", why_stopped(learned, report, experiment.training.patience)));
    let (windows, place) = (report.train_windows, folder.root().display());
    text.push_str(&format!("{windows} training samples; * is kept. Model: {place}\n"));
    print_text(&text)
}

/// The epochs as a table. Without validation the same weights are judged on the training samples.
fn epochs(learned: &Learned, report: &TrainReport) -> Vec<Vec<String>> {
    let judged = if learned.unvalidated { "training loss after it" } else { "validation loss" };
    let head = ["epoch", "training loss", judged, "learning rate"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for epoch in &report.epochs {
        let best = if report.best_epoch == Some(epoch.epoch) { " *" } else { "" };
        rows.push(vec![
            format!("{}{best}", epoch.epoch + 1),
            number(epoch.train_loss, 5),
            number(epoch.valid_loss, 5),
            format!("{:.1e}", epoch.learning_rate),
        ]);
    }
    rows
}

fn why_stopped(learned: &Learned, report: &TrainReport, patience: usize) -> String {
    match report.stopped {
        StopReason::Patience => {
            let loss = if learned.unvalidated { "training" } else { "validation" };
            format!("stopped: no better {loss} loss for {patience} epochs (`patience`)")
        }
        StopReason::Diverged => format!(
            "note: the loss was not a number in epoch {}, the best weights before it are kept: \
             lower `learning_rate` or set `clip`",
            report.epochs.len() + 1
        ),
        _ => format!("stopped: all {} epochs are done (`train_epochs`)", report.epochs.len()),
    }
}
