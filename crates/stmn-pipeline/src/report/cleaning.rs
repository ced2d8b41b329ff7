//! What cleaning and decomposing did.

use maud::{Markup, html};
use strain_io::{DriverResponse, GaugeReport, LagCoefficient, StepSource};

use super::number::{fixed, significant};
use crate::stage::score::Scores;
use crate::stage::steps::leading_steps;

/// Steps that are listed one by one: those configured, and the largest others.
const MOST_STEPS: usize = 8;

/// A row for each gauge of each target.
pub(super) fn cleaning(scores: &Scores) -> Markup {
    html! {
        h2 { "What cleaning did" }
        p { "Tide, pressure response and drift were fitted on the span named; after it every sample \
             was cleaned without later ones." }
        div.scroll { table {
            thead { tr {
                th { "Station" } th.text { "Gauge" } th { "Gaps (samples)" } th { "Filled" }
                th { "Spikes" } th.text { "Steps taken out, nanostrain" } th { "Pressure, nanostrain/hPa" }
                th.text { "Tide, amplitudes in nanostrain" } th { "Scatter before → after" }
            } }
            tbody { @for station in &scores.stations { @for gauge in &station.prepare.gauges {
                (gauge_row(&station.id, gauge))
            } } }
        } }
        @for station in &scores.stations { @for note in &station.prepare.notes {
            p.note { (station.id) ": " (note) }
        } }
        @for station in &scores.stations { @for span in &station.interference {
            p.note {
                (station.id) ": known interference from " (span.from) " to " (span.to)
                ", unobserved where samples are counted"
            }
        } }
    }
}

fn gauge_row(id: &str, gauge: &GaugeReport) -> Markup {
    let missing: usize = gauge.gaps.iter().map(|gap| gap.samples).sum();
    let pressure = gauge.pressure.map_or_else(
        || "–".to_owned(),
        |of| format!("{} ± {}", fixed(of.coefficient, 3), significant(of.standard_error, 1)),
    );
    let scatter = match (gauge.stages.first(), gauge.stages.last()) {
        (Some(first), Some(last)) => {
            format!("{} → {}", significant(first.std, 3), significant(last.std, 3))
        }
        _ => "–".to_owned(),
    };
    html! { tr {
        td { (id) }
        td.text { (gauge.name) }
        td { (gauge.gaps.len()) " (" (missing) ")" }
        td { (gauge.filled) }
        td { (gauge.spikes.len()) }
        td.text {
            (steps(gauge))
            @for step in &gauge.kept_steps {
                "; kept as an earthquake’s: " (crate::station::utc_day(step.time)) " "
                (significant(step.size, 3))
            }
        }
        td {
            (pressure)
            @for driver in &gauge.drivers { br; (driver.channel) ": " (lags(driver)) }
        }
        td.text { (tide(gauge)) }
        td { (scatter) }
    } }
}

/// The coefficients of a driver, by lag.
fn lags(driver: &DriverResponse) -> String {
    let one = |lag: &LagCoefficient| {
        let error = significant(lag.standard_error, 1);
        format!("{} h {} ± {error}", lag.hours, fixed(lag.coefficient, 3))
    };
    driver.lags.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn steps(gauge: &GaugeReport) -> String {
    if gauge.steps.is_empty() {
        return "none".to_owned();
    }
    let leading = leading_steps(&gauge.steps, MOST_STEPS);
    let more = gauge.steps.len() - leading.len();
    let shown = leading.iter().map(|step| {
        let known = if step.source == StepSource::Known { " (configured)" } else { "" };
        let day = crate::station::utc_day(step.time);
        format!("{day} {}{known}", significant(step.size, 3))
    });
    let shown = shown.collect::<Vec<_>>().join("; ");
    match more {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

fn tide(gauge: &GaugeReport) -> String {
    if gauge.tide.is_empty() {
        return "–".to_owned();
    }
    let one =
        |of: &strain_io::TidalConstituent| format!("{} {}", of.name, significant(of.amplitude, 3));
    gauge.tide.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// How the decomposition of each target went.
pub(super) fn decomposition(scores: &Scores) -> Markup {
    let kept: Vec<String> =
        scores.method.decompose.keep.iter().map(|k| format!("IMF{k}")).collect();
    html! {
        h2 { "Decomposition" }
        div.scroll { table {
            caption { "Kept modes: " (kept.join(", ")) " of " (scores.method.decompose.modes) }
            thead { tr {
                th { "Station" } th { "Windows" } th { "Converged" } th { "Modes changed places" }
                th { "Median periods, h" } th { "Samples in stretches too short" }
            } }
            tbody { @for station in &scores.stations {
                @let modes = &station.modes;
                @let periods = modes.median_period_hours.iter().map(|h| significant(*h, 3));
                tr {
                    td { (station.id) }
                    td { (modes.windows) }
                    td { (modes.converged) }
                    td { (modes.swapped) }
                    td { (periods.collect::<Vec<_>>().join(", ")) }
                    td { (modes.too_short.iter().sum::<usize>()) }
                }
            } }
        } }
    }
}
