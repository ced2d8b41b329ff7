use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::analysis::Statistic;
use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::counts::DailyCounts;
use crate::error::Result;
use crate::null::{EmpiricalP, Statistics, empirical_p};
use crate::reliability::supported;
use crate::split::Split;

/// Names in the order of the values.
const NAMES: [&str; STATISTICS] =
    ["matched_filter", "likelihood", "ratio", "r2", "delta_aicc", "delta_bic"];
pub(crate) const STATISTICS: usize = 6;

/// One statistic of a window and its p among the draws of a null distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatisticTest {
    /// Its name and value.
    pub statistic: Statistic,
    /// Its p with the Monte-Carlo error.
    pub p: EmpiricalP,
}

/// Every statistic of the window before an event, each with its p from one and the same set of null
/// draws of the configured kind ([`NullKind`](crate::NullKind)).
///
/// - `matched_filter`: as in [`analyze`](crate::analyze), and the only one that a verdict may rest on.
/// - `likelihood`: its sibling, the gain of a Poisson or negative binomial likelihood of the daily counts
///   over the same bank, corrected for the counts' memory.
/// - `ratio`, `r2`: as published, on the cumulative curve.
/// - `delta_aicc`, `delta_bic`: line − sigmoid on that curve.
///
/// The filter's p is that of [`analyze`](crate::analyze), mapped to what it is worth; the others' are shares
/// of the draws. Six looks at one window are six looks: a statistic chosen for its p needs a correction
/// ([`Looks`](crate::Looks)). A record worth too few independent days gives no p below 0.1 for any of
/// them. Cost: about ten times that of [`analyze`](crate::analyze).
///
/// ```
/// use jiff::civil::date;
/// use sigmoid_stats::{AnalysisConfig, CountProcess, DailyCounts, plant_sigmoid, statistic_tests};
///
/// let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(720, 1)?;
/// plant_sigmoid(&mut counts, 150.0, 0.15, 680.0, 2)?;
/// let counts = DailyCounts::new(date(2021, 1, 1), counts.into_iter().map(Some).collect())?;
/// let event = "2022-12-22T04:00:00Z".parse().unwrap();
/// let config = AnalysisConfig::default().with_null_draws(199);
/// let tests = statistic_tests(&counts, event, None, &config, 7)?;
/// assert_eq!(tests[1].statistic.name, "likelihood");
/// assert!(tests[0].p.p_value < 0.01 && tests[1].p.p_value < 0.01);
/// assert!(tests[3].p.p_value > 0.05); // R² does not see it
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// As [`analyze`](crate::analyze).
pub fn statistic_tests(
    counts: &DailyCounts,
    event: Timestamp,
    quiet: Option<&[bool]>,
    config: &AnalysisConfig,
    seed: u64,
) -> Result<Vec<StatisticTest>> {
    config.validate()?;
    let split = Split::before_event(counts, event, quiet, config)?;
    let background = Background::new(counts, &split, config, seed)?;
    let statistics = Statistics::new(counts.len(), &split, config)?;
    let draws = statistics.every_null(&background, config.null_draws, seed);
    let independent_days = background.independent_days(split.quiet.len());
    let mut tests = among(statistics.every(&background.filled), &draws);
    // What the others' are worth has not been measured.
    tests.iter_mut().take(1).for_each(|filter| filter.p = background.worth(filter.p));
    let claimed = |t: StatisticTest| StatisticTest { p: supported(t.p, independent_days), ..t };
    Ok(tests.into_iter().map(claimed).collect())
}

/// Every statistic of the event's window at one station, each with its p among the same days at the
/// `matched` stations whose quiet days are most like its own: see
/// [`matched_stations`](crate::matched_stations), which gives the first of them.
///
/// # Errors
/// As [`matched_stations`](crate::matched_stations).
pub fn matched_station_tests(
    station: (&DailyCounts, Option<&[bool]>),
    others: &[(&DailyCounts, Option<&[bool]>)],
    event: Timestamp,
    config: &AnalysisConfig,
    matched: usize,
) -> Result<Vec<StatisticTest>> {
    let of = |statistics: &Statistics<'_>, counts: &[f64]| statistics.every(counts);
    let (own, values) =
        crate::stations::matched_values(station, others, event, config, matched, of)?;
    Ok(among(own, &values))
}

