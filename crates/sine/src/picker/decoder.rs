use candle_core::{Result, Tensor};
use candle_nn::ops::sigmoid;
use candle_nn::{Conv1d, Module, VarBuilder};

use super::{FILTERS, HIDDEN, KERNELS, lengths};
use crate::layers::{convolution, double};

/// `[batch, 16, sample / 128]` to a probability per sample, `[batch, sample]`.
#[derive(Debug)]
pub(super) struct Decoder {
    convolutions: Vec<Conv1d>,
    last: Conv1d,
    /// Length after each doubling: the encoder's lengths backwards.
    lengths: Vec<usize>,
}

impl Decoder {
    pub(super) fn new(samples: usize, parameters: &VarBuilder<'_>) -> Result<Self> {
        let filters: Vec<usize> = FILTERS.into_iter().rev().collect();
        let convolutions = KERNELS
            .iter()
            .rev()
            .enumerate()
            .map(|(i, &kernel)| {
                let from = if i == 0 { HIDDEN } else { filters[i - 1] };
                convolution((from, filters[i]), kernel, 1, parameters.pp(format!("convs.{i}")))
            })
            .collect::<Result<Vec<_>>>()?;
        let name = format!("convs.{}", convolutions.len());
        let last = convolution((FILTERS[0], 1), KERNELS[0], 1, parameters.pp(name))?;
        Ok(Self { convolutions, last, lengths: lengths(samples).into_iter().rev().collect() })
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = x.clone();
        for (convolution, &length) in self.convolutions.iter().zip(&self.lengths) {
            // The sample that made an odd length even is cut off again.
            let doubled = double(&x)?.narrow(2, 0, length)?.contiguous()?;
            x = convolution.forward(&doubled)?.relu()?;
        }
        sigmoid(&self.last.forward(&x)?)?.squeeze(1)
    }
}
