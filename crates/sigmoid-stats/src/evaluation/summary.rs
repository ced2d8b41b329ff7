use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::alarm::{Alarm, AlarmDays};
use super::auc::{auc_interval, auc_p_value};
use super::frozen::{FrozenProtocol, ProtocolState};
use super::molchan::{Molchan, molchan};
use super::protocol::Protocol;
use super::r_value::{RValue, r_value};
use super::roc::{Roc, roc};
use crate::error::Result;

/// Draws for the interval of the AUC.
const DRAWS: usize = 999;
/// Confidence of that interval.
const CONFIDENCE: f64 = 0.95;

/// What alarms are worth on the events of a test span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// The choices used.
    pub protocol: Protocol,
    /// Whether they were made beforehand.
    pub protocol_state: ProtocolState,
    /// Alarms that count.
    pub alarms: usize,
    /// Days of the test span.
    pub days: usize,
    /// Days with an alarm.
    pub alarmed_days: usize,
    /// Hit rate, R-value and significance of the alarms as they are.
    pub r_value: RValue,
    /// Error diagram over the alarms' levels.
    pub molchan: Molchan,
    /// ROC of the daily level against the days of events.
    pub roc: Roc,
    /// 95 % interval of its area ([`auc_interval`](crate::auc_interval)); `None` where it would not cover
    /// as it says.
    pub auc_interval: Option<[f64; 2]>,
    /// Why there is no interval.
    pub auc_interval_missing: Option<String>,
    /// Probability of such an area by guessing ([`auc_p_value`](crate::auc_p_value)).
    pub auc_p_value: f64,
}

/// Evaluates alarms on the days of the events that count (the caller has chosen them by magnitude
/// and distance as the protocol says); events outside the test span are left out.
///
/// ```
/// use jiff::civil::date;
/// use sigmoid_stats::{Alarm, Protocol, evaluate_alarms};
///
/// let protocol = Protocol::new(date(2022, 1, 1), date(2022, 12, 31), 30);
/// let frozen = protocol.freeze("2021-12-20T08:00:00Z".parse()?)?;
/// let alarms = [Alarm::new(date(2022, 3, 1), date(2022, 3, 10))];
/// let events = [date(2022, 3, 20), date(2022, 8, 1)];
/// let found = evaluate_alarms(&alarms, &events, &protocol, Some(&frozen), 1)?;
/// assert_eq!((found.r_value.hits, found.alarmed_days), (1, 31));
/// assert!(found.r_value.r > 0.4 && !found.r_value.significant);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A protocol that [`Protocol::validate`] refuses, no event inside the span, events on every day, an alarm
/// or a span that [`AlarmDays::new`] refuses, a frozen protocol that was edited.
pub fn evaluate_alarms(
    alarms: &[Alarm],
    events: &[Date],
    protocol: &Protocol,
    frozen: Option<&FrozenProtocol>,
    seed: u64,
) -> Result<Evaluation> {
    protocol.validate()?;
    let protocol_state = match frozen {
        Some(frozen) => frozen.compare(protocol)?,
        None => ProtocolState::NotFrozen,
    };
    let counted: Vec<Alarm> = alarms
        .iter()
        .copied()
        .filter(|a| a.level.is_nan() || a.level >= protocol.threshold)
        .collect();
    let days =
        AlarmDays::new(&counted, protocol.first_day, protocol.last_day, protocol.period_days)?;
    let event_days: Vec<usize> = events.iter().filter_map(|day| days.index_of(*day)).collect();
    let hits = event_days.iter().filter(|i| days.levels()[**i] > 0.0).count();
    let mut positive = vec![false; days.days()];
    event_days.iter().for_each(|&i| positive[i] = true);
    let r_value = r_value(hits, event_days.len(), days.fraction())?;
    let roc = roc(days.levels(), &positive)?;
    // Events too few for an interval leave it undefined, not the rest.
    let interval = auc_interval(days.levels(), &positive, DRAWS, CONFIDENCE, seed);
    Ok(Evaluation {
        protocol: protocol.clone(),
        protocol_state,
        alarms: counted.len(),
        days: days.days(),
        alarmed_days: days.alarmed(),
        r_value,
        molchan: molchan(days.levels(), &event_days)?,
        roc,
        auc_p_value: auc_p_value(days.levels(), &positive)?,
        auc_interval_missing: interval.as_ref().err().map(ToString::to_string),
        auc_interval: interval.ok(),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn one_event_has_an_area_and_a_reason_for_no_interval() {
        let protocol = Protocol::new(date(2022, 1, 1), date(2022, 12, 31), 30);
        let alarms = [Alarm::new(date(2022, 3, 1), date(2022, 3, 10))];
        let of = |alarms: &[Alarm], events: &[Date]| {
            evaluate_alarms(alarms, events, &protocol, None, 1).unwrap()
        };
        let one = of(&alarms, &[date(2022, 3, 20)]);
        assert!(one.roc.auc > 0.9 && one.auc_interval.is_none(), "{one:?}");
        assert!(one.auc_interval_missing.unwrap().contains("1 values, at least 20"));
        assert!((one.auc_p_value - 31.0 / 365.0).abs() < 1e-12);
        let twice = |month| [date(2022, month, 5), date(2022, month, 20)];
        let events: Vec<Date> = (1..=12).flat_map(twice).collect();
        let silent = of(&[], &events);
        assert_eq!((silent.auc_interval, silent.auc_p_value), (None, 1.0));
        assert!(silent.auc_interval_missing.unwrap().contains("does not vary"));
        let several = of(&alarms, &events);
        assert!(several.auc_interval.is_some() && several.auc_interval_missing.is_none());
    }
}
