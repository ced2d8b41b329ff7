//! The same block from candle's own operations, for devices other than the CPU.
//!
//! There it costs as much to start an operation as to do a small one, and candle's convolution has a
//! gradient that is many times slower than itself. So a convolution is one product of matrices
//! ([`plane`]), and the gradient is written by hand.

mod periods;
mod plane;
mod spectrum;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{
    CpuStorage, CudaStorage, CustomOp2, Device, Layout, Result, Shape, Storage, Tensor,
    backend::BackendStorage, bail,
};

use crate::kernel::{BlockShape, Scope};
use periods::Periods;
use plane::{Kernel, Plane};
use spectrum::{Chosen, Fourier};

/// Weights and biases of the two merged convolutions.
pub(crate) struct Convolutions {
    pub(crate) first: (Tensor, Tensor),
    pub(crate) second: (Tensor, Tensor),
}

impl Convolutions {
    /// All four as one vector, for an operation that takes two tensors.
    pub(crate) fn flatten(&self) -> Result<Tensor> {
        let parts = [&self.first.0, &self.first.1, &self.second.0, &self.second.1];
        let parts = parts.map(Tensor::flatten_all).into_iter().collect::<Result<Vec<_>>>()?;
        Tensor::cat(&parts, 0)
    }

    fn of(shape: &BlockShape, parameters: &Tensor) -> Result<Self> {
        let mut from = 0;
        let mut take = |dims: &[usize]| {
            let count = dims.iter().product();
            let part = parameters.narrow(0, from, count)?.reshape(dims);
            from += count;
            part
        };
        let (outer, inner, side) = (shape.outer, shape.inner, shape.side);
        Ok(Self {
            first: (take(&[inner, outer, side, side])?, take(&[inner])?),
            second: (take(&[outer, inner, side, side])?, take(&[outer])?),
        })
    }
}

/// Derivative of x Φ(x).
fn gelu_slope(x: &Tensor) -> Result<Tensor> {
    let below = ((x * std::f64::consts::FRAC_1_SQRT_2)?.erf()?.affine(0.5, 0.5))?;
    let density = ((x.sqr()? * -0.5)?.exp()?
        * (0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2))?;
    below + (x * density)?
}

/// Planes that are kept: a trained network folds at the same few periods again and again.
const PLANES: usize = 64;

/// What the blocks of one network share: tables and indices on its device.
pub(crate) struct Tables {
    len: usize,
    side: usize,
    device: Device,
    fourier: Fourier,
    planes: Mutex<HashMap<usize, Arc<Plane>>>,
}

impl Tables {
    pub(crate) fn new(len: usize, side: usize, device: &Device) -> Result<Self> {
        let fourier = Fourier::new(len, device)?;
        Ok(Self { len, side, device: device.clone(), fourier, planes: Mutex::default() })
    }

    fn plane(&self, period: usize) -> Result<Arc<Plane>> {
        let mut planes = self.planes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plane) = planes.get(&period) {
            return Ok(Arc::clone(plane));
        }
        if planes.len() >= PLANES {
            planes.clear();
        }
        let plane = Arc::new(Plane::new(self.len, period, self.side, &self.device)?);
        planes.insert(period, Arc::clone(&plane));
        Ok(plane)
    }
}

/// One period's convolutions for the samples that have it, with what their gradients need.
struct Branch {
    plane: Arc<Plane>,
    /// `[sample, 1, 1]`, of all the sample's frequencies with this period together.
    weight: Tensor,
    hidden: Tensor,
    active: Tensor,
    /// `[sample, len, channels]`.
    output: Tensor,
}

struct Saved {
    chosen: Chosen,
    periods: Periods,
    /// One for each period.
    branches: Vec<Branch>,
}

/// The block as an operation: its result is there before the graph is.
pub(crate) struct ComposedOp {
    shape: BlockShape,
    tables: Arc<Tables>,
    result: Tensor,
    saved: Saved,
}

/// `[batch, len, channels]` to the same; `parameters` is what [`Convolutions::flatten`] makes. `keep`
/// where a gradient is wanted.
pub(crate) fn block(
    shape: &BlockShape,
    tables: &Arc<Tables>,
    series: &Tensor,
    parameters: &Tensor,
    keep: bool,
) -> Result<Tensor> {
    let series = series.contiguous()?;
    let (result, saved) = forward(shape, tables, &series.detach(), &parameters.detach())?;
    if !keep {
        return Ok(result);
    }
    series.apply_op2(
        parameters,
        ComposedOp { shape: shape.clone(), tables: Arc::clone(tables), result, saved },
    )
}

