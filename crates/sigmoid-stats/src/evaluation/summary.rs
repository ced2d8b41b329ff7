use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::alarm::{Alarm, AlarmDays};
use super::frozen::{FrozenProtocol, ProtocolState};
use super::molchan::{Molchan, molchan};
use super::protocol::Protocol;
use super::r_value::{RValue, r_value};
use super::roc::{Roc, auc_interval, roc};
use crate::error::Result;

/// Resamples for the interval of the AUC.
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
    /// 95 % interval of its area, blocks of one alarm period.
    pub auc_interval: Option<[f64; 2]>,
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
    let block = protocol.period_days.clamp(1, days.days());
    Ok(Evaluation {
        protocol: protocol.clone(),
        protocol_state,
        alarms: counted.len(),
        days: days.days(),
        alarmed_days: days.alarmed(),
        r_value,
        molchan: molchan(days.levels(), &event_days)?,
        roc: roc(days.levels(), &positive)?,
        // Events too rare to be in most resamples leave the interval undefined, not the rest.
        auc_interval: auc_interval(days.levels(), &positive, block, DRAWS, CONFIDENCE, seed).ok(),
    })
}
