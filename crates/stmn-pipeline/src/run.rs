use std::path::Path;

use serde::Serialize;

use crate::config::RunConfig;
use crate::network::Network;
use crate::report::write_report;
use crate::run_directory::RunDirectory;
use crate::stage::analyze::{NetworkResult, analyze};
use crate::stage::score::{Scores, score};
use crate::stage::train::{Trained, train};
use crate::{Context, MethodConfig, Observer, Result};

/// The document of a run: what `stmn run --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunDocument {
    /// `stmn.run/1`.
    pub schema: &'static str,
    /// What was found.
    #[serde(flatten)]
    pub result: NetworkResult,
    /// The run's folder.
    pub directory: String,
    /// The page to look at.
    pub report: String,
}

impl RunDocument {
    fn new(result: NetworkResult, directory: &RunDirectory) -> Self {
        Self {
            schema: "stmn.run/1",
            result,
            directory: directory.root().display().to_string(),
            report: directory.report().display().to_string(),
        }
    }
}

/// The whole main job on a network, without a folder: train on the reference, carry the weights to
/// the targets, count, fit, judge.
///
/// # Errors
///
/// The errors of the stages, naming the station.
pub fn run_network(
    network: &Network,
    method: &MethodConfig,
    context: &Context<'_>,
) -> Result<(Scores, NetworkResult)> {
    let trained = train(&network.reference, method, context)?;
    let scores = score(network, &trained, method, context)?;
    let result = analyze(&scores, context)?;
    Ok((scores, result))
}

/// The whole main job in a folder; a run that was stopped goes on where it was.
///
/// `data` is the folder that the configuration's relative paths start at.
///
/// # Errors
///
/// The errors of reading, of the stages, and of writing.
pub fn run(
    config: &RunConfig,
    data: &Path,
    directory: &RunDirectory,
    observer: &dyn Observer,
) -> Result<RunDocument> {
    config.validate()?;
    let network = Network::load(config, data)?;
    directory.write_config(config)?;
    run_in(&network, &config.method, directory, config.seed, observer)
}

pub(crate) fn run_in(
    network: &Network,
    method: &MethodConfig,
    directory: &RunDirectory,
    seed: u64,
    observer: &dyn Observer,
) -> Result<RunDocument> {
    let context = Context::new(directory.store(), observer, seed);
    let (scores, result) = run_network(network, method, &context)?;
    finish(directory, &scores, result, observer, Some(network))
}

fn finish(
    directory: &RunDirectory,
    scores: &Scores,
    result: NetworkResult,
    observer: &dyn Observer,
    network: Option<&Network>,
) -> Result<RunDocument> {
    directory.write_scores(scores)?;
    directory.write_result(&result)?;
    if let Some(network) = network {
        directory.write_provenance(network, scores.seed)?;
    }
    write_report(directory, scores, &result, observer)?;
    Ok(RunDocument::new(result, directory))
}

/// The first step alone: trains on the reference and leaves `model.safetensors` in the folder.
///
/// # Errors
///
/// As [`run`].
pub fn run_train(
    config: &RunConfig,
    data: &Path,
    directory: &RunDirectory,
    observer: &dyn Observer,
) -> Result<Trained> {
    config.validate()?;
    let network = Network::load(config, data)?;
    directory.write_config(config)?;
    let context = Context::new(directory.store(), observer, config.seed);
    let trained = train(network.reference(), &config.method, &context)?;
    trained.save(&directory.root().join("model.safetensors"))?;
    Ok(trained)
}

/// The second step alone: carries a checkpoint to the targets and leaves their scored days.
///
/// # Errors
///
/// As [`run`], and where the checkpoint is not of the network that the configuration asks for.
pub fn run_transfer(
    config: &RunConfig,
    data: &Path,
    checkpoint: &Path,
    directory: &RunDirectory,
    observer: &dyn Observer,
) -> Result<Scores> {
    config.validate()?;
    let trained = Trained::load(checkpoint, &config.method)?;
    let network = Network::load(config, data)?;
    directory.write_config(config)?;
    let context = Context::new(directory.store(), observer, config.seed);
    let scores = score(&network, &trained, &config.method, &context)?;
    directory.write_scores(&scores)?;
    directory.write_provenance(&network, config.seed)?;
    Ok(scores)
}

/// The third step alone: fits the scored days that a folder holds and writes result and report.
///
/// # Errors
///
/// [`PipelineError::NoScores`](crate::PipelineError::NoScores) where it holds none, and the errors
/// of fitting and writing.
pub fn run_analyze(directory: &RunDirectory, observer: &dyn Observer) -> Result<RunDocument> {
    let scores = directory.read_scores()?;
    let context = Context::new(directory.store(), observer, scores.seed);
    let result = analyze(&scores, &context)?;
    finish(directory, &scores, result, observer, None)
}
