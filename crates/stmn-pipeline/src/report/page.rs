use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::cleaning::{cleaning, decomposition};
use super::explain::explain;
use super::figures::Figures;
use super::number::fixed;
use super::origin::origin;
use super::quality::quality;
use super::stations::{all_series, primary_table, quiet_periods, shared_inflection, warnings};
use super::training::training;
use crate::config::EventConfig;
use crate::stage::analyze::NetworkResult;
use crate::stage::score::Scores;

const STYLE: &str = include_str!("style.css");

/// All that the page of a run shows.
pub(super) struct Report<'a> {
    pub(super) scores: &'a Scores,
    pub(super) result: &'a NetworkResult,
    pub(super) of_stations: Vec<Figures>,
    pub(super) network: Figures,
    pub(super) settings: String,
}

/// The page of a run.
pub(super) fn page(report: &Report<'_>) -> String {
    let Report { scores, result, .. } = report;
    let heading = heading(&scores.event);
    let body = html! {
        h1 { (heading) }
        (verdict(&result.verdict, result.anomaly))
        (event(&scores.event, scores))
        h2 { "The stations" }
        (primary_table(&result.stations))
        (shared_inflection(result))
        (warnings(&result.stations))
        (all_series(&result.stations))
        (figures(&report.network))
        @for (station, figures) in result.stations.iter().zip(&report.of_stations) {
            h2 { "Station " (station.id) ", " (fixed(station.distance_km, 1)) " km" }
            (quiet_periods(station))
            (self::figures(figures))
        }
        (explain(scores))
        (quality(scores))
        (cleaning(scores))
        (decomposition(scores))
        (training(scores))
        (origin(scores, &report.settings))
    };
    document(&heading, &body)
}

/// A whole HTML document that needs no other file.
pub(super) fn document(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

/// The sentence that the page is about.
pub(super) fn verdict(sentence: &str, anomaly: bool) -> Markup {
    html! { p.verdict.anomaly[anomaly] { (sentence) } }
}

/// Drawings with their captions, and why some are absent.
pub(super) fn figures(figures: &Figures) -> Markup {
    html! {
        @for figure in &figures.drawn {
            figure {
                (PreEscaped(&figure.svg))
                figcaption { b { (figure.title) "." } " " (figure.caption) }
            }
        }
        @for note in &figures.notes { p.note { (note) } }
    }
}

fn heading(event: &EventConfig) -> String {
    let day = crate::station::utc_day(event.time);
    match event.name.as_str() {
        "" => format!("Before the earthquake of {day}"),
        name => format!("Before {name}, {day}"),
    }
}

fn event(event: &EventConfig, scores: &Scores) -> Markup {
    html! { p {
        "M " (fixed(event.magnitude, 1)) ", " (event.time) ", " (place(event))
        ". Within " (fixed(event.radius_km(), 1)) " km (Dobrovolsky: 10^(0.43 M)) precursors are \
         expected, if there are any. The window under test is the "
        (scores.method.analysis.window_days) " days before the event's UTC day; the reference \
         station is " (scores.trained.reference) "."
    } }
}

fn place(event: &EventConfig) -> String {
    let side = |value: f64, sides: [&'static str; 2]| if value < 0.0 { sides[1] } else { sides[0] };
    format!(
        "{}° {}, {}° {}",
        fixed(event.latitude.abs(), 2),
        side(event.latitude, ["N", "S"]),
        fixed(event.longitude.abs(), 2),
        side(event.longitude, ["E", "W"])
    )
}
