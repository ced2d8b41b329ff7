use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};

/// Days on either side whose mean stands in for an unobserved day in [`DailyCounts::cumulative`].
const BRIDGE_DAYS: usize = 7;

/// Anomalous samples per day at one station: `[day]`, `None` = unobserved.
///
/// Day `i` is the UTC day `first_day + i`. A count need not be an integer: a day observed in part
/// is scaled to the whole day by [`daily_counts`](crate::daily_counts).
///
/// ```
/// use jiff::civil::date;
/// use sigmoid_stats::DailyCounts;
///
/// let counts = DailyCounts::from_dated(&[
///     (date(2022, 3, 1), Some(4.0)),
///     (date(2022, 3, 3), Some(2.0)), // the absent second of March is unobserved, not quiet
/// ])?;
/// assert_eq!(counts.as_slice(), [Some(4.0), None, Some(2.0)]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawCounts")]
pub struct DailyCounts {
    first_day: Date,
    counts: Vec<Option<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCounts {
    first_day: Date,
    counts: Vec<Option<f64>>,
}

impl TryFrom<RawCounts> for DailyCounts {
    type Error = StatsError;

    fn try_from(raw: RawCounts) -> Result<Self> {
        DailyCounts::new(raw.first_day, raw.counts)
    }
}

impl DailyCounts {
    /// Counts of consecutive days from `first_day`.
    ///
    /// # Errors
    /// An empty series; a count that is negative or not finite; a last day outside the calendar.
    pub fn new(first_day: Date, counts: Vec<Option<f64>>) -> Result<Self> {
        crate::error::check_at_least("daily counts", counts.len(), 1)?;
        day_after(first_day, counts.len() - 1)?;
        for (index, value) in counts.iter().enumerate().filter_map(|(i, c)| c.map(|c| (i, c))) {
            if !value.is_finite() {
                return Err(StatsError::NotFinite { what: "count", index, value });
            }
            if value < 0.0 {
                let date = day_after(first_day, index)?;
                return Err(StatsError::NegativeCount { date, index, value });
            }
        }
        Ok(DailyCounts { first_day, counts })
    }

    /// Counts from rows of a table, one row a day in rising order; absent days become unobserved.
    ///
    /// # Errors
    /// As [`DailyCounts::new`], and a day that is there twice or out of order, with its row.
    pub fn from_dated(rows: &[(Date, Option<f64>)]) -> Result<Self> {
        crate::error::check_at_least("daily counts", rows.len(), 1)?;
        let first_day = rows[0].0;
        let mut counts = Vec::with_capacity(rows.len());
        for (row, &(date, count)) in rows.iter().enumerate() {
            if row > 0 {
                let previous = rows[row - 1].0;
                if date == previous {
                    return Err(StatsError::DuplicateDay { row, date });
                }
                if date < previous {
                    return Err(StatsError::UnsortedDay { row, date, previous });
                }
            }
            counts.resize(days_between(first_day, date) as usize, None);
            counts.push(count);
        }
        DailyCounts::new(first_day, counts)
    }

    /// First day of the record.
    pub fn first_day(&self) -> Date {
        self.first_day
    }

    /// Last day of the record.
    pub fn last_day(&self) -> Date {
        self.date(self.len() - 1)
    }

    /// Number of days, observed or not.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Always false: an empty record cannot be made.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The counts, `[day]`.
    pub fn as_slice(&self) -> &[Option<f64>] {
        &self.counts
    }

    /// Number of observed days.
    pub fn observed(&self) -> usize {
        self.counts.iter().flatten().count()
    }

    /// Mean over the observed days, `None` where there is none.
    pub fn mean(&self) -> Option<f64> {
        mean(&self.counts)
    }

    /// The day with index `i`. Days past the record's end continue the calendar and saturate at
    /// its last day.
    pub fn date(&self, i: usize) -> Date {
        let days = i64::try_from(i).unwrap_or(i64::MAX).min(7_304_484);
        self.first_day.saturating_add(days.days())
    }

    /// Index of a day of the record, `None` outside it.
    pub fn index_of(&self, date: Date) -> Option<usize> {
        let offset = usize::try_from(days_between(self.first_day, date)).ok()?;
        (offset < self.len()).then_some(offset)
    }

    /// The part from day `start` with `days` days.
    ///
    /// # Errors
    /// A part that is empty or reaches over the end.
    pub fn slice(&self, start: usize, days: usize) -> Result<DailyCounts> {
        let end = start.checked_add(days).filter(|&e| e <= self.len()).ok_or_else(|| {
            StatsError::setting("slice", format!("{start}+{days}"), "inside the record")
        })?;
        DailyCounts::new(self.date(start), self.counts[start..end].to_vec())
    }

