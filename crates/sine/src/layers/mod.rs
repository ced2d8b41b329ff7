//! The building blocks that more than one part of the network uses. They return candle's own
//! errors; the public types above them say which stage failed.

mod attention;
mod lstm;
mod norm;
mod pooling;

pub(crate) use attention::SequenceAttention;
pub(crate) use lstm::{BidirectionalLstm, LstmDirection};
pub(crate) use norm::{ChannelNorm, batch_norm};
pub(crate) use pooling::{double, halve, pool_three_by_two};

use candle_core::Result;
use candle_nn::{Conv1d, Conv1dConfig, VarBuilder};

/// A convolution that keeps the length where the kernel is odd and the stride 1.
pub(crate) fn convolution(
    channels: (usize, usize),
    kernel: usize,
    stride: usize,
    parameters: VarBuilder<'_>,
) -> Result<Conv1d> {
    let config = Conv1dConfig { padding: kernel / 2, stride, ..Default::default() };
    candle_nn::conv1d(channels.0, channels.1, kernel, config, parameters)
}
