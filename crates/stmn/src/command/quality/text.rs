use strain_io::{ConsistencyWindow, QualityReport, SelfConsistency};

use super::figures::{Figures, WINDOW_DAYS};
use super::{Document, RecordingQuality};
use crate::output::{noted, number, passed_over, table};

pub(super) fn text(document: &Document) -> String {
    let mut text: String = document.recordings.iter().map(recording).collect();
    for rank in document.references.iter().flatten() {
        let suited = if rank.suitable { "may serve as a reference" } else { "not suited" };
        text.push_str(&format!("{}: {suited} {}\n", rank.station, rank.reasons.join("; ")));
    }
    for of_file in document.bad_rows.chunk_by(|a, b| a.file == b.file) {
        text.push_str(&passed_over(of_file));
    }
    text.push_str(&noted(&document.notes));
    text
}

fn recording(recording: &RecordingQuality) -> String {
    let report = &recording.report;
    let mut text = format!(
        "{}: {} to {}, every {} s\n{}",
        report.station,
        report.start,
        report.end,
        report.interval_s,
        channels(report)
    );
    if let Some(sums) = &report.self_consistency {
        text.push_str(&format!(
            "S1+S3 against S2+S4: correlation {} slope {}; of differences {} slope {}\n",
            number(sums.correlation, 4),
            number(sums.slope, 4),
            number(sums.difference_correlation, 4),
            number(sums.difference_slope, 4)
        ));
    }
    text.push_str(&figures(&recording.figures));
    if let Some(page) = &recording.page {
        text.push_str(&format!("page: {}\n", page.display()));
    }
    text
}

fn channels(report: &QualityReport) -> String {
    let head = ["channel", "rows", "samples", "missing", "continuity"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for channel in &report.channels {
        rows.push(vec![
            channel.name.clone(),
            channel.rows.map_or_else(|| "–".to_owned(), |rows| rows.to_string()),
            channel.samples.to_string(),
            channel.missing.to_string(),
            number(channel.continuity, 5),
        ]);
    }
    table(&rows)
}

fn figures(figures: &Figures) -> String {
    let mut text = windows(&figures.windows);
    if let Some(quality) = &figures.quality {
        text.push_str(&quality.gauge_table());
    }
    if let Some(why) = &figures.not_assessed {
        text.push_str(&format!("gauges not assessed: {why}\n"));
    }
    text
}

/// The range of the agreement through time.
fn windows(windows: &[ConsistencyWindow]) -> String {
    let range = |value: fn(&SelfConsistency) -> Option<f64>| {
        let known = || windows.iter().filter_map(|window| value(&window.self_consistency));
        let (low, high) = (known().reduce(f64::min), known().reduce(f64::max));
        format!("{} to {}", number(low, 3), number(high, 3))
    };
    if windows.is_empty() {
        return String::new();
    }
    format!(
        "in {} windows of {WINDOW_DAYS} days: slope of differences {}, correlation {}\n",
        windows.len(),
        range(|it| it.difference_slope),
        range(|it| it.difference_correlation)
    )
}
