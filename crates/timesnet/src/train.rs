//! The training loop.

use std::path::Path;

use candle_core::Device;
use candle_seeded::named_rng;
use rand::Rng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use crate::batch::loss;
use crate::examples::{Examples, WindowExamples};
use crate::merged_gradients::Gradients;
use crate::model::Pass;
use crate::optimizer::StepSize;
use crate::resume::{Best, TrainState, restore, run_hash, weights};
use crate::{
    EpochReport, LabelledSet, Objective, Progress, Result, StopReason, TimesNet, TimesNetConfig,
    TimesNetError, TrainConfig, TrainReport, WindowedSeries,
};

/// Trains `model` on the windows of `train` and leaves it with the weights that did best on
/// `valid`, or on the training windows (at most as many as an epoch takes) where `valid` has none:
/// each epoch is judged by what its last weights do.
///
/// Mini-batches mix the windows of all series in an order drawn from `seed`, as are dropout and
/// hidden patches: the same arguments give the same bytes for any number of threads. With
/// `checkpoint` the whole state is written there after each epoch; a later call with the same
/// arguments goes on from it and ends with the same bytes as one that was never interrupted.
/// `progress` counts epochs.
///
/// # Errors
///
/// [`TimesNetError::Objective`] where network, objective and windows do not fit together,
/// [`TimesNetError::NoMarks`] where a series (counted through `train` and `valid`) lacks the network's
/// time features, [`TimesNetError::NoWindows`] without training windows, [`TimesNetError::OtherRun`] where
/// `checkpoint` holds the state of a run with other arguments. A loss that stops being finite is
/// not an error: see [`StopReason::Diverged`].
///
/// # Example
///
/// ```
/// use candle_core::Device;
/// use ndarray::Array2;
/// use timesnet::{
///     Objective, SizeConfig, TimesNet, TrainConfig, WindowedSeries, model_config_for,
///     train_objective,
/// };
///
/// let tide = Array2::from_shape_fn((400, 1), |(t, _)| (t as f32 / 2.0).sin());
/// let windows = WindowedSeries::every(tide, 36, 4)?;
/// let objective = Objective::Forecast { horizon: 6 };
/// let size = SizeConfig::default().with_width(4, 4);
/// let config = model_config_for(&objective, 36, 1, &size)?;
/// let mut model = TimesNet::seeded(config, 7, &Device::Cpu)?;
/// let training = TrainConfig::default().with_epochs(2);
/// let (train, valid) = (&[windows.clone()], &[windows]);
/// let report =
///     train_objective(&mut model, &objective, train, valid, &training, 7, None, &mut |_| {})?;
/// assert_eq!(report.epochs.len(), 2);
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
#[allow(clippy::too_many_arguments)] // the run's whole identity, each part named
pub fn train_objective(
    model: &mut TimesNet,
    objective: &Objective,
    train: &[WindowedSeries],
    valid: &[WindowedSeries],
    config: &TrainConfig,
    seed: u64,
    checkpoint: Option<&Path>,
    progress: &mut dyn FnMut(Progress),
) -> Result<TrainReport> {
    for (number, series) in train.iter().chain(valid).enumerate() {
        objective.check_windows(model.config(), series, number)?;
    }
    let marked = model.config().time_features > 0;
    let examples = |series| WindowExamples::new(*objective, series, marked);
    let what = format!("{objective:?}");
    let run = Run { what: &what, train: &examples(train), valid: &examples(valid), config, seed };
    run.train(model, checkpoint, progress)
}

