//! Which frequencies are strong, and how much each weighs.

use candle_core::{DType, Device, Result, Tensor};

use crate::kernel::strongest;

/// Cosines and sines `[len, len/2 + 1]` of one length: a transform is two products with them.
pub(crate) struct Fourier {
    cos: Tensor,
    sin: Tensor,
}

impl Fourier {
    pub(crate) fn new(len: usize, device: &Device) -> Result<Self> {
        let bins = len / 2 + 1;
        let table = |of: fn(f64) -> f64| {
            let value = |i: usize| {
                let turn = ((i / bins) * (i % bins) % len) as f64 / len as f64;
                of(std::f64::consts::TAU * turn) as f32
            };
            Tensor::from_vec((0..len * bins).map(value).collect::<Vec<_>>(), (len, bins), device)
        };
        Ok(Self { cos: table(f64::cos)?, sin: table(f64::sin)? })
    }

    /// Of `[batch, len, channels]`.
    pub(super) fn transform(&self, series: &Tensor) -> Result<Spectrum> {
        let (batch, len, channels) = series.dims3()?;
        let rows = series.transpose(1, 2)?.contiguous()?.reshape((batch * channels, len))?;
        let parts = |table: &Tensor| rows.matmul(table)?.reshape((batch, channels, ()));
        let (real, imaginary) = (parts(&self.cos)?, parts(&self.sin)?);
        let amplitude = (real.sqr()? + imaginary.sqr()?)?.sqrt()?;
        Ok(Spectrum { real, imaginary, amplitude })
    }
}

/// `[batch, channels, bins]`.
pub(super) struct Spectrum {
    real: Tensor,
    imaginary: Tensor,
    amplitude: Tensor,
}

impl Spectrum {
    /// The `k` strongest frequencies of all samples together.
    pub(super) fn strongest(&self, k: usize) -> Result<Vec<usize>> {
        let mean = self.amplitude.mean((0, 1))?.to_dtype(DType::F64)?;
        Ok(strongest(&mean.to_vec1::<f64>()?, k))
    }

    /// Those of each sample.
    pub(super) fn strongest_of_each(&self, k: usize) -> Result<Vec<Vec<usize>>> {
        let mean = self.amplitude.mean(1)?.to_dtype(DType::F64)?.to_vec2::<f64>()?;
        Ok(mean.iter().map(|mean| strongest(mean, k)).collect())
    }

    /// The frequencies of each sample: `[batch][k]`.
    pub(super) fn choose(&self, frequencies: &[Vec<usize>]) -> Result<Chosen> {
        let (batch, channels, bins) = self.amplitude.dims3()?;
        let flat: Vec<u32> = frequencies.iter().flatten().map(|&f| f as u32).collect();
        let k = flat.len() / batch;
        let index = Tensor::from_vec(flat, (batch, 1, k), self.amplitude.device())?
            .broadcast_as((batch, channels, k))?
            .contiguous()?;
        let at = |part: &Tensor| part.gather(&index, 2);
        let (real, imaginary) = (at(&self.real)?, at(&self.imaginary)?);
        let amplitude = at(&self.amplitude)?;
        let weights = candle_nn::ops::softmax(&amplitude.mean(1)?, 1)?;
        Ok(Chosen { bins, index, real, imaginary, amplitude, weights })
    }
}

/// The chosen frequencies' transforms: `[batch, channels, k]`.
pub(super) struct Chosen {
    bins: usize,
    index: Tensor,
    real: Tensor,
    imaginary: Tensor,
    amplitude: Tensor,
    /// Softmax over k of the mean amplitude: `[batch, k]`.
    pub(super) weights: Tensor,
}

impl Chosen {
    /// Gradient of the series `[batch, len, channels]` from that of the softmax's weights. A
    /// frequency that is not there at all has none.
    pub(super) fn backward(&self, weights_grad: &Tensor, fourier: &Fourier) -> Result<Tensor> {
        let (batch, channels, _) = self.amplitude.dims3()?;
        let product = (&self.weights * weights_grad)?;
        let total = product.sum_keepdim(1)?;
        let grad = (product - self.weights.broadcast_mul(&total)?)?;
        let there = self.amplitude.gt(0f32)?;
        let safe = there.where_cond(&self.amplitude, &self.amplitude.ones_like()?)?;
        // Where the amplitude is zero so are both parts.
        let each = safe.recip()?.broadcast_mul(&(grad / channels as f64)?.unsqueeze(1)?)?;
        let nothing = Tensor::zeros((batch, channels, self.bins), DType::F32, each.device())?;
        let back = |part: &Tensor, table: &Tensor| {
            let spectrum = nothing.scatter_add(&self.index, &(part * &each)?, 2)?;
            spectrum.reshape((batch * channels, self.bins))?.matmul(&table.t()?)
        };
        let rows = (back(&self.real, &fourier.cos)? + back(&self.imaginary, &fourier.sin)?)?;
        rows.reshape((batch, channels, ()))?.transpose(1, 2)
    }
}
