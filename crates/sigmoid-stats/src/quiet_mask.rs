use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError, check_finite};

/// A past earthquake near a station, for [`quiet_mask`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NearbyEvent {
    /// Its day, as an index into the record; it may lie outside.
    pub day: i64,
    /// Its distance from the station, km.
    pub distance_km: f64,
}

impl NearbyEvent {
    /// An event on a day at a distance.
    pub fn new(day: i64, distance_km: f64) -> Self {
        NearbyEvent { day, distance_km }
    }
}

/// Days of a record that are away from every event: neither within `before` days before one (what
/// could be its precursor) nor within `after` days after it, for events up to `radius_km` away.
///
/// ```
/// use sigmoid_stats::{NearbyEvent, quiet_mask};
///
/// let events = [NearbyEvent::new(5, 80.0), NearbyEvent::new(1, 900.0)];
/// let quiet = quiet_mask(9, &events, 300.0, 2, 1)?;
/// assert_eq!(quiet, [true, true, true, false, false, false, false, true, true]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// A distance that is not finite, a radius that is not positive.
pub fn quiet_mask(
    days: usize,
    events: &[NearbyEvent],
    radius_km: f64,
    before: usize,
    after: usize,
) -> Result<Vec<bool>> {
    check_finite("distance_km", &events.iter().map(|e| e.distance_km).collect::<Vec<_>>())?;
    if radius_km.is_nan() || radius_km <= 0.0 {
        return Err(StatsError::setting("radius_km", radius_km, "positive"));
    }
    let near: Vec<i64> =
        events.iter().filter(|e| e.distance_km <= radius_km).map(|e| e.day).collect();
    let quiet = |day: usize| {
        let day = day as i64;
        near.iter().all(|event| {
            !(event.saturating_sub(before as i64)..=event.saturating_add(after as i64))
                .contains(&day)
        })
    };
    Ok((0..days).map(quiet).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused() {
        let read = serde_json::from_str::<NearbyEvent>;
        let event = read(r#"{"day":5,"distance_km":80.0}"#).unwrap();
        assert_eq!(event, NearbyEvent::new(5, 80.0));
        assert!(read(r#"{"day":5,"distance_km":80.0,"distance":8.0}"#).is_err());
    }
}