fn forward(
    shape: &BlockShape,
    tables: &Tables,
    series: &Tensor,
    parameters: &Tensor,
) -> Result<(Tensor, Saved)> {
    let (batch, len, _) = series.dims3()?;
    let spectrum = tables.fourier.transform(series)?;
    let frequencies = match &shape.scope {
        Scope::Frozen(frequencies) => vec![frequencies.clone(); batch],
        Scope::Batch => vec![spectrum.strongest(shape.top_k)?; batch],
        Scope::Sample => spectrum.strongest_of_each(shape.top_k)?,
    };
    let chosen = spectrum.choose(&frequencies)?;
    let periods = Periods::new(&frequencies, len, &tables.device)?;
    let weights = chosen.weights.unsqueeze(1)?.matmul(&periods.membership)?;
    let Convolutions { first, second } = Convolutions::of(shape, parameters)?;
    let (to_hidden, to_output) = (Kernel::new(&first.0)?, Kernel::new(&second.0)?);
    let mut output = series.clone();
    let mut branches = Vec::new();
    for (place, (period, samples)) in periods.groups.iter().enumerate() {
        let weight = samples.of(&weights.narrow(2, place, 1)?)?;
        let plane = tables.plane(*period)?;
        let hidden = plane.convolve(&plane.reach_of_series(&samples.of(series)?)?, &to_hidden)?;
        let hidden = hidden.broadcast_add(&first.1)?;
        let active = hidden.gelu_erf()?;
        let branch = plane.convolve(&plane.reach_of_plane(&active)?, &to_output)?;
        let branch = plane.unfold(&branch)?.broadcast_add(&second.1)?;
        output = samples.add_to(&output, &branch.broadcast_mul(&weight)?)?;
        branches.push(Branch { plane, weight, hidden, active, output: branch });
    }
    Ok((output, Saved { chosen, periods, branches }))
}

fn add(total: &mut Option<Tensor>, part: Tensor) -> Result<()> {
    *total = Some(match total.take() {
        Some(total) => (total + part)?,
        None => part,
    });
    Ok(())
}

impl ComposedOp {
    fn backward(
        &self,
        series: &Tensor,
        parameters: &Tensor,
        grad: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let Saved { chosen, periods, branches } = &self.saved;
        let Convolutions { first, second } = Convolutions::of(&self.shape, parameters)?;
        let (to_series, to_hidden) = (Kernel::turned(&first.0)?, Kernel::turned(&second.0)?);
        let mut series_grad = grad.clone();
        let nobody = Tensor::zeros(grad.dim(0)?, grad.dtype(), grad.device())?;
        let mut agreements = Vec::new();
        // First weights, first bias, second weights, second bias.
        let mut sums: [Option<Tensor>; 4] = Default::default();
        for (branch, (_, samples)) in branches.iter().zip(&periods.groups) {
            let Branch { plane, weight, hidden, active, output } = branch;
            let grad = samples.of(grad)?;
            let agreement = (&grad * output)?.sum((1, 2))?;
            agreements.push(samples.add_to(&nobody, &agreement)?);
            let back = grad.broadcast_mul(weight)?;
            add(&mut sums[3], back.sum((0, 1))?)?;
            let in_plane = plane.fold(&back)?;
            let reached = plane.reach_of_plane(active)?;
            add(&mut sums[2], plane.kernel_gradient(&reached, &in_plane)?)?;
            let back = plane.convolve(&plane.reach_of_series(&back)?, &to_hidden)?;
            let back = plane.clear_outside((back * gelu_slope(hidden)?)?)?;
            add(&mut sums[1], back.sum((0, 1))?)?;
            let reached = plane.reach_of_series(&samples.of(series)?)?;
            add(&mut sums[0], plane.kernel_gradient(&reached, &back)?)?;
            let back = plane.convolve(&plane.reach_of_plane(&back)?, &to_series)?;
            series_grad = samples.add_to(&series_grad, &plane.unfold(&back)?)?;
        }
        let agreements = Tensor::stack(&agreements, 1)?.unsqueeze(1)?;
        let weights_grad = agreements.matmul(&periods.membership.transpose(1, 2)?)?.squeeze(1)?;
        let of_weights = chosen.backward(&weights_grad, &self.tables.fourier)?;
        series_grad = (series_grad + of_weights)?;
        let parts: Vec<Tensor> =
            sums.iter().flatten().map(Tensor::flatten_all).collect::<Result<_>>()?;
        Ok((series_grad, Tensor::cat(&parts, 0)?))
    }
}

impl CustomOp2 for ComposedOp {
    fn name(&self) -> &'static str {
        "composed-times-block"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (storage, layout) = self.result.storage_and_layout();
        match &*storage {
            Storage::Cpu(storage) => Ok((storage.try_clone(layout)?, layout.shape().clone())),
            _ => bail!("a block's result is on another device than its series"),
        }
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let (storage, layout) = self.result.storage_and_layout();
        match &*storage {
            Storage::Cuda(storage) => Ok((storage.try_clone(layout)?, layout.shape().clone())),
            _ => bail!("a block's result is on another device than its series"),
        }
    }

    fn bwd(
        &self,
        series: &Tensor,
        parameters: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (series, parameters) = self.backward(series, parameters, &grad.contiguous()?)?;
        Ok((Some(series), Some(parameters)))
    }
}

#[cfg(test)]
mod tests;
