//! What a network is: task, sizes, and the choices that change its numbers.

use serde::{Deserialize, Serialize};

use crate::params::parameter_count;
use crate::{
    InceptionKind, Normalization, PeriodScope, Result, Task, TimeEmbedding, TimesNetError,
};

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

/// Most values of one sample inside the network.
const MOST_INSIDE: u64 = 1 << 26;

/// Most values of all parameters.
const MOST_PARAMETERS: u64 = 1 << 30;

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

    /// Checks every setting. Sizes are bounded far above any network of use, so that one from a
    /// damaged file is an error and not an allocation: lengths by 2^20, `inner_len` times `d_model`
    /// by 2^26, all parameters together by 2^30 values.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Config`] for the first setting outside its range.
    pub fn validate(&self) -> Result<()> {
        let positive = [
            ("seq_len", self.seq_len),
            ("enc_in", self.enc_in),
            ("c_out", self.c_out),
            ("d_model", self.d_model),
            ("d_ff", self.d_ff),
            ("e_layers", self.e_layers),
        ];
        if let Some((name, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(TimesNetError::config(name, 0, "give at least 1"));
        }
        self.validate_sizes()?;
        self.validate_task()?;
        let frequencies = self.inner_len() / 2;
        if self.top_k == 0 || self.top_k > frequencies {
            let advice = format!(
                "a series of {} samples has {frequencies} frequencies; choose from 1 to \
                 {frequencies}",
                self.inner_len()
            );
            return Err(TimesNetError::config("top_k", self.top_k, &advice));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(TimesNetError::config("dropout", self.dropout, "give 0 or more, below 1"));
        }
        if self.inception == (InceptionKind::MeanOdd { num_kernels: 0 }) {
            return Err(TimesNetError::config("num_kernels", 0, "give at least 1"));
        }
        let calendar = self.embed == TimeEmbedding::Fixed;
        if calendar && ![0, 4, 5].contains(&self.time_features) {
            let advice = "the fixed embedding takes 4 calendar columns, or 5 with minutes";
            return Err(TimesNetError::config("time_features", self.time_features, advice));
        }
        self.validate_scope(frequencies)
    }

    /// Upper bounds, with which no product of sizes overflows.
    fn validate_sizes(&self) -> Result<()> {
        let num_kernels = match self.inception {
            InceptionKind::MeanOdd { num_kernels } => num_kernels,
            InceptionKind::ConcatProject => 0,
        };
        let bounded = [
            ("seq_len", self.seq_len, 1 << 20),
            ("pred_len", self.pred_len, 1 << 20),
            ("enc_in", self.enc_in, 1 << 16),
            ("c_out", self.c_out, 1 << 16),
            ("d_model", self.d_model, 1 << 14),
            ("d_ff", self.d_ff, 1 << 14),
            ("e_layers", self.e_layers, 1 << 8),
            ("num_kernels", num_kernels, 1 << 5),
            ("time_features", self.time_features, 1 << 8),
            ("num_class", self.num_class, 1 << 16),
        ];
        if let Some((name, value, most)) = bounded.into_iter().find(|(_, v, most)| v > most) {
            return Err(TimesNetError::config(name, value, &format!("give at most {most}")));
        }
        let inside = self.inner_len() as u64 * self.d_model as u64;
        if inside > MOST_INSIDE {
            let advice = format!(
                "a sample inside has inner_len × d_model = {inside} values, more \
                                  than {MOST_INSIDE}: shorten it or make it narrower"
            );
            return Err(TimesNetError::config("d_model", self.d_model, &advice));
        }
        let parameters = parameter_count(self);
        if parameters > MOST_PARAMETERS {
            let advice = format!(
                "the network would have {parameters} parameters, more than \
                                  {MOST_PARAMETERS}: make it smaller"
            );
            return Err(TimesNetError::config("d_model", self.d_model, &advice));
        }
        Ok(())
    }

    fn validate_task(&self) -> Result<()> {
        if self.task.forecasts() && self.pred_len == 0 {
            return Err(TimesNetError::config("pred_len", 0, "a forecast needs at least 1"));
        }
        if !self.task.forecasts() && self.pred_len != 0 {
            let advice = "only forecasting has a horizon; give 0";
            return Err(TimesNetError::config("pred_len", self.pred_len, advice));
        }
        if self.task == Task::Classification && self.num_class < 2 {
            let advice = "classification needs at least 2";
            return Err(TimesNetError::config("num_class", self.num_class, advice));
        }
        let returns_input = self.task != Task::Classification;
        if returns_input && self.normalize == Normalization::Window && self.c_out != self.enc_in {
            let advice = "the output is scaled back with the input's own statistics, so it has as \
                          many channels as the input; set `normalize` to none otherwise";
            return Err(TimesNetError::config("c_out", self.c_out, advice));
        }
        Ok(())
    }

    fn validate_scope(&self, frequencies: usize) -> Result<()> {
        let PeriodScope::Frozen { frequencies: frozen } = &self.period_scope else {
            return Ok(());
        };
        let fits = |block: &Vec<usize>| {
            block.len() == self.top_k && block.iter().all(|f| (1..=frequencies).contains(f))
        };
        if frozen.len() == self.e_layers && frozen.iter().all(fits) {
            return Ok(());
        }
        let advice = format!(
            "give {} lists of {} frequencies from 1 to {frequencies}",
            self.e_layers, self.top_k
        );
        Err(TimesNetError::config("period_scope", format!("{frozen:?}"), &advice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a damaged or hostile file may say, each alone and with a size that overflows.
    #[test]
    fn sizes_beyond_any_network_are_refused_by_name() {
        let sound = TimesNetConfig::new(Task::LongTermForecast, 96, 7).with_pred_len(96);
        assert!(sound.validate().is_ok());
        let sizes: [(&str, fn(&mut TimesNetConfig, usize)); 10] = [
            ("seq_len", |c, size| c.seq_len = size),
            ("pred_len", |c, size| c.pred_len = size),
            ("enc_in", |c, size| c.enc_in = size),
            ("c_out", |c, size| c.c_out = size),
            ("d_model", |c, size| c.d_model = size),
            ("d_ff", |c, size| c.d_ff = size),
            ("e_layers", |c, size| c.e_layers = size),
            ("num_kernels", |c, size| {
                c.inception = InceptionKind::MeanOdd { num_kernels: size };
            }),
            ("time_features", |c, size| c.time_features = size),
            ("num_class", |c, size| c.num_class = size),
        ];
        for (name, set) in sizes {
            for size in [1 << 31, usize::MAX] {
                let mut config = sound.clone();
                set(&mut config, size);
                let error = config.validate().unwrap_err().to_string();
                assert!(error.starts_with(&format!("setting `{name}` = {size}: ")), "{error}");
            }
        }
    }

    #[test]
    fn products_of_sizes_are_bounded_too() {
        let config = TimesNetConfig::new(Task::AnomalyDetection, 1 << 20, 7);
        let error = config.clone().with_width(65, 16).validate().unwrap_err().to_string();
        assert!(error.contains("inner_len × d_model"), "{error}");
        assert!(config.with_width(64, 16).validate().is_ok());
        let config = TimesNetConfig::new(Task::AnomalyDetection, 96, 7);
        let error = config.clone().with_width(1 << 14, 1 << 14).validate().unwrap_err();
        assert!(error.to_string().contains("parameters"), "{error}");
        // The published network of the largest script (PSM and the like) is far below.
        assert!(config.with_width(512, 512).validate().is_ok());
    }
}
