//! What a checkpoint's file says of its tensors, compared with a network before values are read.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::safetensors::Load;
use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors};

use crate::checkpoint::format_error;
use crate::params::ParamSpec;
use crate::pth::{Pth, first_line};
use crate::{Result, TimeEmbedding, TimesNetConfig, TimesNetError, layers};

/// The published table of positions, and its number of rows; recomputed here.
pub(crate) const POSITIONS: (&str, usize) = ("enc_embedding.position_embedding.pe", 5000);

const TEMPORAL: &str = "enc_embedding.temporal_embedding";

pub(crate) fn is_pth(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    extension.eq_ignore_ascii_case("pth") || extension.eq_ignore_ascii_case("pt")
}

/// What a file says of a tensor before its values are read.
pub(crate) struct Stored {
    pub(crate) shape: Vec<usize>,
    /// The type's name.
    pub(crate) kind: String,
    /// Whether it is of numbers with a fraction.
    pub(crate) fractional: bool,
}

/// The tensors of a file; values are read one by one.
pub(crate) enum Tensors<'a> {
    Pth(Pth),
    Safe(SafeTensors<'a>),
}

impl Tensors<'_> {
    pub(crate) fn stored(&self) -> BTreeMap<String, Stored> {
        match self {
            Self::Pth(file) => file.stored(),
            Self::Safe(file) => file
                .iter()
                .map(|(name, tensor)| {
                    let kind = tensor.dtype();
                    let fractional =
                        matches!(kind, Dtype::F16 | Dtype::BF16 | Dtype::F32 | Dtype::F64);
                    let (shape, kind) = (tensor.shape().to_vec(), format!("{kind:?}"));
                    (name.to_owned(), Stored { shape, kind, fractional })
                })
                .collect(),
        }
    }

    pub(crate) fn tensor(&self, name: &str, path: &Path, device: &Device) -> Result<Tensor> {
        match self {
            Self::Pth(file) => file.tensor(name, path, device),
            Self::Safe(file) => {
                let tensor = file.tensor(name).map_err(|e| format_error(path, &e))?;
                tensor.load(device).map_err(|e| format_error(path, &first_line(&e)))
            }
        }
    }
}

/// Most rows of a temporal table or columns of a temporal layer that are kept; days of a month are
/// the most that there are.
const MOST_TEMPORAL: usize = 32;

impl Tensors<'_> {
    /// Temporal weights that a network without time features has no use for, on the CPU: those of
    /// known names and small shapes, for many names may stand for the same values in a file.
    pub(crate) fn unused_temporal(
        &self,
        config: &TimesNetConfig,
        path: &Path,
    ) -> Result<BTreeMap<String, Tensor>> {
        let fits = |(name, stored): &(String, Stored)| {
            let small = match stored.shape[..] {
                [width, columns] if *name == linear() => {
                    width == config.d_model && columns <= MOST_TEMPORAL
                }
                [rows, width] if is_learned(name) => {
                    width == config.d_model && rows <= MOST_TEMPORAL
                }
                _ => false,
            };
            small && stored.fractional && config.time_features == 0
        };
        let names = self.stored().into_iter().filter(fits);
        names
            .map(|(name, _)| {
                let tensor = self.tensor(&name, path, &Device::Cpu)?.to_dtype(DType::F32)?;
                Ok((name, tensor.contiguous()?))
            })
            .collect()
    }
}

