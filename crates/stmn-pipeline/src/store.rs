use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Serialize;
use serde::de::DeserializeOwned;
use strain_io::{Recording, write_atomically};

use crate::{PipelineError, Result};

/// What determined a stage's result: the hash of its settings, its inputs and its seed.
///
/// ```
/// use stmn_pipeline::StageKey;
///
/// let key = StageKey::of("decompose", "51010").with(&5).with(&2000.0);
/// assert_eq!(key, StageKey::of("decompose", "51010").with(&5).with(&2000.0));
/// assert_ne!(key, StageKey::of("decompose", "51010").with(&4).with(&2000.0));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageKey {
    /// The stage.
    pub stage: String,
    /// The station or other thing that it works on.
    pub subject: String,
    /// Hash of everything that determined the result, hexadecimal.
    pub hash: String,
}

/// Raised whenever a stage changes what it computes from the same settings.
const STAGES_VERSION: u32 = 1;

impl StageKey {
    /// The key of a stage that depends on nothing yet.
    pub fn of(stage: &str, subject: &str) -> Self {
        let start = format!("{STAGES_VERSION}\n{stage}\n{subject}");
        Self {
            stage: stage.to_owned(),
            subject: subject.to_owned(),
            hash: short_hash(start.as_bytes()),
        }
    }

    /// The same, determined by `input` too.
    pub fn with(mut self, input: &impl Serialize) -> Self {
        // Settings are plain data: what cannot become JSON (a map with odd keys) is not among them.
        let text = serde_json::to_string(input).unwrap_or_default();
        self.hash = short_hash(format!("{}\n{text}", self.hash).as_bytes());
        self
    }

    fn file_name(&self, ending: &str) -> String {
        format!("{}-{}-{}.{ending}", self.stage, in_file_name(&self.subject), self.hash)
    }
}

/// A station's code as part of a file name: what a file system may not like is written as `%2F`.
fn in_file_name(code: &str) -> String {
    let mut name = String::new();
    for byte in code.bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"._".contains(&b) => name.push(char::from(b)),
            b'-' => name.push('-'),
            b => name.push_str(&format!("%{b:02X}")),
        }
    }
    name
}

pub(crate) fn short_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

/// Where stages keep their results: a folder, or nowhere.
///
/// A result is written under the hash of everything that determined it, to a temporary name that
/// is then renamed. A second run therefore resumes where the first was stopped, and a changed
/// setting reruns just what depends on it.
#[derive(Debug, Default)]
pub struct RunStore {
    folder: Option<PathBuf>,
    stages: Mutex<BTreeMap<String, StageKey>>,
}

impl RunStore {
    /// Keeps nothing: every stage runs.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Keeps results in a folder, which is made if need be; what a killed run left half-written in
    /// it is removed.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Io`] where it cannot be made, and where what is to be removed cannot be.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref().to_owned();
        std::fs::create_dir_all(&folder).map_err(|source| PipelineError::Io {
            action: "make the folder",
            path: folder.clone(),
            source,
        })?;
        strain_io::remove_abandoned(&folder)?;
        Ok(Self { folder: Some(folder), stages: Mutex::default() })
    }

    /// The folder, if results are kept.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The results used so far, by file name.
    pub fn stages(&self) -> Vec<(String, StageKey)> {
        let stages = self.stages.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        stages.iter().map(|(file, key)| (file.clone(), key.clone())).collect()
    }

    /// The path of a stage's file, which is noted as used; `None` where nothing is kept.
    pub(crate) fn path(&self, key: &StageKey, ending: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let name = key.file_name(ending);
        let mut stages = self.stages.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        stages.insert(name.clone(), key.clone());
        Some(folder.join(name))
    }

    /// The stored document of a key, or the one that `compute` makes.
    pub(crate) fn document<T: Serialize + DeserializeOwned>(
        &self,
        key: &StageKey,
        compute: impl FnOnce() -> Result<T>,
    ) -> Result<(T, bool)> {
        let Some(path) = self.path(key, "json") else { return Ok((compute()?, false)) };
        if path.exists() {
            return Ok((read_json(&path)?, true));
        }
        let document = compute()?;
        write_json(&path, &document)?;
        Ok((document, false))
    }

    /// The stored table of a key, or the one that `compute` makes.
    pub(crate) fn table(
        &self,
        key: &StageKey,
        compute: impl FnOnce() -> Result<Recording>,
    ) -> Result<(Recording, bool)> {
        let Some(path) = self.path(key, TABLE_ENDING) else { return Ok((compute()?, false)) };
        if path.exists() {
            return Ok((read_table(&path, &key.subject)?, true));
        }
        let table = compute()?;
        write_table(&table, &path)?;
        Ok((table, false))
    }
}

#[cfg(feature = "parquet")]
pub(crate) const TABLE_ENDING: &str = "parquet";
#[cfg(not(feature = "parquet"))]
pub(crate) const TABLE_ENDING: &str = "csv";

#[cfg(feature = "parquet")]
fn write_table(table: &Recording, path: &Path) -> Result<()> {
    Ok(strain_io::write_parquet(table, path)?)
}

#[cfg(not(feature = "parquet"))]
fn write_table(table: &Recording, path: &Path) -> Result<()> {
    Ok(strain_io::write_csv(table, path)?)
}

#[cfg(feature = "parquet")]
pub(crate) fn read_table(path: &Path, _station: &str) -> Result<Recording> {
    Ok(strain_io::read_parquet(path, &strain_io::ParquetOptions::default())?.recording)
}

#[cfg(not(feature = "parquet"))]
pub(crate) fn read_table(path: &Path, station: &str) -> Result<Recording> {
    let options = strain_io::CsvOptions::default().with_station(station);
    Ok(strain_io::read_csv(path, &options)?.recording)
}

/// Reads a JSON document that this crate wrote.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = std::fs::read(path).map_err(|source| PipelineError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|error| PipelineError::Stored {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}

/// Writes a JSON document whole or not at all.
pub(crate) fn write_json(path: &Path, document: &impl Serialize) -> Result<()> {
    write_atomically(path, |file| {
        serde_json::to_writer_pretty(&mut *file, document)?;
        std::io::Write::write_all(file, b"\n")
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_reads_what_the_first_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let key = StageKey::of("counts", "A").with(&1);
        for reused in [false, true] {
            let store = RunStore::open(folder.path()).unwrap();
            let compute = || if reused { panic!("computed again") } else { Ok(vec![0.1, 2.0]) };
            assert_eq!(store.document(&key, compute).unwrap(), (vec![0.1, 2.0], reused));
            assert_eq!(store.stages().len(), 1);
        }
    }

    #[test]
    fn a_broken_file_is_named_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let store = RunStore::open(folder.path()).unwrap();
        let key = StageKey::of("counts", "A");
        std::fs::write(store.path(&key, "json").unwrap(), "[1.0,").unwrap();
        let error = store.document::<Vec<f64>>(&key, || Ok(vec![])).unwrap_err();
        assert!(error.to_string().contains("counts-A-"), "{error}");
        assert!(error.to_string().ends_with("remove it and run again"), "{error}");
    }
}
