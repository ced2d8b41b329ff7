//! What a network is made for and of: the choices of a configuration.

use serde::{Deserialize, Serialize};

/// What the network is asked to do; decides its head and its normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Task {
    /// `pred_len` samples after the `seq_len` given.
    LongTermForecast,
    /// As long-term; without time features in the published scripts.
    ShortTermForecast,
    /// Fill what a mask hides.
    Imputation,
    /// Reproduce the input; what cannot be reproduced is anomalous.
    AnomalyDetection,
    /// One of `num_class` classes for the whole series.
    Classification,
}

impl Task {
    /// The published name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LongTermForecast => "long_term_forecast",
            Self::ShortTermForecast => "short_term_forecast",
            Self::Imputation => "imputation",
            Self::AnomalyDetection => "anomaly_detection",
            Self::Classification => "classification",
        }
    }

    /// Whether it says what comes after the samples given.
    #[must_use]
    pub fn forecasts(self) -> bool {
        matches!(self, Self::LongTermForecast | Self::ShortTermForecast)
    }
}

/// How the parallel kernels of an inception block are joined.
///
/// Both kinds are linear, so each is computed as one convolution with an equivalent kernel, in
/// training too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
#[non_exhaustive]
pub enum InceptionKind {
    /// Mean of convolutions with sides 1, 3, …, 2·`num_kernels`−1 (the published library).
    MeanOdd {
        /// How many.
        num_kernels: usize,
    },
    /// Sides 1, 3, 5 and 7, concatenated and projected back (STMN-EQA).
    ConcatProject,
}

impl InceptionKind {
    /// Sides of the parallel kernels.
    #[must_use]
    pub fn sides(&self) -> Vec<usize> {
        let count = match self {
            Self::MeanOdd { num_kernels } => *num_kernels,
            Self::ConcatProject => 4,
        };
        (0..count).map(|i| 2 * i + 1).collect()
    }
}

/// Whether each window is brought to mean zero and variance one before the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Normalization {
    /// By the window's own mean and variance per channel, undone at the output (Non-stationary
    /// Transformer, Liu et al. 2022). In imputation only observed samples count.
    #[default]
    Window,
    /// Not at all.
    None,
}

/// How a sample's time stamp enters the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeEmbedding {
    /// A trained linear layer over features between −0.5 and 0.5 (`timeF`;
    /// [`TimeFrequency::time_features`](crate::TimeFrequency::time_features)).
    #[default]
    #[serde(rename = "timeF")]
    Linear,
    /// Sine tables of month, day, weekday, hour and, with five features, quarter of an hour
    /// (`fixed`; [`TimeFrequency::calendar`](crate::TimeFrequency::calendar)).
    Fixed,
}

/// Where the periods of a sample come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
#[non_exhaustive]
pub enum PeriodScope {
    /// The mean spectrum of the batch, as published: a sample's output depends on its neighbours.
    #[default]
    Batch,
    /// Each sample's own spectrum: a sample's output depends on nothing else.
    Sample,
    /// Fixed frequencies for each block, in cycles per series; the amplitudes there still weigh
    /// the branches.
    Frozen {
        /// One list of `top_k` frequencies for each block.
        frequencies: Vec<Vec<usize>>,
    },
}
