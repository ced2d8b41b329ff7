//! What a network is: task, sizes, and the choices that change its numbers.

mod check;

use serde::{Deserialize, Serialize};

use crate::{InceptionKind, Normalization, PeriodScope, Task, TimeEmbedding};

/// A network. Made by [`TimesNetConfig::new`] and the `with_*` setters; checked when the network
/// is built.
///
/// ```
/// use timesnet::{InceptionKind, Task, TimesNetConfig};
///
/// let config = TimesNetConfig::new(Task::LongTermForecast, 96, 7)
///     .with_pred_len(96)
///     .with_width(16, 32)
///     .with_layers(2)
///     .with_top_k(5)
///     .with_inception(InceptionKind::MeanOdd { num_kernels: 6 });
/// config.validate()?;
///
/// let wrong = config.with_top_k(97).validate().unwrap_err();
/// assert_eq!(
///     wrong.to_string(),
///     "setting `top_k` = 97: a series of 192 samples has 96 frequencies; choose from 1 to 96"
/// );
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TimesNetConfig {
    /// What it does.
    pub task: Task,
    /// Samples given.
    pub seq_len: usize,
    /// Samples forecast; zero for the other tasks.
    #[serde(default)]
    pub pred_len: usize,
    /// Channels given.
    pub enc_in: usize,
    /// Channels returned.
    pub c_out: usize,
    /// Channels inside.
    #[serde(default = "default_width")]
    pub d_model: usize,
    /// Channels between the two inception blocks.
    #[serde(default = "default_width")]
    pub d_ff: usize,
    /// Number of TimesBlocks.
    #[serde(default = "default_layers")]
    pub e_layers: usize,
    /// Number of periods in a block.
    #[serde(default = "default_top_k")]
    pub top_k: usize,
    /// How kernels are joined.
    #[serde(default = "default_inception")]
    pub inception: InceptionKind,
    /// Probability that an embedded value is dropped in training.
    #[serde(default)]
    pub dropout: f64,
    /// Window normalisation; classification never normalises.
    #[serde(default)]
    pub normalize: Normalization,
    /// Number of time features (four for hourly data), zero for none.
    #[serde(default)]
    pub time_features: usize,
    /// How they are embedded.
    #[serde(default)]
    pub embed: TimeEmbedding,
    /// Number of classes (classification).
    #[serde(default)]
    pub num_class: usize,
    /// Where periods come from.
    #[serde(default)]
    pub period_scope: PeriodScope,
}

fn default_width() -> usize {
    16
}

fn default_layers() -> usize {
    2
}

fn default_top_k() -> usize {
    3
}

fn default_inception() -> InceptionKind {
    InceptionKind::MeanOdd { num_kernels: 6 }
}

impl TimesNetConfig {
    /// A network for `task` on windows of `seq_len` samples of `channels` channels, with the
    /// defaults of the published scripts otherwise (d_model 16, d_ff 16, two blocks, three
    /// periods, six kernels, no dropout).
    #[must_use]
    pub fn new(task: Task, seq_len: usize, channels: usize) -> Self {
        Self {
            task,
            seq_len,
            pred_len: 0,
            enc_in: channels,
            c_out: channels,
            d_model: default_width(),
            d_ff: default_width(),
            e_layers: default_layers(),
            top_k: default_top_k(),
            inception: default_inception(),
            dropout: 0.0,
            normalize: Normalization::default(),
            time_features: 0,
            embed: TimeEmbedding::default(),
            num_class: 0,
            period_scope: PeriodScope::default(),
        }
    }

    /// Sets the number of samples forecast.
    #[must_use]
    pub fn with_pred_len(self, pred_len: usize) -> Self {
        Self { pred_len, ..self }
    }

    /// Sets the number of channels returned.
    #[must_use]
    pub fn with_c_out(self, c_out: usize) -> Self {
        Self { c_out, ..self }
    }

    /// Sets the channels inside (`d_model`) and between the inception blocks (`d_ff`).
    #[must_use]
    pub fn with_width(self, d_model: usize, d_ff: usize) -> Self {
        Self { d_model, d_ff, ..self }
    }

    /// Sets the number of TimesBlocks.
    #[must_use]
    pub fn with_layers(self, e_layers: usize) -> Self {
        Self { e_layers, ..self }
    }

    /// Sets the number of periods.
    #[must_use]
    pub fn with_top_k(self, top_k: usize) -> Self {
        Self { top_k, ..self }
    }

    /// Sets the kind of inception block.
    #[must_use]
    pub fn with_inception(self, inception: InceptionKind) -> Self {
        Self { inception, ..self }
    }

    /// Sets the probability of dropout.
    #[must_use]
    pub fn with_dropout(self, dropout: f64) -> Self {
        Self { dropout, ..self }
    }

    /// Sets the window normalisation.
    #[must_use]
    pub fn with_normalization(self, normalize: Normalization) -> Self {
        Self { normalize, ..self }
    }

    /// Sets the number of time features.
    #[must_use]
    pub fn with_time_features(self, time_features: usize) -> Self {
        Self { time_features, ..self }
    }

    /// Sets how time features are embedded.
    #[must_use]
    pub fn with_embed(self, embed: TimeEmbedding) -> Self {
        Self { embed, ..self }
    }

    /// Sets the number of classes.
    #[must_use]
    pub fn with_classes(self, num_class: usize) -> Self {
        Self { num_class, ..self }
    }

    /// Sets where periods come from.
    #[must_use]
    pub fn with_period_scope(self, period_scope: PeriodScope) -> Self {
        Self { period_scope, ..self }
    }

    /// Samples inside the network: the input, in forecasting followed by what is forecast.
    #[must_use]
    pub fn inner_len(&self) -> usize {
        match self.task.forecasts() {
            true => self.seq_len.saturating_add(self.pred_len),
            false => self.seq_len,
        }
    }

    /// Samples of the output; one row of classes in classification.
    #[must_use]
    pub fn out_len(&self) -> usize {
        if self.task.forecasts() { self.pred_len } else { self.seq_len }
    }
}

#[cfg(test)]
mod tests;
