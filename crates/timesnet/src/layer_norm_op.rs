//! The fused layer norm as an operation of candle's graph.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use crate::block_op::{values, with_values};
use crate::kernel::layer_norm;

/// Layer norm on the CPU: x, weight, bias.
pub(crate) struct LayerNormOp;

impl CustomOp3 for LayerNormOp {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight, bias) =
            (values(x, x_layout)?, values(weight, weight_layout)?, values(bias, bias_layout)?);
        let width = x_layout.shape().dims().last().copied().unwrap_or(0);
        if width == 0 || weight.len() != width || bias.len() != width {
            bail!("layer norm of {width} channels with {} weights", weight.len())
        }
        let output = layer_norm::forward(x, weight, bias);
        Ok((CpuStorage::F32(output), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [dx, dw, db] = with_values(x, |x| {
            with_values(weight, |weight| {
                with_values(grad, |grad| layer_norm::backward(x, weight, grad))
            })
        })???;
        let like = |values, tensor: &Tensor| Tensor::from_vec(values, tensor.shape(), x.device());
        Ok((Some(like(dx, x)?), Some(like(dw, weight)?), Some(like(db, bias)?)))
    }
}
