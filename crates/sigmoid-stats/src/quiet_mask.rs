use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError, check_finite, check_not_negative};

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
/// A distance that is negative or not finite, a radius that is not positive.
pub fn quiet_mask(
    days: usize,
    events: &[NearbyEvent],
    radius_km: f64,
    before: usize,
    after: usize,
) -> Result<Vec<bool>> {
    let distances: Vec<f64> = events.iter().map(|e| e.distance_km).collect();
    check_finite("distance_km", &distances)?;
    check_not_negative("distance_km", &distances)?;
    if radius_km.is_nan() || radius_km <= 0.0 {
        return Err(StatsError::setting("radius_km", radius_km, "positive"));
    }
    let near: Vec<i64> =
        events.iter().filter(|e| e.distance_km <= radius_km).map(|e| e.day).collect();
    let [before, after] = [before, after].map(|days| i64::try_from(days).unwrap_or(i64::MAX));
    let quiet = |day: usize| {
        let day = day as i64;
        near.iter().all(|event| {
            !(event.saturating_sub(before)..=event.saturating_add(after)).contains(&day)
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

    #[test]
    fn any_number_of_days_is_one() {
        let of = |before, after| {
            quiet_mask(9, &[NearbyEvent::new(5, 80.0)], 300.0, before, after).unwrap()
        };
        assert_eq!(of(usize::MAX, 1), [[false; 7].as_slice(), &[true; 2]].concat());
        assert_eq!(of(1, usize::MAX), [[true; 4].as_slice(), &[false; 5]].concat());
        assert_eq!(of(usize::MAX, usize::MAX), [false; 9]);
    }

    #[test]
    fn distances_that_are_none_are_refused() {
        let of = |distance| quiet_mask(9, &[NearbyEvent::new(5, distance)], 300.0, 2, 1);
        let refused = of(-80.0).unwrap_err();
        assert!(matches!(refused, StatsError::Negative { index: 0, .. }), "{refused}");
        assert!(of(f64::NAN).is_err());
        assert!(of(0.0).is_ok());
    }
}
