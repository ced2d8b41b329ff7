use sigmoid_stats::{Analysis, DailyCounts, sigmoid_rate};

use super::axis::{Axis, day_number, day_of};
use super::chart::{BLUE, Chart, Drawn, GREY, INK, ORANGE, Panel, VERMILLION, draw};
use super::{Figure, Subject};
use crate::Result;

/// Daily counts of the primary series over the whole scored record, with the window before the
/// event, the days that are not quiet, and the fitted rate.
pub(super) fn figure(subject: Subject<'_>) -> Result<Option<Figure>> {
    let (Some(series), Some(result)) = (subject.station.primary(), subject.result.primary()) else {
        return Ok(None);
    };
    let title = format!("Station {}: anomalous samples per day", subject.station.id);
    let height = Panel::height(420, true);
    let svg = draw(&title, height, |area| paint(area, &series.counts, &result.analysis, &subject))?;
    let caption = "Samples outside their bounds per day, all gauges together; breaks are days that \
                   were not observed. Shaded orange: the window under test. Shaded grey: days that \
                   do not stand for normal times. Orange-red: mean of the quiet days and, where \
                   the likelihood finds an excess, the rate that it prefers. Dark line: the event.";
    Ok(Some(Figure { name: "counts", title, caption: caption.to_owned(), svg }))
}

fn paint(
    area: &super::chart::Area<'_>,
    counts: &DailyCounts,
    analysis: &Analysis,
    subject: &Subject<'_>,
) -> Drawn {
    let first = day_number(counts.first_day());
    let event = day_of(subject.scores.event.time);
    let last = (first + counts.len() as f64).max(event);
    let mut chart = Panel {
        title: "counts per day",
        legend: &[
            (BLUE, "count"),
            (VERMILLION, "rate"),
            (ORANGE, "window"),
            (GREY, "not quiet"),
            (INK, "event"),
        ],
        x: Axis::time(first, last),
        y: Axis::from_zero(counts.as_slice().iter().flatten().copied(), 5),
        x_label: "UTC",
        y_label: "samples per day",
    }
    .draw(area)?;
    let window = day_number(analysis.window.first_day);
    chart.shade(window, window + analysis.window.days as f64, ORANGE, 0.18)?;
    for [from, to] in not_quiet(&subject.station.quiet) {
        chart.shade(first + from as f64, first + to as f64, GREY, 0.3)?;
    }
    chart.line(&staircase(counts, first), BLUE, 2)?;
    rate(&mut chart, analysis, [first, last], window)?;
    chart.vertical(event, INK, 5)
}

/// Half-open ranges of days that are not quiet.
fn not_quiet(quiet: &[bool]) -> Vec<[usize; 2]> {
    let mut ranges: Vec<[usize; 2]> = Vec::new();
    for day in (0..quiet.len()).filter(|&day| !quiet[day]) {
        match ranges.last_mut() {
            Some(range) if range[1] == day => range[1] = day + 1,
            _ => ranges.push([day, day + 1]),
        }
    }
    ranges
}

/// Each day's count from its start to its end.
fn staircase(counts: &DailyCounts, first: f64) -> Vec<(f64, f64)> {
    let day = |(index, count): (usize, &Option<f64>)| {
        let (from, count) = (first + index as f64, count.unwrap_or(f64::NAN));
        // A little before the next day: times of a line must rise.
        [(from, count), (from + 0.999, count)]
    };
    counts.as_slice().iter().enumerate().flat_map(day).collect()
}

fn rate(
    chart: &mut Chart<'_, '_>,
    analysis: &Analysis,
    [first, last]: [f64; 2],
    window: f64,
) -> Drawn {
    let mean = analysis.background_mean;
    chart.line(&[(first, mean), (last, mean)], VERMILLION, 2)?;
    let Some(fit) = &analysis.rate else { return Ok(()) };
    // By half days: a steep rise is curved within a day.
    let curve: Vec<(f64, f64)> = (0..2 * fit.baseline.len())
        .map(|half| (fit.baseline[half / 2], (half as f64 + 0.5) / 2.0))
        .map(|(quiet, t)| (window + t, quiet + sigmoid_rate(t, fit.a, fit.b, fit.c)))
        .collect();
    chart.line(&curve, VERMILLION, 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_days_that_are_not_quiet() {
        let quiet = [false, true, false, false, true, false];
        assert_eq!(not_quiet(&quiet), [[0, 1], [2, 4], [5, 6]]);
        assert!(not_quiet(&[true; 3]).is_empty());
    }
}
