//! The fused block as an operation of candle's graph.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Storage, Tensor, bail};

use crate::kernel::{self, BlockShape, Saved, Workspace};
use crate::merge_op::Merged;

/// One TimesBlock on the CPU. Lives as long as the graph node, so that what the forward pass saves
/// is there for the backward pass and freed with it.
pub(crate) struct BlockOp {
    shape: BlockShape,
    /// Where the parameters come past the graph.
    merged: Option<Merged>,
    workspace: Workspace<f32>,
    keep: bool,
    saved: Mutex<Option<Saved<f32>>>,
}

impl BlockOp {
    /// Applies the block to `series` `[batch, len, d_model]`. `parameters` is the vector that
    /// [`crate::composed::Convolutions::flatten`] makes or, with `merged`, the token of
    /// [`crate::merge_op::merge`]. `keep` where a gradient is wanted.
    pub(crate) fn apply(
        shape: BlockShape,
        workspace: &Workspace<f32>,
        series: &Tensor,
        (parameters, merged): (&Tensor, Option<Merged>),
        keep: bool,
    ) -> Result<Tensor> {
        let workspace = workspace.clone();
        let op = Self { shape, merged, workspace, keep, saved: Mutex::new(None) };
        series.contiguous()?.apply_op2(&parameters.contiguous()?, op)
    }

    fn run(&self, series: &[f32], parameters: &[f32]) -> Result<Vec<f32>> {
        if parameters.len() != self.shape.parameters() {
            bail!("{} block parameters, needed {}", parameters.len(), self.shape.parameters());
        }
        let (output, saved) =
            kernel::forward(&self.shape, series, parameters, &self.workspace, self.keep);
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = saved;
        Ok(output)
    }

    fn gradients(
        &self,
        series: &[f32],
        parameters: &[f32],
        grad: &[f32],
    ) -> Result<(Vec<f32>, Vec<f32>)> {
        let (shape, workspace) = (&self.shape, &self.workspace);
        // Taken, so that the memory is there for the blocks before this one; a second backward pass
        // of the same graph finds nothing.
        let saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner).take();
        let again = || kernel::forward(shape, series, parameters, workspace, true).1;
        match saved.or_else(again) {
            Some(saved) => Ok(kernel::backward(shape, series, parameters, saved, grad, workspace)),
            None => bail!("the forward pass kept nothing"),
        }
    }
}

pub(crate) fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let CpuStorage::F32(data) = storage else {
        bail!("the fused operations compute in f32, not {:?}", storage.dtype())
    };
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&data[from..to]),
        None => bail!("the fused operations need contiguous tensors"),
    }
}

trait ElementType {
    fn dtype(&self) -> DType;
}

impl ElementType for CpuStorage {
    fn dtype(&self) -> DType {
        candle_core::backend::BackendStorage::dtype(self)
    }
}

/// Calls `job` with the values of `tensor`, which are copied only where they are not in one piece.
pub(crate) fn with_values<T>(tensor: &Tensor, job: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(job(values(storage, layout)?)),
        _ => bail!("the fused operations run on the CPU"),
    }
}

