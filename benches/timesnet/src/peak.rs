//! The most multiplications and additions that one core does in a second.

use std::time::Instant;

use pulp::{Arch, Simd, WithSimd};

struct Spin(usize);

impl WithSimd for Spin {
    type Output = f64;

    /// Sixteen independent chains, more than latency times units of any current core.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (x, y) = (simd.splat_f32s(0.999_999), simd.splat_f32s(1e-9));
        let mut sums = [simd.splat_f32s(1.0); 12];
        for _ in 0..self.0 {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, x, y);
            }
        }
        let total = sums.into_iter().fold(simd.splat_f32s(0.0), |a, b| simd.add_f32s(a, b));
        f64::from(simd.reduce_sum_f32s(total)) * 0.0 + S::F32_LANES as f64
    }
}

/// GFLOP/s, a fused multiply-add counted as two; the best of several runs.
pub(crate) fn gflops() -> f64 {
    let rounds = 4_000_000;
    let mut best = 0f64;
    for _ in 0..20 {
        let clock = Instant::now();
        let lanes = Arch::new().dispatch(Spin(rounds));
        let flops = 2.0 * 12.0 * lanes * rounds as f64;
        best = best.max(flops / clock.elapsed().as_secs_f64() / 1e9);
    }
    best
}
