//! The fused value and positional embedding as an operation of candle's graph.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use crate::cpu_values::{values, with_values};
use crate::kernel::embedding::{self, Token};

/// Embedding on the CPU: series `[batch, len, channels]`, weight `[width, channels, 3]`, positions
/// `[len, width]`, which have no gradient.
pub(crate) struct EmbeddingOp;

fn token(series: &Shape, weight: &Shape) -> Result<Token> {
    let (_, len, channels) = series.dims3()?;
    let (width, inputs, taps) = weight.dims3()?;
    if inputs != channels || taps != 3 {
        bail!("an embedding of {inputs} channels for {channels}")
    }
    Ok(Token { len, channels, width })
}

impl CustomOp3 for EmbeddingOp {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn cpu_fwd(
        &self,
        series: &CpuStorage,
        series_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        positions: &CpuStorage,
        positions_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let token = token(series_layout.shape(), weight_layout.shape())?;
        let (series, weight) = (values(series, series_layout)?, values(weight, weight_layout)?);
        let positions = values(positions, positions_layout)?;
        if positions.len() != token.len * token.width {
            bail!("{} positions for {} samples", positions.len() / token.width, token.len)
        }
        let output = embedding::forward(&token, series, weight, positions);
        let samples = series_layout.dims()[0];
        Ok((CpuStorage::F32(output), Shape::from((samples, token.len, token.width))))
    }

    fn bwd(
        &self,
        series: &Tensor,
        weight: &Tensor,
        _positions: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let token = token(series.shape(), weight.shape())?;
        let dw = with_values(series, |series| {
            with_values(grad, |grad| embedding::weight_gradient(&token, series, grad))
        })??;
        let dw = Tensor::from_vec(dw, weight.shape(), weight.device())?;
        // Of the series only where it comes from something that is asked for.
        let dx = match series.track_op() {
            false => None,
            true => {
                let dx = with_values(weight, |weight| {
                    with_values(grad, |grad| embedding::series_gradient(&token, weight, grad))
                })??;
                Some(Tensor::from_vec(dx, series.shape(), series.device())?)
            }
        };
        Ok((dx, Some(dw), None))
    }
}