impl CustomOp2 for BlockOp {
    fn name(&self) -> &'static str {
        "times-block"
    }

    fn cpu_fwd(
        &self,
        series: &CpuStorage,
        series_layout: &Layout,
        parameters: &CpuStorage,
        parameters_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let series = values(series, series_layout)?;
        let output = match &self.merged {
            Some(merged) => merged.with(|parameters| self.run(series, parameters))?,
            None => self.run(series, values(parameters, parameters_layout)?),
        }?;
        Ok((CpuStorage::F32(output), series_layout.shape().clone()))
    }

    fn bwd(
        &self,
        series: &Tensor,
        parameters: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        if !self.keep {
            bail!("a gradient was asked of a network run for inference; use `forward_train`")
        }
        let (series_grad, parameters_grad) = with_values(series, |series| {
            with_values(grad, |grad| match &self.merged {
                Some(merged) => merged.with(|merged| self.gradients(series, merged, grad))?,
                None => with_values(parameters, |all| self.gradients(series, all, grad))?,
            })
        })???;
        let series_grad = Tensor::from_vec(series_grad, series.shape(), series.device())?;
        let Some(merged) = &self.merged else {
            let parameters_grad =
                Tensor::from_vec(parameters_grad, parameters.shape(), parameters.device())?;
            return Ok((Some(series_grad), Some(parameters_grad)));
        };
        merged.set_gradient(parameters_grad);
        Ok((Some(series_grad), Some(parameters.zeros_like()?)))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;
    use crate::{InceptionKind, Input, Task, TimesNet, TimesNetConfig};

    fn network() -> TimesNet {
        let config = TimesNetConfig::new(Task::Imputation, 40, 3)
            .with_width(8, 8)
            .with_layers(2)
            .with_inception(InceptionKind::MeanOdd { num_kernels: 4 });
        TimesNet::seeded(config, 3, &Device::Cpu).unwrap()
    }

    fn series() -> Tensor {
        let x: Vec<f32> = (0..1200).map(|i| ((i * 7919) % 1009) as f32 / 500.0).collect();
        Tensor::from_vec(x, (10, 40, 3), &Device::Cpu).unwrap()
    }

    fn loss(model: &TimesNet, x: &Tensor) -> Tensor {
        let mask = x.ge(0.3).unwrap().to_dtype(DType::F32).unwrap();
        let input = Input::new(x.clone()).with_mask(mask);
        (model.forward_train(&input, 1).unwrap() - 0.5).unwrap().sqr().unwrap().sum_all().unwrap()
    }

    fn gradients(model: &TimesNet, loss: &Tensor) -> Vec<(String, Vec<f32>)> {
        let grads = loss.backward().unwrap();
        let of = |(name, var): (&String, &Var)| {
            let grad = grads.get(var).unwrap().flatten_all().unwrap();
            (name.clone(), grad.to_vec1::<f32>().unwrap())
        };
        model.vars().iter().map(of).collect()
    }

    /// The first takes what the forward pass has kept.
    #[test]
    fn a_second_backward_pass_gives_the_same() {
        let model = network();
        let loss = loss(&model, &series());
        assert_eq!(gradients(&model, &loss), gradients(&model, &loss));
    }

    #[test]
    fn gradients_at_changed_parameters_are_refused() {
        let model = network();
        let loss = loss(&model, &series());
        let var = &model.vars()["model.0.conv.0.kernels.1.weight"];
        var.set(&(var.as_tensor() * 1.01).unwrap()).unwrap();
        let error = loss.backward().unwrap_err().to_string();
        assert!(error.contains("have changed since the forward pass"), "{error}");
    }

    /// Where a gradient of the input is asked for, normalisation and scale are candle's operations.
    #[test]
    fn the_input_s_gradient_changes_no_other_and_is_its_slope() {
        let model = network();
        let plain = gradients(&model, &loss(&model, &series()));
        let x = Var::from_tensor(&series()).unwrap();
        let with_input = loss(&model, x.as_tensor());
        for ((name, a), (_, b)) in plain.iter().zip(gradients(&model, &with_input)) {
            let size = a.iter().fold(1e-3f32, |size, a| size.max(a.abs()));
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4 * size), "{name}");
        }
        let grads = with_input.backward().unwrap();
        let dx = grads.get(&x).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let values = series().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        // A step in f32: far from the mask's threshold, at the steepest places.
        let mut places: Vec<usize> = (0..dx.len()).filter(|&at| values[at] > 0.4).collect();
        places.sort_by(|a, b| dx[*b].abs().total_cmp(&dx[*a].abs()));
        for &at in &places[..5] {
            let moved = |by: f32| {
                let mut values = values.clone();
                values[at] += by;
                let x = Tensor::from_vec(values, (10, 40, 3), &Device::Cpu).unwrap();
                loss(&model, &x).to_scalar::<f32>().unwrap()
            };
            let slope = (moved(0.02) - moved(-0.02)) / 0.04;
            assert!((slope - dx[at]).abs() < 0.1 * dx[at].abs(), "{at}: {slope}, not {}", dx[at]);
        }
    }
}
