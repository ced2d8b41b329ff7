//! The values of tensors on the CPU, for operations that compute on plain slices.

use candle_core::{CpuStorage, DType, Layout, Result, Storage, Tensor, bail};

pub(crate) fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let CpuStorage::F32(data) = storage else {
        bail!("the fused operations compute in f32, not {:?}", storage.dtype())
    };
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&data[from..to]),
        None => bail!("the fused operations need contiguous tensors"),
    }
}

trait ElementType {
    fn dtype(&self) -> DType;
}

impl ElementType for CpuStorage {
    fn dtype(&self) -> DType {
        candle_core::backend::BackendStorage::dtype(self)
    }
}

/// Calls `job` with the values of `tensor`, which are copied only where they are not in one piece.
pub(crate) fn with_values<T>(tensor: &Tensor, job: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(job(values(storage, layout)?)),
        _ => bail!("the fused operations run on the CPU"),
    }
}
