//! What the published scripts call things.

use serde::{Deserialize, Serialize};
use timesnet::{Loss, PeriodScope, Schedule, TimeEmbedding};

/// `features`: which channels go in and which come out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Features {
    /// All in, all out.
    #[default]
    M,
    /// Only the target.
    S,
    /// All in, the target out.
    MS,
}

/// `data`: how the rows are split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DataName {
    /// By shares. The other published names stand for layouts of files, which are ours here.
    #[default]
    #[serde(rename = "custom", alias = "m4", alias = "UEA", alias = "PSM", alias = "MSL")]
    #[serde(alias = "SMAP", alias = "SMD", alias = "SWAT")]
    Custom,
    /// 12, 4 and 4 months of hours.
    ETTh1,
    /// As ETTh1.
    ETTh2,
    /// The same of quarters of hours.
    ETTm1,
    /// As ETTm1.
    ETTm2,
}

impl DataName {
    /// Rows in an hour, where the months are counted.
    pub(super) fn rows_an_hour(self) -> Option<usize> {
        match self {
            Self::Custom => None,
            Self::ETTh1 | Self::ETTh2 => Some(1),
            Self::ETTm1 | Self::ETTm2 => Some(4),
        }
    }
}

/// `seasonal_patterns`: the M4 competition's sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Pattern {
    Yearly,
    Quarterly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
}

impl Pattern {
    /// Samples that the competition asks for.
    pub(super) fn horizon(self) -> usize {
        match self {
            Self::Yearly => 6,
            Self::Quarterly => 8,
            Self::Monthly => 18,
            Self::Weekly => 13,
            Self::Daily => 14,
            Self::Hourly => 48,
        }
    }

    /// Samples in a season, as the competition counts them.
    pub(super) fn season(self) -> usize {
        match self {
            Self::Yearly | Self::Weekly | Self::Daily => 1,
            Self::Quarterly => 4,
            Self::Monthly => 12,
            Self::Hourly => 24,
        }
    }
}

/// How several series stand in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TableLayout {
    /// One column a series, one row a time.
    #[default]
    Columns,
    /// One row a series: its name, then its values (the M4 competition's files).
    Rows,
}

/// `embed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum EmbedName {
    #[serde(rename = "timeF")]
    TimeF,
    #[serde(rename = "fixed")]
    Fixed,
}

impl EmbedName {
    pub(super) fn of(embedding: TimeEmbedding) -> Self {
        if embedding == TimeEmbedding::Fixed { Self::Fixed } else { Self::TimeF }
    }

    pub(super) fn embedding(self) -> TimeEmbedding {
        match self {
            Self::TimeF => TimeEmbedding::Linear,
            Self::Fixed => TimeEmbedding::Fixed,
        }
    }
}

/// `lradj`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ScheduleName {
    Type1,
    Type2,
    Type3,
    Cosine,
    Constant,
}

const SCHEDULES: [(ScheduleName, Schedule); 5] = [
    (ScheduleName::Type1, Schedule::Halving),
    (ScheduleName::Type2, Schedule::Steps),
    (ScheduleName::Type3, Schedule::Decay),
    (ScheduleName::Cosine, Schedule::Cosine),
    (ScheduleName::Constant, Schedule::Constant),
];

impl ScheduleName {
    pub(super) fn of(schedule: Schedule) -> Option<Self> {
        SCHEDULES.into_iter().find(|(_, own)| *own == schedule).map(|(name, _)| name)
    }

    pub(super) fn schedule(self) -> Schedule {
        let found = SCHEDULES.into_iter().find(|(name, _)| *name == self);
        found.map_or(Schedule::Halving, |(_, schedule)| schedule)
    }
}

/// `loss`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum LossName {
    Mse,
    Mae,
    Smape,
    Mape,
    Mase,
}

impl LossName {
    pub(super) fn of(loss: Loss) -> Option<Self> {
        Some(match loss {
            Loss::Mse => Self::Mse,
            Loss::Mae => Self::Mae,
            Loss::Smape => Self::Smape,
            Loss::Mape => Self::Mape,
            Loss::Mase { .. } => Self::Mase,
            _ => return None,
        })
    }

    pub(super) fn loss(self, season: usize) -> Loss {
        match self {
            Self::Mse => Loss::Mse,
            Self::Mae => Loss::Mae,
            Self::Smape => Loss::Smape,
            Self::Mape => Loss::Mape,
            Self::Mase => Loss::Mase { season },
        }
    }
}

/// Where periods come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ScopeName {
    /// The mean spectrum of the batch, as published.
    Batch,
    /// Each window's own.
    Sample,
}

impl ScopeName {
    pub(super) fn of(scope: &PeriodScope) -> Self {
        if *scope == PeriodScope::Batch { Self::Batch } else { Self::Sample }
    }

    pub(super) fn scope(self) -> PeriodScope {
        match self {
            Self::Batch => PeriodScope::Batch,
            Self::Sample => PeriodScope::Sample,
        }
    }
}

/// Which scores the threshold of anomalies is taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ThresholdFrom {
    /// Those of the training rows.
    #[default]
    Train,
    /// Those of the training rows and of the rows that are judged, as published: what is judged
    /// has a say in how it is judged.
    TrainAndTest,
}
