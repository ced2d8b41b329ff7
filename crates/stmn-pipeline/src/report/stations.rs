//! Tables of what the stations show.

use maud::{Markup, html};
use sigmoid_stats::{Bound, PeriodFit, Window};

use super::number::{fixed, interval, optional, p_value, significant};
use crate::stage::analyze::{ALPHA, NetworkResult, SeriesResult, StationResult};

/// The primary series of every station, a row each.
pub(super) fn primary_table(stations: &[StationResult]) -> Markup {
    let bounded =
        stations.iter().filter_map(StationResult::primary).any(|s| s.analysis.bound.is_some());
    html! {
        div.scroll { table {
            thead { tr {
                th { "Station" } th { "Distance, km" } th { "R² sigmoid" } th { "R² line" }
                th { "Ratio" } th { "ΔAICc" } th { "Inflection, days before" } th { "Interval" }
                th { "Statistic" } th { "p" } th { "p adjusted" } th { "p of Ratio" }
            } }
            tbody { @for station in stations { (primary_row(station)) } }
        } }
        p.note {
            "Shaded: p adjusted over the stations (Holm) of at most " (ALPHA) ". Inflection: most \
             likely turn of the daily rate, with its interval; – where the likelihood finds no \
             excess; in square brackets where it claims no level (p above 0.01, an excess below four \
             standard errors, or counts that remember). Statistic: matched filter on the daily counts."
            @if stations.iter().any(|station| !station.within_radius) {
                " * outside the event's Dobrovolsky radius."
            }
            @if bounded { " † the sigmoid lies on a bound of its search: its R² is a limit." }
        }
    }
}

/// The date that several stations share; nothing for one.
pub(super) fn shared_inflection(result: &NetworkResult) -> Markup {
    html! {
        @if let (Some(shared), 2..) = (&result.inflection, result.stations.len()) {
            p {
                "Inflection that the stations share, if there is a build-up at all: "
                (fixed(shared.days_before_event, 1)) " days before the event, interval "
                (interval(Some(shared.interval), 1)) ". It is the best sum of the profile likelihoods \
                 of " (shared.series) " stations, taken as independent."
            }
        }
    }
}

fn primary_row(station: &StationResult) -> Markup {
    let outside = if station.within_radius { "" } else { " *" };
    html! {
        tr.tested[station.p_adjusted <= ALPHA] {
            td { (station.id) (outside) }
            td { (fixed(station.distance_km, 1)) }
            @match station.primary() {
                Some(SeriesResult { analysis, .. }) => {
                    td { (fixed(analysis.sigmoid.r2, 4)) (dagger(analysis.bound)) }
                    td { (fixed(analysis.line.r2, 4)) }
                    td { (fixed(analysis.ratio, 4)) }
                    td { (fixed(analysis.delta_aicc, 1)) }
                    td { (optional(analysis.inflection_days_before_event, 1)) }
                    td { (date_interval(analysis.inflection_interval, analysis.inflection_claimed)) }
                    td { (significant(analysis.statistic.value, 3)) }
                    td { (p_value(analysis.p_value)) }
                    td { (p_value(station.p_adjusted)) }
                    td { (p_value(analysis.ratio_p_value)) }
                }
                None => { td colspan="10" { "–" } }
            }
        }
    }
}

/// The interval of an inflection, in square brackets where it claims no level.
fn date_interval(ends: Option<[f64; 2]>, claimed: bool) -> String {
    let text = interval(ends, 1);
    if claimed || ends.is_none() { text } else { format!("[{text}]") }
}

fn dagger(bound: Option<Bound>) -> &'static str {
    if bound.is_some() { " †" } else { "" }
}

/// What limits the claims, station by station; nothing where nothing does.
pub(super) fn warnings(stations: &[StationResult]) -> Markup {
    let warnings: Vec<(&str, &String)> = stations
        .iter()
        .filter_map(|station| Some((station.id.as_str(), station.primary()?)))
        .flat_map(|(id, series)| series.analysis.warnings.iter().map(move |text| (id, text)))
        .collect();
    html! {
        @if !warnings.is_empty() {
            h3 { "What limits this" }
            ul { @for (id, text) in warnings { li { (id) ": " (text) } } }
        }
    }
}

