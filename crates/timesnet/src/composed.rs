//! The same block from candle's own operations: for devices other than the CPU, and the oracle the
//! fused one is tested against.

use candle_core::{DType, Device, Result, Tensor};

use crate::kernel::{Scope, strongest};

/// Weights and biases of the two merged convolutions.
pub(crate) struct Convolutions {
    pub(crate) first: (Tensor, Tensor),
    pub(crate) second: (Tensor, Tensor),
}

impl Convolutions {
    /// All four as one vector, for the fused operation.
    pub(crate) fn flatten(&self) -> Result<Tensor> {
        let parts = [&self.first.0, &self.first.1, &self.second.0, &self.second.1];
        let parts = parts.map(Tensor::flatten_all).into_iter().collect::<Result<Vec<_>>>()?;
        Tensor::cat(&parts, 0)
    }

    fn apply(&self, plane: &Tensor) -> Result<Tensor> {
        let hidden = convolve(plane, &self.first)?.gelu_erf()?;
        convolve(&hidden, &self.second)
    }
}

fn convolve(plane: &Tensor, (weight, bias): &(Tensor, Tensor)) -> Result<Tensor> {
    let halo = weight.dim(3)? / 2;
    let bias = bias.reshape((1, (), 1, 1))?;
    plane.conv2d(weight, halo, 1, 1, 1)?.broadcast_add(&bias)
}

/// `[batch, len, channels]` to the same.
pub(crate) fn block(
    series: &Tensor,
    convolutions: &Convolutions,
    scope: &Scope,
    top_k: usize,
) -> Result<Tensor> {
    if *scope == Scope::Sample && series.dim(0)? > 1 {
        let single = |i| block(&series.narrow(0, i, 1)?, convolutions, scope, top_k);
        let samples = (0..series.dim(0)?).map(single).collect::<Result<Vec<_>>>()?;
        return Tensor::cat(&samples, 0);
    }
    let len = series.dim(1)?;
    let amplitude = amplitudes(series)?;
    let frequencies = match scope {
        Scope::Frozen(frequencies) => frequencies.clone(),
        _ => {
            let mean = amplitude.detach().mean(0)?.to_dtype(DType::F64)?;
            strongest(&mean.to_vec1::<f64>()?, top_k)
        }
    };
    let index: Vec<u32> = frequencies.iter().map(|&f| f as u32).collect();
    let index = Tensor::from_vec(index, frequencies.len(), series.device())?;
    let weights = candle_nn::ops::softmax(&amplitude.index_select(&index, 1)?, 1)?;
    let mut output = series.clone();
    for (k, frequency) in frequencies.into_iter().enumerate() {
        let folded = fold(series, len / frequency)?;
        let branch = unfold(&convolutions.apply(&folded)?, len)?;
        let weight = weights.narrow(1, k, 1)?.unsqueeze(2)?;
        output = (output + branch.broadcast_mul(&weight)?)?;
    }
    Ok(output)
}

/// Mean over channels of |X(f)|: `[batch, len/2 + 1]`.
fn amplitudes(series: &Tensor) -> Result<Tensor> {
    let (batch, len, channels) = series.dims3()?;
    let (cos, sin) = fourier(len, series.device())?;
    let rows = series.transpose(1, 2)?.reshape((batch * channels, len))?;
    let power = (rows.matmul(&cos)?.sqr()? + rows.matmul(&sin)?.sqr()?)?;
    // The root's slope at zero is infinite; 1e-30 is below f32's resolution of any real amplitude.
    let amplitude = (power + 1e-30)?.sqrt()?;
    amplitude.reshape((batch, channels, ()))?.mean(1)
}

fn fourier(len: usize, device: &Device) -> Result<(Tensor, Tensor)> {
    let bins = len / 2 + 1;
    let table = |of: fn(f64) -> f64| {
        let value = |i: usize| {
            let turn = ((i / bins) * (i % bins) % len) as f64 / len as f64;
            of(std::f64::consts::TAU * turn) as f32
        };
        Tensor::from_vec((0..len * bins).map(value).collect::<Vec<_>>(), (len, bins), device)
    };
    Ok((table(f64::cos)?, table(f64::sin)?))
}

fn fold(series: &Tensor, period: usize) -> Result<Tensor> {
    let (batch, len, channels) = series.dims3()?;
    let cycles = len.div_ceil(period);
    let padded = series.pad_with_zeros(1, 0, cycles * period - len)?;
    padded.reshape((batch, cycles, period, channels))?.permute((0, 3, 1, 2))?.contiguous()
}

fn unfold(plane: &Tensor, len: usize) -> Result<Tensor> {
    let (batch, channels, cycles, period) = plane.dims4()?;
    let series = plane.permute((0, 2, 3, 1))?.reshape((batch, cycles * period, channels))?;
    series.narrow(1, 0, len)
}
