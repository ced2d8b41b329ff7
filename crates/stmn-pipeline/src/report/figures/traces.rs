use strain_io::Recording;

use super::Subject;
use super::axis::day_of;
use crate::{Result, RunDirectory};

/// Days before the event that the close-ups show.
pub(super) const CLOSE_UP_DAYS: f64 = 30.0;

/// A stored table, `None` where the folder does not hold it (any more).
pub(super) fn table(directory: &RunDirectory, name: &str) -> Result<Option<Recording>> {
    let folder = directory.store().folder().unwrap_or(directory.root());
    if name.is_empty() || !folder.join(name).exists() {
        return Ok(None);
    }
    directory.table(name).map(Some)
}

/// Day and value of every sample of a channel.
pub(super) fn trace(recording: &Recording, channel: usize) -> Vec<(f64, f64)> {
    let start = day_of(recording.grid().start());
    let step = recording.grid().interval_seconds() / 86_400.0;
    let column = recording.values().column(channel).to_vec();
    column.into_iter().enumerate().map(|(i, value)| (start + step * i as f64, value)).collect()
}

/// Mean of `fine` over each interval of `coarse`'s grid, as the network saw it; NaN where a sample
/// is missing.
pub(super) fn averaged(fine: &Recording, coarse: &Recording, channel: usize) -> Vec<f64> {
    let ratio = coarse.grid().interval_seconds() / fine.grid().interval_seconds();
    let factor = (ratio.round() as usize).max(1);
    let column = fine.values().column(channel).to_vec();
    let mut means: Vec<f64> = column
        .chunks_exact(factor)
        .map(|samples| samples.iter().sum::<f64>() / factor as f64)
        .collect();
    means.resize(coarse.grid().len(), f64::NAN);
    means
}

/// The last days before the event, in days since 1970.
pub(super) fn close_up(subject: &Subject<'_>) -> [f64; 2] {
    let event = day_of(subject.scores.event.time);
    [event - CLOSE_UP_DAYS, event]
}

/// The points within a span.
pub(super) fn within(points: Vec<(f64, f64)>, [from, to]: [f64; 2]) -> Vec<(f64, f64)> {
    points.into_iter().filter(|(day, _)| (from..=to).contains(day)).collect()
}

/// Whether there is anything to see.
pub(super) fn any_value(points: &[(f64, f64)]) -> bool {
    points.iter().any(|(_, value)| value.is_finite())
}
