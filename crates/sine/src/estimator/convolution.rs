use candle_core::{D, Result, Tensor};
use candle_nn::ops::leaky_relu;
use candle_nn::{BatchNorm, Conv1d, Module, ModuleT, VarBuilder};

use crate::layers::{batch_norm, convolution, pool_three_by_two};

/// Epsilon of the estimator's batch normalisations.
const EPSILON: f64 = 1e-5;
const SLOPE: f64 = 0.2;

/// The residual convolution network that the estimator uses four times, up to its last layer:
/// `[batch, channel, sample]` to `[batch, 4·width, sample / 32]`.
#[derive(Debug)]
pub(super) struct ResidualNetwork {
    first: Conv1d,
    norm: BatchNorm,
    blocks: Vec<Bottleneck>,
}

impl ResidualNetwork {
    pub(super) fn new(channels: usize, width: usize, parameters: &VarBuilder<'_>) -> Result<Self> {
        // (input channels, width, blocks, stride of the first).
        let layers = [(16, 16, 3, 1), (64, 32, 4, 2), (128, 64, 6, 2), (256, width, 3, 2)];
        let mut blocks = Vec::new();
        for (layer, (from, width, count, stride)) in layers.into_iter().enumerate() {
            for block in 0..count {
                let (from, stride) = if block == 0 { (from, stride) } else { (4 * width, 1) };
                let name = format!("layer{}.{block}", layer + 1);
                blocks.push(Bottleneck::new((from, width), stride, &parameters.pp(name))?);
            }
        }
        Ok(Self {
            first: convolution((channels, 16), 7, 2, parameters.pp("conv1"))?,
            norm: batch_norm(16, EPSILON, parameters.pp("bn1"))?,
            blocks,
        })
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.norm.forward_t(&self.first.forward(x)?, false)?;
        let x = pool_three_by_two(&leaky_relu(&x, SLOPE)?)?;
        self.blocks.iter().try_fold(x, |x, block| block.forward(&x))
    }
}

/// Narrow, convolve, widen, and add the input.
#[derive(Debug)]
struct Bottleneck {
    steps: [(Conv1d, BatchNorm); 3],
    shortcut: Option<(Conv1d, BatchNorm)>,
}

impl Bottleneck {
    fn new(
        (from, width): (usize, usize),
        stride: usize,
        parameters: &VarBuilder<'_>,
    ) -> Result<Self> {
        let step = |index: usize, channels, kernel, stride| -> Result<(Conv1d, BatchNorm)> {
            let name = |part: &str| parameters.pp(format!("{part}{index}"));
            Ok((
                convolution(channels, kernel, stride, name("conv"))?,
                batch_norm(channels.1, EPSILON, name("bn"))?,
            ))
        };
        let wide = 4 * width;
        let shortcut = if stride != 1 || from != wide {
            Some((
                convolution((from, wide), 1, stride, parameters.pp("shortcut.0"))?,
                batch_norm(wide, EPSILON, parameters.pp("shortcut.1"))?,
            ))
        } else {
            None
        };
        Ok(Self {
            steps: [
                step(1, (from, width), 1, stride)?,
                step(2, (width, width), 3, 1)?,
                step(3, (width, wide), 1, 1)?,
            ],
            shortcut,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let shortcut = match &self.shortcut {
            Some(step) => apply(step, x)?,
            None => x.clone(),
        };
        let [first, second, third] = &self.steps;
        let y = leaky_relu(&apply(first, x)?, SLOPE)?;
        let y = leaky_relu(&apply(second, &y)?, SLOPE)?;
        leaky_relu(&(apply(third, &y)? + shortcut)?, SLOPE)
    }
}

fn apply((convolution, norm): &(Conv1d, BatchNorm), x: &Tensor) -> Result<Tensor> {
    norm.forward_t(&convolution.forward(x)?, false)
}

/// Greatest value over time, `[batch, channel]`.
pub(super) fn greatest(x: &Tensor) -> Result<Tensor> {
    x.max(D::Minus1)
}
