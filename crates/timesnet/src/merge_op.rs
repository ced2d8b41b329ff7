//! The parallel kernels of a block's two `MeanOdd` inceptions as the block's two kernels.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use crate::block_op::{flat, values};

/// One inception block: the mean of `kernels` convolutions with sides 1, 3, 5, …
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeanOfKernels {
    pub(crate) kernels: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl MeanOfKernels {
    /// Side of the equivalent kernel.
    fn side(self) -> usize {
        2 * self.kernels - 1
    }

    fn pairs(self) -> usize {
        self.inputs * self.outputs
    }

    /// Values of all kernels with their biases.
    fn size(self) -> usize {
        (0..self.kernels).map(|k| self.pairs() * (2 * k + 1).pow(2) + self.outputs).sum()
    }

    /// Values of the equivalent kernel with its bias.
    fn merged_size(self) -> usize {
        self.pairs() * self.side().pow(2) + self.outputs
    }

    /// Calls `visit(index among all kernels, index in the merged one)` for every run of values of
    /// the length that it is given third.
    fn for_each_run(self, mut visit: impl FnMut(usize, usize, usize)) {
        let side = self.side();
        let mut at = 0;
        for kernel in 0..self.kernels {
            let (own, margin) = (2 * kernel + 1, self.kernels - 1 - kernel);
            for pair in 0..self.pairs() {
                for row in 0..own {
                    let merged = pair * side * side + (row + margin) * side + margin;
                    visit(at, merged, own);
                    at += own;
                }
            }
            visit(at, self.pairs() * side * side, self.outputs);
            at += self.outputs;
        }
    }

    fn merge(self, all: &[f32], merged: &mut [f32]) {
        self.for_each_run(|from, to, len| {
            for (to, from) in merged[to..to + len].iter_mut().zip(&all[from..from + len]) {
                *to += from;
            }
        });
        let share = 1.0 / self.kernels as f32;
        merged.iter_mut().for_each(|value| *value *= share);
    }

    /// Each kernel's gradient is a crop of the merged one's.
    fn crop(self, merged: &[f32], all: &mut [f32]) {
        let share = 1.0 / self.kernels as f32;
        self.for_each_run(|to, from, len| {
            for (to, from) in all[to..to + len].iter_mut().zip(&merged[from..from + len]) {
                *to = share * from;
            }
        });
    }
}

/// From all parameters of both (weights and bias of each kernel in turn) to the vector that
/// [`crate::block_op::BlockOp`] takes.
pub(crate) struct MergeOp(pub(crate) [MeanOfKernels; 2]);

impl MergeOp {
    fn split<'a>(&self, values: &'a [f32], size: fn(MeanOfKernels) -> usize) -> [&'a [f32]; 2] {
        values.split_at(size(self.0[0])).into()
    }
}

impl CustomOp1 for MergeOp {
    fn name(&self) -> &'static str {
        "merge-kernels"
    }

    fn cpu_fwd(&self, all: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let all = values(all, layout)?;
        let wanted: usize = self.0.iter().map(|conv| conv.size()).sum();
        if all.len() != wanted {
            bail!("{} values of parallel kernels, needed {wanted}", all.len())
        }
        let mut merged = vec![0.0; self.0.iter().map(|conv| conv.merged_size()).sum()];
        let (first, second) = merged.split_at_mut(self.0[0].merged_size());
        let parts = self.split(all, MeanOfKernels::size);
        for ((conv, all), merged) in self.0.iter().zip(parts).zip([first, second]) {
            conv.merge(all, merged);
        }
        let len = merged.len();
        Ok((CpuStorage::F32(merged), Shape::from(len)))
    }

    fn bwd(&self, all: &Tensor, _result: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let grad = flat(grad)?;
        let mut cropped = vec![0.0; all.elem_count()];
        let (first, second) = cropped.split_at_mut(self.0[0].size());
        let parts = self.split(&grad, MeanOfKernels::merged_size);
        for ((conv, merged), all) in self.0.iter().zip(parts).zip([first, second]) {
            conv.crop(merged, all);
        }
        Ok(Some(Tensor::from_vec(cropped, all.shape(), all.device())?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor, Var};

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
        let parts = convs.each_ref().map(|(conv, name)| conv.flat(&params, name).unwrap());
        let means =
            widths.map(|(_, inputs, outputs)| MeanOfKernels { kernels: 3, inputs, outputs });
        let fused = Tensor::cat(&parts.concat(), 0).unwrap().apply_op1(MergeOp(means)).unwrap();
        let near = |a: &Tensor, b: &Tensor| {
            let off = (a - b).unwrap().abs().unwrap().max_all().unwrap();
            assert!(off.to_scalar::<f32>().unwrap() < 1e-6);
        };
        near(&fused, &composed);
        // Every value weighs differently in this loss.
        let loss = |merged: &Tensor| {
            let weights: Vec<f32> = (0..merged.elem_count()).map(|i| (i % 17) as f32).collect();
            let weights = Tensor::from_vec(weights, merged.shape(), &Device::Cpu).unwrap();
            (merged * weights).unwrap().sum_all().unwrap().backward().unwrap()
        };
        let (of_fused, of_composed) = (loss(&fused), loss(&composed));
        let gradient = |of: &candle_core::backprop::GradStore, var: &Var| {
            of.get(var.as_tensor()).unwrap().flatten_all().unwrap()
        };
        for (_, var) in vars.iter().filter(|(name, _)| name.contains("kernels")) {
            near(&gradient(&of_fused, var), &gradient(&of_composed, var));
        }
    }
}
