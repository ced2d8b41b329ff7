//! The fused block as an operation of candle's graph.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Storage, Tensor, bail};

use crate::kernel::{self, BlockShape, Saved, Workspace};
use crate::merge_op::Merged;

/// One TimesBlock on the CPU. Lives as long as the graph node, so that what the forward pass saves
/// is there for the backward pass and freed with it.
pub(crate) struct BlockOp {
    shape: BlockShape,
    /// Where the parameters come past the graph.
    merged: Option<Merged>,
    workspace: Workspace<f32>,
    keep: bool,
    saved: Mutex<Option<Saved<f32>>>,
}

impl BlockOp {
    /// Applies the block to `series` `[batch, len, d_model]`. `parameters` is the vector that
    /// [`crate::composed::Convolutions::flatten`] makes or, with `merged`, the token of
    /// [`crate::merge_op::merge`]. `keep` where a gradient is wanted.
    pub(crate) fn apply(
        shape: BlockShape,
        workspace: &Workspace<f32>,
        series: &Tensor,
        (parameters, merged): (&Tensor, Option<Merged>),
        keep: bool,
    ) -> Result<Tensor> {
        let workspace = workspace.clone();
        let op = Self { shape, merged, workspace, keep, saved: Mutex::new(None) };
        series.contiguous()?.apply_op2(&parameters.contiguous()?, op)
    }

    fn run(&self, series: &[f32], parameters: &[f32]) -> Result<Vec<f32>> {
        if parameters.len() != self.shape.parameters() {
            bail!("{} block parameters, needed {}", parameters.len(), self.shape.parameters());
        }
        let (output, saved) =
            kernel::forward(&self.shape, series, parameters, &self.workspace, self.keep);
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = saved;
        Ok(output)
    }

    fn gradients(
        &self,
        series: &[f32],
        parameters: &[f32],
        grad: &[f32],
    ) -> Result<(Vec<f32>, Vec<f32>)> {
        let (shape, workspace) = (&self.shape, &self.workspace);
        // Taken, so that the memory is there for the blocks before this one; a second backward pass
        // of the same graph finds nothing.
        let saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner).take();
        let again = || kernel::forward(shape, series, parameters, workspace, true).1;
        match saved.or_else(again) {
            Some(saved) => Ok(kernel::backward(shape, series, parameters, saved, grad, workspace)),
            None => bail!("the forward pass kept nothing"),
        }
    }
}

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

impl CustomOp2 for BlockOp {
    fn name(&self) -> &'static str {
        "times-block"
    }

    fn cpu_fwd(
        &self,
        series: &CpuStorage,
        series_layout: &Layout,
        parameters: &CpuStorage,
        parameters_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let series = values(series, series_layout)?;
        let output = match &self.merged {
            Some(merged) => merged.with(|parameters| self.run(series, parameters))?,
            None => self.run(series, values(parameters, parameters_layout)?),
        }?;
        Ok((CpuStorage::F32(output), series_layout.shape().clone()))
    }

    fn bwd(
        &self,
        series: &Tensor,
        parameters: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        if !self.keep {
            bail!("a gradient was asked of a network run for inference; use `forward_train`")
        }
        let (series_grad, parameters_grad) = with_values(series, |series| {
            with_values(grad, |grad| match &self.merged {
                Some(merged) => merged.with(|merged| self.gradients(series, merged, grad))?,
                None => with_values(parameters, |all| self.gradients(series, all, grad))?,
            })
        })???;
        let series_grad = Tensor::from_vec(series_grad, series.shape(), series.device())?;
        let Some(merged) = &self.merged else {
            let parameters_grad =
                Tensor::from_vec(parameters_grad, parameters.shape(), parameters.device())?;
            return Ok((Some(series_grad), Some(parameters_grad)));
        };
        merged.set_gradient(parameters_grad);
        Ok((Some(series_grad), Some(parameters.zeros_like()?)))
    }
}