    /// Running sum, `[day]`; entry `i` is the number of anomalies up to the end of day `i`.
    ///
    /// An unobserved day adds the mean of the observed days up to a week before and after it (of
    /// the whole record where that week is empty): adding nothing would count a gap as quiet and
    /// draw a step's flat part where nobody looked. A record without any observed day stays zero.
    pub fn cumulative(&self) -> Vec<f64> {
        cumulative(&self.counts)
    }
}

/// See [`DailyCounts::cumulative`].
pub(crate) fn cumulative(counts: &[Option<f64>]) -> Vec<f64> {
    let overall = mean(counts).unwrap_or(0.0);
    let near = |i: usize| {
        mean(&counts[i.saturating_sub(BRIDGE_DAYS)..(i + BRIDGE_DAYS + 1).min(counts.len())])
    };
    let mut sum = 0.0;
    counts
        .iter()
        .enumerate()
        .map(|(i, count)| {
            sum += count.or_else(|| near(i)).unwrap_or(overall);
            sum
        })
        .collect()
}

/// Mean of the observed counts.
fn mean(counts: &[Option<f64>]) -> Option<f64> {
    let n = counts.iter().flatten().count();
    (n > 0).then(|| counts.iter().flatten().sum::<f64>() / n as f64)
}

/// Days from `from` to `to`, negative where `to` is earlier.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

fn day_after(first_day: Date, index: usize) -> Result<Date> {
    let calendar = || StatsError::Calendar { first_day, index };
    let days = i64::try_from(index).map_err(|_| calendar())?;
    let span = jiff::Span::new().try_days(days).map_err(|_| calendar())?;
    first_day.checked_add(span).map_err(|_| calendar())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn absent_days_become_unobserved_and_bad_rows_are_named() {
        let day = |d| date(2022, 3, d);
        let counts = DailyCounts::from_dated(&[(day(1), Some(1.0)), (day(4), None)]).unwrap();
        assert_eq!(counts.as_slice(), [Some(1.0), None, None, None]);
        let twice = DailyCounts::from_dated(&[(day(1), Some(1.0)), (day(1), Some(1.0))]);
        assert!(twice.unwrap_err().to_string().contains("row 1: 2022-03-01 is there twice"));
        let back = DailyCounts::from_dated(&[(day(2), Some(1.0)), (day(1), Some(1.0))]);
        assert!(back.unwrap_err().to_string().contains("2022-03-01 comes after 2022-03-02"));
        assert!(DailyCounts::from_dated(&[]).is_err());
    }

    #[test]
    fn bad_values_are_named() {
        let negative = DailyCounts::new(date(2022, 1, 1), vec![Some(0.0), Some(-1.0)]);
        assert!(negative.unwrap_err().to_string().contains("2022-01-02"));
        let nan = DailyCounts::new(date(2022, 1, 1), vec![Some(f64::NAN)]);
        assert!(nan.unwrap_err().to_string().contains("NaN"));
        let late = DailyCounts::new(date(9999, 12, 31), vec![None, None]);
        assert!(matches!(late, Err(StatsError::Calendar { .. })));
        let last = DailyCounts::new(date(9999, 12, 31), vec![Some(1.0)]).unwrap();
        assert_eq!(last.last_day(), date(9999, 12, 31));
    }

    #[test]
    fn dates_and_indices_are_inverse() {
        let counts = DailyCounts::new(date(2019, 12, 30), vec![Some(1.0); 800]).unwrap();
        for i in 0..800 {
            assert_eq!(counts.index_of(counts.date(i)), Some(i));
        }
        assert_eq!(counts.index_of(date(2019, 12, 29)), None);
        assert_eq!(counts.index_of(counts.date(800)), None);
    }

    #[test]
    fn a_gap_is_bridged_by_its_neighbours() {
        let counts =
            DailyCounts::new(date(2022, 1, 1), vec![Some(2.0), None, Some(4.0), Some(0.0)]);
        assert_eq!(counts.unwrap().cumulative(), [2.0, 4.0, 8.0, 8.0]);
    }

    #[test]
    fn json_refuses_what_new_refuses() {
        let json = r#"{"first_day":"2022-01-01","counts":[1.0,null]}"#;
        let counts: DailyCounts = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&counts).unwrap(), json);
        let bad = r#"{"first_day":"2022-01-01","counts":[-1.0]}"#;
        assert!(serde_json::from_str::<DailyCounts>(bad).is_err());
    }
}
