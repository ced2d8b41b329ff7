//! The parallel kernels of one convolution, which an optimiser's step moves together.

use std::collections::BTreeMap;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Var};
use rayon::prelude::*;

use crate::merge_op::{MeanOfKernels, PAIRS};
use crate::optimizer::{Moments, Update};
use crate::{InceptionKind, TimesNetConfig};

/// The kernels of one `MeanOdd` inception.
#[derive(Clone, Debug)]
pub(crate) struct KernelGroup {
    /// Names of their weights, the smallest first.
    pub(crate) names: Vec<String>,
    pub(crate) means: MeanOfKernels,
}

impl KernelGroup {
    /// Those of a network.
    pub(crate) fn all(config: &TimesNetConfig) -> Vec<Self> {
        let InceptionKind::MeanOdd { num_kernels } = config.inception else { return Vec::new() };
        let mut groups = Vec::new();
        for block in 0..config.e_layers {
            let widths = [(0, config.d_model, config.d_ff), (2, config.d_ff, config.d_model)];
            for (place, inputs, outputs) in widths {
                let name = |i| format!("model.{block}.conv.{place}.kernels.{i}.weight");
                let means = MeanOfKernels { kernels: num_kernels, inputs, outputs };
                groups.push(Self { names: (0..num_kernels).map(name).collect(), means });
            }
        }
        groups
    }

    /// The largest kernel's name, under which the moments of all are kept.
    pub(crate) fn largest(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// The smaller kernels and their names.
    pub(crate) fn smaller(&self) -> impl Iterator<Item = (usize, &str)> {
        let names = self.names.iter().map(String::as_str).enumerate();
        names.take(self.names.len().saturating_sub(1))
    }

    /// Which of them a name is.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// A kernel's part of the largest one's values.
    pub(crate) fn crop(&self, kernel: usize, largest: &[f32]) -> Vec<f32> {
        let mut own = Vec::with_capacity(self.means.weights(kernel));
        for pair in largest.chunks_exact(self.means.side().pow(2)) {
            let (width, rows) = self.means.rows(kernel);
            for at in rows {
                own.extend_from_slice(&pair[at..at + width]);
            }
        }
        own
    }

    /// Gives each kernel moments of its own where they have had them together.
    pub(crate) fn part(&self, moments: &mut BTreeMap<String, Moments>) {
        let Some(largest) = moments.remove(self.largest()) else { return };
        for (kernel, name) in self.smaller() {
            let crop = |values: &[f32]| self.crop(kernel, values);
            moments.entry(name.to_owned()).or_insert_with(|| Moments {
                first: crop(&largest.first),
                second: crop(&largest.second),
            });
        }
        moments.insert(self.largest().to_owned(), largest);
    }

    /// Whether the kernels' moments differ by more than their size: they have been parted.
    pub(crate) fn is_parted(&self, moments: &BTreeMap<String, Moments>) -> bool {
        self.smaller().any(|(_, name)| moments.contains_key(name))
    }

    /// Moves a smaller kernel by the step that the largest one's moments say.
    pub(crate) fn follow(
        &self,
        kernel: usize,
        var: &Var,
        moments: &Moments,
        update: &Update,
    ) -> Result<()> {
        var.inplace_op1(&Follow { means: self.means, kernel, moments, update })
    }
}

struct Follow<'a> {
    means: MeanOfKernels,
    kernel: usize,
    /// Of the largest kernel.
    moments: &'a Moments,
    update: &'a Update,
}

impl Follow<'_> {
    fn run(&self, values: &mut [f32]) {
        let whole = self.means.side().pow(2);
        let (first, second) = (&self.moments.first, &self.moments.second);
        values
            .par_chunks_mut((2 * self.kernel + 1).pow(2))
            .zip(first.par_chunks(whole).zip(second.par_chunks(whole)))
            .with_min_len(PAIRS)
            .for_each(|(values, (first, second))| {
                let (width, rows) = self.means.rows(self.kernel);
                for (at, values) in rows.zip(values.chunks_exact_mut(width)) {
                    let moments = first[at..at + width].iter().zip(&second[at..at + width]);
                    for (value, (&first, &second)) in values.iter_mut().zip(moments) {
                        *value = self.update.moved(*value, first, second);
                    }
                }
            });
    }
}

