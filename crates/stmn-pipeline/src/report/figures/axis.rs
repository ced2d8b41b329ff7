use std::ops::Range;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// The most labels that fit along a time axis.
const MOST_LABELS: f64 = 9.0;

/// A linear axis with the labels that it was given.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Times in days since 1970, labelled by dates.
    pub(super) fn time(from: f64, to: f64) -> Self {
        let (from, to) = widened(from, to);
        Self { from, to, ticks: time_ticks(from, to) }
    }

    /// Numbers from `from` to `to`, with about `labels` labels.
    pub(super) fn linear(from: f64, to: f64, labels: usize) -> Self {
        let (from, to) = widened(from, to);
        Self { from, to, ticks: number_ticks(from, to, labels) }
    }

    /// Numbers around all that are finite among `values`, with a margin.
    pub(super) fn around(values: impl Iterator<Item = f64>, labels: usize) -> Self {
        let (low, high) = extremes(values);
        let (low, high) = widened(low, high);
        let margin = 0.06 * (high - low);
        Self::linear(low - margin, high + margin, labels)
    }

    /// Numbers from zero to the largest among `values`, with a margin above.
    pub(super) fn from_zero(values: impl Iterator<Item = f64>, labels: usize) -> Self {
        let (_, high) = extremes(values);
        Self::linear(0.0, if high > 0.0 { 1.08 * high } else { 1.0 }, labels)
    }
}

fn extremes(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// A range that can be drawn: finite and of some length.
fn widened(from: f64, to: f64) -> (f64, f64) {
    if !(from.is_finite() && to.is_finite()) {
        return (0.0, 1.0);
    }
    let least = 1e-9 * from.abs().max(to.abs()).max(1e-3);
    if to - from > least { (from, to) } else { (from - 0.5 - least, to + 0.5 + least) }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = ((value - self.from) / (self.to - self.from)).clamp(-1.0, 2.0);
        limit.0 + (f64::from(limit.1 - limit.0) * share).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.from..self.to
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ticks.iter().find(|(at, _)| at == value);
        tick.map(|(_, label)| label.clone()).unwrap_or_default()
    }
}

/// Days since 1970 of an instant.
pub(super) fn day_of(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 86_400_000.0
}

/// Days since 1970 of the start of a UTC day.
pub(super) fn day_number(day: Date) -> f64 {
    (EPOCH.duration_until(day).as_hours() / 24) as f64
}

const EPOCH: Date = date(1970, 1, 1);

fn civil(day: f64) -> Date {
    EPOCH.saturating_add((day as i64).clamp(-700_000, 2_900_000).days())
}

fn time_ticks(from: f64, to: f64) -> Vec<(f64, String)> {
    let span = to - from;
    if let Some(step) = [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| span / step <= MOST_LABELS) {
        let first = (from / step).ceil() as i64;
        let last = (to / step).floor() as i64;
        let label = |day: f64| civil(day).strftime("%d %b").to_string();
        return (first..=last).map(|i| i as f64 * step).map(|day| (day, label(day))).collect();
    }
    let months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];
    let step = months.into_iter().find(|&m| span / (30.4 * f64::from(m)) <= MOST_LABELS);
    month_ticks(from, to, step.unwrap_or(12_000))
}

fn month_ticks(from: f64, to: f64, step: i32) -> Vec<(f64, String)> {
    let month_of = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month()) - 1;
    let first = month_of(civil(from)).div_euclid(step) * step;
    let last = month_of(civil(to));
    let format = if step % 12 == 0 { "%Y" } else { "%Y-%m" };
    (first..=last)
        .step_by(step as usize)
        .filter_map(|month| {
            let year = i16::try_from(month.div_euclid(12)).ok()?;
            let day = Date::new(year, month.rem_euclid(12) as i8 + 1, 1).ok()?;
            Some((day_number(day), day.strftime(format).to_string()))
        })
        .filter(|(day, _)| (from..=to).contains(day))
        .collect()
}

fn number_ticks(from: f64, to: f64, labels: usize) -> Vec<(f64, String)> {
    let rough = (to - from) / labels.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let digits = usize::try_from(-(step.log10() + 1e-9).floor() as i32).unwrap_or(0).min(9);
    let first = (from / step - 1e-9).ceil() as i64;
    let last = (to / step + 1e-9).floor() as i64;
    (first..=last.min(first.saturating_add(50)))
        .map(|i| i as f64 * step)
        .map(|at| (at, crate::report::number::fixed(at, digits)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn dates_are_labelled_by_what_the_span_needs() {
        let day = |y, m, d| day_number(date(y, m, d));
        let month = Axis::time(day(2022, 8, 6), day(2022, 9, 5));
        assert_eq!(labels(&month)[..2], ["06 Aug", "11 Aug"]);
        let years = Axis::time(day(2019, 9, 6), day(2022, 9, 6));
        assert_eq!(labels(&years)[..2], ["2020-01", "2020-07"]);
        let decades = Axis::time(day(1990, 1, 2), day(2022, 9, 6));
        assert_eq!(labels(&decades), ["1995", "2000", "2005", "2010", "2015", "2020"]);
    }

    #[test]
    fn numbers_are_round_and_inside() {
        assert_eq!(labels(&Axis::linear(0.0, 1.0, 4)), ["0.0", "0.5", "1.0"]);
        assert_eq!(labels(&Axis::linear(-300.0, 450.0, 4)), ["−200", "0", "200", "400"]);
    }

    #[test]
    fn nothing_to_draw_still_has_an_axis() {
        for axis in [
            Axis::around(std::iter::empty(), 4),
            Axis::around([f64::NAN].into_iter(), 4),
            Axis::around([5.0, 5.0].into_iter(), 4),
            Axis::from_zero([0.0].into_iter(), 4),
            Axis::time(3.0, 3.0),
        ] {
            assert!(axis.from < axis.to, "{axis:?}");
            assert!(axis.ticks.len() < 60, "{axis:?}");
        }
    }

    #[test]
    fn instants_and_days_agree() {
        let time: Timestamp = "2022-09-05T12:00:00Z".parse().unwrap();
        assert_eq!(day_of(time), day_number(date(2022, 9, 5)) + 0.5);
        assert_eq!(day_number(date(1969, 12, 31)), -1.0);
        assert_eq!(civil(day_of(time)), date(2022, 9, 5));
    }
}