/// Trains a classifier on `train` and leaves it with the weights that did best on `valid` (on
/// `train` without one), with the cross-entropy as loss. The published settings
/// are [`Optimizer::RAdam`](crate::Optimizer::RAdam) from 1e-3 and clipping at 4.
///
/// Seeds, checkpoints and progress are those of [`train_objective`].
///
/// # Errors
///
/// As [`train_objective`]; [`TimesNetError::Objective`] also where a class is not below the
/// network's `num_class`.
pub fn train_classifier(
    model: &mut TimesNet,
    train: &LabelledSet,
    valid: Option<&LabelledSet>,
    config: &TrainConfig,
    seed: u64,
    checkpoint: Option<&Path>,
    progress: &mut dyn FnMut(Progress),
) -> Result<TrainReport> {
    for set in [Some(train), valid].into_iter().flatten() {
        set.check(model)?;
    }
    let nothing = WindowExamples::new(Objective::Reconstruct, &[], false);
    let valid_examples: &dyn Examples = match &valid {
        Some(set) => set,
        None => &nothing,
    };
    let run = Run { what: "classify", train: &train, valid: valid_examples, config, seed };
    run.train(model, checkpoint, progress)
}

/// Networks of one configuration trained from several seeds at once, each as
/// [`TimesNet::seeded`] and [`train_objective`] would alone: the results are the same bytes.
/// `finished` is called as each seed ends.
///
/// # Errors
///
/// The first error of any seed, as [`train_objective`].
pub fn train_seeds(
    network: &TimesNetConfig,
    objective: &Objective,
    [train, valid]: [&[WindowedSeries]; 2],
    config: &TrainConfig,
    seeds: &[u64],
    device: &Device,
    finished: &(dyn Fn(u64, &TrainReport) + Sync),
) -> Result<Vec<(TimesNet, TrainReport)>> {
    let one = |&seed: &u64| {
        let mut model = TimesNet::seeded(network.clone(), seed, device)?;
        let report =
            train_objective(&mut model, objective, train, valid, config, seed, None, &mut |_| {})?;
        finished(seed, &report);
        Ok((model, report))
    };
    seeds.par_iter().map(one).collect()
}

/// What determines a training run, beside the network's first weights.
struct Run<'a> {
    what: &'a str,
    train: &'a dyn Examples,
    valid: &'a dyn Examples,
    config: &'a TrainConfig,
    seed: u64,
}

impl Run<'_> {
    fn train(
        &self,
        model: &mut TimesNet,
        checkpoint: Option<&Path>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<TrainReport> {
        let config = self.config;
        config.validate()?;
        let count = self.train.count();
        let used = count.min(config.max_windows.unwrap_or(usize::MAX));
        if used == 0 || (config.drop_last && used < config.batch) {
            return Err(TimesNetError::NoWindows { purpose: "to train on" });
        }
        // Before a saved state overwrites them.
        let initial = weights(model.vars())?;
        let mut state = TrainState::new();
        let run = match checkpoint {
            Some(_) => self.hash(model)?,
            None => String::new(),
        };
        if let Some(path) = checkpoint
            && let Some(saved) = TrainState::read(path, &run, model.vars())?
        {
            state = saved;
        }
        let stopped = loop {
            progress(Progress { done: state.epochs.len(), total: config.epochs });
            if let Some(reason) = state.stop(config) {
                break reason;
            }
            let job = Epoch { model, config, seed: self.seed, number: state.epochs.len() };
            let train_loss = job.train(self.train, &mut state)?;
            let valid_loss = match self.valid.count() {
                0 => job.judge(self.train, used)?,
                count => job.judge(self.valid, count)?,
            };
            state.note(&job, train_loss, valid_loss)?;
            if let Some(path) = checkpoint {
                state.write(path, &run, model.vars())?;
            }
        };
        restore(model.vars(), state.best.as_ref().map_or(&initial, |best| &best.weights))?;
        Ok(TrainReport {
            best_epoch: state.best.map(|best| best.epoch),
            epochs: state.epochs,
            stopped,
            train_windows: count,
        })
    }

    /// Hash of everything that determines the result.
    fn hash(&self, model: &TimesNet) -> Result<String> {
        let data = |hasher: &mut blake3::Hasher| {
            for (part, examples) in [self.train, self.valid].into_iter().enumerate() {
                hasher.update(&(part as u64).to_le_bytes());
                examples.hash(hasher);
            }
        };
        run_hash(model, &(self.what, self.config, self.seed), data)
    }
}

