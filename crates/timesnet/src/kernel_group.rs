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
