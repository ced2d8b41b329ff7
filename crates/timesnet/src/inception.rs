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
        let projection = match self.kind {
            InceptionKind::MeanOdd { .. } => None,
            InceptionKind::ConcatProject => {
                let shape = (self.outputs, sides.len() * self.outputs);
                Some(params.get(shape, &format!("{prefix}.projection.weight"))?)
            }
        };
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for (branch, (weight, bias)) in self.kernels(params, prefix)?.into_iter().enumerate() {
            let (weight, bias) = match &projection {
                None => (weight, bias),
                Some(projection) => {
                    let from = branch * self.outputs;
                    let part = projection.narrow(1, from, self.outputs)?.contiguous()?;
                    let flat = part.matmul(&weight.flatten_from(1)?)?;
                    let bias = part.matmul(&bias.unsqueeze(1)?)?.squeeze(1)?;
                    (flat.reshape(weight.shape())?, bias)
                }
            };
            weights.push(weight);
            biases.push(bias);
        }
        let weight = match weights.first().map(|weight| weight.device().is_cpu()) {
            Some(true) => self.centred(&weights)?,
            _ => self.centred_by_product(&weights)?,
        };
        let bias = biases.into_iter().try_fold(None, |so_far, next| sum(so_far, next).map(Some))?;
        let Some(bias) = bias else { candle_core::bail!("an inception block without kernels") };
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

    /// Sum of kernels `[outputs, inputs, own, own]` around a common centre.
    fn centred(&self, weights: &[Tensor]) -> Result<Tensor> {
        let side = Self::side(self.kind);
        let mut total = None;
        for weight in weights {
            let margin = (side - weight.dim(3)?) / 2;
            let padded = weight.pad_with_zeros(2, margin, margin)?.pad_with_zeros(
                D::Minus1,
                margin,
                margin,
            )?;
            total = Some(sum(total, padded)?);
        }
        match total {
            Some(total) => Ok(total),
            None => candle_core::bail!("an inception block without kernels"),
        }
    }

    /// The same as one product with a matrix of zeros and ones: a fifth of the operations, which is
    /// what counts where each has to be started on another device.
    fn centred_by_product(&self, weights: &[Tensor]) -> Result<Tensor> {
        let side = Self::side(self.kind);
        let mut places = Vec::new();
        let mut flat = Vec::new();
        for weight in weights {
            let own = weight.dim(3)?;
            let margin = (side - own) / 2;
            places.extend((0..own * own).map(|i| (i / own + margin) * side + i % own + margin));
            flat.push(weight.reshape((self.outputs * self.inputs, own * own))?);
        }
        let mut matrix = vec![0f32; places.len() * side * side];
        for (row, place) in places.iter().enumerate() {
            matrix[row * side * side + place] = 1.0;
        }
        let flat = Tensor::cat(&flat, 1)?;
        let matrix = Tensor::from_vec(matrix, (places.len(), side * side), flat.device())?;
        flat.matmul(&matrix)?.reshape((self.outputs, self.inputs, side, side))
    }
}

fn sum(so_far: Option<Tensor>, next: Tensor) -> Result<Tensor> {
    match so_far {
        Some(so_far) => so_far + next,
        None => Ok(next),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn both_ways_to_centre_kernels_agree() {
        for kind in [InceptionKind::MeanOdd { num_kernels: 4 }, InceptionKind::ConcatProject] {
            let inception = Inception { kind: &kind, inputs: 3, outputs: 2 };
            let kernel = |&own: &usize| {
                let values = (0..6 * own * own).map(|i| ((7 * i + own) % 23) as f32);
                Tensor::from_vec(values.collect::<Vec<_>>(), (2, 3, own, own), &Device::Cpu)
            };
            let kernels: Vec<Tensor> =
                kind.sides().iter().map(kernel).collect::<Result<_>>().unwrap();
            let summed = inception.centred(&kernels).unwrap();
            let product = inception.centred_by_product(&kernels).unwrap();
            assert_eq!(summed.dims(), product.dims());
            let values = |x: Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(values(summed), values(product));
        }
    }
}