/// All series of all stations.
pub(super) fn all_series(stations: &[StationResult]) -> Markup {
    html! {
        details {
            summary { "All series of all stations (exploratory)" }
            p {
                "The row " code { "station" } ", all gauges together, was chosen before anything was \
                 looked at. The others are for exploring: only their p adjusted over every series \
                 of every station says anything on its own."
            }
            div.scroll { table {
                thead { tr {
                    th { "Station" } th.text { "Series" } th { "Statistic" } th { "p" }
                    th { "p adjusted over all" } th { "Inflection, days before" } th { "Interval" }
                    th { "Excess" } th { "± s.e." } th { "Ratio" } th { "p of Ratio" } th { "ΔAICc" }
                } }
                tbody { @for station in stations { @for series in &station.series {
                    (series_row(&station.id, series))
                } } }
            } }
        }
    }
}

fn series_row(id: &str, series: &SeriesResult) -> Markup {
    let analysis = &series.analysis;
    html! { tr {
        td { (id) }
        td.text { (series.name) }
        td { (significant(analysis.statistic.value, 3)) }
        td { (p_value(analysis.p_value)) }
        td { (p_value(series.p_adjusted_all)) }
        td { (optional(analysis.inflection_days_before_event, 1)) }
        td { (date_interval(analysis.inflection_interval, analysis.inflection_claimed)) }
        td { (fixed(analysis.excess.number, 0)) }
        td { (fixed(analysis.excess.standard_error, 0)) }
        td { (fixed(analysis.ratio, 4)) (dagger(analysis.bound)) }
        td { (p_value(analysis.ratio_p_value)) }
        td { (fixed(analysis.delta_aicc, 1)) }
    } }
}

/// The window before the event beside every quiet period of the record.
pub(super) fn quiet_periods(station: &StationResult) -> Markup {
    let Some(series) = station.primary() else { return html! {} };
    let analysis = &series.analysis;
    let row = |period: &PeriodFit| {
        Row {
            window: &period.window,
            fits: [period.sigmoid.r2, period.line.r2, period.ratio, period.delta_aicc],
            bound: period.bound,
            inflection: period.inflection_days_before_end,
            interval: date_interval(period.inflection_interval, period.inflection_claimed),
            statistic: period.statistic.value,
            p: [period.p_value, period.ratio_p_value],
        }
        .html(false)
    };
    let tested = Row {
        window: &analysis.window,
        fits: [analysis.sigmoid.r2, analysis.line.r2, analysis.ratio, analysis.delta_aicc],
        bound: analysis.bound,
        inflection: analysis.inflection_days_before_event,
        interval: date_interval(analysis.inflection_interval, analysis.inflection_claimed),
        statistic: analysis.statistic.value,
        p: [analysis.p_value, analysis.ratio_p_value],
    };
    html! { div.scroll { table {
        caption {
            "The window before the event (shaded) and, for comparison, the same figures of quiet \
             periods of the same length"
            @if series.quiet_periods.is_empty() { ": the record holds none" }
        }
        thead { tr {
            th { "From" } th { "To" } th { "Days observed" } th { "R² sigmoid" } th { "R² line" }
            th { "Ratio" } th { "ΔAICc" } th { "Inflection, days before the end" }
            th { "Interval" } th { "Statistic" } th { "p" } th { "p of Ratio" }
        } }
        tbody {
            (tested.html(true))
            @for period in &series.quiet_periods { (row(period)) }
        }
    } } }
}

/// The figures of a window or of a quiet period.
struct Row<'a> {
    window: &'a Window,
    /// R² of sigmoid and line, Ratio, ΔAICc.
    fits: [f64; 4],
    bound: Option<Bound>,
    inflection: Option<f64>,
    interval: String,
    statistic: f64,
    /// Of the statistic and of the Ratio.
    p: [f64; 2],
}

impl Row<'_> {
    fn html(&self, tested: bool) -> Markup {
        let [sigmoid, line, ratio, delta_aicc] = self.fits;
        html! { tr.tested[tested] {
            td { (self.window.first_day) }
            td { (self.window.last_day) }
            td { (self.window.observed_days) " of " (self.window.days) }
            td { (fixed(sigmoid, 4)) (dagger(self.bound)) }
            td { (fixed(line, 4)) }
            td { (fixed(ratio, 4)) }
            td { (fixed(delta_aicc, 1)) }
            td { (optional(self.inflection, 1)) }
            td { (self.interval) }
            td { (significant(self.statistic, 3)) }
            td { (p_value(self.p[0])) }
            td { (p_value(self.p[1])) }
        } }
    }
}
