//! What every file of the shared data is, by what its manifest says of it.
//!
//! The files are found through `STMN_SHARED` (default: `shared` beside the checkout). Where they are
//! absent the test says so and passes, except in CI.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::data;
use strain_io::{
    CatalogueFormat, FileKind, ReadCatalogueOptions, ReadOptions, RecordingFormat, StationFormat,
    identify, read_catalogue, read_gtsm_sites, read_recording, read_stations,
};

/// The kind of files whose path contains a word, the first that does; none: of no kind that is known.
const EXPECTED: [(&str, Option<FileKind>); 27] = {
    use CatalogueFormat::{CencText, Csv, Eqt};
    use FileKind::{Catalogue, Recording, Stations, Strainmeters};
    use RecordingFormat as Format;
    [
        ("MANIFEST.md", None),
        ("LICENSE", None),
        ("README", None),
        (".npy", None),
        (".npz", None),
        (".safetensors", None),
        (".json.gz", None),
        ("guza/h", Some(Recording(Format::CencText))),
        ("guza/theory_areal_strain.txt", Some(Recording(Format::CencText))),
        ("guza/guza_51010_yry4_hourly.csv.gz", Some(Recording(Format::Csv))),
        ("other/65015_7_2311.Dat", Some(Recording(Format::CencText))),
        ("gnss/", Some(Recording(Format::Neu))),
        ("pbo/Bott", Some(Recording(Format::PboBottle))),
        ("pbo/B084_Tohoku_1sps.csv.gz", Some(Recording(Format::Csv))),
        ("pbo/bsmmeta3_coords.csv", Some(Strainmeters)),
        (".mseed", Some(Recording(Format::MiniSeed))),
        ("catalog/china3msN.eqt", Some(Catalogue(Eqt))),
        ("catalog/china_m3_1970_2023.csv.gz", Some(Catalogue(Csv))),
        ("catalog/dz_19990101-20130823_gbk.txt", Some(Catalogue(CencText))),
        ("catalog/aeta_eqlst_2016-2020.csv", Some(Catalogue(Csv))),
        ("stations/", Some(Stations(StationFormat::Csv))),
        ("continuous/stations.csv", Some(Stations(StationFormat::Csv))),
        ("ridgecrest/gmap-stations.txt", Some(Stations(StationFormat::FdsnText))),
        ("ett/ETTh1.csv", Some(Recording(Format::Csv))),
        // Tables with commas that no other kind claims: events without a magnitude, a list of files, an
        // event's origin with a comma between day and time.
        ("ridgecrest/catalog.txt", Some(Recording(Format::Csv))),
        ("single_station/waveform.csv", Some(Recording(Format::Csv))),
        ("ridgecrest/origins/", Some(Recording(Format::Csv))),
    ]
};

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

#[test]
fn every_file_is_what_the_manifest_says() {
    let Some(data) = data() else { return };
    let files = files(&data);
    assert!(files.len() > 100, "{} files", files.len());
    let mut seen = [false; EXPECTED.len()];
    for file in &files {
        let name = file.strip_prefix(&data).unwrap().to_string_lossy().into_owned();
        let row = EXPECTED.iter().position(|(word, _)| name.contains(word));
        let row = row.unwrap_or_else(|| panic!("{name} is not expected"));
        seen[row] = true;
        let told = identify(file);
        let kind = told.as_ref().ok().map(|identified| identified.kind);
        assert_eq!(kind, EXPECTED[row].1, "{name}: {told:?}");
    }
    let unseen = EXPECTED.iter().zip(seen).filter(|(_, seen)| !seen).map(|(row, _)| row.0);
    assert_eq!(unseen.collect::<Vec<_>>(), [""; 0], "words that no file has");
}

/// What is told is what the kind's own reader takes the file for.
#[test]
fn the_kinds_own_readers_agree() {
    let Some(data) = data() else { return };
    let (mut recordings, mut lists) = (0, 0);
    for file in files(&data) {
        let Ok(identified) = identify(&file) else { continue };
        match identified.kind {
            FileKind::Recording(format) => {
                // Tables without times, and what only looks like a table, are no recordings.
                let Ok(read) = read_recording(&file, &ReadOptions::default()) else { continue };
                let recognised = read.recognised.unwrap();
                assert_eq!((recognised.format, recognised.because), (format, identified.because));
                recordings += 1;
            }
            FileKind::Catalogue(format) => {
                let options = ReadCatalogueOptions::default().with_skip_bad_rows(true);
                let read = read_catalogue(&file, &options).unwrap();
                assert_eq!(read.format, format, "{}", file.display());
                lists += 1;
            }
            FileKind::Stations(format) => {
                assert_eq!(
                    read_stations(&file, true).unwrap().format,
                    format,
                    "{}",
                    file.display()
                );
                lists += 1;
            }
            FileKind::Strainmeters => {
                read_gtsm_sites(&file).unwrap();
                lists += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(recordings >= 30 && lists >= 8, "{recordings} recordings, {lists} lists");
}
