//! The TimesBlocks with their layer norm, and the projection behind them, as one operation of
//! candle's graph.
//!
//! candle keeps the result of every operation until the loss is gone, and adds each gradient to a
//! tensor of zeros. Within one operation only what comes before each layer norm is kept.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor, bail};

use crate::cpu_values::{values, with_values};
use crate::kernel::{self, BlockShape, Saved, Workspace, layer_norm};
use crate::merge_op::Merged;

/// A TimesBlock and where its parameters come from.
pub(crate) struct Block {
    pub(crate) shape: BlockShape,
    /// Where they come past the graph.
    pub(crate) merged: Option<Merged>,
}

/// Blocks on the CPU. Lives as long as the graph node, so that what the forward pass saves is there
/// for the backward pass and freed with it.
pub(crate) struct EncoderOp {
    blocks: Vec<Block>,
    /// Channels between the blocks.
    width: usize,
    /// Channels that the result is projected to.
    outputs: Option<usize>,
    workspace: Workspace<f32>,
    /// Where a gradient is wanted.
    keep: bool,
    saved: Mutex<Option<Vec<SavedBlock>>>,
}

/// What a block leaves for the backward pass.
struct SavedBlock {
    /// Before the layer norm.
    raw: Vec<f32>,
    own: Option<Saved<f32>>,
}

/// Parameters that all blocks share: the layer norm's and the projection's weight `[outputs, width]`.
struct Shared<'a> {
    weight: &'a [f32],
    bias: &'a [f32],
    projection: Option<Tensor>,
}

/// Of the series, of the blocks' parameters where they are in the graph, and of the shared ones.
type Gradients = [Vec<f32>; 3];

impl EncoderOp {
    /// Takes `[batch, len, width]`; the blocks' parameters, each as the vector that
    /// [`crate::composed::Convolutions::flatten`] makes, one after another, or the token of
    /// [`crate::merge_op::merge`]; the layer norm's weight and bias and the projection's weight as
    /// one vector.
    pub(crate) fn new(
        blocks: Vec<Block>,
        (width, outputs): (usize, Option<usize>),
        workspace: &Workspace<f32>,
        keep: bool,
    ) -> Self {
        let workspace = workspace.clone();
        Self { blocks, width, outputs, workspace, keep, saved: Mutex::new(None) }
    }

    fn shared<'a>(&self, shared: &'a [f32]) -> Result<Shared<'a>> {
        let projected = self.outputs.unwrap_or(0) * self.width;
        if shared.len() != 2 * self.width + projected {
            bail!("{} shared parameters of {} channels", shared.len(), self.width)
        }
        let (norm, projection) = shared.split_at(2 * self.width);
        let (weight, bias) = norm.split_at(self.width);
        let matrix = |outputs| Tensor::from_slice(projection, (outputs, self.width), &Device::Cpu);
        Ok(Shared { weight, bias, projection: self.outputs.map(matrix).transpose()? })
    }

    /// Where a block's parameters are among those of all.
    fn place(&self, block: usize) -> Range<usize> {
        let size = |block: &Block| block.shape.parameters();
        let start = self.blocks[..block].iter().map(size).sum();
        start..start + size(&self.blocks[block])
    }

    /// Calls `job` with a block's parameters out of those of all.
    fn with_parameters<T>(
        &self,
        block: usize,
        parameters: &[f32],
        job: impl FnOnce(&[f32]) -> T,
    ) -> Result<T> {
        let place = self.place(block);
        match &self.blocks[block].merged {
            Some(merged) => merged.with(|parameters| match parameters.len() == place.len() {
                true => Ok(job(parameters)),
                false => bail!("{} block parameters, needed {}", parameters.len(), place.len()),
            })?,
            None => match parameters.get(place.clone()) {
                Some(parameters) => Ok(job(parameters)),
                None => bail!("{} block parameters, needed {}", parameters.len(), place.end),
            },
        }
    }

    /// What the last layer norm makes, and where `keep` what each block leaves.
    fn run(
        &self,
        series: &[f32],
        parameters: &[f32],
        shared: &Shared<'_>,
        keep: bool,
    ) -> Result<(Vec<f32>, Vec<SavedBlock>)> {
        let mut saved = Vec::new();
        let mut x = Cow::Borrowed(series);
        for (number, block) in self.blocks.iter().enumerate() {
            let (raw, own) = self.with_parameters(number, parameters, |parameters| {
                kernel::forward(&block.shape, &x, parameters, &self.workspace, keep)
            })?;
            x = Cow::Owned(layer_norm::forward(&raw, shared.weight, shared.bias));
            if keep {
                saved.push(SavedBlock { raw, own });
            }
        }
        Ok((x.into_owned(), saved))
    }

    fn gradients(
        &self,
        series: &[f32],
        parameters: &[f32],
        shared: &Shared<'_>,
        grad: &[f32],
    ) -> Result<Gradients> {
        // Taken, so that a block's memory is there for the blocks before it; a second backward pass
        // of the same graph finds nothing.
        let saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut saved = match saved {
            Some(saved) => saved,
            None => self.run(series, parameters, shared, true)?.1,
        };
        let in_graph = self.blocks.iter().any(|block| block.merged.is_none());
        let mut parameters_grad = vec![0.0; if in_graph { parameters.len() } else { 0 }];
        let mut norm_grad = vec![0.0; 2 * self.width];
        // What comes into a block: what the layer norm made of the one before.
        let into = |before: Option<&SavedBlock>| match before {
            Some(before) => {
                Cow::Owned(layer_norm::forward(&before.raw, shared.weight, shared.bias))
            }
            None => Cow::Borrowed(series),
        };
        let (mut grad, projection_grad) = match &shared.projection {
            None => (Cow::Borrowed(grad), Vec::new()),
            Some(weight) => {
                let (grad, weight_grad) = unproject(into(saved.last()), weight, grad)?;
                (Cow::Owned(grad), weight_grad)
            }
        };
        for (number, block) in self.blocks.iter().enumerate().rev() {
            let Some(SavedBlock { raw, own: Some(own) }) = saved.pop() else {
                bail!("the forward pass kept nothing")
            };
            let [raw_grad, weight_grad, bias_grad] =
                layer_norm::backward(&raw, shared.weight, &grad);
            drop((raw, grad));
            let sums = norm_grad.iter_mut().zip(weight_grad.iter().chain(&bias_grad));
            sums.for_each(|(to, from)| *to += from);
            let x = into(saved.last());
            let (series_grad, own_grad) = self.with_parameters(number, parameters, |all| {
                kernel::backward(&block.shape, &x, all, own, &raw_grad, &self.workspace)
            })?;
            match &block.merged {
                Some(merged) => merged.set_gradient(own_grad),
                None => parameters_grad[self.place(number)].copy_from_slice(&own_grad),
            }
            grad = Cow::Owned(series_grad);
        }
        norm_grad.extend(projection_grad);
        Ok([grad.into_owned(), parameters_grad, norm_grad])
    }
}

