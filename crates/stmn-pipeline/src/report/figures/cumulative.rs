use sigmoid_stats::{Analysis, sigmoid};

use super::axis::{Axis, day_number, day_of};
use super::chart::{BLUE, Drawn, GREEN, GREY, INK, Panel, VERMILLION, draw};
use super::{Figure, Subject};
use crate::Result;
use crate::report::number::{fixed, interval};

/// The cumulative curve in the window with both fits, and the inflection with its interval.
pub(super) fn figure(subject: Subject<'_>) -> Result<Option<Figure>> {
    let (Some(series), Some(result)) = (subject.station.primary(), subject.result.primary()) else {
        return Ok(None);
    };
    let analysis = &result.analysis;
    let Some(start) = series.counts.index_of(analysis.window.first_day) else { return Ok(None) };
    let Ok(counts) = series.counts.slice(start, analysis.window.days) else { return Ok(None) };
    let first = day_number(analysis.window.first_day);
    // The sum up to the end of a day stands at that end.
    let curve: Vec<(f64, f64)> =
        counts.cumulative().iter().enumerate().map(|(i, n)| (first + i as f64 + 1.0, *n)).collect();
    let event = day_of(subject.scores.event.time);
    let title = format!("Station {}: cumulative counts before the event", subject.station.id);
    let height = Panel::height(460, true);
    let svg = draw(&title, height, |area| paint(area, &curve, analysis, first, event))?;
    Ok(Some(Figure { name: "cumulative", title, caption: caption(analysis), svg }))
}

fn caption(analysis: &Analysis) -> String {
    let fits = format!(
        "Counts summed from the window's first day (blue), with the sigmoid (orange-red, R² {}) \
         and the line (grey, R² {}) fitted by least squares.",
        fixed(analysis.sigmoid.r2, 4),
        fixed(analysis.line.r2, 4)
    );
    match analysis.inflection_days_before_event {
        Some(days) => format!(
            "{fits} Green: the most likely inflection of the daily rate, {} days before the event, \
             and its interval ({} days).",
            fixed(days, 1),
            interval(analysis.inflection_interval, 1)
        ),
        None => format!("{fits} The likelihood finds no excess, so there is no inflection."),
    }
}

fn paint(
    area: &super::chart::Area<'_>,
    curve: &[(f64, f64)],
    analysis: &Analysis,
    first: f64,
    event: f64,
) -> Drawn {
    let (fit, line) = (&analysis.sigmoid, &analysis.line);
    // Both curves are functions of the day's index; what they fit stands at the day's end.
    let days = analysis.window.days;
    let fitted = |of: &dyn Fn(f64) -> f64| -> Vec<(f64, f64)> {
        (0..2 * days).map(|half| half as f64 / 2.0).map(|t| (first + t + 1.0, of(t))).collect()
    };
    let sigmoid = fitted(&|t| sigmoid(t, fit.a, fit.b, fit.c, fit.d));
    let line = fitted(&|t| line.intercept + line.slope * t);
    let mut chart = Panel {
        title: "sum of the counts",
        legend: &[
            (BLUE, "observed"),
            (VERMILLION, "sigmoid"),
            (GREY, "line"),
            (GREEN, "inflection"),
            (INK, "event"),
        ],
        x: Axis::time(first, event.max(first + days as f64)),
        y: Axis::around(curve.iter().map(|p| p.1).chain([0.0]), 5),
        x_label: "UTC",
        y_label: "samples",
    }
    .draw(area)?;
    if let Some([low, high]) = analysis.inflection_interval {
        chart.shade(event - high, event - low, GREEN, 0.2)?;
    }
    if let Some(days) = analysis.inflection_days_before_event {
        chart.vertical(event - days, GREEN, 4)?;
    }
    chart.line(&line, GREY, 4)?;
    chart.line(&sigmoid, VERMILLION, 4)?;
    chart.line(curve, BLUE, 4)?;
    chart.vertical(event, INK, 5)
}
