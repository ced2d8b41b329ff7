//! What a checkpoint's file says of its tensors, compared with a network before values are read.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::safetensors::Load;
use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors};

use crate::checkpoint::format_error;
use crate::params::ParamSpec;
use crate::pth::{Pth, first_line};
use crate::{Result, TimesNetConfig, TimesNetError, layers};

/// The published table of positions, and its number of rows; recomputed here.
pub(crate) const POSITIONS: (&str, usize) = ("enc_embedding.position_embedding.pe", 5000);

pub(crate) const TEMPORAL: &str = "enc_embedding.temporal_embedding";

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
    // Tables are recomputed; other temporal weights are kept by a network that has no use for any.
    let marked = config.time_features > 0;
    let unused = |name: &str| {
        name == POSITIONS.0 || (!marked && name.starts_with(TEMPORAL)) || is_calendar(name)
    };
    let known = |name: &str| specs.iter().any(|spec| spec.name == name);
    let extra: Vec<String> =
        stored.keys().filter(|name| !known(name) && !unused(name)).cloned().collect();
    if [&missing, &extra, &misshapen, &mistyped].iter().all(|names| names.is_empty()) {
        return Ok(());
    }
    Err(TimesNetError::Checkpoint { path: path.to_owned(), missing, extra, misshapen, mistyped })
}

/// The weights of a linear temporal embedding.
pub(crate) fn linear() -> String {
    format!("{TEMPORAL}.embed.weight")
}

/// One of the published `learned` tables.
fn is_learned(name: &str) -> bool {
    layers::CALENDAR.iter().any(|(unit, _)| name == format!("{TEMPORAL}.{unit}_embed.weight"))
}

fn is_calendar(name: &str) -> bool {
    layers::CALENDAR.iter().any(|(unit, _)| name == format!("{TEMPORAL}.{unit}_embed.emb.weight"))
}
