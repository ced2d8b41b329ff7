use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Result, StrainIoError};

const NANOS_PER_DAY: i128 = 86_400_000_000_000;

/// The instants of a uniformly sampled recording: `start + i × interval` for `i` in `0..len`.
///
/// A grid has at least one sample, a positive interval, and all its instants are representable;
/// [`TimeGrid::new`] checks this once and nothing afterwards can break it.
///
/// # Example
///
/// ```
/// use jiff::SignedDuration;
/// use strain_io::TimeGrid;
///
/// let grid = TimeGrid::new("2008-05-01T00:00:00Z".parse()?, SignedDuration::from_hours(1), 48)?;
/// assert_eq!(grid.end(), "2008-05-02T23:00:00Z".parse()?);
/// assert_eq!(grid.index_of("2008-05-01T06:00:00Z".parse()?), Some(6));
/// assert_eq!(grid.index_of("2008-05-01T06:30:00Z".parse()?), None);
/// assert_eq!(grid.index_at_or_after("2008-05-01T06:30:00Z".parse()?), 7);
/// assert_eq!(grid.samples_per_day(), Some(24));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawGrid", into = "RawGrid")]
pub struct TimeGrid {
    start: Timestamp,
    interval: SignedDuration,
    len: usize,
}

impl TimeGrid {
    /// A grid of `len` instants from `start` on.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Grid`] if the interval is not positive, `len` is zero, or the last instant
    /// lies outside the range of [`Timestamp`].
    pub fn new(start: Timestamp, interval: SignedDuration, len: usize) -> Result<Self> {
        if interval <= SignedDuration::ZERO {
            return Err(StrainIoError::Grid {
                problem: format!("the sampling interval {interval:#} is not positive"),
                advice: "give the time from one sample to the next",
            });
        }
        if len == 0 {
            return Err(StrainIoError::Grid {
                problem: format!("no sample at or after {start}"),
                advice: "a recording needs at least one sample; widen the range asked for",
            });
        }
        let last = start.as_nanosecond() + interval.as_nanos().saturating_mul(len as i128 - 1);
        if Timestamp::from_nanosecond(last).is_err() {
            return Err(StrainIoError::Grid {
                problem: format!("{len} samples of {interval:#} from {start} pass the year 9999"),
                advice: "check the interval and the number of samples",
            });
        }
        Ok(Self { start, interval, len })
    }

    /// The instant of the first sample.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The instant of the last sample (not one past it).
    pub fn end(&self) -> Timestamp {
        self.time(self.len - 1)
    }

    /// The time from one sample to the next.
    pub fn interval(&self) -> SignedDuration {
        self.interval
    }

    /// The interval in seconds.
    pub fn interval_seconds(&self) -> f64 {
        self.interval.as_secs_f64()
    }

    /// The number of samples, at least one.
    #[expect(clippy::len_without_is_empty, reason = "a grid is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The instant of sample `index`. An index past the end continues the grid and stops at
    /// [`Timestamp::MAX`].
    pub fn time(&self, index: usize) -> Timestamp {
        let offset = self.interval.as_nanos().saturating_mul(index as i128);
        Timestamp::from_nanosecond(self.start.as_nanosecond().saturating_add(offset))
            .unwrap_or(Timestamp::MAX)
    }

    /// The index of the sample taken exactly at `time`, if there is one.
    pub fn index_of(&self, time: Timestamp) -> Option<usize> {
        let since = time.as_nanosecond() - self.start.as_nanosecond();
        let step = self.interval.as_nanos();
        if since < 0 || since % step != 0 {
            return None;
        }
        usize::try_from(since / step).ok().filter(|&index| index < self.len)
    }

    /// The index of the first sample at or after `time`: 0 for a time before the start, `len` for
    /// one after the end.
    pub fn index_at_or_after(&self, time: Timestamp) -> usize {
        let since = time.as_nanosecond() - self.start.as_nanosecond();
        if since <= 0 {
            return 0;
        }
        let step = self.interval.as_nanos();
        let index = since / step + i128::from(since % step != 0);
        usize::try_from(index).map_or(self.len, |index| index.min(self.len))
    }

