use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::{Result, StrainIoError};

const STATION: &str = "station=";
const DAY: &str = "day=";

/// The folder of a station, refusing codes that would name another place.
pub(super) fn station_folder(folder: &Path, station: &str) -> Result<PathBuf> {
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if station.is_empty() || station.starts_with('.') || !station.chars().all(plain) {
        return Err(StrainIoError::Config {
            name: "station",
            value: format!("{station:?}"),
            advice: "a folder can be named after letters, digits, `-`, `_` and `.` only",
        });
    }
    Ok(folder.join(format!("{STATION}{station}")))
}

/// The file of one day of a station.
pub(super) fn day_file(station_folder: &Path, day: Date) -> PathBuf {
    station_folder.join(format!("{DAY}{day}")).join("part-0.parquet")
}

/// The stations that a folder holds days of, sorted.
pub(crate) fn stations(folder: &Path) -> Result<Vec<String>> {
    let names = entries(folder)?.into_iter();
    Ok(names.filter_map(|(name, _)| Some(name.strip_prefix(STATION)?.to_owned())).collect())
}

/// The days of a station with their files, in order of time.
pub(super) fn days(station_folder: &Path) -> Result<Vec<(Date, Vec<PathBuf>)>> {
    let mut days = Vec::new();
    for (name, path) in entries(station_folder)? {
        let Some(day) = name.strip_prefix(DAY) else { continue };
        let day: Date = day.parse().map_err(|_| StrainIoError::Format {
            file: path.clone(),
            problem: format!("`{day}` is no date"),
            advice: "name the folders of days day=YYYY-MM-DD",
        })?;
        let files = entries(&path)?.into_iter();
        // Hidden are files that are being written.
        let files = files.filter(|(name, _)| name.ends_with(".parquet") && !name.starts_with('.'));
        days.push((day, files.map(|(_, path)| path).collect()));
    }
    days.sort();
    Ok(days)
}

/// Names and paths in a folder, sorted by name.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let failed = |source| StrainIoError::Io { action: "read", path: folder.to_owned(), source };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            entries.push((name.to_owned(), path.clone()));
        }
    }
    entries.sort();
    Ok(entries)
}
