use std::path::{Path, PathBuf};

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use timesnet::{
    Progress, TimesNet, TrainReport, WindowedSeries, model_config_for, train_objective,
};

use super::decompose::decompose;
use super::features::{Features, Normalization, features};
use super::prepare::prepare;
use crate::config::MethodConfig;
use crate::station::Station;
use crate::store::{StageKey, read_json, write_json};
use crate::{Context, PipelineError, Result, Span};

/// A network trained on the reference station, with what it needs to be carried to another.
pub struct Trained {
    pub(crate) key: StageKey,
    pub(crate) model: TimesNet,
    pub(crate) summary: TrainedSummary,
}

/// What is stored beside the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainedSummary {
    /// Hash of everything that determined the weights.
    pub hash: String,
    /// The reference station.
    pub reference: String,
    /// The span trained on.
    pub span: Span,
    /// The seed.
    pub seed: u64,
    /// Statistics of the reference's features: targets are normalised with them too.
    pub normalization: Normalization,
    /// How training went.
    pub report: TrainReport,
    /// Standard deviation of each feature's residual over the reference's validation days,
    /// nanostrain.
    pub validation_sigma: Vec<f64>,
    /// The validation loss that the features' means alone would have: what training has to beat.
    pub validation_loss_of_the_mean: f64,
}

impl Trained {
    /// What is stored beside the weights.
    pub fn summary(&self) -> &TrainedSummary {
        &self.summary
    }

    /// The network.
    pub fn model(&self) -> &TimesNet {
        &self.model
    }

    /// Writes the weights to `path` (safetensors) and the rest beside it (`.stmn.json`).
    ///
    /// # Errors
    ///
    /// Where a file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        self.model.save(path)?;
        write_json(&sidecar(path), &self.summary)
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read, and [`PipelineError::Checkpoint`] where the network is not the
    /// one that `method` asks for.
    pub fn load(path: &Path, method: &MethodConfig) -> Result<Self> {
        let summary: TrainedSummary = read_json(&sidecar(path))?;
        let model = TimesNet::load(path, &method.model.device.open()?)?;
        let wanted = model_config_for(
            &method.model.objective(),
            method.model.window(),
            4 * method.model.features_per_gauge(method.decompose.keep.len()),
            &method.model.size,
        )?;
        if *model.config() != wanted {
            return Err(PipelineError::Checkpoint {
                path: path.to_owned(),
                problem: format!("it holds {:?}, wanted is {wanted:?}", model.config()),
            });
        }
        let key = StageKey {
            stage: "model".to_owned(),
            subject: summary.reference.clone(),
            hash: summary.hash.clone(),
        };
        Ok(Self { key, model, summary })
    }
}

fn sidecar(path: &Path) -> PathBuf {
    path.with_extension("stmn.json")
}

/// Trains the network on the reference station alone.
///
/// The last part of the training span (`valid_share`) decides when to stop; no window reaches from
/// one part into the other. A run that is stopped goes on at the epoch that it was in.
///
/// # Errors
///
/// [`PipelineError::TooLittle`] where the span holds too few complete windows, and the errors of
/// the stages before.
pub fn train(reference: &Station, method: &MethodConfig, context: &Context<'_>) -> Result<Trained> {
    let prepared = prepare(reference, method, context)?;
    let modes = decompose(reference, &prepared, &method.decompose, context)?;
    let features = features(&modes, &method.model)?;
    let key = StageKey { stage: "model".to_owned(), ..modes.key.clone() }
        .with(&method.model)
        .with(&reference.fit)
        .with(&context.seed);
    let steps = method.model.train.epochs as u64;
    context.stage(&format!("train on {}", reference.id), steps, || {
        if let Some(path) = context.store.path(&key, "safetensors") {
            let training = path.with_extension("training");
            if path.exists() && sidecar(&path).exists() {
                // The run may have been stopped just before it removed this itself.
                remove_training_state(&training)?;
                return Ok((Trained::load(&path, method)?, true));
            }
            let trained = fit(reference, &features, method, context, &key, Some(&training))?;
            trained.save(&path)?;
            remove_training_state(&training)?;
            return Ok((trained, false));
        }
        Ok((fit(reference, &features, method, context, &key, None)?, false))
    })
}

