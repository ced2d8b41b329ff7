use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::counts::days_between;
use crate::error::{Result, StatsError, check_finite};

/// One alarm: the days on which the precursor was seen, and how strong it was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alarm {
    /// First day of the precursor's segment.
    pub start: Date,
    /// Last day of the segment, inclusive.
    pub end: Date,
    /// Strength; a higher level is a stronger alarm. Positive.
    pub level: f64,
}

impl Alarm {
    /// An alarm of level one.
    pub fn new(start: Date, end: Date) -> Self {
        Alarm { start, end, level: 1.0 }
    }

    /// The same alarm of another strength.
    pub fn with_level(self, level: f64) -> Self {
        Alarm { level, ..self }
    }
}

/// The days of a test span with the strongest alarm that is on: `[day]`, zero without alarm.
///
/// An alarm lasts from its first day to the later of its segment's last day and its first day plus
/// the period, both ends included.
///
/// ```
/// use jiff::civil::date;
/// use sigmoid_stats::{Alarm, AlarmDays};
///
/// let alarm = Alarm::new(date(2022, 1, 3), date(2022, 1, 4));
/// let days = AlarmDays::new(&[alarm], date(2022, 1, 1), date(2022, 1, 10), 3)?;
/// assert_eq!(days.alarmed(), 4); // 3, 4, 5 and 6 January
/// assert!(days.is_alarmed(date(2022, 1, 6)) && !days.is_alarmed(date(2022, 1, 7)));
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmDays {
    first_day: Date,
    level: Vec<f64>,
}

impl AlarmDays {
    /// # Errors
    /// A span whose last day is before its first; an alarm that ends before it starts or whose
    /// level is not positive and finite.
    pub fn new(
        alarms: &[Alarm],
        first_day: Date,
        last_day: Date,
        period_days: usize,
    ) -> Result<Self> {
        let days = usize::try_from(days_between(first_day, last_day)).map_err(|_| {
            StatsError::setting("test span", format!("{first_day} to {last_day}"), "first <= last")
        })? + 1;
        let mut level = vec![0.0f64; days];
        check_finite("level", &alarms.iter().map(|a| a.level).collect::<Vec<_>>())?;
        for (index, alarm) in alarms.iter().enumerate() {
            if alarm.level <= 0.0 {
                return Err(StatsError::NotPositive { what: "level", index, value: alarm.level });
            }
            let from = days_between(first_day, alarm.start);
            let to = days_between(first_day, alarm.end);
            if to < from {
                return Err(StatsError::AlarmEndsFirst {
                    index,
                    start: alarm.start,
                    end: alarm.end,
                });
            }
            let to = to.max(from.saturating_add(i64::try_from(period_days).unwrap_or(i64::MAX)));
            let inside = |day: i64| usize::try_from(day.max(0)).unwrap_or(0).min(days);
            let span = inside(from)..inside(to.saturating_add(1));
            level[span].iter_mut().for_each(|l| *l = l.max(alarm.level));
        }
        Ok(AlarmDays { first_day, level })
    }

    /// Level of each day of the span.
    pub fn levels(&self) -> &[f64] {
        &self.level
    }

    /// Number of days of the span.
    pub fn days(&self) -> usize {
        self.level.len()
    }

    /// Number of days with an alarm.
    pub fn alarmed(&self) -> usize {
        self.level.iter().filter(|l| **l > 0.0).count()
    }

    /// Alarm-time fraction.
    pub fn fraction(&self) -> f64 {
        self.alarmed() as f64 / self.days() as f64
    }

    /// Index of a day in the span, `None` outside it.
    pub fn index_of(&self, day: Date) -> Option<usize> {
        let index = usize::try_from(days_between(self.first_day, day)).ok()?;
        (index < self.days()).then_some(index)
    }

    /// Whether an alarm is on; false outside the span.
    pub fn is_alarmed(&self, day: Date) -> bool {
        self.index_of(day).is_some_and(|i| self.level[i] > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_long_segment_outlasts_the_period_and_alarms_over_the_edge_are_cut() {
        let (first, last) = (date(2022, 1, 1), date(2022, 1, 31));
        let alarms = [
            Alarm::new(date(2021, 12, 20), date(2022, 1, 5)).with_level(2.0),
            Alarm::new(date(2022, 1, 5), date(2022, 1, 5)).with_level(1.0),
            Alarm::new(date(2022, 1, 30), date(2022, 2, 9)),
        ];
        let days = AlarmDays::new(&alarms, first, last, 3).unwrap();
        assert_eq!(days.alarmed(), 5 + 3 + 2);
        assert_eq!(&days.levels()[3..8], [2.0, 2.0, 1.0, 1.0, 1.0]);
        assert!(!days.is_alarmed(date(2021, 12, 25)));
    }

    #[test]
    fn bad_alarms_are_named() {
        let day = |d| date(2022, 1, d);
        let of =
            |alarm: Alarm| AlarmDays::new(&[alarm], day(1), day(9), 1).unwrap_err().to_string();
        assert!(of(Alarm::new(day(4), day(2))).contains("alarm 0 ends 2022-01-02"));
        assert!(of(Alarm::new(day(2), day(4)).with_level(0.0)).contains("level[0]"));
        assert!(of(Alarm::new(day(2), day(4)).with_level(f64::NAN)).contains("NaN"));
        assert!(AlarmDays::new(&[], day(3), day(2), 1).is_err());
    }
}
