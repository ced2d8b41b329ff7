//! Beside the fused block of the CPU.

use candle_core::Var;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::kernel::{self, Lanes, Workspace};

fn drawn(rng: &mut ChaCha8Rng, dims: &[usize], size: f32) -> Tensor {
    let count: usize = dims.iter().product();
    let values: Vec<f32> = (0..count).map(|_| rng.random_range(-size..size)).collect();
    Tensor::from_vec(values, dims, &Device::Cpu).unwrap()
}

fn assert_near(what: &str, got: &Tensor, want: &Tensor) {
    let largest = |x: &Tensor| x.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
    let finite = got.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert!(finite.iter().all(|value| value.is_finite()), "{what} is not finite");
    let off = largest(&(got - want).unwrap());
    assert!(off <= 2e-5 * largest(want).max(1e-3), "{what} off by {off}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Output and both gradients, for periods of the batch, of each sample, and given ones,
    /// planes of one row and of one column among them.
    #[test]
    fn the_fused_block_does_the_same(
        len in prop_oneof![6usize..40, 300usize..420],
        widths in (1usize..5, 1usize..5),
        half in 0usize..4,
        top_k in 1usize..4,
        batch in 1usize..4,
        scope in 0usize..3,
        seed in any::<u64>(),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let scope = match scope {
            0 => Scope::Batch,
            1 => Scope::Sample,
            _ => Scope::Frozen((0..top_k).map(|k| [1, len / 2, (len / 19).max(1)][k]).collect()),
        };
        let shape = BlockShape {
            len, outer: widths.0, inner: widths.1, side: 2 * half + 1, top_k, scope,
        };
        let series = Var::from_tensor(&drawn(&mut rng, &[batch, len, widths.0], 1.0)).unwrap();
        let parameters = drawn(&mut rng, &[shape.parameters()], 0.3);
        let parameters = Var::from_tensor(&parameters).unwrap();
        let weights = drawn(&mut rng, &[batch, len, widths.0], 1.0);
        let tables = Arc::new(Tables::new(len, shape.side, &Device::Cpu).unwrap());
        let composed = block(&shape, &tables, &series, &parameters, true).unwrap();
        let values = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let (x, all, workspace) = (values(&series), values(&parameters), Workspace::new(len, Lanes::Eight));
        let (fused, saved) = kernel::forward(&shape, &x, &all, &workspace, true);
        let like = |values, tensor: &Tensor| {
            Tensor::from_vec(values, tensor.shape(), &Device::Cpu).unwrap()
        };
        assert_near("output", &composed, &like(fused, &series));
        let loss = (composed * &weights).unwrap().sum_all().unwrap();
        let composed = loss.backward().unwrap();
        let (saved, grad) = (saved.unwrap(), values(&weights));
        let (dx, dw) = kernel::backward(&shape, &x, &all, saved, &grad, &workspace);
        for (what, var, fused) in [("series", &series, dx), ("parameters", &parameters, dw)] {
            assert_near(what, composed.get(var).unwrap(), &like(fused, var));
        }
    }
}
