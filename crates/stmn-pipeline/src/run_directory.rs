use std::path::{Path, PathBuf};

use serde::Serialize;
use strain_io::{Recording, write_atomically};

use crate::network::Network;
use crate::remarks::CatalogueSource;
use crate::stage::analyze::NetworkResult;
use crate::stage::score::Scores;
use crate::station::Source;
use crate::store::{read_json, read_table, write_json};
use crate::{PipelineError, Result, RunStore, StageKey};

/// The folder of a run.
///
/// | file | holds |
/// |---|---|
/// | `config.toml` | the settings, every default written out |
/// | `provenance.json` | hashes of the inputs, versions, seed, and what determined every stage |
/// | `scores.json` | daily counts and quality of every station |
/// | `result.json` | the fits: what the command prints with `--json`, less the paths |
/// | `report.html`, `figures/` | the same to look at; the page needs no other file |
/// | `stages/` | every stage's table (Parquet) and document (JSON), by hash |
#[derive(Debug)]
pub struct RunDirectory {
    root: PathBuf,
    store: RunStore,
    /// Whether it was made here.
    made: bool,
}

/// A folder that was made for a run which came to nothing, and is still empty, is taken away again.
impl Drop for RunDirectory {
    fn drop(&mut self) {
        if self.made {
            // Refused for a folder that holds anything, which is what is wanted.
            let _ = std::fs::remove_dir(self.root.join("stages"));
            let _ = std::fs::remove_dir(&self.root);
        }
    }
}

impl RunDirectory {
    /// The folder at `root`, made if need be; what a killed run left half-written is removed.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Io`] where it cannot be made.
    pub fn open(root: impl AsRef<Path>) -> Result<Self> {
        let root = root.as_ref().to_owned();
        let made = !root.exists();
        let store = RunStore::open(root.join("stages"))?;
        remove_abandoned(&root)?;
        Ok(Self { root, store, made })
    }

    /// A folder whose stages are kept in another run's folder: what both share is done once.
    pub(crate) fn sharing(root: impl AsRef<Path>, stages: &Path) -> Result<Self> {
        let root = root.as_ref().to_owned();
        let made = !root.exists();
        make_folder(&root)?;
        remove_abandoned(&root)?;
        Ok(Self { root, store: RunStore::open(stages)?, made })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the stages keep their results.
    pub fn store(&self) -> &RunStore {
        &self.store
    }

    /// The path of the page that [`write_report`](crate::write_report) writes.
    pub fn report(&self) -> PathBuf {
        self.root.join("report.html")
    }

    #[cfg_attr(not(feature = "plots"), expect(dead_code, reason = "only figures read tables"))]
    pub(crate) fn table(&self, name: &str) -> Result<Recording> {
        let folder = self.store.folder().unwrap_or(&self.root);
        read_table(&folder.join(name), name.split('-').nth(1).unwrap_or(name))
    }

    pub(crate) fn write_text(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.root.join(name);
        if let Some(parent) = path.parent() {
            make_folder(parent)?;
        }
        write_atomically(&path, |file| std::io::Write::write_all(file, text.as_bytes()))?;
        Ok(path)
    }

    pub(crate) fn write_scores(&self, scores: &Scores) -> Result<()> {
        write_json(&self.root.join("scores.json"), scores)
    }

    /// The scored days of an earlier run.
    ///
    /// # Errors
    ///
    /// [`PipelineError::NoScores`] where there was none.
    pub fn read_scores(&self) -> Result<Scores> {
        let path = self.root.join("scores.json");
        if !path.exists() {
            return Err(PipelineError::NoScores { path: self.root.clone() });
        }
        read_json(&path)
    }

    pub(crate) fn write_result(&self, result: &NetworkResult) -> Result<()> {
        write_json(&self.root.join("result.json"), result)
    }

    pub(crate) fn write_config(&self, config: &impl Serialize) -> Result<()> {
        let text = toml::to_string(config).map_err(|error| PipelineError::Config {
            name: "config.toml".to_owned(),
            value: error.to_string(),
            advice: "a setting cannot be written as TOML".to_owned(),
        })?;
        self.write_text("config.toml", &text).map(drop)
    }

    pub(crate) fn write_provenance(&self, network: &Network, seed: u64) -> Result<()> {
        let station = |station: &crate::Station| Input {
            station: station.id.clone(),
            source: station.source.clone(),
        };
        let mut inputs = vec![station(&network.reference)];
        inputs.extend(network.targets.iter().map(station));
        let stages = self.store.stages();
        let stages = stages.into_iter().map(|(file, key)| Stored { file, key }).collect();
        let provenance = Provenance {
            schema: "stmn.provenance/1",
            versions: Versions { stmn: env!("CARGO_PKG_VERSION") },
            seed,
            inputs,
            catalogue: network.catalogue_source.as_ref(),
            stages,
        };
        write_json(&self.root.join("provenance.json"), &provenance)
    }
}

/// What a killed run left half-written in a folder and among its figures.
fn remove_abandoned(root: &Path) -> Result<()> {
    strain_io::remove_abandoned(root)?;
    Ok(strain_io::remove_abandoned(root.join("figures"))?)
}

fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|source| PipelineError::Io {
        action: "make the folder",
        path: path.to_owned(),
        source,
    })
}

#[derive(Serialize)]
struct Provenance<'a> {
    schema: &'static str,
    versions: Versions,
    seed: u64,
    inputs: Vec<Input>,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalogue: Option<&'a CatalogueSource>,
    stages: Vec<Stored>,
}

#[derive(Serialize)]
struct Versions {
    stmn: &'static str,
}

#[derive(Serialize)]
struct Input {
    station: String,
    #[serde(flatten)]
    source: Source,
}

#[derive(Serialize)]
struct Stored {
    file: String,
    #[serde(flatten)]
    key: StageKey,
}
