use candle_core::{D, Result, Tensor};
use candle_nn::{Init, VarBuilder};

/// Additive self-attention over time: the emission from time j to time i is
/// tanh(xᵢ·Wt + xⱼ·Wx + bh)·Wa + ba, optionally limited to neighbours.
#[derive(Debug)]
pub(crate) struct SequenceAttention {
    key: Tensor,
    query: Tensor,
    hidden_bias: Tensor,
    emission: Tensor,
    emission_bias: Tensor,
    width: Option<usize>,
}

impl SequenceAttention {
    const UNITS: usize = 32;
    /// Part of the published network: it keeps the weights' sum just below one.
    const EPSILON: f64 = 1e-7;

    /// `width` is the number of neighbouring times attended to, all where it is `None`.
    pub(crate) fn new(
        channels: usize,
        width: Option<usize>,
        parameters: &VarBuilder<'_>,
    ) -> Result<Self> {
        let small = Init::Uniform { lo: -0.02, up: 0.02 };
        let zero = Init::Const(0.0);
        Ok(Self {
            key: parameters.get_with_hints((channels, Self::UNITS), "Wx", small)?,
            query: parameters.get_with_hints((channels, Self::UNITS), "Wt", small)?,
            hidden_bias: parameters.get_with_hints(Self::UNITS, "bh", zero)?,
            emission: parameters.get_with_hints((Self::UNITS, 1), "Wa", small)?,
            emission_bias: parameters.get_with_hints(1, "ba", zero)?,
            width,
        })
    }

    /// `[batch, channel, time]` to the same.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.transpose(1, 2)?.contiguous()?;
        let times = x.dim(1)?;
        let query = x.broadcast_matmul(&self.query)?.unsqueeze(2)?;
        let key = x.broadcast_matmul(&self.key)?.unsqueeze(1)?;
        let hidden = query.broadcast_add(&key)?.broadcast_add(&self.hidden_bias)?.tanh()?;
        let emission = hidden
            .broadcast_matmul(&self.emission)?
            .broadcast_add(&self.emission_bias)?
            .squeeze(D::Minus1)?;
        let mut weight = emission.broadcast_sub(&emission.max_keepdim(D::Minus1)?)?.exp()?;
        if let Some(width) = self.width {
            weight = weight.broadcast_mul(&band(times, width, &x)?)?;
        }
        let sum = (weight.sum_keepdim(D::Minus1)? + Self::EPSILON)?;
        weight.broadcast_div(&sum)?.matmul(&x)?.transpose(1, 2)
    }
}

/// 1 where time j − width/2 ≤ i < j − width/2 + width, else 0; `[i, j]`.
fn band(times: usize, width: usize, like: &Tensor) -> Result<Tensor> {
    let inside = |i: usize, j: usize| {
        let shifted = i + width / 2;
        shifted >= j && shifted < j + width
    };
    let values: Vec<f32> = (0..times * times)
        .map(|index| f32::from(u8::from(inside(index / times, index % times))))
        .collect();
    Tensor::from_vec(values, (times, times), like.device())?.to_dtype(like.dtype())
}
