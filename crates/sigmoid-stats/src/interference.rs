use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};

/// A time in which something known disturbed a station: pumping, works, a calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interference {
    /// First moment.
    pub from: Timestamp,
    /// First moment after it.
    pub to: Timestamp,
}

/// Takes the samples inside known interference out of the marks: they become unobserved, neither
/// anomalous nor quiet. Sample i is at `start + i × interval`. Returns how many were taken out.
///
/// ```
/// use jiff::SignedDuration;
/// use sigmoid_stats::{Interference, mask_interference};
///
/// let mut marks = [Some(true); 5];
/// let start = "2022-09-01T00:00:00Z".parse().unwrap();
/// let works = Interference {
///     from: "2022-09-01T01:30:00Z".parse().unwrap(),
///     to: "2022-09-01T04:00:00Z".parse().unwrap(),
/// };
/// let hour = SignedDuration::from_hours(1);
/// assert_eq!(mask_interference(&mut marks, start, hour, &[works])?, 2);
/// assert_eq!(marks, [Some(true), Some(true), None, None, Some(true)]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// An interval that is not positive, an interference that does not end after it begins; the marks are
/// then as they were.
pub fn mask_interference(
    marks: &mut [Option<bool>],
    start: Timestamp,
    interval: SignedDuration,
    known: &[Interference],
) -> Result<usize> {
    let step = interval.as_nanos();
    if step <= 0 {
        return Err(StatsError::setting("interval", interval, "positive"));
    }
    if let Some(bad) = known.iter().find(|k| k.to <= k.from) {
        let value = format!("{} to {}", bad.from, bad.to);
        return Err(StatsError::setting("interference", value, "a time that ends after it begins"));
    }
    // First sample at or after a moment.
    let sample = |moment: Timestamp| {
        let since = moment.as_nanosecond() - start.as_nanosecond();
        let index = since.div_euclid(step) + i128::from(since.rem_euclid(step) > 0);
        usize::try_from(index.max(0)).unwrap_or(usize::MAX).min(marks.len())
    };
    let ranges: Vec<_> = known.iter().map(|k| sample(k.from)..sample(k.to)).collect();
    let mut masked = 0;
    for range in ranges {
        for mark in &mut marks[range] {
            masked += usize::from(mark.take().is_some());
        }
    }
    Ok(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn only_samples_inside_are_taken_out_wherever_the_interference_lies() {
        let minute = SignedDuration::from_mins(1);
        for (from, to) in
            [(-500, -60), (-500, 0), (-90, 61), (59, 60), (60, 61), (240, 900), (600, 900)]
        {
            let mut marks = vec![Some(false); 6];
            let known = [Interference { from: time(from), to: time(to) }];
            let masked = mask_interference(&mut marks, time(0), minute, &known).unwrap();
            for (i, mark) in marks.iter().enumerate() {
                let inside = (from..to).contains(&(60 * i as i64));
                assert_eq!(mark.is_none(), inside, "{from}..{to}: {i}");
            }
            assert_eq!(masked, marks.iter().filter(|m| m.is_none()).count());
        }
    }

    #[test]
    fn bad_times_are_refused_and_change_nothing() {
        let mut marks = vec![Some(true); 3];
        let good = Interference { from: time(0), to: time(9) };
        let bad = Interference { from: time(9), to: time(9) };
        let second = SignedDuration::from_secs(1);
        assert!(mask_interference(&mut marks, time(0), second, &[good, bad]).is_err());
        assert!(mask_interference(&mut marks, time(0), SignedDuration::ZERO, &[good]).is_err());
        assert_eq!(marks, [Some(true); 3]);
    }
}
