//! Saved networks: safetensors under the published names, with a JSON sidecar; PyTorch's `.pth`.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use crate::params::{ParamSpec, specs};
use crate::{Result, TimesNet, TimesNetConfig, TimesNetError};

/// Buffers of the published checkpoints that are recomputed here.
const TABLES: [&str; 1] = ["enc_embedding.position_embedding.pe"];

/// What stands beside the weights.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sidecar {
    schema: String,
    crate_version: String,
    config: TimesNetConfig,
}

const SCHEMA: &str = "timesnet.checkpoint/1";

impl TimesNet {
    /// Writes the weights to `path` (safetensors, published names) and the configuration beside
    /// it, under the same name with the extension `json`. Each file appears whole or not at all.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Io`] where a file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let sidecar = Sidecar {
            schema: SCHEMA.to_owned(),
            crate_version: env!("CARGO_PKG_VERSION").to_owned(),
            config: self.config().clone(),
        };
        let json = serde_json::to_vec_pretty(&sidecar).map_err(|e| format_error(path, &e))?;
        let tensors: Vec<(String, Tensor)> = self
            .vars()
            .iter()
            .map(|(name, var)| Ok((name.clone(), var.as_tensor().to_device(&Device::Cpu)?)))
            .collect::<Result<_>>()?;
        write_atomically(&sidecar_path(path), &json)?;
        write_atomically(path, &serialize(&tensors, None, path)?)
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Io`] where a file cannot be read, [`TimesNetError::Format`] where it is
    /// damaged, [`TimesNetError::Checkpoint`] naming every tensor that does not fit.
    pub fn load(path: impl AsRef<Path>, device: &Device) -> Result<Self> {
        let path = path.as_ref();
        let beside = sidecar_path(path);
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
    /// A temporal embedding in the file that the network does not use is left out.
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
        let mut tensors = read_tensors(path, device)?;
        let specs = specs(&config);
        compare(&specs, &tensors, &config, path)?;
        let mut vars = BTreeMap::new();
        for ParamSpec { name, .. } in specs {
            if let Some(tensor) = tensors.remove(&name) {
                let tensor = tensor.to_dtype(DType::F32)?.contiguous()?;
                vars.insert(name, Var::from_tensor(&tensor)?);
            }
        }
        Self::with_vars(config, vars, device)
    }
}

fn sidecar_path(path: &Path) -> PathBuf {
    path.with_extension("json")
}

fn format_error(path: &Path, problem: &dyn std::fmt::Display) -> TimesNetError {
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

fn read_tensors(path: &Path, device: &Device) -> Result<HashMap<String, Tensor>> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if extension.eq_ignore_ascii_case("pth") || extension.eq_ignore_ascii_case("pt") {
        // Fails with the system's words, which candle would wrap, where the file is not there.
        std::fs::metadata(path).map_err(io("read", path))?;
        let tensors =
            candle_core::pickle::read_all(path).map_err(|e| format_error(path, &first_line(&e)))?;
        let moved = tensors.into_iter().map(|(name, tensor)| Ok((name, tensor.to_device(device)?)));
        return moved.collect();
    }
    let bytes = read(path)?;
    candle_core::safetensors::load_buffer(&bytes, device)
        .map_err(|e| format_error(path, &first_line(&e)))
}

// candle's errors may carry a backtrace after their first line.
fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn compare(
    specs: &[ParamSpec],
    tensors: &HashMap<String, Tensor>,
    config: &TimesNetConfig,
    path: &Path,
) -> Result<()> {
    let (mut missing, mut misshapen) = (Vec::new(), Vec::new());
    for spec in specs {
        match tensors.get(&spec.name) {
            None => missing.push(spec.name.clone()),
            Some(tensor) if tensor.dims() != spec.shape => misshapen.push(format!(
                "{} ({:?} in the file, {:?} in the network)",
                spec.name,
                tensor.dims(),
                spec.shape
            )),
            Some(_) => {}
        }
    }
    let unused = |name: &str| {
        TABLES.contains(&name)
            || (config.time_features == 0
                && name == "enc_embedding.temporal_embedding.embed.weight")
    };
    let known = |name: &str| specs.iter().any(|spec| spec.name == name);
    let mut extra: Vec<String> =
        tensors.keys().filter(|name| !known(name) && !unused(name)).cloned().collect();
    extra.sort();
    if missing.is_empty() && extra.is_empty() && misshapen.is_empty() {
        return Ok(());
    }
    Err(TimesNetError::Checkpoint { path: path.to_owned(), missing, extra, misshapen })
}
