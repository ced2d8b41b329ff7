//! Inception blocks as one convolution each.

use candle_core::{D, Result, Tensor};

use crate::InceptionKind;
use crate::params::Params;

/// Sizes of one inception block.
#[derive(Clone, Copy)]
pub(crate) struct Inception<'a> {
    pub(crate) kind: &'a InceptionKind,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl Inception<'_> {
    /// Side of the equivalent kernel.
    pub(crate) fn side(kind: &InceptionKind) -> usize {
        kind.sides().last().copied().unwrap_or(1)
    }

    /// Weights and bias of each kernel under `prefix`.
    pub(crate) fn kernels(&self, params: &Params, prefix: &str) -> Result<Vec<(Tensor, Tensor)>> {
        let sides = self.kind.sides();
        let kernel = |(branch, &own): (usize, &usize)| {
            let name = format!("{prefix}.kernels.{branch}");
            let shape = (self.outputs, self.inputs, own, own);
            let weights = params.get(shape, &format!("{name}.weight"))?;
            Ok((weights, params.get(self.outputs, &format!("{name}.bias"))?))
        };
        sides.iter().enumerate().map(kernel).collect()
    }

    /// The kernel `[outputs, inputs, side, side]` and bias `[outputs]` that do what the parallel
    /// ones under `prefix` do together. Gradients reach those through it: each branch's is a crop
    /// of the merged kernel's.
    pub(crate) fn merged(&self, params: &Params, prefix: &str) -> Result<(Tensor, Tensor)> {
        let sides = self.kind.sides();
        let side = Self::side(self.kind);
        let projection = match self.kind {
            InceptionKind::MeanOdd { .. } => None,
            InceptionKind::ConcatProject => {
                let shape = (self.outputs, sides.len() * self.outputs);
                Some(params.get(shape, &format!("{prefix}.projection.weight"))?)
            }
        };
        let (mut weight, mut bias): (Option<Tensor>, Option<Tensor>) = (None, None);
        for (branch, &own) in sides.iter().enumerate() {
            let name = format!("{prefix}.kernels.{branch}");
            let shape = (self.outputs, self.inputs, own, own);
            let mut w = params.get(shape, &format!("{name}.weight"))?;
            let mut b = params.get(self.outputs, &format!("{name}.bias"))?;
            if let Some(projection) = &projection {
                let part =
                    projection.narrow(1, branch * self.outputs, self.outputs)?.contiguous()?;
                w = part.matmul(&w.flatten_from(1)?)?.reshape(shape)?;
                b = part.matmul(&b.unsqueeze(1)?)?.squeeze(1)?;
            }
            let margin = (side - own) / 2;
            let w =
                w.pad_with_zeros(2, margin, margin)?.pad_with_zeros(D::Minus1, margin, margin)?;
            weight = Some(sum(weight, w)?);
            bias = Some(sum(bias, b)?);
        }
        let (Some(weight), Some(bias)) = (weight, bias) else {
            candle_core::bail!("an inception block without kernels")
        };
        match self.kind {
            InceptionKind::MeanOdd { num_kernels } => {
                let share = 1.0 / *num_kernels as f64;
                Ok(((weight * share)?, (bias * share)?))
            }
            InceptionKind::ConcatProject => {
                let own = params.get(self.outputs, &format!("{prefix}.projection.bias"))?;
                Ok((weight, (bias + own)?))
            }
        }
    }
}

fn sum(so_far: Option<Tensor>, next: Tensor) -> Result<Tensor> {
    match so_far {
        Some(so_far) => so_far + next,
        None => Ok(next),
    }
}
