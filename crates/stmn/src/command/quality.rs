use std::path::Path;

use serde::Serialize;
use strain_io::{
    QualityConfig, QualityReport, ReadCatalogueOptions, ReferenceCandidate, ReferenceRank,
    ReferenceRule, assess_read, rank_references, read_recording,
};

use super::input::asked;
use crate::cli::QualityArgs;
use crate::failure::Failure;
use crate::output::{number, print_json, print_text, table};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    recordings: Vec<RecordingQuality>,
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<Vec<ReferenceRank>>,
}

#[derive(Serialize)]
struct RecordingQuality {
    file: String,
    #[serde(flatten)]
    report: QualityReport,
    bad_rows: usize,
}

pub(super) fn quality(args: &QualityArgs, json: bool) -> Result<(), Failure> {
    let options = asked(&args.read)?;
    let mut recordings = Vec::new();
    for input in &args.inputs {
        let read = read_recording(input, &options)?;
        recordings.push(RecordingQuality {
            file: input.display().to_string(),
            report: assess_read(&read, &QualityConfig::default())?,
            bad_rows: read.bad_rows.len(),
        });
    }
    let references = match (&args.stations, &args.catalogue) {
        (Some(stations), Some(catalogue)) => Some(rank(&recordings, stations, catalogue)?),
        _ => None,
    };
    let document = Document { schema: "stmn.quality/1", recordings, references };
    if json {
        return print_json(&document);
    }
    print_text(&text(&document))
}

fn rank(
    recordings: &[RecordingQuality],
    stations: &Path,
    catalogue: &Path,
) -> Result<Vec<ReferenceRank>, Failure> {
    let places = strain_io::read_stations(stations, false)?.channels;
    let mut candidates = Vec::new();
    for recording in recordings {
        let report = &recording.report;
        let place = places.iter().find(|place| place.station_code == report.station);
        let Some(place) = place else {
            return Err(Failure::new(format!(
                "{} does not name station {} of {}",
                stations.display(),
                report.station,
                recording.file
            )));
        };
        let (latitude, longitude) = (place.latitude, place.longitude);
        candidates.push(ReferenceCandidate { report, latitude, longitude });
    }
    let read = strain_io::read_catalogue(catalogue, &ReadCatalogueOptions::default())?;
    let catalogue = read.catalogue.without_duplicates();
    Ok(rank_references(&candidates, &catalogue, &ReferenceRule::default())?)
}

fn text(document: &Document) -> String {
    let mut text = String::new();
    for recording in &document.recordings {
        let report = &recording.report;
        text.push_str(&format!(
            "{}: {} to {}, every {} s\n",
            report.station, report.start, report.end, report.interval_s
        ));
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
        text.push_str(&table(&rows));
        if let Some(sums) = &report.self_consistency {
            text.push_str(&format!(
                "S1+S3 against S2+S4: correlation {} slope {}; of differences {} slope {}\n",
                number(sums.correlation, 4),
                number(sums.slope, 4),
                number(sums.difference_correlation, 4),
                number(sums.difference_slope, 4)
            ));
        }
        if recording.bad_rows > 0 {
            text.push_str(&format!("{} rows could not be used\n", recording.bad_rows));
        }
    }
    for rank in document.references.iter().flatten() {
        let suited = if rank.suitable { "may serve as a reference" } else { "not suited" };
        text.push_str(&format!("{}: {suited} {}\n", rank.station, rank.reasons.join("; ")));
    }
    text
}