impl TrainState {
    fn stop(&self, config: &TrainConfig) -> Option<StopReason> {
        let done = self.epochs.len();
        let since_best = done - self.best.as_ref().map_or(0, |best| best.epoch + 1);
        if self.diverged {
            Some(StopReason::Diverged)
        } else if done >= config.epochs {
            Some(StopReason::Epochs)
        } else if since_best >= config.patience {
            Some(StopReason::Patience)
        } else {
            None
        }
    }

    fn note(&mut self, job: &Epoch<'_>, train_loss: f64, valid_loss: f64) -> Result<()> {
        self.diverged = !(train_loss.is_finite() && valid_loss.is_finite());
        let better = self.best.as_ref().is_none_or(|best| valid_loss < best.loss);
        if better && !self.diverged {
            let weights = weights(job.model.vars())?;
            self.best = Some(Best { epoch: job.number, loss: valid_loss, weights });
        }
        if !self.diverged {
            self.epochs.push(EpochReport {
                epoch: job.number,
                train_loss,
                valid_loss,
                learning_rate: job.learning_rate(),
            });
        }
        Ok(())
    }
}

/// One pass over the windows.
struct Epoch<'a> {
    model: &'a TimesNet,
    config: &'a TrainConfig,
    seed: u64,
    number: usize,
}

impl Epoch<'_> {
    fn learning_rate(&self) -> f64 {
        let config = self.config;
        config.schedule.rate(config.learning_rate, self.number, config.epochs)
    }

    /// Mean loss over the epoch's examples; infinite or NaN as soon as a step's is.
    fn train(&self, examples: &dyn Examples, state: &mut TrainState) -> Result<f64> {
        let config = self.config;
        let size = StepSize {
            rule: config.optimizer,
            learning_rate: self.learning_rate(),
            weight_decay: config.weight_decay,
            clip: config.clip,
        };
        let mut rng = named_rng(self.seed, &format!("train/epoch {}", self.number));
        let mut ids: Vec<usize> = (0..examples.count()).collect();
        ids.shuffle(&mut rng);
        ids.truncate(config.max_windows.unwrap_or(usize::MAX));
        if config.drop_last {
            ids.truncate(ids.len() - ids.len() % config.batch);
        }
        let groups = size.kernel_groups(self.model.config());
        let mut total = 0.0;
        for batch_ids in ids.chunks(config.batch) {
            let batch = examples.batch(batch_ids, self.model.device(), &mut rng)?;
            let output = self.model.forward_train(&batch.input, rng.next_u64())?;
            let loss = loss(config.loss, &output, &batch)?;
            let value = f64::from(loss.to_scalar::<f32>()?);
            if !value.is_finite() {
                return Ok(value);
            }
            let grads = Gradients::of(&loss, self.model.vars(), &groups)?;
            state.adam.step(self.model.vars(), &grads, &size, &groups)?;
            total += value * batch_ids.len() as f64;
        }
        Ok(total / ids.len() as f64)
    }

    /// Mean loss over `count` of the examples, the same ones with the same hidden values each epoch.
    fn judge(&self, examples: &dyn Examples, count: usize) -> Result<f64> {
        let mut rng = named_rng(self.seed, "validation");
        let mut ids: Vec<usize> = (0..examples.count()).collect();
        if count < ids.len() {
            ids.shuffle(&mut rng);
            ids.truncate(count);
        }
        let mut total = 0.0;
        for ids in ids.chunks(self.config.batch) {
            let batch = examples.batch(ids, self.model.device(), &mut rng)?;
            let output = self.model.run(&batch.input, Pass::default())?;
            let loss = loss(self.config.loss, &output, &batch)?;
            total += f64::from(loss.to_scalar::<f32>()?) * ids.len() as f64;
        }
        Ok(total / ids.len() as f64)
    }
}