/// Each value with its p among the same values of the draws.
pub(crate) fn among(own: [f64; STATISTICS], draws: &[[f64; STATISTICS]]) -> Vec<StatisticTest> {
    let test = |k: usize| StatisticTest {
        statistic: Statistic { name: NAMES[k].into(), value: own[k] },
        p: empirical_p(own[k], &draws.iter().map(|d| d[k]).collect::<Vec<_>>()),
    };
    (0..STATISTICS).map(test).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{CountProcess, FilterGrid, NullKind, analyze, plant_sigmoid};

    fn record(events: f64, seed: u64) -> DailyCounts {
        let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(720, seed).unwrap();
        plant_sigmoid(&mut counts, events, 0.12, 683.0, seed + 1).unwrap();
        DailyCounts::new(date(2020, 1, 1), counts.into_iter().map(Some).collect()).unwrap()
    }

    fn event() -> Timestamp {
        "2021-12-21T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn values_and_p_are_those_of_the_whole_analysis_for_every_null() {
        let counts = record(60.0, 3);
        for null in
            [NullKind::Surrogates, NullKind::CircularShift, NullKind::MovingBlock { days: None }]
        {
            let config = AnalysisConfig::default().with_null_draws(99).with_null(null);
            let whole = analyze(&counts, event(), None, &config, 5).unwrap();
            let tests = statistic_tests(&counts, event(), None, &config, 5).unwrap();
            let value = |k: usize| (tests[k].statistic.value, tests[k].p.p_value);
            assert_eq!(value(0), (whole.statistic.value, whole.p_value));
            assert_eq!(value(2).1, whole.ratio_p_value);
            assert_eq!(value(3).1, whole.r2_p_value);
            // The draws' quick fit agrees with the full one to about 1e-6 of R².
            assert!((value(4).0 - whole.delta_aicc).abs() < 0.5, "{null:?} {:?}", value(4));
            assert!(tests.iter().all(|t| t.p.error > 0.0 && t.statistic.value.is_finite()));
        }
    }

    /// The likelihood has no more small p than it should, as the filter has none.
    #[test]
    fn chance_gives_even_p_values_of_the_likelihood() {
        // A coarse bank, for time.
        let bank = FilterGrid::default()
            .with_steepness(vec![0.085, 0.17, 0.34])
            .with_inflection([5.0, 150.0], 12.0);
        let config = AnalysisConfig::default().with_null_draws(99).with_filter(bank);
        let p: Vec<f64> = (0..60)
            .map(|seed| {
                let counts = record(0.0, 100 + seed);
                statistic_tests(&counts, event(), None, &config, seed).unwrap()[1].p.p_value
            })
            .collect();
        // Binomial(60, 0.05) exceeds 9 and Binomial(60, 0.5) leaves 17..=43 with p < 1e-3.
        assert!(p.iter().filter(|p| **p <= 0.05).count() <= 9, "{p:?}");
        assert!((17..=43).contains(&p.iter().filter(|p| **p <= 0.5).count()), "{p:?}");
    }

    #[test]
    fn a_planted_station_stands_out_of_its_like_by_the_filter_and_by_the_likelihood() {
        let others: Vec<DailyCounts> = (10..30).map(|seed| record(0.0, seed)).collect();
        let others: Vec<_> = others.iter().map(|counts| (counts, None)).collect();
        let config = AnalysisConfig::default();
        let of = |events, matched| {
            matched_station_tests((&record(events, 1), None), &others, event(), &config, matched)
        };
        let tests = of(150.0, 19).unwrap();
        assert_eq!([tests[0].p.p_value, tests[1].p.p_value], [0.05, 0.05]);
        assert!(of(0.0, 40).is_err());
    }
}
