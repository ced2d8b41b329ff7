use serde::{Deserialize, Serialize};

use crate::{Result, StrainIoError};

/// How the slow drift of a borehole is treated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TrendConfig {
    /// The curve fitted on the fit span. Outside it the curve goes on straight, with the slope
    /// that it had there.
    pub model: TrendModel,
    /// Takes out, after the curve, the median of the trailing days. It is renewed once a day and
    /// approached in a straight line over the day that follows, so that nothing jumps and nothing
    /// later is used. `None` leaves the level as it is.
    pub relevel_days: Option<f64>,
}

impl Default for TrendConfig {
    fn default() -> Self {
        Self { model: TrendModel::Linear, relevel_days: Some(30.0) }
    }
}

impl TrendConfig {
    /// Sets the curve.
    pub fn with_model(mut self, model: TrendModel) -> Self {
        self.model = model;
        self
    }

    /// Sets the trailing days whose median is taken out.
    pub fn with_relevel_days(mut self, days: Option<f64>) -> Self {
        self.relevel_days = days;
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        match self.relevel_days {
            Some(days) if !(days >= 1.0 && days.is_finite()) => Err(StrainIoError::Config {
                name: "trend.relevel_days",
                value: days.to_string(),
                advice: "give at least one day, or none to keep the level",
            }),
            _ => Ok(()),
        }
    }
}

/// The curve of the slow drift, in days t since the start of the fit span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrendModel {
    /// No curve.
    None,
    /// a + b·t.
    #[default]
    Linear,
    /// a + b·t + c·t².
    Quadratic,
    /// a + b·t + c·exp(−t/τ): the curing of a new borehole.
    ExponentialLinear,
}
