use serde::{Deserialize, Serialize};

/// Counts attributed to the sigmoid by the likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Excess {
    /// Expected number of extra counts inside the window.
    pub number: f64,
    /// Its standard error, autocorrelation and the uncertainty of the baseline included.
    pub standard_error: f64,
    /// Its confidence interval, number ± quantile × standard error.
    pub interval: [f64; 2],
}

/// Daily rate μ(t) + a·b·e^(−b(t−c))/(1 + e^(−b(t−c)))² that the likelihood prefers, μ(t)
/// of the filter's [`Baseline`](crate::Baseline).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateFit {
    /// Mean of the baseline μ over the window, counts per day.
    pub quiet_rate: f64,
    /// The baseline on each day of the window, counts per day.
    #[serde(default)]
    pub baseline: Vec<f64>,
    /// Amplitude a: counts in the whole sigmoid, inside the window or not.
    pub a: f64,
    /// Steepness b, per day.
    pub b: f64,
    /// Inflection c, days since 00:00 UTC of the window's first day.
    pub c: f64,
    /// Confidence interval of c, profile likelihood corrected for autocorrelation; an end that the
    /// data leave open is the end of the range searched.
    pub c_interval: [f64; 2],
    /// Twice the log likelihood gained over a = 0, days taken as independent.
    pub likelihood_ratio: f64,
    /// Factor by which autocorrelation, and a scatter that is larger than the quiet days', widen the
    /// variance of c.
    pub variance_inflation: f64,
}
