use maud::{Markup, html};

use super::figures::Figures;
use super::number::{fixed, interval, optional, p_value, significant};
use super::page::{document, figures, verdict};
use super::stations::primary_table;
use crate::DemoDocument;

/// The page of a demo.
pub(super) fn demo_page(demo: &DemoDocument, drawn: &Figures) -> String {
    let heading = "A synthetic network whose truth is known";
    let body = html! {
        h1 { (heading) }
        (verdict(&sentence(demo), !demo.recovered.all_as_planted))
        p {
            "An anomaly was planted before a synthetic event (seed " code { (demo.seed) } "), the \
             whole method was run on the recordings, and then once more on the same network \
             without the anomaly: the second run must find nothing."
        }
        h2 { "Planted and recovered" }
        (planted_against_recovered(demo))
        (figures(drawn))
        h2 { "With the anomaly" }
        p { (demo.result.verdict) " " a href="anomalous/report.html" { "Its whole report" } "." }
        (primary_table(&demo.result.stations))
        h2 { "Without it" }
        p { (demo.quiet_network.verdict) " " a href="quiet/report.html" { "Its whole report" } "." }
        (primary_table(&demo.quiet_network.stations))
        p.note {
            "Ratio is above 1 in both networks: a sigmoid with four parameters contains the line, so \
             Ratio ≥ 1 is no evidence. What tells the networks apart is p."
        }
    };
    document(heading, &body)
}

fn sentence(demo: &DemoDocument) -> String {
    if demo.recovered.all_as_planted {
        "All was recovered as planted: the anomaly where it is and its date, the decay with \
         distance, and nothing in the network without an anomaly."
            .to_owned()
    } else {
        "Not all was recovered as planted: see the table.".to_owned()
    }
}

fn planted_against_recovered(demo: &DemoDocument) -> Markup {
    let (planted, found) = (&demo.planted, &demo.recovered);
    let quiet = demo.quiet_network.stations.iter().map(|s| s.p_adjusted).fold(1.0, f64::min);
    let (common, nothing) = (found.inflection.as_ref(), demo.quiet_network.inflection.as_ref());
    let per_station = planted.transients.iter().zip(&demo.result.stations);
    html! {
        div.scroll { table {
            thead { tr { th { "" } th { "Planted" } th { "Recovered" } th { "Interval" } } }
            tbody {
                tr {
                    td { "Inflection of the stations, days before the event" }
                    td { (fixed(planted.inflection_days_before_event, 1)) }
                    td { (optional(common.map(|common| common.days_before_event), 1)) }
                    td { (interval(common.map(|common| common.interval), 1)) }
                }
                tr {
                    td { "The same without the anomaly" }
                    td { "none" }
                    td { (optional(nothing.map(|common| common.days_before_event), 1)) }
                    td { (interval(nothing.map(|common| common.interval), 1)) }
                }
                tr {
                    td { "With it at " (found.nearest_station) " alone" }
                    td { (fixed(planted.inflection_days_before_event, 1)) }
                    td { (optional(found.inflection_days_before_event, 1)) }
                    td { (interval(found.inflection_interval, 1)) }
                }
                tr {
                    td { "Decay exponent b of r^(−b)" }
                    td { (fixed(planted.decay_exponent, 3)) }
                    td { (optional(found.decay_exponent, 3)) }
                    td { (interval(found.decay_interval, 3)) }
                }
                tr {
                    td { "Adjusted p of the nearest station" }
                    td { "an anomaly" }
                    td { (p_value(found.p_adjusted)) }
                    td { "–" }
                }
                tr {
                    td { "Smallest adjusted p without the anomaly" }
                    td { "none" }
                    td { (p_value(quiet)) }
                    td { "–" }
                }
                tr {
                    td { "Ratio and ΔAICc of the nearest station" }
                    td { "–" }
                    td { (fixed(found.ratio, 4)) ", " (fixed(found.delta_aicc, 1)) }
                    td { "–" }
                }
            }
        } }
        div.scroll { table {
            caption { "Transients planted, and the excess of counts that the likelihood attributes to \
                       the window: a transient makes several samples anomalous" }
            thead { tr { th { "Station" } th { "Distance, km" } th { "Transients" } th { "Excess, samples" }
                th { "± s.e." } } }
            tbody { @for (transients, station) in per_station {
                @let excess = station.primary().map(|series| series.analysis.excess);
                tr {
                    td { (station.id) }
                    td { (fixed(station.distance_km, 1)) }
                    td { (transients) }
                    td { (optional(excess.map(|e| e.number), 0)) }
                    td { (excess.map_or("–".to_owned(), |e| significant(e.standard_error, 2))) }
                }
            } }
        } }
    }
}
