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
    /// Largest distance of an event that counts, km; `None`: all.
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

    /// Largest distance of an event that counts, km.
    pub fn with_max_distance_km(mut self, distance: Option<f64>) -> Self {
        self.max_distance_km = distance;
        self
    }

    /// The protocol with the hash that proves it unchanged.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use sigmoid_stats::{Protocol, ProtocolState};
    ///
    /// let protocol = Protocol::new(date(2022, 1, 1), date(2022, 12, 31), 90);
    /// let frozen = protocol.freeze();
    /// assert_eq!(frozen.compare(&protocol)?, ProtocolState::Frozen { hash: frozen.hash.clone() });
    /// let later = protocol.with_threshold(2.0);
    /// let ProtocolState::ChosenLater { changed } = frozen.compare(&later)? else { panic!() };
    /// assert_eq!(changed, ["threshold"]);
    /// # Ok::<(), sigmoid_stats::StatsError>(())
    /// ```
    pub fn freeze(&self) -> FrozenProtocol {
        FrozenProtocol { protocol: self.clone(), hash: self.hash() }
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
            max_distance_km,
        } = self;
        vec![
            format!("first_day={first_day}"),
            format!("last_day={last_day}"),
            format!("period_days={period_days}"),
            format!("threshold={:016x}", threshold.to_bits()),
            format!("min_magnitude={:016x}", min_magnitude.to_bits()),
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
        let frozen = protocol.freeze();
        for later in [
            Protocol { first_day: date(2022, 1, 2), ..protocol.clone() },
            Protocol { last_day: date(2022, 12, 30), ..protocol.clone() },
            Protocol { period_days: 91, ..protocol.clone() },
            protocol.clone().with_threshold(1e-300),
            protocol.clone().with_min_magnitude(5.0),
            protocol.clone().with_max_distance_km(Some(0.0)),
        ] {
            let state = frozen.compare(&later).unwrap();
            assert!(matches!(&state, ProtocolState::ChosenLater { changed } if changed.len() == 1));
            let edited = FrozenProtocol { protocol: later, hash: frozen.hash.clone() };
            let error = edited.compare(&protocol).unwrap_err();
            assert!(matches!(error, StatsError::ProtocolEdited { .. }), "{error}");
        }
    }
}
