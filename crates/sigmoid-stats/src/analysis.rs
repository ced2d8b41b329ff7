use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::common_inflection::InflectionProfile;
use crate::counts::DailyCounts;
use crate::curve_fits::{LineCurve, SigmoidCurve};
use crate::null::NullSummary;
use crate::rate::{Excess, RateFit};
use crate::sigmoid::Bound;
use crate::split::Split;

/// What one window before one event shows, and how often chance does the same.
///
/// As JSON it has the keys of the command's `fit` document; what is undefined is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Analysis {
    /// The days under test.
    pub window: Window,
    /// Least squares sigmoid of the cumulative curve.
    pub sigmoid: SigmoidCurve,
    /// Least squares line of the same curve.
    pub line: LineCurve,
    /// R²(sigmoid)/R²(line). At least 1 for any data where the fit is unbounded: see
    /// [`ratio`](crate::ratio).
    pub ratio: f64,
    /// AICc(line) − AICc(sigmoid), which takes the curve's points as independent (they are not).
    pub delta_aicc: f64,
    /// Bound of the search on which the sigmoid lies; its parameters are then no estimates.
    pub bound: Option<Bound>,
    /// Days from the most likely inflection of the daily rate to the event's time; `None` where
    /// the likelihood finds no excess.
    pub inflection_days_before_event: Option<f64>,
    /// Its confidence interval, low and high, given that the window holds a build-up: where `p_value`
    /// is not small it is an interval for nothing, and covers too rarely.
    pub inflection_interval: Option<[f64; 2]>,
    /// Whether the interval claims to cover as often as it says: where `p_value` is at most 0.01, the excess at
    /// least five of its standard errors, and fewer than three days are worth an independent one.
    #[serde(default)]
    pub inflection_claimed: bool,
    /// The primary statistic.
    pub statistic: Statistic,
    /// Share of null draws whose primary statistic is at least as large; with surrogates, where counts
    /// remember, mapped to how often chance gives one as small ([`detect`](crate::detect)); at least 0.1
    /// where the record is too short for a smaller one
    /// ([`unsupported_p_value`](Self::unsupported_p_value)).
    pub p_value: f64,
    /// Monte-Carlo standard error of `p_value`.
    pub p_value_error: f64,
    /// The share of the null draws itself, before it is mapped and before anything is refused.
    pub drawn_p_value: f64,
    /// Share of the same draws whose Ratio is at least as large.
    pub ratio_p_value: f64,
    /// Monte-Carlo standard error of `ratio_p_value`.
    pub ratio_p_value_error: f64,
    /// Share of the same draws whose sigmoid R² is at least as large: what a high R² is worth.
    pub r2_p_value: f64,
    /// The primary statistic's p that the record is too short to claim: the quiet days are worth
    /// fewer than 50 independent ones, and in simulations of such records small p came too often.
    #[serde(default)]
    pub unsupported_p_value: Option<f64>,
    /// Number of independent days that the quiet days are worth.
    #[serde(default)]
    pub independent_days: f64,
    /// Number of null draws.
    pub null_windows: usize,
    /// Observed quiet days that the window is judged by.
    pub quiet_days: usize,
    /// Their mean count per day.
    pub background_mean: f64,
    /// Counts above the background that the likelihood attributes to the sigmoid.
    pub excess: Excess,
    /// The daily rate that the likelihood prefers; `None` where that has no excess.
    pub rate: Option<RateFit>,
    /// The null distributions in short.
    pub null: NullSummary,
    /// What limits the claim, in words.
    pub warnings: Vec<String>,
    /// Primary statistic of every draw, in the order of drawing. Not serialised; empty in an
    /// analysis that was read back.
    #[serde(skip)]
    pub null_values: Vec<f64>,
    /// What the counts say of every inflection, for [`common_inflection`](crate::common_inflection).
    /// Not serialised; empty in an analysis that was read back.
    #[serde(skip)]
    pub inflection_profile: InflectionProfile,
}

/// The days under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Window {
    /// First UTC day.
    pub first_day: Date,
    /// Last UTC day, the one before the event's.
    pub last_day: Date,
    /// Number of days, observed or not.
    pub days: usize,
    /// Number of observed days.
    pub observed_days: usize,
}

impl Window {
    pub(crate) fn of(counts: &DailyCounts, split: &Split) -> Window {
        let days = split.observed.len();
        Window {
            first_day: counts.date(split.start),
            last_day: counts.date(split.start + days - 1),
            days,
            observed_days: split.observed.iter().filter(|o| **o).count(),
        }
    }
}

/// A named statistic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Statistic {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
}

impl Statistic {
    pub(crate) fn matched_filter(value: f64) -> Self {
        Statistic { name: "matched_filter".into(), value }
    }
}

/// The same figures of one quiet period, for comparison: what they would be had an event come on
/// the day after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodFit {
    /// The period.
    pub window: Window,
    /// Least squares sigmoid of the cumulative curve.
    pub sigmoid: SigmoidCurve,
    /// Least squares line of the same curve.
    pub line: LineCurve,
    /// R²(sigmoid)/R²(line).
    pub ratio: f64,
    /// AICc(line) − AICc(sigmoid).
    pub delta_aicc: f64,
    /// Bound of the search on which the sigmoid lies.
    pub bound: Option<Bound>,
    /// Days from the likelihood's inflection to the period's end.
    pub inflection_days_before_end: Option<f64>,
    /// Its confidence interval.
    pub inflection_interval: Option<[f64; 2]>,
    /// Whether the interval claims its level, as [`Analysis::inflection_claimed`].
    #[serde(default)]
    pub inflection_claimed: bool,
    /// The primary statistic, judged by the quiet days outside the period.
    pub statistic: Statistic,
    /// Share of the null draws with a statistic at least as large, as [`Analysis::p_value`].
    pub p_value: f64,
    /// Its Monte-Carlo standard error.
    pub p_value_error: f64,
    /// The same for the Ratio.
    pub ratio_p_value: f64,
}
