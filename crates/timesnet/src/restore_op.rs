//! The projection's bias and the window's own scale, added back in one operation of candle's graph.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::cpu_values::{values, with_values};

/// (x + bias) · deviation + mean on the CPU: x `[batch, len, channels]` and bias `[channels]`.
pub(crate) struct RestoreOp {
    /// `[batch, channels]`, without gradients.
    pub(crate) mean: Vec<f32>,
    pub(crate) deviation: Vec<f32>,
}

/// Time steps of a sample, and channels.
fn sizes(x: &Shape, bias: usize, scales: usize) -> Result<(usize, usize)> {
    let (batch, len, channels) = x.dims3()?;
    if bias != channels || scales != batch * channels {
        bail!("{bias} biases and {scales} scales for {batch} samples of {channels} channels")
    }
    Ok((len, channels))
}

impl CustomOp2 for RestoreOp {
    fn name(&self) -> &'static str {
        "restore"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, bias) = (values(x, x_layout)?, values(bias, bias_layout)?);
        let (len, channels) = sizes(x_layout.shape(), bias.len(), self.mean.len())?;
        let mut output = x.to_vec();
        let scales = self.mean.par_chunks(channels).zip(self.deviation.par_chunks(channels));
        output.par_chunks_mut(len * channels).zip(scales).for_each(
            |(sample, (mean, deviation))| {
                for row in sample.chunks_exact_mut(channels) {
                    let scales = mean.iter().zip(deviation).zip(bias);
                    for (value, ((mean, deviation), bias)) in row.iter_mut().zip(scales) {
                        *value = (*value + bias) * deviation + mean;
                    }
                }
            },
        );
        Ok((CpuStorage::F32(output), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        bias: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (len, channels) = sizes(x.shape(), bias.elem_count(), self.mean.len())?;
        let mut dx = with_values(grad, <[f32]>::to_vec)?;
        let samples = dx.par_chunks_mut(len * channels).zip(self.deviation.par_chunks(channels));
        let sums: Vec<Vec<f32>> = samples
            .map(|(sample, deviation)| {
                let mut sums = vec![0.0; channels];
                for row in sample.chunks_exact_mut(channels) {
                    for ((value, deviation), sum) in row.iter_mut().zip(deviation).zip(&mut sums) {
                        *value *= deviation;
                        *sum += *value;
                    }
                }
                sums
            })
            .collect();
        // In order: the sum must not depend on the number of threads.
        let mut db = vec![0.0; channels];
        for sums in &sums {
            db.iter_mut().zip(sums).for_each(|(to, from)| *to += from);
        }
        let dx = Tensor::from_vec(dx, x.shape(), x.device())?;
        Ok((Some(dx), Some(Tensor::from_vec(db, bias.shape(), bias.device())?)))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    /// As from candle's own operations, gradients too.
    #[test]
    fn it_is_the_definition() {
        let (batch, len, channels) = (3, 5, 2);
        let draw = |place: usize, len: usize| -> Vec<f32> {
            (0..len).map(|n| ((n + place) * 7919 % 1009) as f32 / 1009.0 + 0.1).collect()
        };
        let var = |place, shape: &[usize]| {
            let values = draw(place, shape.iter().product());
            Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu).unwrap()).unwrap()
        };
        let (x, bias) = (var(0, &[batch, len, channels]), var(40, &[channels]));
        let (mean, deviation) = (draw(50, batch * channels), draw(60, batch * channels));
        let scale = |values: &[f32]| {
            Tensor::from_slice(values, (batch, 1, channels), &Device::Cpu).unwrap()
        };
        let biased = x.broadcast_add(&bias).unwrap();
        let scaled = biased.broadcast_mul(&scale(&deviation)).unwrap();
        let plain = scaled.broadcast_add(&scale(&mean)).unwrap();
        let fused = x.apply_op2(&bias, RestoreOp { mean, deviation }).unwrap();
        let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let near = |a: &Tensor, b: &Tensor| {
            assert_eq!(a.dims(), b.dims());
            let (a, b) = (flat(a), flat(b));
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs()), "{a:?} {b:?}");
        };
        near(&fused, &plain);
        // Every value weighs differently.
        let weights = Tensor::from_vec(draw(70, batch * len * channels), x.shape(), &Device::Cpu);
        let weights = weights.unwrap();
        let gradients = [fused, plain]
            .map(|output| (output * &weights).unwrap().sum_all().unwrap().backward().unwrap());
        for var in [&x, &bias] {
            let [fused, plain] = gradients.each_ref().map(|of| of.get(var.as_tensor()).unwrap());
            near(fused, plain);
        }
    }
}
