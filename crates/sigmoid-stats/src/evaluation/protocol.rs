use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::frozen::FrozenProtocol;
use crate::error::{Result, StatsError};

/// How earthquakes that others caused are told from the rest. The caller does it: this crate only
/// writes the choice down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Declustering {
    /// Windows of Gardner and Knopoff.
    GardnerKnopoff,
    /// Nearest-neighbour distances of Zaliapin and Ben-Zion.
    NearestNeighbour,
}

/// Every choice of an evaluation. To be fixed before the test span is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Protocol {
    /// First day of the test span.
    pub first_day: Date,
    /// Last day of the test span.
    pub last_day: Date,
    /// Days that an alarm lasts at least, from its first.
    pub period_days: usize,
    /// Smallest level of an alarm that counts.
    pub threshold: f64,
    /// Smallest magnitude of an event that counts.
    pub min_magnitude: f64,
    /// Place that an event has to be near to count, latitude and longitude in degrees; `None`: anywhere.
    pub near: Option<[f64; 2]>,
    /// Largest distance from there, km; `None` where `near` is.
    pub max_distance_km: Option<f64>,
    /// How aftershocks are left out of the events; `None`: they count.
    #[serde(default)]
    pub decluster: Option<Declustering>,
}

impl Protocol {
    /// A span and a period, every alarm and every event.
    pub fn new(first_day: Date, last_day: Date, period_days: usize) -> Self {
        Protocol {
            first_day,
            last_day,
            period_days,
            threshold: 0.0,
            min_magnitude: f64::MIN,
            near: None,
            max_distance_km: None,
            decluster: None,
        }
    }

    /// Smallest level of an alarm that counts.
    pub fn with_threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// Smallest magnitude of an event that counts.
    pub fn with_min_magnitude(mut self, magnitude: f64) -> Self {
        self.min_magnitude = magnitude;
        self
    }

    /// Only events within `km` of a place, latitude and longitude in degrees, count.
    pub fn with_near(mut self, place: [f64; 2], km: f64) -> Self {
        (self.near, self.max_distance_km) = (Some(place), Some(km));
        self
    }

    /// Only main shocks count, told from the rest in this way.
    pub fn with_decluster(mut self, method: Declustering) -> Self {
        self.decluster = Some(method);
        self
    }

    /// Checks the choices.
    ///
    /// # Errors
    /// [`StatsError::Setting`] for a last day before the first, a period of no day, a number that is none, a
    /// place outside of the Earth, a distance that is not positive, and a place without a distance or the
    /// reverse.
    pub fn validate(&self) -> Result<()> {
        let Protocol { first_day, last_day, period_days, threshold, min_magnitude, .. } = self;
        if last_day < first_day {
            let wanted = "a day from the first of the test span on";
            return Err(StatsError::setting("last_day", last_day, wanted));
        }
        if *period_days == 0 {
            return Err(StatsError::setting("period_days", period_days, "1 or more"));
        }
        for (name, value) in [("threshold", threshold), ("min_magnitude", min_magnitude)] {
            if !value.is_finite() {
                return Err(StatsError::setting(name, value, "a finite number"));
            }
        }
        match (self.near, self.max_distance_km) {
            (None, None) => Ok(()),
            (Some([latitude, longitude]), Some(km)) => {
                if !(latitude.abs() <= 90.0 && longitude.abs() <= 360.0) {
                    let place = format!("{latitude},{longitude}");
                    let wanted = "a latitude in -90..=90 and a longitude in degrees";
                    return Err(StatsError::setting("near", place, wanted));
                }
                if !(km > 0.0 && km.is_finite()) {
                    return Err(StatsError::setting("max_distance_km", km, "positive and finite"));
                }
                Ok(())
            }
            (near, _) => {
                let (missing, given) = match near {
                    Some(_) => ("max_distance_km", "a distance for its place"),
                    None => ("near", "a place for its distance"),
                };
                Err(StatsError::setting(missing, "none", given))
            }
        }
    }

    /// The protocol with the time at which it was fixed, and the hash that proves both unchanged.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use sigmoid_stats::{Protocol, ProtocolState};
    ///
    /// let protocol = Protocol::new(date(2022, 1, 1), date(2022, 12, 31), 90);
    /// let frozen = protocol.freeze("2021-12-20T08:00:00Z".parse()?)?;
    /// assert!(matches!(frozen.compare(&protocol)?, ProtocolState::Frozen { .. }));
    /// let late = protocol.freeze("2023-01-20T08:00:00Z".parse()?)?;
    /// assert!(matches!(late.compare(&protocol)?, ProtocolState::FrozenLate { span_over: true, .. }));
    /// let later = protocol.with_threshold(2.0);
    /// let ProtocolState::ChosenLater { changed } = frozen.compare(&later)? else { panic!() };
    /// assert_eq!(changed, ["threshold"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`validate`](Self::validate).
    pub fn freeze(&self, at: Timestamp) -> Result<FrozenProtocol> {
        self.validate()?;
        Ok(FrozenProtocol::of(self.clone(), at))
    }

    /// `name=value` of every field; numbers as their bits, so that no rounding hides a change.
    pub(super) fn text(&self) -> Vec<String> {
        let Protocol {
            first_day,
            last_day,
            period_days,
            threshold,
            min_magnitude,
            near,
            max_distance_km,
            decluster,
        } = self;
        vec![
            format!("first_day={first_day}"),
            format!("last_day={last_day}"),
            format!("period_days={period_days}"),
            format!("threshold={:016x}", threshold.to_bits()),
            format!("min_magnitude={:016x}", min_magnitude.to_bits()),
            format!("near={:?}", near.map(|place| place.map(f64::to_bits))),
            format!("max_distance_km={:?}", max_distance_km.map(f64::to_bits)),
            format!("decluster={decluster:?}"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn choices_that_make_no_sense_are_named() {
        let good = Protocol::new(date(2022, 1, 1), date(2022, 12, 31), 90);
        let near = good.clone().with_near([-31.0, 103.4], 300.0);
        assert!(near.freeze(Timestamp::UNIX_EPOCH).is_ok());
        for (bad, said) in [
            (Protocol { last_day: date(2021, 12, 31), ..good.clone() }, "last_day"),
            (Protocol { period_days: 0, ..good.clone() }, "period_days"),
            (good.clone().with_threshold(f64::NAN), "threshold"),
            (good.clone().with_min_magnitude(f64::INFINITY), "min_magnitude"),
            // Longitude first.
            (good.clone().with_near([103.4, 31.0], 300.0), "near"),
            (good.clone().with_near([31.0, f64::NAN], 300.0), "near"),
            (good.clone().with_near([31.0, 103.4], f64::INFINITY), "max_distance_km"),
            (Protocol { max_distance_km: None, ..near.clone() }, "max_distance_km"),
            (Protocol { near: None, ..near }, "near"),
        ] {
            let error = bad.freeze(Timestamp::UNIX_EPOCH).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
