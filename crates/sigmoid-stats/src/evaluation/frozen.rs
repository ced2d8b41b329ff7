use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::protocol::Protocol;
use crate::error::{Result, StatsError};

/// A protocol as it was written down, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FrozenProtocol {
    /// The choices.
    pub protocol: Protocol,
    /// When they were written down, by the clock of who did. That it was not later only the
    /// publication of the hash proves.
    pub frozen_at: Timestamp,
    /// BLAKE3 hash of both, to be published.
    pub hash: String,
}

/// What an evaluation can say of its own choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProtocolState {
    /// Nothing was written down beforehand.
    NotFrozen,
    /// The choices are those that were frozen, before the first day of the test span.
    Frozen {
        /// Their hash.
        hash: String,
        /// When they were frozen.
        frozen_at: Timestamp,
    },
    /// The choices are those that were frozen, but only when the test span had begun: they may have
    /// seen its events.
    FrozenLate {
        /// Their hash.
        hash: String,
        /// When they were frozen.
        frozen_at: Timestamp,
        /// Whether the span was over by then, not only begun.
        span_over: bool,
    },
    /// Some choice is another one than was frozen: the evaluation is no test of the protocol.
    ChosenLater {
        /// Names of the choices that changed.
        changed: Vec<String>,
    },
}

impl FrozenProtocol {
    pub(super) fn of(protocol: Protocol, frozen_at: Timestamp) -> Self {
        let hash = hash(&protocol, frozen_at);
        FrozenProtocol { protocol, frozen_at, hash }
    }

    /// Checks that neither the choices nor the time were edited after freezing.
    ///
    /// # Errors
    /// [`StatsError::ProtocolEdited`] where the hash does not belong to them.
    pub fn verify(&self) -> Result<()> {
        let computed = hash(&self.protocol, self.frozen_at);
        if computed == self.hash {
            return Ok(());
        }
        Err(StatsError::ProtocolEdited { stated: self.hash.clone(), computed })
    }

    /// Whether `used` is what was frozen, and whether that was before the test span.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn compare(&self, used: &Protocol) -> Result<ProtocolState> {
        self.verify()?;
        let changed: Vec<String> = self
            .protocol
            .text()
            .iter()
            .zip(used.text())
            .filter(|(frozen, used)| *frozen != used)
            .filter_map(|(_, used)| used.split('=').next().map(str::to_owned))
            .collect();
        if !changed.is_empty() {
            return Ok(ProtocolState::ChosenLater { changed });
        }
        let (hash, frozen_at) = (self.hash.clone(), self.frozen_at);
        let day = TimeZone::UTC.to_datetime(frozen_at).date();
        if day < self.protocol.first_day {
            return Ok(ProtocolState::Frozen { hash, frozen_at });
        }
        let span_over = day > self.protocol.last_day;
        Ok(ProtocolState::FrozenLate { hash, frozen_at, span_over })
    }
}

/// Hash of every choice and the time, in a fixed text form.
fn hash(protocol: &Protocol, frozen_at: Timestamp) -> String {
    let mut text = protocol.text();
    text.push(format!("frozen_at={frozen_at}"));
    blake3::hash(text.join("\n").as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::protocol::Declustering;
    use super::*;

    fn protocol() -> Protocol {
        Protocol::new(date(2022, 1, 1), date(2022, 12, 31), 90)
    }

    #[test]
    fn an_edited_protocol_is_refused_and_every_field_is_hashed() {
        let (protocol, before) = (protocol(), "2021-12-31T23:59:59Z".parse().unwrap());
        let frozen = protocol.freeze(before).unwrap();
        for later in [
            Protocol { first_day: date(2022, 1, 2), ..protocol.clone() },
            Protocol { last_day: date(2022, 12, 30), ..protocol.clone() },
            Protocol { period_days: 91, ..protocol.clone() },
            protocol.clone().with_threshold(1e-300),
            protocol.clone().with_min_magnitude(5.0),
            Protocol { near: Some([0.0, 0.0]), ..protocol.clone() },
            Protocol { max_distance_km: Some(0.0), ..protocol.clone() },
            protocol.clone().with_decluster(Declustering::GardnerKnopoff),
        ] {
            let state = frozen.compare(&later).unwrap();
            assert!(matches!(&state, ProtocolState::ChosenLater { changed } if changed.len() == 1));
            let edited = FrozenProtocol { protocol: later, ..frozen.clone() };
            let error = edited.compare(&protocol).unwrap_err();
            assert!(matches!(error, StatsError::ProtocolEdited { .. }), "{error}");
        }
        let earlier =
            FrozenProtocol { frozen_at: "2020-12-31T23:59:59Z".parse().unwrap(), ..frozen.clone() };
        assert!(matches!(earlier.verify(), Err(StatsError::ProtocolEdited { .. })));
    }

    #[test]
    fn what_was_frozen_in_the_span_or_behind_it_was_not_frozen_beforehand() {
        let state = |at: &str| {
            let frozen = protocol().freeze(at.parse().unwrap()).unwrap();
            frozen.compare(&protocol()).unwrap()
        };
        assert!(matches!(state("2021-12-31T23:59:59Z"), ProtocolState::Frozen { .. }));
        let over = |at| match state(at) {
            ProtocolState::FrozenLate { span_over, .. } => span_over,
            other => panic!("{at}: {other:?}"),
        };
        // The first is 1 January in UTC, though not where it was written.
        assert!(!over("2021-12-31T23:00:00-02:00") && !over("2022-12-31T23:59:59Z"));
        assert!(over("2023-01-01T00:00:00Z"));
    }
}
