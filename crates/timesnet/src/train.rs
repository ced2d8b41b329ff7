//! The training loop.

use std::path::Path;

use candle_seeded::named_rng;
use rand::Rng;
use rand::seq::SliceRandom;

use crate::batch::{WindowId, batch, gather, loss};
use crate::model::Pass;
use crate::optimizer::StepSize;
use crate::resume::{Best, TrainState, restore, run_hash, weights};
use crate::{
    EpochReport, Objective, Progress, Result, StopReason, TimesNet, TimesNetError, TrainConfig,
    TrainReport, WindowedSeries,
};

/// Trains `model` on the windows of `train` and leaves it with the weights that did best on
/// `valid` (on the training steps themselves where `valid` has no windows).
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
/// [`TimesNetError::NoWindows`] without training windows, [`TimesNetError::OtherRun`] where
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
    config.validate()?;
    for series in train.iter().chain(valid) {
        objective.check(model.config(), series.window(), series.channels())?;
    }
    let windows = all_windows(train);
    if windows.is_empty() {
        return Err(TimesNetError::NoWindows { purpose: "to train on" });
    }
    let mut state = TrainState::new();
    let run = match checkpoint {
        Some(_) => run_hash(model, objective, config, seed, [train, valid])?,
        None => String::new(),
    };
    if let Some(path) = checkpoint
        && let Some(saved) = TrainState::read(path, &run, model.vars())?
    {
        state = saved;
    }
    let initial = weights(model.vars())?;
    let stopped = loop {
        progress(Progress { done: state.epochs.len(), total: config.epochs });
        if let Some(reason) = state.stop(config) {
            break reason;
        }
        let job = Epoch { model, objective, config, seed, number: state.epochs.len() };
        let train_loss = job.train(train, windows.clone(), &mut state)?;
        let valid_loss = job.validate(valid)?.unwrap_or(train_loss);
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
        train_windows: windows.len(),
    })
}

fn all_windows(series: &[WindowedSeries]) -> Vec<WindowId> {
    let of = |(which, one): (usize, &WindowedSeries)| (0..one.len()).map(move |i| (which, i));
    series.iter().enumerate().flat_map(of).collect()
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
    objective: &'a Objective,
    config: &'a TrainConfig,
    seed: u64,
    number: usize,
}

impl Epoch<'_> {
    fn learning_rate(&self) -> f64 {
        let config = self.config;
        config.schedule.rate(config.learning_rate, self.number, config.epochs)
    }

    /// Mean loss over the epoch's windows; infinite or NaN as soon as a step's is.
    fn train(
        &self,
        series: &[WindowedSeries],
        mut windows: Vec<WindowId>,
        state: &mut TrainState,
    ) -> Result<f64> {
        let size = StepSize {
            learning_rate: self.learning_rate(),
            weight_decay: self.config.weight_decay,
            clip: self.config.clip,
        };
        let mut rng = named_rng(self.seed, &format!("train/epoch {}", self.number));
        windows.shuffle(&mut rng);
        windows.truncate(self.config.max_windows.unwrap_or(usize::MAX));
        let mut total = 0.0;
        for ids in windows.chunks(self.config.batch) {
            let gathered = gather(series, ids, self.model.device())?;
            let batch = batch(self.objective, gathered, &mut rng)?;
            let output = self.model.forward_train(&batch.input, rng.next_u64())?;
            let loss = loss(&output, &batch)?;
            let value = f64::from(loss.to_scalar::<f32>()?);
            if !value.is_finite() {
                return Ok(value);
            }
            state.adam.step(self.model.vars(), &loss.backward()?, &size)?;
            total += value * ids.len() as f64;
        }
        Ok(total / windows.len() as f64)
    }

    /// Mean loss over the validation windows, with the same hidden patches each epoch.
    fn validate(&self, series: &[WindowedSeries]) -> Result<Option<f64>> {
        let windows = all_windows(series);
        if windows.is_empty() {
            return Ok(None);
        }
        let mut rng = named_rng(self.seed, "validation");
        let mut total = 0.0;
        for ids in windows.chunks(self.config.batch) {
            let gathered = gather(series, ids, self.model.device())?;
            let batch = batch(self.objective, gathered, &mut rng)?;
            let output = self.model.run(&batch.input, Pass::default())?;
            total += f64::from(loss(&output, &batch)?.to_scalar::<f32>()?) * ids.len() as f64;
        }
        Ok(Some(total / windows.len() as f64))
    }
}
