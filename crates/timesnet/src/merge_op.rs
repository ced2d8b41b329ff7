//! The parallel kernels of a block's two `MeanOdd` inceptions as the block's two kernels.
//!
//! candle's operations take three tensors at most. Joining all kernels to one tensor first would
//! hold every parameter twice, and its gradient too; so each kernel goes through an operation of
//! its own, one after another, that share the merged kernels.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{
    CpuStorage, CustomOp3, DType, Device, Layout, Result, Shape, Storage, Tensor, bail,
};
use rayon::prelude::*;

use crate::cpu_values::{values, with_values};
use crate::merged_gradients::collect;

/// Pairs of channels that a task works on.
pub(crate) const PAIRS: usize = 256;

/// One inception block: the mean of `kernels` convolutions with sides 1, 3, 5, …
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeanOfKernels {
    pub(crate) kernels: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl MeanOfKernels {
    /// Side of the equivalent kernel.
    pub(crate) fn side(self) -> usize {
        2 * self.kernels - 1
    }

    fn pairs(self) -> usize {
        self.inputs * self.outputs
    }

    /// Values of the equivalent kernel without its bias.
    fn merged_weights(self) -> usize {
        self.pairs() * self.side().pow(2)
    }

    /// Values of one of the kernels without its bias.
    pub(crate) fn weights(self, kernel: usize) -> usize {
        self.pairs() * (2 * kernel + 1).pow(2)
    }

    /// Adds the kernels around their common centre.
    fn sum(self, kernels: &[&[f32]], merged: &mut [f32]) {
        let pairs = merged.par_chunks_mut(self.side().pow(2)).enumerate();
        pairs.with_min_len(PAIRS).for_each(|(pair, merged)| {
            for (kernel, weights) in kernels.iter().enumerate() {
                let (own, rows) = self.rows(kernel);
                let weights = &weights[pair * own * own..(pair + 1) * own * own];
                for (at, from) in rows.zip(weights.chunks_exact(own)) {
                    for (to, from) in merged[at..at + own].iter_mut().zip(from) {
                        *to += from;
                    }
                }
            }
        });
    }

    /// Side of a kernel, and where each of its rows begins in the merged one.
    pub(crate) fn rows(self, kernel: usize) -> (usize, impl Iterator<Item = usize>) {
        let (own, margin, side) = (2 * kernel + 1, self.kernels - 1 - kernel, self.side());
        (own, (0..own).map(move |row| (row + margin) * side + margin))
    }
}

/// What the operations of one pass share.
struct Merging {
    convs: [MeanOfKernels; 2],
    /// Weights and bias of each kernel of both.
    parts: [Vec<(Tensor, Tensor)>; 2],
    /// Of the merged kernels that the pass ran with.
    fingerprint: Mutex<Option<u64>>,
    /// While gradients are on their way back.
    grad: Mutex<Option<Vec<f32>>>,
}

fn lock<T>(values: &Mutex<T>) -> MutexGuard<'_, T> {
    values.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Merging {
    fn size(conv: MeanOfKernels) -> usize {
        conv.merged_weights() + conv.outputs
    }

    /// Where the weights and the bias of a convolution start and end.
    fn places(&self, conv: usize) -> (usize, usize, usize) {
        let start: usize = self.convs[..conv].iter().map(|conv| Self::size(*conv)).sum();
        let bias = start + self.convs[conv].merged_weights();
        (start, bias, bias + self.convs[conv].outputs)
    }

    /// First weights, first bias, second weights and second bias in one piece.
    fn merged(&self) -> Result<Vec<f32>> {
        let mut merged = vec![0.0; self.convs.iter().map(|conv| Self::size(*conv)).sum()];
        for (conv, parts) in self.parts.iter().enumerate() {
            let (start, bias_start, end) = self.places(conv);
            let means = self.convs[conv];
            let storages: Vec<_> = parts.iter().map(|(w, _)| w.storage_and_layout()).collect();
            let weights: Vec<&[f32]> = storages
                .iter()
                .map(|(storage, layout)| match &**storage {
                    Storage::Cpu(storage) => values(storage, layout),
                    _ => bail!("the fused operations run on the CPU"),
                })
                .collect::<Result<_>>()?;
            means.sum(&weights, &mut merged[start..bias_start]);
            for (_, bias) in parts {
                let to = merged[bias_start..end].iter_mut();
                with_values(bias, |bias| to.zip(bias).for_each(|(to, from)| *to += from))?;
            }
            let share = 1.0 / means.kernels as f32;
            merged[start..end].iter_mut().for_each(|value| *value *= share);
        }
        Ok(merged)
    }

    /// A kernel's gradient is a crop of the merged one's.
    fn crop(&self, (conv, kernel): (usize, usize), grad: &[f32]) -> Vec<f32> {
        let (start, bias_start, _) = self.places(conv);
        let means = self.convs[conv];
        let share = 1.0 / means.kernels as f32;
        let mut weights = vec![0.0; means.weights(kernel)];
        grad[start..bias_start]
            .par_chunks(means.side().pow(2))
            .zip(weights.par_chunks_mut((2 * kernel + 1).pow(2)))
            .with_min_len(PAIRS)
            .for_each(|(merged, weights)| {
                let (own, rows) = means.rows(kernel);
                for (at, to) in rows.zip(weights.chunks_exact_mut(own)) {
                    for (to, from) in to.iter_mut().zip(&merged[at..at + own]) {
                        *to = share * from;
                    }
                }
            });
        weights
    }

    /// The gradient of each kernel's bias.
    fn bias(&self, conv: usize, grad: &[f32]) -> Vec<f32> {
        let (_, bias_start, end) = self.places(conv);
        let share = 1.0 / self.convs[conv].kernels as f32;
        grad[bias_start..end].iter().map(|from| share * from).collect()
    }
}

/// The merged kernels of one pass. They and their gradient go past candle's graph, which would copy
/// both and keep the first; so they are merged once for each direction.
#[derive(Clone)]
pub(crate) struct Merged(Arc<Merging>);

impl Merged {
    /// Calls `job` with first weights, first bias, second weights and second bias in one piece.
    pub(crate) fn with<T>(&self, job: impl FnOnce(&[f32]) -> T) -> Result<T> {
        let merged = self.0.merged()?;
        // Depends on the place of each value too.
        let fingerprint = merged.iter().zip(1u64..).fold(0u64, |sum, (value, place)| {
            sum.wrapping_add(u64::from(value.to_bits()).wrapping_mul(2 * place + 1))
        });
        if *lock(&self.0.fingerprint).get_or_insert(fingerprint) != fingerprint {
            bail!("the parameters have changed since the forward pass; run `forward_train` again")
        }
        Ok(job(&merged))
    }

    /// Sets what the operations of the kernels hand back.
    pub(crate) fn set_gradient(&self, grad: Vec<f32>) {
        *lock(&self.0.grad) = Some(grad);
    }
}

/// One kernel: what came before, its weights, its bias. Each returns a token that only keeps them in
/// order.
struct MergeOp {
    merging: Arc<Merging>,
    /// Convolution and kernel.
    place: (usize, usize),
}

impl MergeOp {
    fn is_first(&self) -> bool {
        self.place == (0, 0)
    }
}

/// What the first operation of a chain takes.
pub(crate) fn token() -> Result<Tensor> {
    Tensor::zeros(1, DType::F32, &Device::Cpu)
}

/// From weights and bias of each kernel of both convolutions of a block to its two kernels. The token
/// of the last operation goes to the next block's, the last block's to
/// [`crate::encoder_op::EncoderOp`].
pub(crate) fn merge(
    mut token: Tensor,
    convs: [MeanOfKernels; 2],
    parts: &[Vec<(Tensor, Tensor)>; 2],
) -> Result<(Tensor, Merged)> {
    let merging = Arc::new(Merging {
        convs,
        parts: parts.clone(),
        fingerprint: Mutex::default(),
        grad: Mutex::default(),
    });
    for (conv, parts) in parts.iter().enumerate() {
        for (kernel, (weights, bias)) in parts.iter().enumerate() {
            let op = MergeOp { merging: merging.clone(), place: (conv, kernel) };
            token = token.apply_op3(weights, bias, op)?;
        }
    }
    Ok((token, Merged(merging)))
}

impl CustomOp3 for MergeOp {
    fn name(&self) -> &'static str {
        "merge-kernels"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (weights, bias) = (values(weights, weights_layout)?, values(bias, bias_layout)?);
        let (conv, kernel) = self.place;
        let means = self.merging.convs[conv];
        if weights.len() != means.weights(kernel) || bias.len() != means.outputs {
            bail!("kernel {kernel} has {} weights and {} biases", weights.len(), bias.len())
        }
        Ok((CpuStorage::F32(vec![0.0]), Shape::from(1)))
    }

    fn bwd(
        &self,
        _: &Tensor,
        weights: &Tensor,
        bias: &Tensor,
        _result: &Tensor,
        _grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let mut waiting = lock(&self.merging.grad);
        let Some(grad) = waiting.as_deref() else {
            bail!("a kernel's gradient before the block's")
        };
        let (conv, kernel) = self.place;
        let largest = kernel + 1 == self.merging.convs[conv].kernels;
        let crop = || self.merging.crop(self.place, grad);
        let collected = collect(weights.id(), largest.then_some(crop));
        let dw = (!collected).then(crop);
        let db = self.merging.bias(conv, grad);
        if self.is_first() {
            *waiting = None;
        }
        drop(waiting);
        let like = |values, tensor: &Tensor| Tensor::from_vec(values, tensor.shape(), &Device::Cpu);
        let dw = dw.map(|dw| like(dw, weights)).transpose()?;
        Ok((Some(token()?), dw, Some(like(db, bias)?)))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Var;

    use super::*;
    use crate::composed::Convolutions;
    use crate::inception::Inception;
    use crate::params::{self, Params};
    use crate::{InceptionKind, Task, TimesNetConfig};

    /// Against the same from candle's own operations, which are padded, summed and scaled.
    #[test]
    fn kernels_are_merged_as_candle_merges_them() {
        let kind = InceptionKind::MeanOdd { num_kernels: 3 };
        let config = TimesNetConfig::new(Task::AnomalyDetection, 12, 2)
            .with_width(3, 5)
            .with_layers(1)
            .with_inception(kind);
        let vars = params::draw(&config, 4, &Device::Cpu).unwrap();
        let params = Params::new(&vars, true);
        let widths = [(0, 3, 5), (2, 5, 3)];
        let convs = widths.map(|(place, inputs, outputs)| {
            (Inception { kind: &kind, inputs, outputs }, format!("model.0.conv.{place}"))
        });
        let [first, second] = convs.each_ref().map(|(c, name)| c.merged(&params, name).unwrap());
        let composed = Convolutions { first, second }.flatten().unwrap();
        let parts = convs.each_ref().map(|(conv, name)| conv.kernels(&params, name).unwrap());
        let means =
            widths.map(|(_, inputs, outputs)| MeanOfKernels { kernels: 3, inputs, outputs });
        let (token, fused) = merge(token().unwrap(), means, &parts).unwrap();
        let near = |a: &[f32], b: &[f32]| {
            assert_eq!(a.len(), b.len());
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6));
        };
        let composed_values = composed.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        fused.with(|fused| near(fused, &composed_values)).unwrap();
        // Every value weighs differently in this loss.
        let weights: Vec<f32> = (0..composed_values.len()).map(|i| (i % 17) as f32).collect();
        let gradient = |of: &candle_core::backprop::GradStore, var: &Var| {
            of.get(var.as_tensor()).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        fused.set_gradient(weights.clone());
        let of_fused = token.backward().unwrap();
        let weights = Tensor::from_vec(weights, composed.shape(), &Device::Cpu).unwrap();
        let of_composed = (composed * weights).unwrap().sum_all().unwrap().backward().unwrap();
        for (_, var) in vars.iter().filter(|(name, _)| name.contains("kernels")) {
            near(&gradient(&of_fused, var), &gradient(&of_composed, var));
        }
    }
}
