use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use sigmoid_stats::{Alarm, Protocol, ProtocolState};

use super::Document;
use super::alarms::AlarmFile;
use crate::command::CALENDAR;
use crate::output::passed_over;

/// What became of the alarms of the file.
#[derive(Serialize)]
pub(super) struct AlarmRows {
    alarms: usize,
    below_threshold: usize,
    /// Of the rest, never on in the test span.
    outside_span: usize,
    other_columns: Vec<String>,
}

/// Earthquakes that are not by themselves, of those that count.
#[derive(Serialize)]
pub(super) struct Sharing {
    /// On the day of another one.
    a_day: usize,
    /// In an alarm with another one.
    an_alarm: usize,
}

/// First and last day on which an alarm is on.
fn days(alarm: &Alarm, protocol: &Protocol) -> [Date; 2] {
    let period = i64::try_from(protocol.period_days).unwrap_or(CALENDAR).min(CALENDAR);
    [alarm.start, alarm.end.max(alarm.start.saturating_add(period.days()))]
}

impl AlarmRows {
    pub(super) fn of(file: &AlarmFile, protocol: &Protocol) -> Self {
        let counted: Vec<&Alarm> =
            file.alarms.iter().filter(|alarm| alarm.level >= protocol.threshold).collect();
        let outside = |alarm: &&&Alarm| {
            let [first, last] = days(alarm, protocol);
            first > protocol.last_day || last < protocol.first_day
        };
        Self {
            alarms: file.alarms.len(),
            below_threshold: file.alarms.len() - counted.len(),
            outside_span: counted.iter().filter(outside).count(),
            other_columns: file.other_columns.clone(),
        }
    }
}

impl Sharing {
    pub(super) fn of(alarms: &[Alarm], events: &[Date], protocol: &Protocol) -> Self {
        let span = protocol.first_day..=protocol.last_day;
        let mut events: Vec<Date> = events.iter().copied().filter(|d| span.contains(d)).collect();
        events.sort_unstable();
        let a_day = events.chunk_by(|a, b| a == b).map(<[Date]>::len).filter(|len| *len > 1).sum();
        let mut shared = vec![false; events.len()];
        for alarm in alarms.iter().filter(|alarm| alarm.level >= protocol.threshold) {
            let [first, last] = days(alarm, protocol);
            let from = events.partition_point(|day| *day < first);
            let to = events.partition_point(|day| *day <= last);
            if to > from + 1 {
                shared[from..to].fill(true);
            }
        }
        Self { a_day, an_alarm: shared.iter().filter(|shared| **shared).count() }
    }
}

/// One sentence of the choices.
pub(super) fn state(state: &ProtocolState) -> String {
    match state {
        ProtocolState::Frozen { hash, frozen_at } => {
            format!("protocol: frozen, {hash}, at {frozen_at}, before the test span\n")
        }
        ProtocolState::FrozenLate { hash, frozen_at, span_over } => format!(
            "note: frozen, {hash}, but only at {frozen_at}, when the test span {}; the choices may have \
             seen the events\n",
            if *span_over { "was over" } else { "had begun" }
        ),
        ProtocolState::ChosenLater { changed } => format!(
            "note: chosen after freezing: {}; this is no test of the frozen protocol\n",
            changed.join(", ")
        ),
        _ => {
            "note: nothing was frozen beforehand; the choices may have seen the events\n".to_owned()
        }
    }
}

/// Everything that a reader of the figures has to know beside them, one line each.
pub(super) fn notes(document: &Document) -> String {
    let mut text = state(&document.evaluation.protocol_state);
    if let Some(why) = &document.evaluation.auc_interval_missing {
        text.push_str(&format!("note: no interval of the AUC: {why}\n"));
    }
    text.push_str(&of_alarms(&document.alarm_file));
    text.push_str(&passed_over(&document.bad_rows));
    let mut note = |number: usize, said: &str| {
        if number > 0 {
            text.push_str(&format!("note: {number} {said}\n"));
        }
    };
    note(document.repeated, "earthquakes stand twice in the catalogue; once counts");
    let left = &document.catalogue;
    if !document.zone_stated {
        note(
            left.zone_assumed,
            "times of the catalogue name no zone and were taken as UTC, or as Beijing time in EQT and \
             CENC text; where they are others, name the zone in a file for --catalogue-read",
        );
    }
    note(left.aftershocks, "earthquakes are no main shocks and were left out");
    note(left.outside_span, "earthquakes that would count are outside the test span");
    let Sharing { a_day, an_alarm } = document.sharing;
    let advice = match document.evaluation.protocol.decluster {
        None => "; decluster the catalogue (--decluster) where they are aftershocks",
        Some(_) => "",
    };
    for (number, what) in [(a_day, "their day"), (an_alarm, "an alarm")] {
        let said = format!(
            "earthquakes share {what} with another one, while p takes all as independent{advice}"
        );
        note(number, &said);
    }
    text
}

fn of_alarms(rows: &AlarmRows) -> String {
    let mut text = String::new();
    if rows.alarms == 0 {
        text.push_str("note: the file of alarms has a header and no alarm\n");
    }
    let left = rows.below_threshold + rows.outside_span;
    if left > 0 {
        text.push_str(&format!(
            "note: of {} alarms {} are below the threshold and {} more are outside the test span\n",
            rows.alarms, rows.below_threshold, rows.outside_span
        ));
    }
    if !rows.other_columns.is_empty() {
        let columns = rows.other_columns.join(", ");
        text.push_str(&format!("note: columns of the alarms that were not used: {columns}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn earthquakes_of_one_day_or_alarm_are_counted() {
        let day = |d| date(2022, 1, d);
        let protocol = Protocol::new(day(1), day(31), 3).with_threshold(1.0);
        let alarms = [
            Alarm::new(day(2), day(2)),
            Alarm::new(day(10), day(10)),
            Alarm::new(day(10), day(31)).with_level(0.5),
        ];
        let of = |events: &[Date]| {
            let Sharing { a_day, an_alarm } = Sharing::of(&alarms, events, &protocol);
            [a_day, an_alarm]
        };
        assert_eq!(of(&[day(5), day(2), day(6)]), [0, 2]);
        assert_eq!(of(&[day(20), day(20), day(25)]), [2, 0]);
        assert_eq!(of(&[day(11), day(11), date(2023, 1, 1), date(2023, 1, 1)]), [2, 2]);
        assert_eq!(of(&[day(9), day(10), day(14)]), [0, 0]);
    }
}