pub(crate) fn compare(
    specs: &[ParamSpec],
    stored: &BTreeMap<String, Stored>,
    config: &TimesNetConfig,
    path: &Path,
) -> Result<()> {
    let (mut missing, mut misshapen, mut mistyped) = (Vec::new(), Vec::new(), Vec::new());
    for spec in specs {
        match stored.get(&spec.name) {
            None => missing.push(spec.name.clone()),
            Some(Stored { shape, .. }) if *shape != spec.shape => misshapen.push(format!(
                "{} ({shape:?} in the file, {:?} in the network)",
                spec.name, spec.shape
            )),
            Some(Stored { kind, fractional: false, .. }) => {
                mistyped.push(format!("{} ({kind})", spec.name));
            }
            Some(_) => {}
        }
    }
    let known = |name: &str| specs.iter().any(|spec| spec.name == name);
    let mut extra = Vec::new();
    for (name, found) in stored.iter().filter(|(name, _)| !known(name)) {
        match beside(name, config) {
            None => extra.push(name.clone()),
            Some(shape) if !shape.fits(&found.shape) => misshapen
                .push(format!("{name} ({:?} in the file, {shape} in the network)", found.shape)),
            Some(_) if !found.fractional => mistyped.push(format!("{name} ({})", found.kind)),
            Some(_) => {}
        }
    }
    missing.extend(missing_tables(stored, config));
    if [&missing, &extra, &misshapen, &mistyped].iter().all(|names| names.is_empty()) {
        return Ok(());
    }
    Err(TimesNetError::Checkpoint { path: path.to_owned(), missing, extra, misshapen, mistyped })
}

/// Shape of a tensor that may stand in a file beside the parameters.
enum Beside {
    Exactly(Vec<usize>),
    /// `[d_model, columns]`, of any number of time features that there is.
    Columns(usize),
}

impl Beside {
    fn fits(&self, shape: &[usize]) -> bool {
        match self {
            Self::Exactly(own) => own == shape,
            Self::Columns(width) => {
                matches!(shape, [rows, columns] if rows == width && *columns <= MOST_TEMPORAL)
            }
        }
    }
}

impl std::fmt::Display for Beside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(shape) => write!(f, "{shape:?}"),
            Self::Columns(width) => write!(f, "[{width}, at most {MOST_TEMPORAL}]"),
        }
    }
}

/// What a published file may have beside the parameters: tables, which are recomputed, and, where
/// the network has no use for any, the weights of a temporal embedding.
fn beside(name: &str, config: &TimesNetConfig) -> Option<Beside> {
    let width = config.d_model;
    if name == POSITIONS.0 {
        return Some(Beside::Exactly(vec![1, POSITIONS.1, width]));
    }
    let marked = config.time_features > 0;
    let calendar = !marked || config.embed == TimeEmbedding::Fixed;
    let columns = if marked { config.time_features } else { layers::CALENDAR.len() };
    for (unit, rows) in layers::CALENDAR.iter().take(columns) {
        if (calendar && name == fixed_table(unit)) || (!marked && name == learned_table(unit)) {
            return Some(Beside::Exactly(vec![*rows, width]));
        }
    }
    (!marked && name == linear()).then_some(Beside::Columns(width))
}

/// Tables that a file with some lacks: then it is of a network of other time features.
fn missing_tables(stored: &BTreeMap<String, Stored>, config: &TimesNetConfig) -> Vec<String> {
    if config.embed != TimeEmbedding::Fixed || config.time_features == 0 {
        return Vec::new();
    }
    let columns = layers::CALENDAR.iter().take(config.time_features);
    let (found, missing): (Vec<String>, Vec<String>) =
        columns.map(|(unit, _)| fixed_table(unit)).partition(|name| stored.contains_key(name));
    if found.is_empty() { Vec::new() } else { missing }
}

/// The weights of a linear temporal embedding.
pub(crate) fn linear() -> String {
    format!("{TEMPORAL}.embed.weight")
}

/// A table of the published `learned` embedding.
fn learned_table(unit: &str) -> String {
    format!("{TEMPORAL}.{unit}_embed.weight")
}

/// A table of the published `fixed` embedding.
pub(crate) fn fixed_table(unit: &str) -> String {
    format!("{TEMPORAL}.{unit}_embed.emb.weight")
}

fn is_learned(name: &str) -> bool {
    layers::CALENDAR.iter().any(|(unit, _)| name == learned_table(unit))
}
