mod figures;
mod place;
mod text;

use std::path::{Path, PathBuf};

use serde::Serialize;
use strain_io::{
    BadRow, Catalogue, ConsistencyWindow, NoiseSpectrum, QualityConfig, QualityReport, Read,
    ReadCatalogueOptions, ReadNote, Recording, ReferenceCandidate, ReferenceRank, ReferenceRule,
    StationContext, StationQuality, TideSite, assess_read, rank_references, read_recording,
};

use self::figures::{Figures, figures};
use self::place::{Places, barometer};
use super::input::{asked, asked_of_stations};
use crate::cli::QualityArgs;
use crate::failure::Failure;
use crate::output::{print_json, print_text};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    recordings: Vec<RecordingQuality>,
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<Vec<ReferenceRank>>,
    /// Of the recordings, the list of stations and the catalogue.
    bad_rows: Vec<BadRow>,
    notes: Vec<ReadNote>,
}

#[derive(Serialize)]
struct RecordingQuality {
    file: String,
    #[serde(flatten)]
    report: QualityReport,
    #[serde(flatten)]
    figures: Figures,
    bad_rows: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<PathBuf>,
}

pub(super) fn quality(args: &QualityArgs, json: bool) -> Result<(), Failure> {
    let rule = ReferenceRule::default().with_magnitude(args.min_magnitude);
    rule.validate()?;
    if let Some(folder) = &args.out {
        refuse_one_page_for_two(folder, &args.inputs)?;
    }
    let skip = args.read.skip_bad_rows;
    let (mut bad_rows, mut notes) = (Vec::new(), Vec::new());
    let list = asked_of_stations(args.stations_read.as_deref(), skip)?;
    let mut places = args.stations.as_deref().map(|file| Places::read(file, &list)).transpose()?;
    if let Some(places) = &mut places {
        bad_rows.append(&mut places.bad_rows);
    }
    let catalogue = args.catalogue.as_deref();
    let catalogue = catalogue.map(|file| read_catalogue(file, skip, &mut bad_rows)).transpose()?;
    let mut recordings = Vec::new();
    for input in &args.inputs {
        let read = read_recording(input, &asked(&args.read)?)?;
        recordings.push(assessed(input, &read, args, places.as_ref(), catalogue.as_ref(), &rule)?);
        bad_rows.extend(read.bad_rows);
        notes.extend(read.notes);
    }
    let references = match (&places, &catalogue) {
        (Some(places), Some(catalogue)) => Some(rank(&recordings, places, catalogue, &rule)?),
        _ => None,
    };
    let schema = "stmn.quality/1";
    let document = Document { schema, recordings, references, bad_rows, notes };
    if json {
        return print_json(&document);
    }
    print_text(&text::text(&document))
}

/// The catalogue without duplicates; what is no event of it goes to `bad_rows`.
fn read_catalogue(
    path: &Path,
    skip_bad_rows: bool,
    bad_rows: &mut Vec<BadRow>,
) -> Result<Catalogue, Failure> {
    let options = ReadCatalogueOptions::default().with_skip_bad_rows(skip_bad_rows);
    let read = strain_io::read_catalogue(path, &options)?;
    bad_rows.extend(read.bad_rows);
    Ok(read.catalogue.without_duplicates())
}

/// All about one recording; its page is drawn while it is in memory.
fn assessed(
    input: &Path,
    read: &Read,
    args: &QualityArgs,
    places: Option<&Places>,
    catalogue: Option<&Catalogue>,
    rule: &ReferenceRule,
) -> Result<RecordingQuality, Failure> {
    let config = QualityConfig::default();
    let report = assess_read(read, &config)?;
    let pressure = barometer(&read.recording, args.pressure.as_deref())?;
    let mut context = StationContext::default();
    (context.catalogue, context.pressure) = (catalogue, pressure.as_deref());
    if let Some(places) = places {
        let (latitude, longitude) = places.of(&report.station, input)?;
        context.site = Some(TideSite::new(latitude, longitude));
        context.azimuths = places.azimuths(&report.station);
    }
    let (figures, spectra) = figures(&read.recording, &context, &config, rule)?;
    let page = match (&args.out, &figures.quality) {
        (Some(folder), Some(quality)) => {
            let path = page_path(folder, input);
            draw(&path, &read.recording, quality, &spectra, &figures.windows)?;
            Some(path)
        }
        _ => None,
    };
    let file = input.display().to_string();
    Ok(RecordingQuality { file, report, figures, bad_rows: read.bad_rows.len(), page })
}

/// Two inputs that are called alike, in different folders, would overwrite each other's page.
fn refuse_one_page_for_two(folder: &Path, inputs: &[PathBuf]) -> Result<(), Failure> {
    for (index, input) in inputs.iter().enumerate() {
        let page = page_path(folder, input);
        if let Some(other) = inputs[..index].iter().find(|other| page_path(folder, other) == page) {
            return Err(Failure::new(format!(
                "{} and {} would both have the page {}; give them one by one with an --out of their own",
                other.display(),
                input.display(),
                page.display()
            )));
        }
    }
    Ok(())
}

/// The page is named after the recording's file: two files of one station keep a page each.
fn page_path(folder: &Path, input: &Path) -> PathBuf {
    let mut name = input.file_name().unwrap_or_default().to_owned();
    name.push(".svg");
    folder.join(name)
}

#[cfg(feature = "plots")]
fn draw(
    path: &Path,
    recording: &Recording,
    quality: &StationQuality,
    spectra: &[Option<NoiseSpectrum>],
    windows: &[ConsistencyWindow],
) -> Result<(), Failure> {
    let svg = strain_io::station_page(recording, quality, spectra, windows)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::of(format!("cannot make {}", folder.display()), error))?;
    }
    Ok(strain_io::write_atomically(path, |file| std::io::Write::write_all(file, svg.as_bytes()))?)
}

#[cfg(not(feature = "plots"))]
fn draw(
    _: &Path,
    _: &Recording,
    _: &StationQuality,
    _: &[Option<NoiseSpectrum>],
    _: &[ConsistencyWindow],
) -> Result<(), Failure> {
    Err(Failure::new("this build draws no pages; build it with the feature `plots`"))
}

fn rank(
    recordings: &[RecordingQuality],
    places: &Places,
    catalogue: &Catalogue,
    rule: &ReferenceRule,
) -> Result<Vec<ReferenceRank>, Failure> {
    let mut candidates = Vec::new();
    for recording in recordings {
        let report = &recording.report;
        let (latitude, longitude) = places.of(&report.station, Path::new(&recording.file))?;
        let candidate = ReferenceCandidate::new(report, latitude, longitude);
        candidates.push(match &recording.figures.quality {
            Some(quality) => candidate.with_quality(quality),
            None => candidate,
        });
    }
    Ok(rank_references(&candidates, catalogue, rule)?)
}
