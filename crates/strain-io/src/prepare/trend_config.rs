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
    /// The degree of `polynomial`, 1 to 12; other curves have their own. 3 by default.
    pub degree: usize,
    /// Whether days that the curve does not explain lose their weight, as in
    /// [`fit_drift`](crate::fit_drift). By default the curve is that of least squares.
    pub robust: bool,
    /// Takes out, after the curve, the median of the trailing days. It is renewed once a day and
    /// approached in a straight line over the day that follows, so that nothing jumps and nothing
    /// later is used. `None`, written `"off"`, leaves the level as it is.
    #[serde(with = "days_or_off")]
    pub relevel_days: Option<f64>,
}

impl Default for TrendConfig {
    fn default() -> Self {
        Self { model: TrendModel::Linear, degree: 3, robust: false, relevel_days: Some(30.0) }
    }
}

impl TrendConfig {
    /// Sets the curve.
    pub fn with_model(mut self, model: TrendModel) -> Self {
        self.model = model;
        self
    }

    /// Takes a polynomial of a degree.
    pub fn with_polynomial(mut self, degree: usize) -> Self {
        (self.model, self.degree) = (TrendModel::Polynomial, degree);
        self
    }

    /// Sets whether days that the curve does not explain lose their weight.
    pub fn with_robust(mut self, robust: bool) -> Self {
        self.robust = robust;
        self
    }

    /// Sets the trailing days whose median is taken out.
    pub fn with_relevel_days(mut self, days: Option<f64>) -> Self {
        self.relevel_days = days;
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        if !(1..=12).contains(&self.degree) {
            return Err(StrainIoError::Config {
                name: "trend.degree",
                value: self.degree.to_string(),
                advice: "give a degree from 1 to 12",
            });
        }
        match self.relevel_days {
            Some(days) if !(days >= 1.0 && days.is_finite()) => Err(StrainIoError::Config {
                name: "trend.relevel_days",
                value: days.to_string(),
                advice: "give at least one day, or \"off\" to keep the level",
            }),
            _ => Ok(()),
        }
    }
}

/// A number of days, or `"off"`: TOML has no word for nothing, and a setting that is left out is
/// the default.
mod days_or_off {
    use serde::de::{Error, Unexpected};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    const OFF: &str = "off";

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written {
        Days(f64),
        Word(String),
    }

    pub(super) fn serialize<S: Serializer>(days: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        days.map_or_else(|| Written::Word(OFF.to_owned()), Written::Days).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
        match Written::deserialize(from)? {
            Written::Days(days) => Ok(Some(days)),
            Written::Word(word) if word == OFF => Ok(None),
            Written::Word(word) => {
                Err(D::Error::invalid_value(Unexpected::Str(&word), &"days, or \"off\""))
            }
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
    /// A polynomial of the stated `degree`.
    Polynomial,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_is_kept_is_written_and_read_as_a_word() {
        let kept = TrendConfig::default().with_relevel_days(None);
        let text = serde_json::to_string(&kept).unwrap();
        assert!(text.contains(r#""relevel_days":"off""#), "{text}");
        for config in [kept, TrendConfig::default()] {
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<TrendConfig>(&text).unwrap(), config);
        }
        let error = serde_json::from_str::<TrendConfig>(r#"{"relevel_days": "never"}"#);
        assert!(error.unwrap_err().to_string().contains("days, or \"off\""));
    }
}
