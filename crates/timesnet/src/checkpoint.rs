//! Saved networks: safetensors under the published names, with a JSON sidecar; PyTorch's `.pth`.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor, Var};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use crate::params::{ParamSpec, specs};
use crate::pth::{self, Pth};
use crate::stored::{POSITIONS, Tensors, compare, fixed_table, is_pth, linear};
use crate::{
    Result, TimeEmbedding, TimeFrequency, TimesNet, TimesNetConfig, TimesNetError, layers,
};

/// Largest file that is read for a network of so many parameters: f64 values, the tables, names.
fn largest_file(specs: &[ParamSpec], config: &TimesNetConfig) -> u64 {
    let values: usize = specs.iter().map(|spec| spec.shape.iter().product::<usize>()).sum();
    let tables = (POSITIONS.1 + 128) * config.d_model;
    (1 << 20) + 8 * (values + tables) as u64 + 1024 * specs.len() as u64
}

/// What stands beside the weights.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sidecar {
    schema: String,
    crate_version: String,
    config: TimesNetConfig,
}

const SCHEMA: &str = "timesnet.checkpoint/1";

/// Largest sidecar read: fixed frequencies of every block are the most that stands in one.
const LARGEST_SIDECAR: u64 = 1 << 24;

impl TimesNet {
    /// Writes the weights to `path` (safetensors, published names) and the configuration beside
    /// it, under the same name with the extension `json`. Each file appears whole or not at all.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Io`] where a file cannot be written, [`TimesNetError::Format`] for a `path`
    /// that ends in `pth`, `pt` or `json`: the first two name PyTorch's format, which
    /// [`save_published`](Self::save_published) writes, the last the configuration.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        if is_pth(path) {
            let problem = "`save` writes safetensors: give another extension, or take \
                           `save_published` for PyTorch's format";
            return Err(format_error(path, &problem));
        }
        if sidecar_path(path) == path {
            let problem = "the configuration is written under this name: give another extension";
            return Err(format_error(path, &problem));
        }
        let sidecar = Sidecar {
            schema: SCHEMA.to_owned(),
            crate_version: env!("CARGO_PKG_VERSION").to_owned(),
            config: self.config().clone(),
        };
        let json = serde_json::to_vec_pretty(&sidecar).map_err(|e| format_error(path, &e))?;
        let tensors = self.tensors()?;
        write_atomically(&sidecar_path(path), &json)?;
        write_atomically(path, &serialize(&tensors, None, path)?)
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Io`] where a file cannot be read, [`TimesNetError::Format`] where it is
    /// damaged, [`TimesNetError::Checkpoint`] naming every tensor that does not fit,
    /// [`TimesNetError::WeightsNotFinite`] naming every parameter with NaN or infinity.
    pub fn load(path: impl AsRef<Path>, device: &Device) -> Result<Self> {
        let path = path.as_ref();
        let beside = sidecar_path(path);
        let size = std::fs::metadata(&beside).map_err(io("read", &beside))?.len();
        if size > LARGEST_SIDECAR {
            let problem = format!("it has {size} bytes, a configuration at most {LARGEST_SIDECAR}");
            return Err(TimesNetError::Format { path: beside, problem });
        }
        let json = read(&beside)?;
        let sidecar: Sidecar =
            serde_json::from_slice(&json).map_err(|e| format_error(&beside, &e))?;
        if sidecar.schema != SCHEMA {
            let problem = format!("schema `{}`, this version reads `{SCHEMA}`", sidecar.schema);
            return Err(TimesNetError::Format { path: beside, problem });
        }
        Self::load_weights(sidecar.config, path, device)
    }

    /// Reads weights alone, for a network of configuration `config`: a safetensors file or, by its
    /// extension, PyTorch's `.pth`/`.pt` (zip format), under the published names.
    ///
    /// A temporal embedding in the file that a network without time features does not use is kept:
    /// what [`save`](Self::save) and [`save_published`](Self::save_published) write has it. Names and shapes
    /// are compared before values are made tensors of, a file larger than such a network can need is
    /// refused, and a pickle that grows to more than 32 MiB of objects and 16 KiB for each of the
    /// network's tensors is not built: a hostile file costs little more memory than an honest one. Values are f16, bf16, f32 or f64.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_weights(
        config: TimesNetConfig,
        path: impl AsRef<Path>,
        device: &Device,
    ) -> Result<Self> {
        let path = path.as_ref();
        config.validate()?;
        let specs = specs(&config);
        let size = std::fs::metadata(path).map_err(io("read", path))?.len();
        let largest = largest_file(&specs, &config);
        if size > largest {
            let problem = format!(
                "it has {size} bytes; no checkpoint of this network has more than {largest}"
            );
            return Err(TimesNetError::Format { path: path.to_owned(), problem });
        }
        let bytes = if is_pth(path) { Vec::new() } else { read(path)? };
        let file = match is_pth(path) {
            true => Tensors::Pth(Pth::open(path, specs.len())?),
            false => {
                Tensors::Safe(SafeTensors::deserialize(&bytes).map_err(|e| format_error(path, &e))?)
            }
        };
        compare(&specs, &file.stored(), &config, path)?;
        let mut vars = BTreeMap::new();
        let mut names = Vec::new();
        for ParamSpec { name, .. } in specs {
            let tensor = file.tensor(&name, path, device)?.to_dtype(DType::F32)?.contiguous()?;
            if !tensor.flatten_all()?.to_vec1::<f32>()?.iter().all(|value| value.is_finite()) {
                names.push(name.clone());
            }
            vars.insert(name, Var::from_tensor(&tensor)?);
        }
        if !names.is_empty() {
            return Err(TimesNetError::WeightsNotFinite { path: path.to_owned(), names });
        }
        let unused = file.unused_temporal(&config, path)?;
        Ok(Self::with_vars(config, vars, device)?.keeping(unused))
    }

    /// Parameters and temporal weights kept for the checkpoint alone, on the CPU.
    fn tensors(&self) -> Result<Vec<(String, Tensor)>> {
        let vars = self.vars().iter().map(|(name, var)| (name, var.as_tensor()));
        vars.chain(self.unused())
            .map(|(name, tensor)| Ok((name.clone(), tensor.to_device(&Device::Cpu)?)))
            .collect()
    }

    /// Refuses temporal weights, own or kept, that are not of `frequency`.
    fn check_kept(&self, frequency: TimeFrequency) -> Result<()> {
        let (features, own) = (frequency.features(), self.config().time_features);
        if own > 0 && self.config().embed == TimeEmbedding::Linear && own != features {
            let advice = format!(
                "the network takes {own} time features, this has {features}: give the frequency that \
                 it was trained for"
            );
            return Err(TimesNetError::config("frequency", frequency, &advice));
        }
        let kept = self.unused().get(&linear());
        match kept.map(|kept| kept.dims()[1]).filter(|kept| *kept != frequency.features()) {
            None => Ok(()),
            Some(kept) => {
                let advice = format!(
                    "the temporal weights that were loaded are of {kept} time features, this has \
                     {}: give the frequency that they were trained for",
                    frequency.features()
                );
                Err(TimesNetError::config("frequency", frequency, &advice))
            }
        }
    }

    /// Writes everything that the published code asks for with `load_state_dict`: the weights, the
    /// table of positions, and a temporal embedding (where the network has none the one that was
    /// loaded, or else zeros for `frequency`). A `.pth` file where `path` ends so, safetensors otherwise.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Io`] where the file cannot be written, [`TimesNetError::Config`] where the
    /// temporal embedding that the network has, or that was loaded, is not of `frequency`.
    pub fn save_published(&self, path: impl AsRef<Path>, frequency: TimeFrequency) -> Result<()> {
        let path = path.as_ref();
        let config = self.config();
        let width = config.d_model;
        let cpu = Device::Cpu;
        self.check_kept(frequency)?;
        let mut tensors = self.tensors()?;
        let table = layers::positions(POSITIONS.1, width, &cpu)?.unsqueeze(0)?;
        tensors.push((POSITIONS.0.to_owned(), table));
        match config.embed {
            _ if !self.unused().is_empty() => {}
            TimeEmbedding::Linear if config.time_features == 0 => {
                let zeros = Tensor::zeros((width, frequency.features()), DType::F32, &cpu)?;
                tensors.push((linear(), zeros));
            }
            TimeEmbedding::Linear => {}
            TimeEmbedding::Fixed => {
                for (name, rows) in layers::CALENDAR.iter().take(config.time_features.max(4)) {
                    let table = layers::positions(*rows, width, &cpu)?;
                    tensors.push((fixed_table(name), table));
                }
            }
        }
        let bytes = match is_pth(path) {
            true => pth::bytes(&tensors, path)?,
            false => serialize(&tensors, None, path)?,
        };
        write_atomically(path, &bytes)
    }
}

