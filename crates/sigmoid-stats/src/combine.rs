use serde::{Deserialize, Serialize};

use crate::counts::DailyCounts;
use crate::error::{Result, StatsError, check_at_least, check_length};

/// When a sample of several gauges or modes is anomalous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MarkCombination {
    /// In one series or more.
    Any,
    /// In more than half of them.
    Majority,
    /// In all of them.
    All,
    /// In so many of them.
    AtLeast(usize),
}

/// Combines the marks `[series][sample]` of gauges or modes on one time grid.
///
/// A sample is `None` where what was not observed could decide: with `Majority` of three, two
/// anomalous series are enough whatever the third did, and one of them is not known to be too few.
///
/// ```
/// use sigmoid_stats::{MarkCombination, combine_marks};
///
/// let (s1, s2, s3) = ([Some(true), Some(true), None], [Some(true), None, Some(false)], [None; 3]);
/// let marks = combine_marks(&[&s1, &s2, &s3], MarkCombination::Majority)?;
/// assert_eq!(marks, [Some(true), None, None]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// No series, series of unequal length, a number of series that is zero or more than there are.
pub fn combine_marks(
    series: &[&[Option<bool>]],
    rule: MarkCombination,
) -> Result<Vec<Option<bool>>> {
    check_at_least("series", series.len(), 1)?;
    for marks in series {
        check_length("marks", marks.len(), series[0].len(), "sample")?;
    }
    let needed = match rule {
        MarkCombination::Any => 1,
        MarkCombination::Majority => series.len() / 2 + 1,
        MarkCombination::All => series.len(),
        MarkCombination::AtLeast(n) if n == 0 || n > series.len() => {
            return Err(StatsError::setting("at_least", n, "1 to the number of series"));
        }
        MarkCombination::AtLeast(n) => n,
    };
    let of = |i: usize| {
        let count = |what: Option<bool>| series.iter().filter(|marks| marks[i] == what).count();
        let (marked, unknown) = (count(Some(true)), count(None));
        if marked >= needed { Some(true) } else { (marked + unknown < needed).then_some(false) }
    };
    Ok((0..series[0].len()).map(of).collect())
}

/// One count a day from those of several gauges or modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CountCombination {
    /// Their sum, scaled from the observed series to all of them.
    #[default]
    Sum,
    /// Their mean.
    Mean,
    /// Their median: one noisy gauge does not carry the station.
    Median,
    /// The largest.
    Max,
}

