use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::TimeGrid;

/// The samples of a recording that lie in one UTC day.
pub(super) struct Part {
    pub(super) day: Date,
    pub(super) samples: Range<usize>,
    /// What of the day the recording speaks for: all of it but before its first sample and from one
    /// interval after its last on.
    pub(super) span: Range<Timestamp>,
}

impl Part {
    /// Whether no instant of the day lies outside the span.
    pub(super) fn is_whole_day(&self) -> bool {
        let midnight = Offset::UTC.to_timestamp(self.day.into());
        midnight.is_ok_and(|midnight| self.span.start <= midnight)
            && midnight_after(self.day).is_some_and(|midnight| self.span.end >= midnight)
    }
}

/// A grid cut at every midnight. One that `continues` another, whose last sample is one interval
/// before its first, speaks for the instants since midnight too if that one ends before midnight.
pub(super) fn parts(grid: &TimeGrid, continues: bool) -> Vec<Part> {
    let previous = grid.start().as_nanosecond() - grid.interval().as_nanos();
    let mut parts = Vec::new();
    let mut start = 0;
    while start < grid.len() {
        let day = Offset::UTC.to_datetime(grid.time(start)).date();
        let next = midnight_after(day);
        let end = next.map_or(grid.len(), |midnight| grid.index_at_or_after(midnight));
        let midnight = Offset::UTC.to_timestamp(day.into()).ok();
        let since =
            |midnight: &Timestamp| start > 0 || (continues && previous < midnight.as_nanosecond());
        let from = midnight.filter(since);
        let until = next.unwrap_or(Timestamp::MAX);
        let until = if end == grid.len() { until.min(grid.time(end)) } else { until };
        parts.push(Part { day, samples: start..end, span: from.unwrap_or(grid.start())..until });
        start = end;
    }
    parts
}

/// The first instant of the day after `day`, if there is one.
pub(super) fn midnight_after(day: Date) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(day.tomorrow().ok()?.into()).ok()
}
