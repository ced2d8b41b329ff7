use jiff::{SignedDuration, Timestamp};

use super::config::SynthConfig;
use crate::{Result, TimeGrid};

const DAY_S: i64 = 86_400;

/// The sampling instants of one station and where they lie relative to the event.
///
/// All records end together, so times are told backwards from the end wherever a longer record must
/// not change what a shorter one holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) grid: TimeGrid,
    pub(super) days: u32,
    /// Hours from one sample to the next.
    pub(super) step: f64,
    /// Hours from the event to the first sample, mostly negative.
    pub(super) start: f64,
}

impl Record {
    /// `days` whole UTC days, the last of them `end_days_after_event` after the event's.
    pub(super) fn new(config: &SynthConfig, days: u32) -> Result<Self> {
        let event = config.event_time;
        let midnight = event.as_second().div_euclid(DAY_S) * DAY_S;
        let last = midnight + DAY_S * i64::from(config.end_days_after_event);
        let first = last - DAY_S * (i64::from(days) - 1);
        let start = Timestamp::from_second(first).unwrap_or(Timestamp::MIN);
        let interval = SignedDuration::from_secs(i64::from(config.interval_s));
        let len = u64::from(days) * u64::from(86_400 / config.interval_s);
        let grid = TimeGrid::new(start, interval, len as usize)?;
        let hours = start.duration_since(event).as_secs_f64() / 3600.0;
        Ok(Self { grid, days, step: f64::from(config.interval_s) / 3600.0, start: hours })
    }

    /// Hours that the record covers.
    pub(super) fn hours(&self) -> f64 {
        24.0 * f64::from(self.days)
    }

    pub(super) fn len(&self) -> usize {
        self.grid.len()
    }

    /// Hours from J2000.0 (2000-01-01T12:00Z) to the first sample.
    pub(super) fn since_j2000(&self) -> f64 {
        (self.grid.start().as_second() - 946_728_000) as f64 / 3600.0
    }

    /// The first sample at or after `hours` since the record's start, as long as there is one.
    pub(super) fn sample_at_or_after(&self, hours: f64) -> Option<usize> {
        let sample = (hours / self.step).ceil().max(0.0) as usize;
        (sample < self.len()).then_some(sample)
    }
}
