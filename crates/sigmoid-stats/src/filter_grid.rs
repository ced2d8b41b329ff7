use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};

/// Steepness, per day, above which a rise of hours could pass between the middles of two days unseen.
const STEEPEST: f64 = 20.0;

/// Grid of the matched filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FilterGrid {
    /// Steepness b of the sigmoids searched, per day, up to 20. A sigmoid rises from 10 % to 90 % in
    /// 4.4/b days.
    pub steepness: Vec<f64>,
    /// Inflections searched, days before the window's end: nearest and farthest.
    pub inflection: [f64; 2],
    /// Distance between neighbouring inflections, days.
    pub inflection_step: f64,
    /// What counts are measured from.
    pub baseline: Baseline,
}

/// Level from which the matched filter measures an excess.
///
/// `Trend` and `TrendAndYear` take out, by least squares over quiet days and window together,
/// what a record does by itself over months; the same is done to every surrogate. They survive what
/// they take out and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Baseline {
    /// Mean of the quiet days: the most powerful where the rate is stationary, and wrong where it
    /// drifts.
    QuietMean,
    /// Straight line through quiet days and window.
    #[default]
    Trend,
    /// Straight line and a yearly wave. Wants two years or more of quiet days.
    TrendAndYear,
    /// Mean of the window itself: blind to a level that has changed since the quiet days, and less
    /// powerful for slow build-ups.
    WindowMean,
}

impl Default for FilterGrid {
    fn default() -> Self {
        FilterGrid {
            steepness: vec![0.06, 0.085, 0.12, 0.17, 0.24, 0.34, 0.5],
            inflection: [5.0, 150.0],
            inflection_step: 4.0,
            baseline: Baseline::default(),
        }
    }
}

impl FilterGrid {
    /// Steepness of the sigmoids searched, per day.
    pub fn with_steepness(mut self, steepness: Vec<f64>) -> Self {
        self.steepness = steepness;
        self
    }

    /// Inflections searched, days before the window's end, and the distance between neighbours.
    pub fn with_inflection(mut self, range: [f64; 2], step: f64) -> Self {
        self.inflection = range;
        self.inflection_step = step;
        self
    }

    /// Level from which an excess is measured.
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = baseline;
        self
    }

    /// Refuses a grid that cannot be searched.
    ///
    /// # Errors
    /// No steepness or one that is not positive or above 20; inflections not in rising order or not
    /// positive; a step that is not positive.
    pub fn validate(&self) -> Result<()> {
        if self.steepness.is_empty() {
            return Err(StatsError::setting("steepness", "[]", "one value or more"));
        }
        if let Some(bad) = self.steepness.iter().find(|b| !(**b > 0.0 && **b <= STEEPEST)) {
            return Err(StatsError::setting("steepness", bad, "positive, at most 20 per day"));
        }
        let [near, far] = self.inflection;
        if !(near >= 0.0 && near < far && far.is_finite()) {
            return Err(StatsError::setting(
                "inflection",
                format!("{near}..{far}"),
                "0 <= near < far",
            ));
        }
        if !(self.inflection_step.is_finite() && self.inflection_step > 0.0) {
            return Err(StatsError::setting(
                "inflection_step",
                self.inflection_step,
                "positive days",
            ));
        }
        Ok(())
    }

    /// Inflections as positions in a window of `days` days, where the middle of day i is i; the
    /// far end is cut at the window's first day.
    pub(crate) fn positions(&self, days: usize) -> Vec<f64> {
        let end = days as f64 - 0.5;
        let [near, far] = self.inflection;
        // A window shorter than the nearest inflection is searched at its first day.
        let near = near.min(end);
        let steps = ((far.min(end) - near) / self.inflection_step).floor() as usize;
        (0..=steps).rev().map(|i| end - near - self.inflection_step * i as f64).collect()
    }
}