    /// Samples in a day of 24 h, where that is a whole number.
    pub fn samples_per_day(&self) -> Option<usize> {
        let step = self.interval.as_nanos();
        if NANOS_PER_DAY % step == 0 { usize::try_from(NANOS_PER_DAY / step).ok() } else { None }
    }

    /// The grid of samples `start..end` of this one.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Range`] if the range is empty or reaches past the end.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Result<Self> {
        if range.start >= range.end || range.end > self.len {
            return Err(StrainIoError::Range {
                start: range.start,
                end: range.end,
                samples: self.len,
            });
        }
        Self::new(self.time(range.start), self.interval, range.end - range.start)
    }
}

/// What a grid looks like in a file: the checked type is built from it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGrid {
    start: Timestamp,
    interval: SignedDuration,
    len: usize,
}

impl TryFrom<RawGrid> for TimeGrid {
    type Error = StrainIoError;

    fn try_from(raw: RawGrid) -> Result<Self> {
        Self::new(raw.start, raw.interval, raw.len)
    }
}

impl From<TimeGrid> for RawGrid {
    fn from(grid: TimeGrid) -> Self {
        Self { start: grid.start, interval: grid.interval, len: grid.len }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hourly(len: usize) -> TimeGrid {
        TimeGrid::new(Timestamp::UNIX_EPOCH, SignedDuration::from_hours(1), len).unwrap()
    }

    #[test]
    fn refuses_what_is_no_grid() {
        let hour = SignedDuration::from_hours(1);
        for (interval, len) in [(SignedDuration::ZERO, 3), (-hour, 3), (hour, 0)] {
            assert!(TimeGrid::new(Timestamp::UNIX_EPOCH, interval, len).is_err());
        }
        assert!(TimeGrid::new(Timestamp::MAX, hour, 2).is_err());
        assert!(TimeGrid::new(Timestamp::UNIX_EPOCH, SignedDuration::MAX, usize::MAX).is_err());
    }

    #[test]
    fn samples_per_day_only_where_whole() {
        let per_day = |seconds| {
            TimeGrid::new(Timestamp::UNIX_EPOCH, SignedDuration::from_secs(seconds), 1)
                .unwrap()
                .samples_per_day()
        };
        assert_eq!(per_day(60), Some(1440));
        assert_eq!(per_day(7), None);
        assert_eq!(per_day(172_800), None);
    }

    #[test]
    fn a_stored_grid_is_checked_when_read() {
        let text = serde_json::to_string(&hourly(5)).unwrap();
        assert_eq!(serde_json::from_str::<TimeGrid>(&text).unwrap(), hourly(5));
        let error = serde_json::from_str::<TimeGrid>(&text.replace(":5", ":0")).unwrap_err();
        assert!(error.to_string().contains("at least one sample"), "{error}");
    }

    #[test]
    fn times_past_the_end_never_panic() {
        assert_eq!(hourly(1).time(usize::MAX), Timestamp::MAX);
        assert_eq!(hourly(3).index_at_or_after(Timestamp::MAX), 3);
        assert_eq!(hourly(3).index_at_or_after(Timestamp::MIN), 0);
        assert_eq!(hourly(3).index_of(Timestamp::MIN), None);
    }

    proptest! {
        #[test]
        fn index_and_time_are_inverse(
            start in -4_000_000_000_i64..4_000_000_000,
            nanos in 1_i64..10_000_000_000_000,
            len in 1_usize..5000,
            pick in 0.0..1.0_f64,
        ) {
            let start = Timestamp::from_second(start).unwrap();
            let grid = TimeGrid::new(start, SignedDuration::from_nanos(nanos), len).unwrap();
            let index = ((len as f64 * pick) as usize).min(len - 1);
            let time = grid.time(index);
            prop_assert_eq!(grid.index_of(time), Some(index));
            prop_assert_eq!(grid.index_at_or_after(time), index);
            let later = Timestamp::from_nanosecond(time.as_nanosecond() + 1).unwrap();
            prop_assert_eq!(grid.index_at_or_after(later), index + 1);
        }
    }
}
