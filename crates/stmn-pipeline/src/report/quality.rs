//! How good the recordings are.

use maud::{Markup, html};
use strain_io::QualityReport;

use super::number::{fixed, optional};
use crate::remarks::Remarks;
use crate::stage::score::Scores;
use crate::station::Source;

/// Lines that could not be used and are shown one by one.
const MOST_BAD_ROWS: usize = 5;

/// Completeness of every channel, agreement of the gauges, and what readers had to say.
pub(super) fn quality(scores: &Scores) -> Markup {
    let reference = (&scores.reference_quality, &scores.reference_source);
    let targets = scores.stations.iter().map(|station| (&station.quality, &station.source));
    let recordings: Vec<(&QualityReport, &Source)> =
        std::iter::once(reference).chain(targets).collect();
    html! {
        h2 { "Data quality" }
        details {
            summary { "Completeness of every channel" }
            div.scroll { table {
                thead { tr {
                    th { "Station" } th.text { "Channel" } th { "From" } th { "To" } th { "Every, s" }
                    th { "Rows read" } th { "Samples" } th { "Missing" } th { "Continuity" }
                } }
                tbody { @for (report, source) in &recordings { (channels(report, source)) } }
            } }
        }
        (self_consistency(&recordings))
        (remarks(&scores.remarks()))
    }
}

fn channels(report: &QualityReport, source: &Source) -> Markup {
    let day = |time: jiff::Timestamp| crate::station::utc_day(time).to_string();
    html! { @for (index, channel) in report.channels.iter().enumerate() { tr {
        td { (report.station) }
        td.text { (channel.name) }
        td { (day(report.start)) }
        td { (day(report.end)) }
        td { (report.interval_s) }
        td { (source.rows.get(index).map_or_else(|| "–".to_owned(), usize::to_string)) }
        td { (channel.samples) }
        td { (channel.missing) }
        td { (fixed(channel.continuity, 5)) }
    } } }
}

fn self_consistency(recordings: &[(&QualityReport, &Source)]) -> Markup {
    html! { div.scroll { table {
        caption {
            "Self-consistency: the sums of two gauges at right angles, S1+S3 and S2+S4, are the \
             same strain. 1 is ideal; differences from sample to sample know no drift."
        }
        thead { tr {
            th { "Station" } th { "Missing" } th { "Correlation" } th { "Slope" }
            th { "Correlation of differences" } th { "Slope of differences" }
        } }
        tbody { @for (report, _) in recordings {
            @let of = report.self_consistency.as_ref();
            @let missing = report.channels.iter().map(|channel| channel.missing).sum::<usize>();
            tr {
                td { (report.station) }
                td { (missing) }
                td { (optional(of.and_then(|of| of.correlation), 4)) }
                td { (optional(of.and_then(|of| of.slope), 3)) }
                td { (optional(of.and_then(|of| of.difference_correlation), 4)) }
                td { (optional(of.and_then(|of| of.difference_slope), 3)) }
            }
        } }
    } } }
}

/// Lines that could not be used, and what else readers noticed.
fn remarks(remarks: &[Remarks]) -> Markup {
    html! { @for file in remarks {
        @if !file.bad_rows.is_empty() {
            p { (file.of) ": " (file.bad_rows.len()) " lines could not be used and were left out." }
            ul { @for row in file.bad_rows.iter().take(MOST_BAD_ROWS) { li { (from_line(row)) } } }
        }
        @for note in &file.notes { p.note { (file.of) ": " (note) } }
    } }
}

/// Without the file, whose folder is of the machine and not of the run.
fn from_line(row: &str) -> String {
    row.split_once(", line ").map_or_else(|| row.to_owned(), |(_, rest)| format!("line {rest}"))
}
