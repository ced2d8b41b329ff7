//! What a network is trained to do with a window, and the network that suits it.

use serde::{Deserialize, Serialize};

use crate::input::check_marks;
use crate::{
    InceptionKind, PeriodScope, Result, Task, TimesNetConfig, TimesNetError, WindowedSeries,
};

/// What is asked of a network about a window. It decides what the network may see of the samples
/// it is judged on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
#[non_exhaustive]
pub enum Objective {
    /// Reproduce the window, as published. The network sees everything it is judged on.
    Reconstruct,
    /// Fill hidden patches from the rest of the window. In training random patches are hidden; in
    /// prediction the patches of the last `span` samples, in turn.
    Masked {
        /// Samples of a patch; all channels are hidden together.
        patch: usize,
        /// How many of the last samples are predicted.
        span: usize,
    },
    /// Fill single values hidden at random, each channel for itself (the published imputation).
    Impute {
        /// Share of the values hidden.
        hidden: f64,
    },
    /// Predict the last `horizon` samples from the earlier ones.
    Forecast {
        /// How many of the last samples are predicted.
        horizon: usize,
    },
}

/// Sizes of a network's layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SizeConfig {
    /// Channels inside.
    pub d_model: usize,
    /// Channels between the inception blocks.
    pub d_ff: usize,
    /// Number of TimesBlocks.
    pub e_layers: usize,
    /// Number of periods.
    pub top_k: usize,
    /// How parallel kernels are joined, and how many there are.
    pub inception: InceptionKind,
    /// Probability of dropout.
    pub dropout: f64,
}

impl Default for SizeConfig {
    /// Small: 16 channels everywhere, one block, three periods, kernels of 1, 3 and 5.
    fn default() -> Self {
        Self {
            d_model: 16,
            d_ff: 16,
            e_layers: 1,
            top_k: 3,
            inception: InceptionKind::MeanOdd { num_kernels: 3 },
            dropout: 0.0,
        }
    }
}

impl SizeConfig {
    /// As [`SizeConfig::default`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the channels inside and between the inception blocks.
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

    /// Sets how kernels are joined.
    #[must_use]
    pub fn with_inception(self, inception: InceptionKind) -> Self {
        Self { inception, ..self }
    }

    /// Sets the probability of dropout.
    #[must_use]
    pub fn with_dropout(self, dropout: f64) -> Self {
        Self { dropout, ..self }
    }
}

/// The network for an objective on windows of `window` samples of `channels` channels.
///
/// Periods are each window's own ([`PeriodScope::Sample`]), so that a prediction does not depend
/// on which windows share its batch.
///
/// # Errors
///
/// [`TimesNetError::Config`] where the objective does not fit into the window or a size is out of
/// range.
///
/// ```
/// use timesnet::{Objective, SizeConfig, Task, model_config_for};
///
/// let objective = Objective::Forecast { horizon: 24 };
/// let config = model_config_for(&objective, 168, 12, &SizeConfig::default())?;
/// assert_eq!((config.task, config.seq_len, config.pred_len), (Task::LongTermForecast, 144, 24));
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
pub fn model_config_for(
    objective: &Objective,
    window: usize,
    channels: usize,
    size: &SizeConfig,
) -> Result<TimesNetConfig> {
    let within = |name, value: usize, limit: usize| {
        if (1..=limit).contains(&value) {
            return Ok(());
        }
        let advice = format!("the window has {window} samples; choose from 1 to {limit}");
        Err(TimesNetError::config(name, value, &advice))
    };
    let config = match *objective {
        Objective::Reconstruct => TimesNetConfig::new(Task::AnomalyDetection, window, channels),
        Objective::Masked { patch, span } => {
            within("patch", patch, window.saturating_sub(1))?;
            within("span", span, window)?;
            TimesNetConfig::new(Task::Imputation, window, channels)
        }
        Objective::Impute { hidden } => {
            if !(hidden > 0.0 && hidden < 1.0) {
                let advice = "give a share between 0 and 1";
                return Err(TimesNetError::config("hidden", hidden, advice));
            }
            TimesNetConfig::new(Task::Imputation, window, channels)
        }
        Objective::Forecast { horizon } => {
            within("horizon", horizon, window.saturating_sub(1))?;
            TimesNetConfig::new(Task::LongTermForecast, window - horizon, channels)
                .with_pred_len(horizon)
        }
    };
    let config = config
        .with_width(size.d_model, size.d_ff)
        .with_layers(size.e_layers)
        .with_top_k(size.top_k)
        .with_inception(size.inception)
        .with_dropout(size.dropout)
        .with_period_scope(PeriodScope::Sample);
    config.validate()?;
    Ok(config)
}

impl Objective {
    /// Refuses windows that the network or the objective cannot use; `number` says which series
    /// they are of.
    pub(crate) fn check_windows(
        &self,
        config: &TimesNetConfig,
        windows: &WindowedSeries,
        number: usize,
    ) -> Result<()> {
        self.check(config, windows.window(), windows.channels())?;
        check_marks(config, windows.marks(), number)?;
        if !matches!(self, Self::Impute { .. }) {
            windows.refuse_gaps(number)?;
        }
        // Chance may hide none of a few channels, and a loss over nothing is not a number.
        if windows.judged().is_some() && !matches!(self, Self::Forecast { .. }) {
            let problem = format!("{self:?} judges every channel; only a forecast judges some");
            return Err(TimesNetError::Objective { problem });
        }
        Ok(())
    }

    /// Refuses a network that was built for something else.
    pub(crate) fn check(
        &self,
        config: &TimesNetConfig,
        window: usize,
        channels: usize,
    ) -> Result<()> {
        let (task, seq_len, pred_len) = match *self {
            Self::Reconstruct => (Task::AnomalyDetection, window, 0),
            Self::Masked { patch, span } => {
                if patch == 0 || patch >= window || span == 0 || span > window {
                    let problem =
                        format!("patch {patch} and span {span} do not fit a window of {window}");
                    return Err(TimesNetError::Objective { problem });
                }
                (Task::Imputation, window, 0)
            }
            Self::Impute { hidden } => {
                check_hidden(hidden)?;
                (Task::Imputation, window, 0)
            }
            Self::Forecast { horizon } => {
                (Task::LongTermForecast, window.saturating_sub(horizon), horizon)
            }
        };
        let wanted = (task, seq_len, pred_len, channels, channels);
        // Long- and short-term forecasts differ in their loss only.
        let own = match config.task {
            Task::ShortTermForecast => Task::LongTermForecast,
            other => other,
        };
        let got = (own, config.seq_len, config.pred_len, config.enc_in, config.c_out);
        if wanted == got {
            return Ok(());
        }
        let problem = format!(
            "(task, seq_len, pred_len, enc_in, c_out) are {got:?}, but {self:?} on windows of \
             {window} samples and {channels} channels needs {wanted:?}"
        );
        Err(TimesNetError::Objective { problem })
    }
}

/// Refuses a share that cannot be hidden.
pub(crate) fn check_hidden(hidden: f64) -> Result<()> {
    if hidden > 0.0 && hidden < 1.0 {
        return Ok(());
    }
    let problem = format!("a share of {hidden} cannot be hidden; give 0 to 1");
    Err(TimesNetError::Objective { problem })
}
