use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::counts::DailyCounts;
use crate::error::Result;
use crate::null::{EmpiricalP, Statistics, empirical_p};
use crate::reliability::supported;
use crate::split::Split;

/// The primary test alone: [`analyze`](crate::analyze) without curves, dates and intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Detection {
    /// Largest filtered excess, in units of the quiet days' own filtered spread.
    pub statistic: f64,
    /// Its p, as [`Analysis::p_value`](crate::Analysis::p_value): the share of the surrogates, mapped.
    pub p: EmpiricalP,
    /// The p that the record is too short to claim, as
    /// [`Analysis::unsupported_p_value`](crate::Analysis::unsupported_p_value).
    #[serde(default)]
    pub unsupported_p: Option<EmpiricalP>,
    /// The share of the surrogates itself, before it is mapped to what it is worth and before anything is
    /// refused.
    pub drawn_p: EmpiricalP,
    /// Number of independent days that the observed quiet days are worth.
    pub independent_days: f64,
}

/// Tests the window before an event as [`analyze`](crate::analyze) does, with the same statistic,
/// surrogates and p, at about a third of the cost: for simulations and for scans.
///
/// Surrogates are drawn from an estimate of the quiet days' memory and distribution, and where few
/// days are independent the share of them that is as large as the record is too small too often. That share
/// ([`drawn_p`](Detection::drawn_p)) is therefore mapped once by what simulation has shown it to be worth
/// (Beran 1988, prepivoting). With n quiet days of which m > 2 are worth an independent one, a normal score z of at
/// least one (a share of at most 0.16) is divided by s = √(1 + 100·ln(m/2)/n), and a smaller one becomes
/// 1/s + h (z − 1) with h = max(1/s, 1 − 12 (m − 8)₊/n). Nothing changes where m ≤ 2, as it is of most records of
/// independent days, and no p below one half gets smaller. The numbers were fitted on Poisson counts of a wandering rate; it
/// is a calibration and no theorem.
///
/// ```
/// use jiff::civil::date;
/// use sigmoid_stats::{AnalysisConfig, CountProcess, DailyCounts, analyze, detect};
///
/// let counts = CountProcess::Poisson { mean: 4.0 }.draw(720, 5)?;
/// let counts = DailyCounts::new(date(2021, 1, 1), counts.into_iter().map(Some).collect())?;
/// let event = "2022-12-22T04:00:00Z".parse().unwrap();
/// let config = AnalysisConfig::default().with_null_draws(199);
/// let quick = detect(&counts, event, None, &config, 1)?;
/// assert_eq!(quick.p.p_value, analyze(&counts, event, None, &config, 1)?.p_value);
/// assert_eq!(quick.p, quick.drawn_p); // independent days
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// As [`analyze`](crate::analyze).
///
/// # References
/// Beran 1988, J. Am. Stat. Assoc. 83, 687–697.
pub fn detect(
    counts: &DailyCounts,
    event: Timestamp,
    quiet: Option<&[bool]>,
    config: &AnalysisConfig,
    seed: u64,
) -> Result<Detection> {
    config.validate()?;
    let split = Split::before_event(counts, event, quiet, config)?;
    let background = Background::new(counts, &split, config, seed)?;
    let statistics = Statistics::new(counts.len(), &split, config)?;
    let statistic = statistics.filter_of(&background.filled);
    let draws = statistics.filter_null(&background, config.null_draws, seed);
    let independent_days = background.independent_days(split.quiet.len());
    let drawn_p = empirical_p(statistic, &draws);
    let raw = background.worth(drawn_p);
    let p = supported(raw, independent_days);
    let unsupported_p = (p != raw).then_some(raw);
    Ok(Detection { statistic, p, unsupported_p, drawn_p, independent_days })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{CountProcess, NullKind, analyze, plant_sigmoid, statistic_tests};

    /// Counts whose rate wanders, with a build-up 37 days before the end, and the day after.
    fn wandering(rho: f64, days: usize, events: f64) -> (DailyCounts, Timestamp) {
        let process = CountProcess::LatentAr { mean: 4.0, sigma: 0.5, rho };
        let mut counts = process.draw(days, 3).unwrap();
        plant_sigmoid(&mut counts, events, 0.12, days as f64 - 37.0, 4).unwrap();
        let counts = counts.into_iter().map(Some).collect();
        let counts = DailyCounts::new(date(2018, 1, 1), counts).unwrap();
        let event = format!("{}T12:00:00Z", counts.date(days)).parse().unwrap();
        (counts, event)
    }

    #[test]
    fn where_counts_remember_every_test_maps_the_share_alike() {
        let config = AnalysisConfig::default().with_null_draws(199);
        let (counts, event) = wandering(0.8, 720, 200.0);
        let found = detect(&counts, event, None, &config, 1).unwrap();
        assert!(found.independent_days > 50.0 && found.independent_days < 200.0, "{found:?}");
        assert!(found.drawn_p.p_value < 0.5, "{found:?}");
        assert!(found.p.p_value > found.drawn_p.p_value, "{found:?}");
        assert!(found.p.error > 0.0 && found.unsupported_p.is_none());
        let whole = analyze(&counts, event, None, &config, 1).unwrap();
        assert_eq!((whole.p_value, whole.p_value_error), (found.p.p_value, found.p.error));
        let tests = statistic_tests(&counts, event, None, &config, 1).unwrap();
        assert_eq!(tests[0].p, found.p);
        // The others are shares of the draws, whole numbers of which they are.
        assert!(tests[1..].iter().all(|t| ((t.p.p_value * 200.0).round() / 200.0) == t.p.p_value));
    }

    #[test]
    fn shifts_and_blocks_are_left_as_they_are() {
        let (counts, event) = wandering(0.8, 720, 200.0);
        for null in [NullKind::CircularShift, NullKind::MovingBlock { days: None }] {
            let config = AnalysisConfig::default().with_null_draws(99).with_null(null);
            let found = detect(&counts, event, None, &config, 1).unwrap();
            assert_eq!(found.p, found.drawn_p);
        }
    }

    #[test]
    fn two_years_of_a_long_memory_claim_nothing() {
        let config = AnalysisConfig::default().with_null_draws(99);
        let (counts, event) = wandering(0.95, 720, 2000.0);
        let found = detect(&counts, event, None, &config, 1).unwrap();
        assert!(found.independent_days < 50.0, "{found:?}");
        assert_eq!(found.p.p_value, 0.1);
        assert!(found.unsupported_p.is_some_and(|p| p.p_value < 0.1), "{found:?}");
    }
}