/// `[rows, width]` times the transpose of `weight` `[outputs, width]`.
fn project(x: Vec<f32>, weight: &Tensor) -> Result<Vec<f32>> {
    let rows = Tensor::from_vec(x, ((), weight.dim(1)?), &Device::Cpu)?;
    rows.matmul(&weight.t()?)?.flatten_all()?.to_vec1()
}

/// Gradients of what was projected and of the weight.
fn unproject(x: Cow<'_, [f32]>, weight: &Tensor, grad: &[f32]) -> Result<(Vec<f32>, Vec<f32>)> {
    let (outputs, width) = weight.dims2()?;
    let x = Tensor::from_vec(x.into_owned(), ((), width), &Device::Cpu)?;
    let grad = Tensor::from_slice(grad, ((), outputs), &Device::Cpu)?;
    let weight_grad = grad.t()?.matmul(&x)?.flatten_all()?.to_vec1()?;
    drop(x);
    Ok((grad.matmul(weight)?.flatten_all()?.to_vec1()?, weight_grad))
}

impl CustomOp3 for EncoderOp {
    fn name(&self) -> &'static str {
        "times-blocks"
    }

    fn cpu_fwd(
        &self,
        series: &CpuStorage,
        series_layout: &Layout,
        parameters: &CpuStorage,
        parameters_layout: &Layout,
        shared: &CpuStorage,
        shared_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, len, width) = series_layout.shape().dims3()?;
        let series = values(series, series_layout)?;
        let parameters = values(parameters, parameters_layout)?;
        let shared = self.shared(values(shared, shared_layout)?)?;
        let (encoded, saved) = self.run(series, parameters, &shared, self.keep)?;
        if self.keep {
            *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(saved);
        }
        let output = match &shared.projection {
            Some(weight) => project(encoded, weight)?,
            None => encoded,
        };
        let shape = Shape::from((batch, len, self.outputs.unwrap_or(width)));
        Ok((CpuStorage::F32(output), shape))
    }

    fn bwd(
        &self,
        series: &Tensor,
        parameters: &Tensor,
        shared: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        if !self.keep {
            bail!("a gradient was asked of a network run for inference; use `forward_train`")
        }
        let [series_grad, parameters_grad, shared_grad] = with_values(series, |series| {
            with_values(parameters, |parameters| {
                with_values(shared, |shared| {
                    let shared = self.shared(shared)?;
                    with_values(grad, |grad| self.gradients(series, parameters, &shared, grad))?
                })?
            })?
        })??;
        let like = |values, tensor: &Tensor| Tensor::from_vec(values, tensor.shape(), &Device::Cpu);
        let parameters_grad = match parameters_grad.is_empty() {
            true => parameters.zeros_like()?,
            false => like(parameters_grad, parameters)?,
        };
        let grads = (like(series_grad, series)?, like(shared_grad, shared)?);
        Ok((Some(grads.0), Some(parameters_grad), Some(grads.1)))
    }
}
