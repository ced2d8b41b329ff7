use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use strain_io::{BadRow, CatalogueRead, Read};

use crate::stage::score::Scores;

/// What a reader had to say about one file of a run, where there was anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Remarks {
    /// The station whose recording it is, or `catalogue`.
    pub of: String,
    /// Lines that could not be used and were passed over: where, and why.
    pub bad_rows: Vec<String>,
    /// What else there is to know of the file.
    pub notes: Vec<String>,
}

/// Where a catalogue came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CatalogueSource {
    /// Its file as the configuration names it.
    pub file: PathBuf,
    /// Earthquakes read.
    pub events: usize,
    /// Lines that could not be used: where, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad_rows: Vec<String>,
}

impl CatalogueSource {
    pub(crate) fn new(file: &Path, read: &CatalogueRead) -> Self {
        let events = read.catalogue.events().len();
        Self { file: file.to_owned(), events, bad_rows: passed_over(&read.bad_rows) }
    }
}

impl Scores {
    /// What readers had to say about the files: of the reference, of the targets, of the catalogue. A
    /// file without remarks is left out.
    pub fn remarks(&self) -> Vec<Remarks> {
        let reference = (&self.trained.reference, &self.reference_source);
        let targets = self.stations.iter().map(|station| (&station.id, &station.source));
        let stations = std::iter::once(reference).chain(targets).map(|(id, source)| Remarks {
            of: id.clone(),
            bad_rows: source.bad_rows.clone(),
            notes: source.notes.clone(),
        });
        let catalogue = self.catalogue_source.iter().map(|source| Remarks {
            of: "catalogue".to_owned(),
            bad_rows: source.bad_rows.clone(),
            notes: Vec::new(),
        });
        let all = stations.chain(catalogue);
        all.filter(|it| !(it.bad_rows.is_empty() && it.notes.is_empty())).collect()
    }
}

/// Lines that could not be used, in the reader's words.
pub(crate) fn passed_over(rows: &[BadRow]) -> Vec<String> {
    rows.iter().map(|row| without_folder(row.to_string(), &row.file)).collect()
}

/// What else a reader noticed, in its words.
pub(crate) fn noted(read: &Read) -> Vec<String> {
    let text = |note: &strain_io::ReadNote| {
        let text = note.to_string();
        let of = read.files.iter().find(|file| text.starts_with(&*file.to_string_lossy()));
        match of {
            Some(file) => without_folder(text, file),
            None => text,
        }
    };
    read.notes.iter().map(text).collect()
}

/// A text that begins with a file, with its name alone: the folder is of the machine, not of the run.
fn without_folder(text: String, file: &Path) -> String {
    let rest = text.strip_prefix(&*file.to_string_lossy());
    match (rest, file.file_name()) {
        (Some(rest), Some(name)) => format!("{}{rest}", name.to_string_lossy()),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Station, parse_toml};

    /// One gauge of CENC text, which notes the numbers that may stand for missing values.
    #[test]
    fn a_station_keeps_what_its_reader_noticed_without_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let hour = |hour: usize| match hour {
            30 | 31 => "99999".to_owned(),
            _ => hour.to_string(),
        };
        let text: String = (0..96)
            .map(|h| format!("200805{:02}{:02} {}\n", 12 + h / 24, h % 24, hour(h)))
            .collect();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::write(folder.path().join("data/51010_5_2321.txt"), text).unwrap();
        let config = "id = \"A\"\npath = \"data/51010_5_2321.txt\"\nlatitude = 30.0\nlongitude = 100.0\n\
                      fit = { from = \"2008-05-12T00:00:00Z\", to = \"2008-05-14T00:00:00Z\" }";
        let config = parse_toml(config, "x.toml").unwrap();
        let station = Station::load(&config, folder.path()).unwrap();
        let notes = &station.source().notes;
        assert_eq!(notes.len(), 1, "{notes:?}");
        let expected = "51010_5_2321.txt: 99999 occurs 2 times, first in line 31";
        assert!(notes[0].starts_with(expected), "{notes:?}");
        let quiet = Station::new("B", [30.0, 100.0], station.recording(), station.fit).unwrap();
        assert!(quiet.source().notes.is_empty());
    }
}
