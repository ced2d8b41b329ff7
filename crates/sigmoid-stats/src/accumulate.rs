use jiff::civil::Date;

use crate::counts::DailyCounts;
use crate::error::{Result, StatsError};

/// Counts the marked samples of each UTC day.
///
/// `exceed` is `[sample]` on a uniform grid whose first sample is 00:00 of `first_day`, `None` =
/// unobserved; `samples_per_day` is 24 for hourly and 1,440 for minute data. A day on which less
/// than the share `min_coverage` was observed is unobserved; the count of any other day is scaled
/// by samples_per_day / observed, so that a gap inside a day is not counted as quiet. The last day
/// may be cut short and is judged by the same rule.
///
/// ```
/// use jiff::civil::date;
/// use sigmoid_stats::daily_counts;
///
/// let mut marks = vec![Some(true), Some(false), Some(false), None]; // three quarters observed
/// marks.extend([None, None, None, Some(true)]); // one quarter observed
/// let counts = daily_counts(&marks, 4, date(2022, 9, 1), 0.5)?;
/// assert_eq!(counts.as_slice(), [Some(4.0 / 3.0), None]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// No samples, `samples_per_day` zero, `min_coverage` outside 0..=1.
pub fn daily_counts(
    exceed: &[Option<bool>],
    samples_per_day: usize,
    first_day: Date,
    min_coverage: f64,
) -> Result<DailyCounts> {
    if samples_per_day == 0 {
        return Err(StatsError::setting("samples_per_day", samples_per_day, "1 or more"));
    }
    if !(0.0..=1.0).contains(&min_coverage) {
        return Err(StatsError::setting("min_coverage", min_coverage, "a share from 0 to 1"));
    }
    let per_day = samples_per_day as f64;
    let count = |day: &[Option<bool>]| {
        let observed = day.iter().flatten().count() as f64;
        let marked = day.iter().filter(|m| **m == Some(true)).count() as f64;
        (observed > 0.0 && observed >= min_coverage * per_day).then(|| marked * per_day / observed)
    };
    DailyCounts::new(first_day, exceed.chunks(samples_per_day).map(count).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bad_settings_are_refused() {
        let day = date(2022, 1, 1);
        assert!(daily_counts(&[Some(true)], 0, day, 0.5).is_err());
        assert!(daily_counts(&[Some(true)], 1, day, f64::NAN).is_err());
        assert!(daily_counts(&[], 24, day, 0.5).is_err());
    }

    proptest! {
        #[test]
        fn a_fully_observed_record_keeps_its_number_of_marks(
            marks in prop::collection::vec(any::<bool>(), 1..20).prop_map(|days| {
                days.iter().flat_map(|&m| [Some(m), Some(!m), Some(m)]).collect::<Vec<_>>()
            })
        ) {
            let counts = daily_counts(&marks, 3, date(2022, 1, 1), 1.0).unwrap();
            let total: f64 = counts.as_slice().iter().flatten().sum();
            prop_assert_eq!(total, marks.iter().filter(|m| **m == Some(true)).count() as f64);
        }
    }
}