/// Combines the counts of gauges or modes over the same days. A day on which less than the share
/// `min_observed` of the series was observed is unobserved.
///
/// ```
/// use jiff::civil::date;
/// use sigmoid_stats::{CountCombination, DailyCounts, combine_counts};
///
/// let of = |counts: [Option<f64>; 2]| DailyCounts::new(date(2022, 1, 1), counts.to_vec());
/// let gauges = [of([Some(2.0), None])?, of([Some(3.0), None])?, of([None, Some(9.0)])?];
/// let sum = combine_counts(&gauges, CountCombination::Sum, 0.6)?;
/// assert_eq!(sum.as_slice(), [Some(7.5), None]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// No series, series that begin on different days or have unequal length, a share outside 0..=1.
pub fn combine_counts(
    series: &[DailyCounts],
    rule: CountCombination,
    min_observed: f64,
) -> Result<DailyCounts> {
    check_at_least("series", series.len(), 1)?;
    if !(0.0..=1.0).contains(&min_observed) {
        return Err(StatsError::setting("min_observed", min_observed, "a share from 0 to 1"));
    }
    let first = &series[0];
    for counts in series {
        check_length("counts", counts.len(), first.len(), "day")?;
        if counts.first_day() != first.first_day() {
            let day = counts.first_day();
            return Err(StatsError::setting("first day of a series", day, "that of the others"));
        }
    }
    let of = |day: usize| {
        let mut seen: Vec<f64> =
            series.iter().filter_map(|counts| counts.as_slice()[day]).collect();
        let share = seen.len() as f64 / series.len() as f64;
        if seen.is_empty() || share < min_observed {
            return None;
        }
        seen.sort_unstable_by(f64::total_cmp);
        let mean = seen.iter().sum::<f64>() / seen.len() as f64;
        let half = seen.len() / 2;
        Some(match rule {
            CountCombination::Sum => mean * series.len() as f64,
            CountCombination::Mean => mean,
            CountCombination::Median if seen.len().is_multiple_of(2) => {
                0.5 * (seen[half - 1] + seen[half])
            }
            CountCombination::Median => seen[half],
            CountCombination::Max => seen[seen.len() - 1],
        })
    };
    DailyCounts::new(first.first_day(), (0..first.len()).map(of).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn series_that_do_not_match_are_refused() {
        assert!(combine_marks(&[], MarkCombination::Any).is_err());
        assert!(combine_marks(&[&[None], &[None, None]], MarkCombination::Any).is_err());
        for n in [0, 2] {
            assert!(combine_marks(&[&[None]], MarkCombination::AtLeast(n)).is_err());
        }
        let of = |day, n| DailyCounts::new(date(2022, 1, day), vec![Some(1.0); n]).unwrap();
        let sum = |a, b| combine_counts(&[a, b], CountCombination::Sum, 0.5);
        assert!(sum(of(1, 2), of(2, 2)).is_err() && sum(of(1, 2), of(1, 3)).is_err());
        assert!(combine_counts(&[of(1, 1)], CountCombination::Sum, f64::NAN).is_err());
        assert!(combine_counts(&[], CountCombination::Sum, 0.5).is_err());
    }

    #[test]
    fn counts_are_combined_as_named() {
        let of = |count| DailyCounts::new(date(2022, 1, 1), vec![count]).unwrap();
        let gauges = [of(Some(1.0)), of(Some(2.0)), of(None), of(Some(9.0))];
        for (rule, expected) in [
            (CountCombination::Sum, 16.0),
            (CountCombination::Mean, 4.0),
            (CountCombination::Median, 2.0),
            (CountCombination::Max, 9.0),
        ] {
            let found = combine_counts(&gauges, rule, 0.75).unwrap();
            assert_eq!(found.as_slice(), [Some(expected)], "{rule:?}");
        }
        assert_eq!(combine_counts(&gauges, CountCombination::Sum, 0.8).unwrap().as_slice(), [None]);
    }

    fn mark() -> impl Strategy<Value = Option<bool>> {
        prop_oneof![Just(None), Just(Some(false)), Just(Some(true))]
    }

    proptest! {
        /// What is said holds whatever the unobserved samples would have been; nothing is said
        /// where they decide.
        #[test]
        fn unobserved_samples_are_neither_quiet_nor_anomalous(
            sample in prop::collection::vec(mark(), 1..6), needed in 1usize..6
        ) {
            let needed = needed.min(sample.len());
            let series: Vec<[Option<bool>; 1]> = sample.iter().map(|m| [*m]).collect();
            let series: Vec<&[Option<bool>]> = series.iter().map(|s| &s[..]).collect();
            let found = combine_marks(&series, MarkCombination::AtLeast(needed)).unwrap()[0];
            let unknown: Vec<usize> = (0..sample.len()).filter(|i| sample[*i].is_none()).collect();
            let answers: Vec<bool> = (0..1u32 << unknown.len())
                .map(|bits| {
                    let filled = |i: usize| match unknown.iter().position(|u| *u == i) {
                        Some(k) => bits >> k & 1 == 1,
                        None => sample[i] == Some(true),
                    };
                    (0..sample.len()).filter(|i| filled(*i)).count() >= needed
                })
                .collect();
            let expected = answers.iter().all(|a| *a == answers[0]).then_some(answers[0]);
            prop_assert_eq!(found, expected);
        }
    }
}
