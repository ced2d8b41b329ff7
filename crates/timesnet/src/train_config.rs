//! How a network is trained, and how it went.

use serde::{Deserialize, Serialize};

use crate::{Loss, Result, TimesNetError};

/// How the learning rate changes from epoch to epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Schedule {
    /// Halved after each epoch but the first (the published `type1`).
    #[default]
    Halving,
    /// The same throughout.
    Constant,
    /// The published `type2`: whatever the first rate, steps from 5e-5 at the third epoch to 5e-8
    /// at the twenty-first.
    Steps,
    /// Four epochs the same, then a tenth less each (the published `type3`).
    Decay,
    /// Half a cosine from the learning rate towards zero over all epochs (the published
    /// `cosine`).
    Cosine,
}

impl Schedule {
    /// The learning rate of epoch `epoch` (from zero) of `epochs`.
    #[must_use]
    pub fn rate(self, initial: f64, epoch: usize, epochs: usize) -> f64 {
        match self {
            Self::Halving => initial * 0.5f64.powf(epoch.saturating_sub(1) as f64),
            Self::Constant => initial,
            Self::Steps => {
                const STEPS: [(usize, f64); 7] = [
                    (20, 5e-8),
                    (15, 1e-7),
                    (10, 5e-7),
                    (8, 1e-6),
                    (6, 5e-6),
                    (4, 1e-5),
                    (2, 5e-5),
                ];
                let reached = STEPS.iter().find(|(from, _)| epoch >= *from);
                reached.map_or(initial, |(_, rate)| *rate)
            }
            Self::Decay => initial * 0.9f64.powf(epoch.saturating_sub(3) as f64),
            Self::Cosine => {
                let turn = epoch as f64 / epochs.max(1) as f64;
                0.5 * initial * (1.0 + (std::f64::consts::PI * turn).cos())
            }
        }
    }
}

/// Which rule turns gradients into steps; all with β 0.9 and 0.999, ε 1e-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Optimizer {
    /// Kingma & Ba (2015); weight decay is added to the gradient.
    Adam,
    /// Loshchilov & Hutter (2019): decoupled weight decay. The same as Adam without decay.
    #[default]
    AdamW,
    /// Liu et al. (2020): rectified while the second moment is uncertain; the published choice in
    /// classification. Weight decay is added to the gradient.
    RAdam,
}

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TrainConfig {
    /// Most passes over the data.
    pub epochs: usize,
    /// Windows in one step.
    pub batch: usize,
    /// Rule of the steps.
    pub optimizer: Optimizer,
    /// What is made small; classification always uses the cross-entropy.
    pub loss: Loss,
    /// First learning rate.
    pub learning_rate: f64,
    /// How it changes.
    pub schedule: Schedule,
    /// Stop after this many epochs without a better validation loss.
    pub patience: usize,
    /// Largest joint norm of the gradients, where set.
    pub clip: Option<f64>,
    /// Weight decay.
    pub weight_decay: f64,
    /// Use only so many windows in an epoch, drawn anew each time, where set.
    pub max_windows: Option<usize>,
    /// Leave a last batch that is not full out of each epoch, as the published loader does.
    pub drop_last: bool,
}

impl Default for TrainConfig {
    /// The published settings: ten epochs of batches of 32, Adam from 1e-4 halved each epoch,
    /// patience three.
    fn default() -> Self {
        Self {
            epochs: 10,
            batch: 32,
            optimizer: Optimizer::default(),
            loss: Loss::default(),
            learning_rate: 1e-4,
            schedule: Schedule::Halving,
            patience: 3,
            clip: None,
            weight_decay: 0.0,
            max_windows: None,
            drop_last: false,
        }
    }
}

impl TrainConfig {
    /// As [`TrainConfig::default`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of epochs.
    #[must_use]
    pub fn with_epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Sets the windows in one step.
    #[must_use]
    pub fn with_batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// Sets the first learning rate and how it changes.
    #[must_use]
    pub fn with_learning_rate(self, learning_rate: f64, schedule: Schedule) -> Self {
        Self { learning_rate, schedule, ..self }
    }

    /// Sets the rule of the steps.
    #[must_use]
    pub fn with_optimizer(self, optimizer: Optimizer) -> Self {
        Self { optimizer, ..self }
    }