impl InplaceOp1 for Follow<'_> {
    fn name(&self) -> &'static str {
        "adam-follow"
    }

    fn cpu_fwd(&self, parameter: &mut CpuStorage, layout: &Layout) -> Result<()> {
        match (parameter, layout.contiguous_offsets()) {
            (CpuStorage::F32(parameter), Some((from, to))) => {
                self.run(&mut parameter[from..to]);
                Ok(())
            }
            _ => candle_core::bail!("a kernel's weights are not f32 in one piece"),
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use super::*;
    use crate::merged_gradients::Gradients;
    use crate::optimizer::{Adam, StepSize};
    use crate::{Input, Optimizer, Task, TimesNet};

    fn network() -> TimesNet {
        let config = TimesNetConfig::new(Task::AnomalyDetection, 24, 2)
            .with_width(4, 6)
            .with_layers(2)
            .with_inception(InceptionKind::MeanOdd { num_kernels: 3 });
        TimesNet::seeded(config, 3, &Device::Cpu).unwrap()
    }

    fn loss(model: &TimesNet, step: u64, penalised: &[&str]) -> Tensor {
        let x: Vec<f32> = (0..96).map(|i| ((i * 7919 + step) % 101) as f32 / 50.0).collect();
        let x = Tensor::from_vec(x, (2, 24, 2), &Device::Cpu).unwrap();
        let output = model.forward_train(&Input::new(x.clone()), step).unwrap();
        let mut loss = (output - x).unwrap().sqr().unwrap().mean_all().unwrap();
        for name in penalised {
            let squares = model.vars()[*name].sqr().unwrap().sum_all().unwrap();
            loss = (loss + squares).unwrap();
        }
        loss
    }

    /// Twelve steps with the kernels' gradients merged, and beside them with each kernel's own.
    fn same_steps(size: &StepSize, penalised: impl Fn(u64) -> Vec<&'static str>) -> Adam {
        let (merged, separate) = (network(), network());
        let (mut adam, mut other) = (Adam::default(), Adam::default());
        let groups = size.kernel_groups(merged.config());
        for step in 0..12 {
            let names = penalised(step);
            let grads =
                Gradients::of(&loss(&merged, step, &names), merged.vars(), &groups).unwrap();
            assert_eq!(grads.merged.len(), 4, "two convolutions in each of two blocks");
            adam.step(merged.vars(), &grads, size, &groups).unwrap();
            let grads = Gradients::separate(loss(&separate, step, &names).backward().unwrap());
            other.step(separate.vars(), &grads, size, &[]).unwrap();
        }
        let values = |model: &TimesNet, name: &str| {
            model.vars()[name].flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        let first = network();
        for name in merged.vars().keys() {
            assert_eq!(values(&merged, name), values(&separate, name), "{name}");
            assert_ne!(values(&merged, name), values(&first, name), "{name} was not trained");
        }
        adam
    }

    const SIZE: StepSize =
        StepSize { rule: Optimizer::Adam, learning_rate: 1e-2, weight_decay: 0.0, clip: Some(0.1) };

    #[test]
    fn kernels_take_the_steps_of_their_own_gradients() {
        for (rule, weight_decay) in
            [(Optimizer::Adam, 0.0), (Optimizer::RAdam, 0.0), (Optimizer::AdamW, 0.1)]
        {
            for clip in [None, Some(0.1)] {
                let adam = same_steps(&StepSize { rule, weight_decay, clip, ..SIZE }, |_| vec![]);
                let moments = adam.moments().unwrap();
                let kernels = moments.keys().filter(|name| name.ends_with("s.2.weight")).count();
                assert_eq!(kernels, 4);
                let smaller = |name: &&String| name.ends_with("s.1.weight");
                assert_eq!(moments.keys().filter(smaller).count(), 0);
            }
        }
    }

    /// What reaches one kernel alone must not move the others.
    #[test]
    fn a_penalty_on_one_kernel_parts_its_group() {
        for (penalised, of_first) in
            [("model.0.conv.0.kernels.1.weight", 5), ("model.0.conv.0.kernels.2.weight", 0)]
        {
            let names = move |step| if step < of_first { vec![] } else { vec![penalised] };
            let adam = same_steps(&SIZE, names);
            let moments = adam.moments().unwrap();
            let smaller = |name: &&String| name.ends_with("s.1.weight");
            let parted: Vec<&String> = moments.keys().filter(smaller).collect();
            assert_eq!(parted, ["model.0.conv.0.kernels.1.weight"]);
        }
        let once = |step| if step == 5 { vec!["model.1.conv.2.kernels.0.weight"] } else { vec![] };
        same_steps(&SIZE, once);
    }
}
