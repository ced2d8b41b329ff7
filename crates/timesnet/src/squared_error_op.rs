//! The mean squared error as one operation of candle's graph.
//!
//! From candle's own operations a step would hold the differences, their squares and a gradient for
//! each of these and for the target.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use crate::cpu_values::{values, with_values};

/// Values that a task works on. Fixed, so that the sum does not depend on the number of threads.
const TASK: usize = 1 << 14;

/// Sums side by side, so that none waits for the last addition.
const LANES: usize = 8;

/// Mean of (output − target)² on the CPU, of two tensors of one shape that are not empty.
pub(crate) struct SquaredErrorOp;

/// Σ (a − b)².
fn squares(a: &[f32], b: &[f32]) -> f64 {
    let square = |(a, b): (&f32, &f32)| f64::from(a - b).powi(2);
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, pair)| *lane += square(pair));
    }
    lanes.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(square).sum::<f64>()
}

impl CustomOp2 for SquaredErrorOp {
    fn name(&self) -> &'static str {
        "mean-squared-error"
    }

    fn cpu_fwd(
        &self,
        output: &CpuStorage,
        output_layout: &Layout,
        target: &CpuStorage,
        target_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (output, target) = (values(output, output_layout)?, values(target, target_layout)?);
        let tasks = output.par_chunks(TASK).zip(target.par_chunks(TASK));
        let sums: Vec<f64> = tasks.map(|(output, target)| squares(output, target)).collect();
        let mean = sums.iter().sum::<f64>() / output.len() as f64;
        Ok((CpuStorage::F32(vec![mean as f32]), Shape::from(())))
    }

    fn bwd(
        &self,
        output: &Tensor,
        target: &Tensor,
        _result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let scale = 2.0 * grad.to_scalar::<f32>()? / output.elem_count() as f32;
        let of = |wanted: &Tensor, other: &Tensor| match wanted.track_op() {
            false => Ok(None),
            true => difference(wanted, other, scale).map(Some),
        };
        Ok((of(output, target)?, of(target, output)?))
    }
}

/// (a − b)·scale.
fn difference(a: &Tensor, b: &Tensor, scale: f32) -> Result<Tensor> {
    let values = with_values(a, |a| {
        with_values(b, |b| -> Vec<f32> {
            let pairs = a.par_iter().zip(b).with_min_len(TASK);
            pairs.map(|(a, b)| (a - b) * scale).collect()
        })
    })??;
    Tensor::from_vec(values, a.shape(), a.device())
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};
    use proptest::prelude::*;

    use super::*;

    fn flat(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// As from candle's own operations, the gradients of both sides too.
        #[test]
        fn it_is_the_mean_of_squares(
            rows in 1usize..2000, columns in 1usize..20, seed in 0usize..1000,
        ) {
            let draw = |place: usize| {
                let value = |n: usize| ((n * 7919 + seed * 131 + place) % 1009) as f32 / 1009.0;
                let values: Vec<f32> = (0..rows * columns).map(value).collect();
                let tensor = Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap();
                Var::from_tensor(&tensor).unwrap()
            };
            let (a, b) = (draw(1), draw(500));
            let fused = a.apply_op2(&b, SquaredErrorOp).unwrap();
            let plain = (a.as_tensor() - b.as_tensor()).unwrap().sqr().unwrap().mean_all().unwrap();
            let near = |x: f32, y: f32| (x - y).abs() <= 1e-5 * y.abs().max(1e-6);
            let values = (fused.to_scalar::<f32>().unwrap(), plain.to_scalar::<f32>().unwrap());
            prop_assert!(near(values.0, values.1), "{values:?}");
            // The gradient of what comes behind scales it.
            let gradients = [fused, plain].map(|loss| (loss * 3.0).unwrap().backward().unwrap());
            for var in [&a, &b] {
                let [fused, plain] =
                    gradients.each_ref().map(|grads| flat(grads.get(var.as_tensor()).unwrap()));
                prop_assert_eq!((fused.len(), plain.len()), (rows * columns, rows * columns));
                for (fused, plain) in fused.iter().zip(&plain) {
                    prop_assert!((fused - plain).abs() <= 1e-6 * plain.abs(), "{fused} {plain}");
                }
            }
        }
    }

    /// What has no gradient gets none.
    #[test]
    fn a_target_that_nobody_changes_gets_no_gradient() {
        let output = Var::new(&[1f32, 2.0], &Device::Cpu).unwrap();
        let target = Tensor::new(&[0f32, 4.0], &Device::Cpu).unwrap();
        let loss = output.apply_op2(&target, SquaredErrorOp).unwrap();
        let grads = loss.backward().unwrap();
        assert_eq!(flat(grads.get(output.as_tensor()).unwrap()), [1.0, -2.0]);
        assert!(grads.get(&target).is_none());
    }
}
