use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::counts::DailyCounts;
use crate::error::{Result, StatsError, check_at_least};

/// Fewest observed background days that a quantile is taken from.
const FEWEST_DAYS: usize = 30;

/// When a whole day is anomalous.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum DayRule {
    /// With so many anomalous samples or more.
    Count {
        /// Samples.
        at_least: f64,
    },
    /// With more anomalous samples than this share of the background days had: each station is
    /// measured by its own.
    Quantile {
        /// Share of the background days, 0..1.
        above: f64,
    },
}

/// Marks days as anomalous (1) or not (0); a day that was not observed stays so. The running sum of
/// the result is the number of anomalous days.
///
/// `background` are the days, as indices, that a quantile is learnt from; days later than those
/// that are scored must not be among them where nothing may look ahead.
///
/// ```
/// use jiff::civil::date;
/// use sigmoid_stats::{DailyCounts, DayRule, anomalous_days};
///
/// let mut counts: Vec<Option<f64>> = (0..100).map(|i| Some(f64::from(i % 10))).collect();
/// counts.extend([Some(8.0), Some(9.0), None]);
/// let counts = DailyCounts::new(date(2022, 1, 1), counts)?;
/// let days = anomalous_days(&counts, DayRule::Quantile { above: 0.9 }, 0..100)?;
/// assert_eq!(&days.as_slice()[100..], [Some(0.0), Some(1.0), None]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Fewer than 30 observed background days for a quantile, a background that reaches outside the
/// record, a share or number out of range.
pub fn anomalous_days(
    counts: &DailyCounts,
    rule: DayRule,
    background: Range<usize>,
) -> Result<DailyCounts> {
    let anomalous: Box<dyn Fn(f64) -> bool> = match rule {
        DayRule::Count { at_least } => {
            if !(at_least > 0.0 && at_least.is_finite()) {
                return Err(StatsError::setting("at_least", at_least, "positive and finite"));
            }
            Box::new(move |count| count >= at_least)
        }
        DayRule::Quantile { above } => {
            let limit = quantile(counts, above, background)?;
            Box::new(move |count| count > limit)
        }
    };
    let mark = |count: &Option<f64>| count.map(|c| f64::from(u8::from(anomalous(c))));
    DailyCounts::new(counts.first_day(), counts.as_slice().iter().map(mark).collect())
}

/// Smallest count that at least this share of the background days does not exceed.
fn quantile(counts: &DailyCounts, share: f64, background: Range<usize>) -> Result<f64> {
    if !(share > 0.0 && share < 1.0) {
        return Err(StatsError::setting("above", share, "between 0 and 1"));
    }
    let value = format!("{}..{}", background.start, background.end);
    let days = counts
        .as_slice()
        .get(background)
        .ok_or_else(|| StatsError::setting("background", value, "days of the record"))?;
    let mut seen: Vec<f64> = days.iter().flatten().copied().collect();
    check_at_least("observed background days", seen.len(), FEWEST_DAYS)?;
    seen.sort_unstable_by(f64::total_cmp);
    let rank = (share * seen.len() as f64 - 1e-9).ceil().max(1.0) as usize;
    Ok(seen[rank - 1])
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_count_rule_includes_its_number_and_bad_rules_are_refused() {
        let counts =
            DailyCounts::new(date(2022, 1, 1), vec![Some(2.0), None, Some(3.0), Some(0.0)])
                .unwrap();
        let days = anomalous_days(&counts, DayRule::Count { at_least: 3.0 }, 0..0).unwrap();
        assert_eq!(days.as_slice(), [Some(0.0), None, Some(1.0), Some(0.0)]);
        for bad in [DayRule::Count { at_least: 0.0 }, DayRule::Quantile { above: 1.0 }] {
            assert!(anomalous_days(&counts, bad, 0..4).is_err(), "{bad:?}");
        }
        let quantile = DayRule::Quantile { above: 0.9 };
        let few = anomalous_days(&counts, quantile, 0..4).unwrap_err();
        assert!(few.to_string().contains("observed background days: 3"), "{few}");
        assert!(anomalous_days(&counts, quantile, 0..5).unwrap_err().to_string().contains("0..5"));
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let read = serde_json::from_str::<DayRule>;
        assert_eq!(read(r#"{"count":{"at_least":3}}"#).unwrap(), DayRule::Count { at_least: 3.0 });
        assert!(read(r#"{"count":{"at_least":3,"x":1}}"#).is_err());
    }

    #[test]
    fn no_more_background_days_are_anomalous_than_the_share_leaves() {
        let counts: Vec<Option<f64>> = (0..200).map(|i| Some(f64::from(i * 7 % 13))).collect();
        let counts = DailyCounts::new(date(2022, 1, 1), counts).unwrap();
        for above in [0.5, 0.8, 0.95] {
            let days = anomalous_days(&counts, DayRule::Quantile { above }, 0..200).unwrap();
            let share = days.mean().unwrap();
            assert!(share <= 1.0 - above + 1e-9 && share > 1.0 - above - 0.1, "{above} {share}");
        }
    }
}
