use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};
use crate::filter_grid::FilterGrid;
use crate::resample::NullKind;
use crate::sigmoid::SigmoidOptions;
use crate::sigmoid_plan::FEWEST_POINTS;

/// Fewest null draws that can carry p = 0.01.
const FEWEST_DRAWS: usize = 99;

/// More draws than that would fill the memory, or the number was mistyped.
const MOST_DRAWS: usize = 10_000_000;

/// Settings of [`analyze`](crate::analyze).
///
/// ```
/// let config = sigmoid_stats::AnalysisConfig::default().with_window_days(120);
/// config.validate()?;
/// assert!(config.with_null_draws(10).validate().is_err());
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AnalysisConfig {
    /// Length of the window before the event, days.
    pub window_days: usize,
    /// Surrogate records drawn for the null distribution. The smallest p is 1/(draws + 1).
    pub null_draws: usize,
    /// Where the null distribution's records come from.
    pub null: NullKind,
    /// Surrogate records drawn for each quiet period.
    pub period_draws: usize,
    /// Confidence of every interval, 0..1.
    pub confidence: f64,
    /// Share of the window's days that must be observed, 0..=1.
    pub min_window_coverage: f64,
    /// Observed quiet days that a null distribution needs at least.
    pub min_quiet_days: usize,
    /// Sigmoids searched by the matched filter and by the likelihood.
    pub filter: FilterGrid,
    /// The least squares fit of the cumulative curve.
    pub sigmoid: SigmoidOptions,
}

impl Default for AnalysisConfig {
    fn default() -> Self {
        AnalysisConfig {
            window_days: 180,
            null_draws: 2000,
            period_draws: 1000,
            null: NullKind::default(),
            confidence: 0.95,
            min_window_coverage: 0.5,
            min_quiet_days: 180,
            filter: FilterGrid::default(),
            sigmoid: SigmoidOptions::default(),
        }
    }
}

impl AnalysisConfig {
    /// Length of the window, days.
    pub fn with_window_days(mut self, days: usize) -> Self {
        self.window_days = days;
        self
    }

    /// Number of surrogate records.
    pub fn with_null_draws(mut self, draws: usize) -> Self {
        self.null_draws = draws;
        self
    }

    /// Where the null distribution's records come from.
    pub fn with_null(mut self, null: NullKind) -> Self {
        self.null = null;
        self
    }

    /// Number of surrogate records of each quiet period.
    pub fn with_period_draws(mut self, draws: usize) -> Self {
        self.period_draws = draws;
        self
    }

    /// Confidence of every interval.
    pub fn with_confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// Share of the window's days that must be observed.
    pub fn with_min_window_coverage(mut self, share: f64) -> Self {
        self.min_window_coverage = share;
        self
    }

    /// Observed quiet days needed.
    pub fn with_min_quiet_days(mut self, days: usize) -> Self {
        self.min_quiet_days = days;
        self
    }

    /// Grid of the matched filter.
    pub fn with_filter(mut self, filter: FilterGrid) -> Self {
        self.filter = filter;
        self
    }

    /// Settings of the least squares fit.
    pub fn with_sigmoid(mut self, sigmoid: SigmoidOptions) -> Self {
        self.sigmoid = sigmoid;
        self
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A window of fewer than eight days, fewer than 99 draws or more than ten million, fewer than 30
    /// quiet days, shares outside their range, a filter or sigmoid setting out of range.
    pub fn validate(&self) -> Result<()> {
        if self.window_days < FEWEST_POINTS + 2 {
            return Err(StatsError::setting("window_days", self.window_days, "8 days or more"));
        }
        for (name, draws) in [("null_draws", self.null_draws), ("period_draws", self.period_draws)]
        {
            if !(FEWEST_DRAWS..=MOST_DRAWS).contains(&draws) {
                return Err(StatsError::setting(name, draws, "99 to 10000000"));
            }
        }
        if let NullKind::MovingBlock { days: Some(0) } = self.null {
            return Err(StatsError::setting("null.moving_block.days", 0, "1 or more"));
        }
        if self.min_quiet_days < 30 {
            return Err(StatsError::setting("min_quiet_days", self.min_quiet_days, "30 or more"));
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return Err(StatsError::setting("confidence", self.confidence, "between 0 and 1"));
        }
        if !(0.0..=1.0).contains(&self.min_window_coverage) {
            let value = self.min_window_coverage;
            return Err(StatsError::setting("min_window_coverage", value, "a share from 0 to 1"));
        }
        self.filter.validate()?;
        self.sigmoid.validate()
    }

    /// Observed days that a window needs: the share asked for, and enough for the fits.
    pub(crate) fn days_needed(&self) -> usize {
        let share = (self.min_window_coverage * self.window_days as f64).ceil() as usize;
        share.max(FEWEST_POINTS + 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_and_bad_values_are_refused() {
        let parsed: AnalysisConfig = serde_json::from_str(r#"{"window_days": 90}"#).unwrap();
        assert_eq!(parsed, AnalysisConfig::default().with_window_days(90));
        assert!(serde_json::from_str::<AnalysisConfig>(r#"{"window": 90}"#).is_err());
        let blocks = |keys: &str| {
            let text = format!(r#"{{"null": {{"moving_block": {{{keys}}}}}}}"#);
            serde_json::from_str::<AnalysisConfig>(&text)
        };
        assert_eq!(blocks(r#""days": 7"#).unwrap().null, NullKind::MovingBlock { days: Some(7) });
        assert_eq!(blocks("").unwrap().null, NullKind::MovingBlock { days: None });
        assert!(blocks(r#""day": 7"#).unwrap_err().to_string().contains("`day`"));
        let default = AnalysisConfig::default;
        default().validate().unwrap();
        for bad in [
            default().with_window_days(7),
            default().with_null_draws(98),
            default().with_period_draws(98),
            default().with_null_draws(MOST_DRAWS + 1),
            default().with_period_draws(usize::MAX),
            default().with_confidence(1.0),
            default().with_min_window_coverage(f64::NAN),
            default().with_min_quiet_days(3),
            default().with_filter(FilterGrid::default().with_steepness(vec![])),
            default().with_filter(FilterGrid::default().with_steepness(vec![0.1, 2000.0])),
            default().with_sigmoid(SigmoidOptions::default().with_starts(0)),
        ] {
            assert!(bad.validate().is_err(), "{bad:?}");
        }
    }
}
