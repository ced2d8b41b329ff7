use candle_core::{Result, Tensor};
use candle_nn::{BatchNorm, Conv1d, Conv1dConfig, Linear, Module, ModuleT, VarBuilder};

use super::{FILTERS, HIDDEN, KERNELS};
use crate::layers::{
    BidirectionalLstm, ChannelNorm, SequenceAttention, batch_norm, convolution, halve,
};

/// Epsilon of the picker's batch normalisations.
const EPSILON: f64 = 1e-3;
/// Kernels of the residual blocks.
const RESIDUAL_KERNELS: [usize; 7] = [3, 3, 3, 3, 2, 3, 2];

/// `[batch, channel, sample]` to `[batch, 16, sample / 128]`.
#[derive(Debug)]
pub(super) struct Encoder {
    convolutions: Vec<Conv1d>,
    residual: Vec<ResidualBlock>,
    recurrent: [RecurrentBlock; 2],
    transformers: [Transformer; 2],
}

impl Encoder {
    pub(super) fn new(channels: usize, parameters: &VarBuilder<'_>) -> Result<Self> {
        let (spatial, temporal) = (parameters.pp("0"), parameters.pp("1"));
        let convolutions = (0..FILTERS.len())
            .map(|i| {
                let from = if i == 0 { channels } else { FILTERS[i - 1] };
                convolution((from, FILTERS[i]), KERNELS[i], 1, spatial.pp(format!("convs.{i}")))
            })
            .collect::<Result<_>>()?;
        let widest = FILTERS[FILTERS.len() - 1];
        let residual = RESIDUAL_KERNELS
            .iter()
            .enumerate()
            .map(|(i, &kernel)| {
                ResidualBlock::new(widest, kernel, &spatial.pp(format!("res_conv.{i}")))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            convolutions,
            residual,
            recurrent: [
                RecurrentBlock::new(widest, &temporal.pp("Lstm.0"))?,
                RecurrentBlock::new(HIDDEN, &temporal.pp("Lstm.1"))?,
            ],
            transformers: [
                Transformer::new(&temporal.pp("trans.0"))?,
                Transformer::new(&temporal.pp("trans.1"))?,
            ],
        })
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = x.clone();
        for convolution in &self.convolutions {
            x = halve(&convolution.forward(&x)?.relu()?)?;
        }
        for block in &self.residual {
            x = block.forward(&x)?;
        }
        for block in &self.recurrent {
            x = block.forward(&x)?;
        }
        for transformer in &self.transformers {
            x = transformer.forward(&x)?;
        }
        Ok(x)
    }
}

#[derive(Debug)]
struct ResidualBlock {
    norms: [BatchNorm; 2],
    convolutions: [Conv1d; 2],
    /// An even kernel looks one sample to the right.
    right_padding: usize,
}

impl ResidualBlock {
    fn new(width: usize, kernel: usize, parameters: &VarBuilder<'_>) -> Result<Self> {
        let even = kernel.is_multiple_of(2);
        let padding = if even { 0 } else { kernel / 2 };
        let config = Conv1dConfig { padding, ..Default::default() };
        let convolution =
            |name: &str| candle_nn::conv1d(width, width, kernel, config, parameters.pp(name));
        let norm = |name: &str| batch_norm(width, EPSILON, parameters.pp(name));
        Ok(Self {
            norms: [norm("norm1")?, norm("norm2")?],
            convolutions: [convolution("conv1")?, convolution("conv2")?],
            right_padding: usize::from(even),
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut y = x.clone();
        for (norm, convolution) in self.norms.iter().zip(&self.convolutions) {
            let active = norm.forward_t(&y, false)?.relu()?;
            y = convolution.forward(&active.pad_with_zeros(2, 0, self.right_padding)?)?;
        }
        x + y
    }
}

#[derive(Debug)]
struct RecurrentBlock {
    recurrent: BidirectionalLstm,
    mix: Conv1d,
    norm: BatchNorm,
}

impl RecurrentBlock {
    fn new(width: usize, parameters: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            recurrent: BidirectionalLstm::new(width, HIDDEN, 1, &parameters.pp("lstm"))?,
            mix: convolution((2 * HIDDEN, HIDDEN), 1, 1, parameters.pp("conv"))?,
            norm: batch_norm(HIDDEN, EPSILON, parameters.pp("norm"))?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let both = self.recurrent.forward(&x.transpose(1, 2)?)?;
        let mixed = self.mix.forward(&both.transpose(1, 2)?.contiguous()?)?;
        self.norm.forward_t(&mixed, false)
    }
}

#[derive(Debug)]
struct Transformer {
    attention: SequenceAttention,
    norms: [ChannelNorm; 2],
    widen: Linear,
    narrow: Linear,
}

impl Transformer {
    /// Width of the feed-forward part.
    const WIDE: usize = 128;

    fn new(parameters: &VarBuilder<'_>) -> Result<Self> {
        Ok(Self {
            attention: SequenceAttention::new(HIDDEN, None, &parameters.pp("attention"))?,
            norms: [
                ChannelNorm::new(HIDDEN, &parameters.pp("norm1"))?,
                ChannelNorm::new(HIDDEN, &parameters.pp("norm2"))?,
            ],
            widen: candle_nn::linear(HIDDEN, Self::WIDE, parameters.pp("ff.lin1"))?,
            narrow: candle_nn::linear(Self::WIDE, HIDDEN, parameters.pp("ff.lin2"))?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.norms[0].forward(&(x + self.attention.forward(x)?)?)?;
        let wide = self.widen.forward(&y.transpose(1, 2)?.contiguous()?)?.relu()?;
        let fed = self.narrow.forward(&wide)?.transpose(1, 2)?;
        self.norms[1].forward(&(y + fed)?)
    }
}
