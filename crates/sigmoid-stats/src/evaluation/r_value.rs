use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};
use crate::tails::{binomial_lower_bound, binomial_upper_tail};

/// R-value of alarms: hit rate less alarm-time fraction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RValue {
    /// Events in the test span.
    pub events: usize,
    /// Those on an alarmed day.
    pub hits: usize,
    /// hits/events.
    pub hit_rate: f64,
    /// Share of the span's days with an alarm.
    pub alarm_fraction: f64,
    /// Hit rate less alarm fraction: 0 for guessing, 1 for perfect alarms.
    pub r: f64,
    /// R that these hits must exceed to be significant at 97.5 %: hit rate less the alarm
    /// fraction that would give as many hits by guessing in 2.5 % of trials.
    pub r0: f64,
    /// Whether R exceeds R0.
    pub significant: bool,
    /// Probability of as many hits or more by guessing with the same alarm fraction.
    pub p_value: f64,
    /// Probability gain, hit rate over alarm fraction; `None` where nothing was alarmed.
    pub gain: Option<f64>,
}

/// One-sided level of R0.
const LEVEL: f64 = 0.025;

/// R-value of `hits` of `events` with alarms on the share `alarm_fraction` of the time (Xu 1989;
/// the bound is Clopper and Pearson's). Each event counts once, however many alarms it lies in.
///
/// ```
/// let r = sigmoid_stats::r_value(8, 10, 0.3)?;
/// assert!((r.r - 0.5).abs() < 1e-12);
/// assert!(r.significant && (r.r0 - 0.356).abs() < 1e-3);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// No event, more hits than events, a fraction outside 0..=1.
pub fn r_value(hits: usize, events: usize, alarm_fraction: f64) -> Result<RValue> {
    crate::error::check_at_least("events in the test span", events, 1)?;
    if hits > events {
        return Err(StatsError::setting("hits", hits, "no more than events"));
    }
    if !(0.0..=1.0).contains(&alarm_fraction) {
        return Err(StatsError::setting("alarm_fraction", alarm_fraction, "a share from 0 to 1"));
    }
    let hit_rate = hits as f64 / events as f64;
    let r = hit_rate - alarm_fraction;
    let r0 = hit_rate - binomial_lower_bound(hits, events, LEVEL);
    Ok(RValue {
        events,
        hits,
        hit_rate,
        alarm_fraction,
        r,
        r0,
        significant: hits > 0 && r > r0,
        p_value: binomial_upper_tail(hits, events, alarm_fraction),
        gain: (alarm_fraction > 0.0).then(|| hit_rate / alarm_fraction),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bad_input_is_refused() {
        assert!(r_value(0, 0, 0.5).is_err());
        assert!(r_value(3, 2, 0.5).is_err());
        assert!(r_value(1, 2, f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn exceeding_r0_is_a_p_below_its_level(
            events in 1usize..60, share in 0.0..=1.0f64, fraction in 0.001..0.999f64
        ) {
            let hits = (share * events as f64).round() as usize;
            let found = r_value(hits, events, fraction).unwrap();
            prop_assert_eq!(found.significant, found.p_value < LEVEL, "{:?}", found);
        }
    }
}
