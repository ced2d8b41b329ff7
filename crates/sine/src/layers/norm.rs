use candle_core::{Result, Tensor};
use candle_nn::{BatchNorm, BatchNormConfig, Init, VarBuilder};

/// Batch normalisation of `[batch, channel, time]`; `epsilon` is part of the published network.
pub(crate) fn batch_norm(
    channels: usize,
    epsilon: f64,
    parameters: VarBuilder<'_>,
) -> Result<BatchNorm> {
    let config = BatchNormConfig { eps: epsilon, ..Default::default() };
    candle_nn::batch_norm(channels, config, parameters)
}

/// Normalisation over the channels of `[batch, channel, time]`, at each time for itself.
#[derive(Debug)]
pub(crate) struct ChannelNorm {
    gamma: Tensor,
    beta: Tensor,
}

impl ChannelNorm {
    /// As published.
    const EPSILON: f64 = 1e-14;

    pub(crate) fn new(channels: usize, parameters: &VarBuilder<'_>) -> Result<Self> {
        let gamma = parameters.get_with_hints((channels, 1), "gamma", Init::Const(1.0))?;
        let beta = parameters.get_with_hints((channels, 1), "beta", Init::Const(0.0))?;
        Ok(Self { gamma, beta })
    }

    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(1)?)?;
        let deviation = (centred.sqr()?.mean_keepdim(1)? + Self::EPSILON)?.sqrt()?;
        let unit = centred.broadcast_div(&deviation)?;
        unit.broadcast_mul(&self.gamma)?.broadcast_add(&self.beta)
    }
}