fn sidecar_path(path: &Path) -> PathBuf {
    path.with_extension("json")
}

pub(crate) fn format_error(path: &Path, problem: &dyn std::fmt::Display) -> TimesNetError {
    TimesNetError::Format { path: path.to_owned(), problem: problem.to_string() }
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> TimesNetError {
    let path = path.to_owned();
    move |source| TimesNetError::Io { action, path, source }
}

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(io("read", path))
}

/// Writes to a temporary file in the same folder and renames it, so that a reader or a killed
/// process never sees half a file.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut file = tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(io("write", path))?;
    // Says that the writer lives, to who tidies up after killed ones.
    let _ = file.as_file().try_lock();
    file.write_all(bytes).map_err(io("write", path))?;
    file.as_file().sync_all().map_err(io("write", path))?;
    file.persist(path).map_err(|error| io("write", path)(error.error))?;
    Ok(())
}

/// Tensors (on the CPU) and metadata as a safetensors file.
pub(crate) fn serialize(
    tensors: &[(String, Tensor)],
    metadata: Option<HashMap<String, String>>,
    path: &Path,
) -> Result<Vec<u8>> {
    let named = tensors.iter().map(|(name, tensor)| (name, tensor));
    safetensors::serialize(named, metadata).map_err(|e| format_error(path, &e))
}
