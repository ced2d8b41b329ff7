use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError, check_at_least, check_finite, check_length};
use crate::line::r_squared;
use crate::power_law_profile::Profile;
use crate::tails::{t_quantile, t_two_sided};

/// How the decay with distance is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PowerLawMethod {
    /// Ordinary least squares of ln I on ln r, as published; every excess must be positive.
    LogLog,
    /// Non-linear least squares of I itself, weighted by the standard errors; an excess may be
    /// zero or negative.
    #[default]
    Weighted,
    /// Poisson likelihood of I itself (variance in proportion to the mean); an excess must not be
    /// negative, and the standard errors are not used.
    Poisson,
}

/// Decay with distance I(r) = A·r^(−b), r in km.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PowerLawFit {
    /// How it was fitted.
    pub method: PowerLawMethod,
    /// A, the intensity at 1 km; not negative.
    pub amplitude: f64,
    /// Confidence interval of A: e to the power of ln A ± the quantile of `exponent_interval` × the
    /// standard error of ln A. `None` where A is zero, b is at a bound or an end is beyond all numbers.
    /// Where no station stands near 1 km, A is an extrapolation and this is wide.
    #[serde(default)]
    pub amplitude_interval: Option<[f64; 2]>,
    /// b: positive where the intensity falls with distance.
    pub exponent: f64,
    /// Standard error of b: of `LogLog` that of a regression's slope; of the others from the curvature
    /// at the best fit, times the root of the [`overdispersion`](Self::overdispersion). It knows nothing
    /// of a profile's asymmetry, as the interval does. `None` where A is zero or b is at a bound.
    #[serde(default)]
    pub exponent_standard_error: Option<f64>,
    /// Whether b lies at an end of the range searched, ±10: it is then no estimate. `LogLog` searches
    /// nothing.
    #[serde(default)]
    pub exponent_at_bound: bool,
    /// Confidence interval of b. Where the data leave a side open the end is that of the range
    /// searched, ±10, and [`interval_open`](Self::interval_open) says so.
    pub exponent_interval: [f64; 2],
    /// Which sides of the interval (lower, upper) the data leave open.
    pub interval_open: [bool; 2],
    /// Share of the variance explained (weighted; of ln I for `LogLog`).
    pub r2: f64,
    /// Two-sided p of b = 0, no decay.
    pub p_value: f64,
    /// Factor on the variance for scatter beyond the standard errors; 1 where there is none.
    pub overdispersion: f64,
    /// Number of stations.
    pub n: usize,
}

/// Fits I(r) = A·r^(−b) by [`PowerLawMethod::Weighted`]; see [`power_law_with`].
///
/// # Errors
/// As [`power_law_with`].
pub fn power_law(
    distance_km: &[f64],
    excess: &[f64],
    standard_error: &[f64],
    confidence: f64,
) -> Result<PowerLawFit> {
    power_law_with(PowerLawMethod::Weighted, distance_km, excess, standard_error, confidence)
}

/// Fits I(r) = A·r^(−b) to one excess a station.
///
/// The interval is by profile: every b whose best A fits worse by no more than the quantile. With
/// three stations or more the profile is divided by the scatter about the fit where that exceeds
/// what the standard errors allow, and the quantile is then Student's.
///
/// ```
/// let distance = [20.0, 60.0, 150.0, 300.0, 400.0];
/// let excess: Vec<f64> = distance.iter().map(|r: &f64| 500.0 * r.powf(-0.5)).collect();
/// let fit = sigmoid_stats::power_law(&distance, &excess, &[2.0; 5], 0.95)?;
/// assert!((fit.exponent - 0.5).abs() < 1e-6);
/// assert!(fit.exponent_interval[0] < 0.5 && fit.exponent_interval[1] > 0.5);
/// let [low, high] = fit.amplitude_interval.unwrap_or_default();
/// assert!(low < 500.0 && 500.0 < high && !fit.exponent_at_bound);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Fewer than two stations (three for `LogLog`), unequal lengths, distances or standard errors
/// that are not positive, all distances equal, an excess that the method cannot take, a confidence
/// outside 0..1.
pub fn power_law_with(
    method: PowerLawMethod,
    distance_km: &[f64],
    excess: &[f64],
    standard_error: &[f64],
    confidence: f64,
) -> Result<PowerLawFit> {
    let n = distance_km.len();
    check_length("excess", excess.len(), n, "station")?;
    check_length("standard_error", standard_error.len(), n, "station")?;
    check_at_least("stations", n, if method == PowerLawMethod::LogLog { 3 } else { 2 })?;
    check_finite("excess", excess)?;
    check_positive("distance_km", distance_km)?;
    check_positive("standard_error", standard_error)?;
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(StatsError::setting("confidence", confidence, "between 0 and 1"));
    }
    let log_distance: Vec<f64> = distance_km.iter().map(|r| r.ln()).collect();
    let center = log_distance.iter().sum::<f64>() / n as f64;
    // Distances relative to their geometric mean keep r^(−b) near one for every b.
    let log_relative: Vec<f64> = log_distance.iter().map(|r| r - center).collect();
    if log_relative.iter().all(|r| r.abs() < 1e-9) {
        return Err(StatsError::NoVariation { what: "the distance", value: distance_km[0] });
    }
    match method {
        PowerLawMethod::LogLog => log_log(&log_relative, center, excess, confidence),
        PowerLawMethod::Weighted => {
            let weights: Vec<f64> = standard_error.iter().map(|s| s.powi(-2)).collect();
            Ok(Profile::weighted(&log_relative, excess, &weights).fit(method, center, confidence))
        }
        PowerLawMethod::Poisson => {
            if let Some(index) = excess.iter().position(|e| *e < 0.0) {
                return Err(StatsError::NotPositive {
                    what: "excess",
                    index,
                    value: excess[index],
                });
            }
            Ok(Profile::poisson(&log_relative, excess).fit(method, center, confidence))
        }
    }
}

