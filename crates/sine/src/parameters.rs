use std::path::Path;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;

use crate::{Result, SineError};

/// Parameters of a network from a safetensors file, for
/// [`Picker::new`](crate::Picker::new) and its like.
///
/// # Errors
///
/// [`SineError::Parameters`] where the file cannot be read.
///
/// ```
/// use sine::candle_core::Device;
///
/// let error = sine::parameters_from_safetensors("none.safetensors", &Device::Cpu);
/// assert!(error.err().unwrap().to_string().contains("none.safetensors"));
/// ```
pub fn parameters_from_safetensors(
    path: impl AsRef<Path>,
    device: &Device,
) -> Result<VarBuilder<'static>> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(|e| unreadable(path, e))?;
    VarBuilder::from_buffered_safetensors(bytes, DType::F32, device)
        .map_err(|e| unreadable(path, e))
}

/// Parameters from a PyTorch checkpoint. The published training script stores two networks in one
/// file: `model_pick_detection_state_dict` (the picker) and `model_state_dict` (the estimator).
///
/// # Errors
///
/// [`SineError::Parameters`] where the file cannot be read.
///
/// ```
/// use sine::candle_core::Device;
///
/// let key = Some("model_pick_detection_state_dict");
/// assert!(sine::parameters_from_pth("none.pth", key, &Device::Cpu).is_err());
/// ```
pub fn parameters_from_pth(
    path: impl AsRef<Path>,
    state_key: Option<&str>,
    device: &Device,
) -> Result<VarBuilder<'static>> {
    let path = path.as_ref();
    let read = match state_key {
        Some(key) => VarBuilder::from_pth_with_state(path, DType::F32, key, device),
        None => VarBuilder::from_pth(path, DType::F32, device),
    };
    read.map_err(|e| unreadable(path, e))
}

fn unreadable(
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> SineError {
    SineError::Parameters { path: path.to_owned(), source: source.into() }
}
