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

    /// The `k` strongest frequencies of `[batch × channels, len]`.
    pub(super) fn strongest(&self, rows: &Tensor, k: usize) -> Result<Vec<usize>> {
        let power = (rows.matmul(&self.cos)?.sqr()? + rows.matmul(&self.sin)?.sqr()?)?;
        let mean = power.sqrt()?.mean(0)?.to_dtype(DType::F64)?;
        Ok(strongest(&mean.to_vec1::<f64>()?, k))
    }

    pub(super) fn at(&self, frequencies: &[usize]) -> Result<Self> {
        let index: Vec<u32> = frequencies.iter().map(|&f| f as u32).collect();
        let index = Tensor::from_vec(index, frequencies.len(), self.cos.device())?;
        Ok(Self { cos: self.cos.index_select(&index, 1)?, sin: self.sin.index_select(&index, 1)? })
    }
}

/// The chosen frequencies' transforms: `[batch, channels, k]`.
pub(super) struct Chosen {
    tables: Fourier,
    real: Tensor,
    imaginary: Tensor,
    amplitude: Tensor,
    /// Softmax over k of the mean amplitude: `[batch, k]`.
    pub(super) weights: Tensor,
}

impl Chosen {
    pub(super) fn new(rows: &Tensor, batch: usize, tables: Fourier) -> Result<Self> {
        let sums = |table: &Tensor| rows.matmul(table)?.reshape((batch, (), table.dim(1)?));
        let (real, imaginary) = (sums(&tables.cos)?, sums(&tables.sin)?);
        let amplitude = (real.sqr()? + imaginary.sqr()?)?.sqrt()?;
        let weights = candle_nn::ops::softmax(&amplitude.mean(1)?, 1)?;
        Ok(Self { tables, real, imaginary, amplitude, weights })
    }

    /// Gradient of the series `[batch, len, channels]` from that of the softmax's weights. A
    /// frequency that is not there at all has none.
    pub(super) fn backward(&self, weights_grad: &Tensor) -> Result<Tensor> {
        let (batch, channels, k) = self.amplitude.dims3()?;
        let product = (&self.weights * weights_grad)?;
        let total = product.sum_keepdim(1)?;
        let grad = (product - self.weights.broadcast_mul(&total)?)?;
        let there = self.amplitude.gt(0f32)?;
        let safe = there.where_cond(&self.amplitude, &self.amplitude.ones_like()?)?;
        // Where the amplitude is zero so are both parts.
        let each = safe.recip()?.broadcast_mul(&(grad / channels as f64)?.unsqueeze(1)?)?;
        let back = |part: &Tensor, table: &Tensor| {
            (part * &each)?.reshape((batch * channels, k))?.matmul(&table.t()?)
        };
        let rows = (back(&self.real, &self.tables.cos)?
            + back(&self.imaginary, &self.tables.sin)?)?;
        rows.reshape((batch, channels, ()))?.transpose(1, 2)
    }
}