fn remove_training_state(training: &Path) -> Result<()> {
    let removed = if training.is_dir() {
        std::fs::remove_dir_all(training)
    } else if training.exists() {
        std::fs::remove_file(training)
    } else {
        Ok(())
    };
    removed.map_err(|source| PipelineError::Io {
        action: "remove",
        path: training.to_owned(),
        source,
    })
}

fn fit(
    reference: &Station,
    features: &Features,
    method: &MethodConfig,
    context: &Context<'_>,
    key: &StageKey,
    training: Option<&Path>,
) -> Result<Trained> {
    let config = &method.model;
    let normalization = Normalization::of(features, &reference.fit)?;
    let series = normalization.apply(features.values.view());
    let [training_span, validation_span] = split(&reference.fit, config.valid_share);
    let part = |span: &Span, what| windowed(features, &series, config.window(), span, what);
    let train = part(&training_span, "the training part")?;
    let valid = part(&validation_span, "the validation part")?;
    let objective = config.objective();
    let wanted = model_config_for(&objective, config.window(), features.names.len(), &config.size)?;
    let device = config.device.open()?;
    let mut model = TimesNet::seeded(wanted, context.seed_for("weights"), &device)?;
    let mut progress = |progress: Progress| context.observer.reach(progress.done as u64);
    let report = train_objective(
        &mut model,
        &objective,
        std::slice::from_ref(&train),
        std::slice::from_ref(&valid),
        &config.train,
        context.seed_for("training"),
        training,
        &mut progress,
    )?;
    let predicted = super::transfer::predict_days(&model, features, &valid, config, &mut |_| {})?;
    let summary = TrainedSummary {
        hash: key.hash.clone(),
        reference: reference.id.clone(),
        span: reference.fit,
        seed: context.seed,
        report,
        validation_sigma: residual_sigma(&predicted, &series, &normalization),
        validation_loss_of_the_mean: loss_of_the_mean(&predicted, &series),
        normalization,
    };
    Ok(Trained { key: key.clone(), model, summary })
}

/// The part to train on and the part to validate on, at a UTC day's start.
fn split(fit: &Span, valid_share: f64) -> [Span; 2] {
    let days = fit.to.duration_since(fit.from).as_hours() / 24;
    let train_days = (days as f64 * (1.0 - valid_share)).round() as i64;
    let at = fit.from + jiff::SignedDuration::from_hours(24 * train_days);
    [Span { from: fit.from, to: at }, Span { from: at, to: fit.to }]
}

pub(super) fn windowed(
    features: &Features,
    normalized: &ndarray::Array2<f64>,
    window: usize,
    span: &Span,
    what: &'static str,
) -> Result<WindowedSeries> {
    let starts = features.windows(window, span);
    if starts.is_empty() {
        return Err(PipelineError::TooLittle {
            station: features.station.clone(),
            what,
            from: span.from,
            to: span.to,
            problem: format!(
                "holds no complete window of {} days",
                window / features.samples_per_day
            ),
            advice: "take a longer span with few gaps (a decomposition window comes before the \
                     first window)",
        });
    }
    Ok(WindowedSeries::new(normalized.mapv(|v| v as f32), starts, window)?)
}

/// Standard deviations of the residuals, nanostrain.
fn residual_sigma(
    predicted: &Array2<f64>,
    series: &Array2<f64>,
    normalization: &Normalization,
) -> Vec<f64> {
    let columns = predicted.columns().into_iter().zip(series.columns());
    let sigma =
        columns.zip(&normalization.standard_deviation).map(|((predicted, values), unit)| {
            let judged = predicted.iter().zip(values).filter(|(predicted, _)| !predicted.is_nan());
            mean_square(judged.map(|(predicted, value)| value - predicted)).sqrt() * unit
        });
    sigma.collect()
}

/// Normalised features have the mean zero.
fn loss_of_the_mean(predicted: &Array2<f64>, series: &Array2<f64>) -> f64 {
    let judged = predicted.iter().zip(series).filter(|(predicted, _)| !predicted.is_nan());
    mean_square(judged.map(|(_, value)| *value))
}

fn mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = values.fold((0_usize, 0.0), |(n, sum), v| (n + 1, v.mul_add(v, sum)));
    sum / count.max(1) as f64
}
