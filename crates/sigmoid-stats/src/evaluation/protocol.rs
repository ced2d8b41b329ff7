use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};

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

    /// The protocol with the hash that proves it unchanged.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use sigmoid_stats::{Protocol, ProtocolState};
    ///
    /// let protocol = Protocol::new(date(2022, 1, 1), date(2022, 12, 31), 90);
    /// let frozen = protocol.freeze()?;
    /// assert_eq!(frozen.compare(&protocol)?, ProtocolState::Frozen { hash: frozen.hash.clone() });
    /// let later = protocol.with_threshold(2.0);
    /// let ProtocolState::ChosenLater { changed } = frozen.compare(&later)? else { panic!() };
    /// assert_eq!(changed, ["threshold"]);
    /// # Ok::<(), sigmoid_stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// As [`validate`](Self::validate).
    pub fn freeze(&self) -> Result<FrozenProtocol> {
        self.validate()?;
        Ok(FrozenProtocol { protocol: self.clone(), hash: self.hash() })
    }

    /// Hash of every field in a fixed text form.
    fn hash(&self) -> String {
        blake3::hash(self.text().join("\n").as_bytes()).to_hex().to_string()
    }

    /// `name=value` of every field; numbers as their bits, so that no rounding hides a change.
    fn text(&self) -> Vec<String> {
        let Protocol {
            first_day,
            last_day,
            period_days,
            threshold,
            min_magnitude,
            near,
            max_distance_km,
        } = self;
        vec![
            format!("first_day={first_day}"),
            format!("last_day={last_day}"),
            format!("period_days={period_days}"),
            format!("threshold={:016x}", threshold.to_bits()),
            format!("min_magnitude={:016x}", min_magnitude.to_bits()),
            format!("near={:?}", near.map(|place| place.map(f64::to_bits))),
            format!("max_distance_km={:?}", max_distance_km.map(f64::to_bits)),
        ]
    }
}

/// A protocol as it was written down before the test span was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FrozenProtocol {
    /// The choices.
    pub protocol: Protocol,
    /// Their BLAKE3 hash, to be published.
    pub hash: String,
}

/// What an evaluation can say of its own choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProtocolState {
    /// Nothing was written down beforehand.
    NotFrozen,
    /// The choices are those that were frozen.
    Frozen {
        /// Their hash.
        hash: String,
    },
    /// Some choice is another one than was frozen: the evaluation is no test of the protocol.
    ChosenLater {
        /// Names of the choices that changed.
        changed: Vec<String>,
    },
}

impl FrozenProtocol {
    /// Whether `used` is what was frozen.
    ///
    /// # Errors
    /// The hash does not belong to the protocol: it was edited after freezing.
    pub fn compare(&self, used: &Protocol) -> Result<ProtocolState> {
        if self.protocol.hash() != self.hash {
            return Err(StatsError::ProtocolEdited {
                stated: self.hash.clone(),
                computed: self.protocol.hash(),
            });
        }
        let changed: Vec<String> = self
            .protocol
            .text()
            .iter()
            .zip(used.text())
            .filter(|(frozen, used)| *frozen != used)
            .filter_map(|(_, used)| used.split('=').next().map(str::to_owned))
            .collect();
        if changed.is_empty() {
            Ok(ProtocolState::Frozen { hash: self.hash.clone() })
        } else {
            Ok(ProtocolState::ChosenLater { changed })
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_edited_protocol_is_refused_and_every_field_is_hashed() {
        let protocol = Protocol::new(date(2022, 1, 1), date(2022, 12, 31), 90);
        let frozen = protocol.freeze().unwrap();
        for later in [
            Protocol { first_day: date(2022, 1, 2), ..protocol.clone() },
            Protocol { last_day: date(2022, 12, 30), ..protocol.clone() },
            Protocol { period_days: 91, ..protocol.clone() },
            protocol.clone().with_threshold(1e-300),
            protocol.clone().with_min_magnitude(5.0),
            Protocol { near: Some([0.0, 0.0]), ..protocol.clone() },
            Protocol { max_distance_km: Some(0.0), ..protocol.clone() },
        ] {
            let state = frozen.compare(&later).unwrap();
            assert!(matches!(&state, ProtocolState::ChosenLater { changed } if changed.len() == 1));
            let edited = FrozenProtocol { protocol: later, hash: frozen.hash.clone() };
            let error = edited.compare(&protocol).unwrap_err();
            assert!(matches!(error, StatsError::ProtocolEdited { .. }), "{error}");
        }
    }

    #[test]
    fn choices_that_make_no_sense_are_named() {
        let good = Protocol::new(date(2022, 1, 1), date(2022, 12, 31), 90);
        let near = good.clone().with_near([-31.0, 103.4], 300.0);
        assert!(near.freeze().is_ok());
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
            let error = bad.freeze().unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