fn check_positive(what: &'static str, values: &[f64]) -> Result<()> {
    check_finite(what, values)?;
    match values.iter().position(|v| *v <= 0.0) {
        Some(index) => Err(StatsError::NotPositive { what, index, value: values[index] }),
        None => Ok(()),
    }
}

/// e^(level ± half) where both are numbers.
pub(crate) fn interval_of_exponential(level: f64, half: f64) -> Option<[f64; 2]> {
    let interval = [(level - half).exp(), (level + half).exp()];
    interval.iter().all(|end| end.is_finite()).then_some(interval)
}

fn log_log(
    log_relative: &[f64],
    center: f64,
    excess: &[f64],
    confidence: f64,
) -> Result<PowerLawFit> {
    check_positive("excess", excess)?;
    let n = excess.len();
    let y: Vec<f64> = excess.iter().map(|e| e.ln()).collect();
    let mean = y.iter().sum::<f64>() / n as f64;
    let xx: f64 = log_relative.iter().map(|x| x * x).sum();
    let xy: f64 = log_relative.iter().zip(&y).map(|(x, y)| x * (y - mean)).sum();
    let slope = xy / xx;
    let sse: f64 = log_relative.iter().zip(&y).map(|(x, y)| (y - mean - slope * x).powi(2)).sum();
    let degrees = (n - 2) as f64;
    let error = (sse / degrees / xx).sqrt();
    let quantile = t_quantile(confidence, degrees);
    let half = quantile * error;
    // The regression's value at 1 km, `center` from the mean of its abscissae.
    let level = mean - slope * center;
    let level_half = quantile * (sse / degrees * (1.0 / n as f64 + center * center / xx)).sqrt();
    // Points on one line: certain that it falls, or certain that it does not.
    let spread: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    let exact = sse <= 1e-28 * (spread + mean * mean);
    let p_value = match exact {
        true if slope.abs() <= 1e-12 * (1.0 + mean.abs()) => 1.0,
        true => 0.0,
        false => t_two_sided(slope / error, degrees),
    };
    Ok(PowerLawFit {
        method: PowerLawMethod::LogLog,
        amplitude: level.exp(),
        amplitude_interval: interval_of_exponential(level, level_half),
        exponent: -slope,
        exponent_standard_error: Some(error),
        exponent_at_bound: false,
        exponent_interval: [-slope - half, -slope + half],
        interval_open: [false, false],
        r2: r_squared(sse, spread),
        p_value,
        overdispersion: 1.0,
        n,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISTANCE: [f64; 5] = [23.5, 94.7, 199.2, 309.1, 353.0];

    #[test]
    fn every_method_recovers_an_exact_law() {
        let excess: Vec<f64> = DISTANCE.iter().map(|r| 132.53 * r.powf(-0.255)).collect();
        for method in [PowerLawMethod::LogLog, PowerLawMethod::Weighted, PowerLawMethod::Poisson] {
            let fit = power_law_with(method, &DISTANCE, &excess, &[1.0; 5], 0.95).unwrap();
            assert!((fit.exponent - 0.255).abs() < 1e-6, "{fit:?}");
            assert!((fit.amplitude / 132.53 - 1.0).abs() < 1e-5, "{fit:?}");
            assert!(fit.exponent_interval[0] <= 0.255 && 0.255 <= fit.exponent_interval[1]);
        }
    }

    #[test]
    fn a_negative_excess_is_taken_by_the_weighted_fit_only() {
        let excess = [60.0, 35.0, 22.0, -4.0, 9.0];
        let fit = power_law(&DISTANCE, &excess, &[6.0; 5], 0.95).unwrap();
        assert!(fit.exponent > 0.0 && fit.exponent_interval[0] < fit.exponent);
        for method in [PowerLawMethod::LogLog, PowerLawMethod::Poisson] {
            assert!(power_law_with(method, &DISTANCE, &excess, &[6.0; 5], 0.95).is_err());
        }
    }

    #[test]
    fn the_same_excess_everywhere_is_no_decay() {
        for level in [1.0, 0.1, 37.3] {
            let law = |excess: &[f64]| {
                power_law_with(PowerLawMethod::LogLog, &DISTANCE, excess, &[1.0; 5], 0.95).unwrap()
            };
            let fit = law(&[level; 5]);
            assert!(fit.exponent.abs() < 1e-12 && fit.p_value == 1.0, "{fit:?}");
            let falls: Vec<f64> = DISTANCE.iter().map(|r| level * r.powf(-0.255)).collect();
            assert!(law(&falls).p_value < 1e-12);
        }
    }

    #[test]
    fn an_exponent_beyond_the_range_searched_is_flagged() {
        let (distance, excess) = ([10.0, 20.0, 40.0], [1e-12, 1.0, 1e12]);
        for (excess, bound) in [(excess, -10.0), ([1e12, 1.0, 1e-12], 10.0)] {
            let fit = |method| power_law_with(method, &distance, &excess, &[1.0; 3], 0.95).unwrap();
            for method in [PowerLawMethod::Weighted, PowerLawMethod::Poisson] {
                let fit = fit(method);
                assert!((fit.exponent - bound).abs() < 1e-6 && fit.exponent_at_bound, "{fit:?}");
                assert_eq!((fit.exponent_standard_error, fit.amplitude_interval), (None, None));
            }
            let free = fit(PowerLawMethod::LogLog);
            assert!(free.exponent.abs() > 39.0 && !free.exponent_at_bound, "{free:?}");
            assert!(free.exponent_standard_error.is_some() && free.amplitude_interval.is_some());
        }
    }

    /// A document of before has no errors, which is not the same as errors of zero.
    #[test]
    fn a_fit_that_was_written_without_errors_is_read() {
        let fit = power_law(&DISTANCE, &[60.0, 35.0, 22.0, 14.0, 9.0], &[6.0; 5], 0.95).unwrap();
        assert!(fit.exponent_standard_error.is_some());
        let mut written = serde_json::to_value(fit).unwrap();
        let keys = ["exponent_standard_error", "amplitude_interval", "exponent_at_bound"];
        for key in keys {
            written.as_object_mut().unwrap().remove(key).unwrap();
        }
        let read: PowerLawFit = serde_json::from_value(written).unwrap();
        assert_eq!((read.exponent_standard_error, read.amplitude_interval), (None, None));
        assert!(!read.exponent_at_bound && read.exponent == fit.exponent);
    }

    #[test]
    fn no_excess_at_all_leaves_the_exponent_open() {
        let fit = power_law(&DISTANCE, &[-1.0, -2.0, 0.0, -1.0, -3.0], &[5.0; 5], 0.95).unwrap();
        assert_eq!((fit.amplitude, fit.interval_open), (0.0, [true, true]));
        assert_eq!(fit.p_value, 1.0);
        assert_eq!((fit.exponent_standard_error, fit.amplitude_interval), (None, None));
    }

    #[test]
    fn bad_input_is_refused() {
        let law = |r: &[f64], e: &[f64], s: &[f64]| power_law(r, e, s, 0.95);
        assert!(law(&[10.0], &[1.0], &[1.0]).is_err());
        assert!(law(&[10.0, -1.0], &[1.0, 1.0], &[1.0, 1.0]).is_err());
        assert!(law(&[10.0, 20.0], &[1.0, 1.0], &[1.0, 0.0]).is_err());
        assert!(law(&[10.0, 10.0], &[1.0, 1.0], &[1.0, 1.0]).is_err());
        assert!(law(&[10.0, 20.0], &[1.0, f64::NAN], &[1.0, 1.0]).is_err());
        assert!(power_law(&[10.0, 20.0], &[1.0, 1.0], &[1.0, 1.0], 1.0).is_err());
    }
}