    /// Sets the loss.
    #[must_use]
    pub fn with_loss(self, loss: Loss) -> Self {
        Self { loss, ..self }
    }

    /// Sets whether an incomplete last batch is left out.
    #[must_use]
    pub fn with_drop_last(self, drop_last: bool) -> Self {
        Self { drop_last, ..self }
    }

    /// Sets the patience.
    #[must_use]
    pub fn with_patience(self, patience: usize) -> Self {
        Self { patience, ..self }
    }

    /// Sets or removes the limit of the gradients' norm.
    #[must_use]
    pub fn with_clip(self, clip: Option<f64>) -> Self {
        Self { clip, ..self }
    }

    /// Sets the weight decay.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    /// Sets or removes the limit of windows in an epoch.
    #[must_use]
    pub fn with_max_windows(self, max_windows: Option<usize>) -> Self {
        Self { max_windows, ..self }
    }

    /// Checks every setting.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Config`] for the first setting outside its range.
    pub fn validate(&self) -> Result<()> {
        let counts = [
            ("epochs", self.epochs),
            ("batch", self.batch),
            ("patience", self.patience),
            ("max_windows", self.max_windows.unwrap_or(1)),
        ];
        if let Some((name, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(TimesNetError::config(name, 0, "give at least 1"));
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            let advice = "give a finite number above 0";
            return Err(TimesNetError::config("learning_rate", self.learning_rate, advice));
        }
        if let Some(clip) = self.clip.filter(|clip| !(clip.is_finite() && *clip > 0.0)) {
            return Err(TimesNetError::config("clip", clip, "give a finite number above 0"));
        }
        if !(self.weight_decay.is_finite() && self.weight_decay >= 0.0) {
            let advice = "give 0 or a finite number above it";
            return Err(TimesNetError::config("weight_decay", self.weight_decay, advice));
        }
        Ok(())
    }
}

/// How far a long call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Done so far: epochs of training, windows of prediction.
    pub done: usize,
    /// Of so many.
    pub total: usize,
}

/// One pass over the training windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochReport {
    /// From zero.
    pub epoch: usize,
    /// Mean loss while the weights were moving.
    pub train_loss: f64,
    /// Mean loss over the validation windows afterwards; over the training windows, as many as an epoch
    /// takes, where there are none.
    pub valid_loss: f64,
    /// Learning rate of this epoch.
    pub learning_rate: f64,
}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// All epochs were done.
    Epochs,
    /// The validation loss had not improved for `patience` epochs.
    Patience,
    /// A loss was not a number or infinite; the best weights before it were kept.
    Diverged,
}

/// How training went. Holds no times, so that equal runs give equal reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainReport {
    /// Each epoch.
    pub epochs: Vec<EpochReport>,
    /// The epoch whose weights the network ends with; none where the first already diverged and
    /// the network kept its initial weights.
    pub best_epoch: Option<usize>,
    /// Why it ended.
    pub stopped: StopReason,
    /// Number of training windows there were.
    pub train_windows: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schedule_keeps_the_first_two_epochs_equal() {
        let rates: Vec<f64> = (0..4).map(|e| Schedule::Halving.rate(1.0, e, 10)).collect();
        assert_eq!(rates, [1.0, 1.0, 0.5, 0.25]);
        assert_eq!(Schedule::Cosine.rate(1.0, 0, 10), 1.0);
        // As `adjust_learning_rate` of the published library sets them, by its epoch.
        let published =
            [(2, 5e-5), (4, 1e-5), (6, 5e-6), (8, 1e-6), (10, 5e-7), (15, 1e-7), (20, 5e-8)];
        let mut want = 1.0;
        for epoch in 0..25 {
            want = published.iter().find(|(at, _)| *at == epoch).map_or(want, |(_, rate)| *rate);
            assert_eq!(Schedule::Steps.rate(1.0, epoch, 25), want, "{epoch}");
        }
        let decay: Vec<f64> = (0..5).map(|e| Schedule::Decay.rate(1.0, e, 10)).collect();
        assert_eq!(decay, [1.0, 1.0, 1.0, 1.0, 0.9]);
        assert!((Schedule::Cosine.rate(1.0, 5, 10) - 0.5).abs() < 1e-15);
    }
}
