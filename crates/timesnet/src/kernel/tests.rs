//! The kernels against a direct sum, and every derivative against finite differences in f64.

mod blocks;

use super::conv::Conv;
use super::gelu::gelu;
use super::lanes::Lanes;
use super::plane::{Plane, padded_channels};
use super::pool::Workspace;
use super::shape::BlockShape;
use super::shared::{self, Keep, SharedBranch, Together};
use super::shared_backward;
use super::spectrum::Scope;
use super::tiling::Tiling;
use super::weights::KernelShape;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// The definition: out[t, o] = b[o] + Σ w[o, i, r, c] x[t + r·period + c, i], zero outside.
fn direct(
    shape: KernelShape,
    w: &[f64],
    b: &[f64],
    x: &[f64],
    len: usize,
    period: usize,
) -> Vec<f64> {
    let half = (shape.side / 2) as isize;
    let cycles = len.div_ceil(period) as isize;
    let mut out = Vec::new();
    for t in 0..len as isize {
        let (row, col) = (t / period as isize, t % period as isize);
        for (o, &bias) in b.iter().enumerate().take(shape.outputs) {
            let mut sum = bias;
            for i in 0..shape.inputs {
                for r in -half..=half {
                    for c in -half..=half {
                        let (y, x_) = (row + r, col + c);
                        let at = y * period as isize + x_;
                        let inside = (0..cycles).contains(&y) && (0..period as isize).contains(&x_);
                        if inside && at < len as isize {
                            let k = ((o * shape.inputs + i) * shape.side + (r + half) as usize)
                                * shape.side
                                + (c + half) as usize;
                            sum += w[k] * x[at as usize * shape.inputs + i];
                        }
                    }
                }
            }
            out.push(sum);
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn tiles_agree_with_the_definition(
        len in 1usize..40, period in 1usize..40, half in 0usize..4,
        inputs in 1usize..18, outputs in 1usize..18, seed: u64,
    ) {
        let period = period.min(len);
        let shape = KernelShape { outputs, inputs, side: 2 * half + 1 };
        let (w, b) = (numbers(seed, shape.size()), numbers(seed ^ 1, outputs));
        let x = numbers(seed ^ 2, len * inputs);
        let plane = Plane::new(len, period, shape.side);
        let src = plane.fold(&x, inputs, 1.0);
        let conv = Conv {
            plane, inputs: padded_channels(inputs), outputs: padded_channels(outputs), src: &src,
        };
        let mut bias = b.clone();
        bias.resize(padded_channels(outputs), 0.0);
        let result = conv.apply(&shape.pack(&w, plane.turned), &bias);
        let got: Vec<f64> = plane.unfold(&result, outputs).flatten().copied().collect();
        for (got, want) in got.iter().zip(direct(shape, &w, &b, &x, len, period)) {
            prop_assert!((got - want).abs() < 1e-11);
        }
    }

    /// ⟨conv(x), g⟩ is linear in w, so its gradient is exact: compare with unit weights.
    #[test]
    fn weight_gradient_is_the_definition_s_adjoint(
        len in 1usize..24, period in 1usize..24, half in 0usize..3,
        inputs in 1usize..10, outputs in 1usize..18, seed: u64,
    ) {
        let period = period.min(len);
        let shape = KernelShape { outputs, inputs, side: 2 * half + 1 };
        let x = numbers(seed, len * inputs);
        let g = numbers(seed ^ 1, len * outputs);
        let plane = Plane::new(len, period, shape.side);
        let src = plane.fold(&x, inputs, 1.0);
        let conv = Conv {
            plane, inputs: padded_channels(inputs), outputs: padded_channels(outputs), src: &src,
        };
        let mut packed = vec![0.0; shape.packed_size()];
        conv.weight_gradient(&plane.fold(&g, outputs, 1.0), &mut packed);
        let mut gradient = vec![0.0; shape.size()];
        shape.unpack_add(&packed, plane.turned, &mut gradient);
        let direction = numbers(seed ^ 2, shape.size());
        let along = direct(shape, &direction, &vec![0.0; outputs], &x, len, period);
        let want: f64 = along.iter().zip(&g).map(|(a, g)| a * g).sum();
        let got: f64 = gradient.iter().zip(&direction).map(|(a, b)| a * b).sum();
        prop_assert!((got - want).abs() < 1e-9, "{} {}", got, want);
    }
}

/// The wide ones are tried on every processor.
fn lanes(wide: bool) -> Lanes {
    if wide { Lanes::Sixteen } else { Lanes::Eight }
}

/// The samples of `x` whose bits are set in `out_of`, or the first.
fn together(shape: &BlockShape, x: &[f64], period: usize, tiles: usize, out_of: u8) -> Together {
    let plane = Plane::new(shape.len, period, shape.side);
    let batch = x.len() / (shape.len * shape.outer);
    let mut members: Vec<usize> = (0..batch).filter(|&sample| out_of >> sample & 1 == 1).collect();
    if members.is_empty() {
        members.push(0);
    }
    Together { period, tiling: Tiling::new(&plane, shape.side, tiles), members }
}

/// What comes out of one period alone.
fn output_of(
    shape: &BlockShape,
    x: &[f64],
    w: &[f64],
    together: &Together,
    workspace: &Workspace<f64>,
    keep: Keep,
) -> (Vec<f64>, Option<SharedBranch<f64>>) {
    let (mut output, together) = (vec![0.0; x.len()], together.clone());
    let branch = shared::forward(shape, x, w, together, workspace, keep, (|_| 1.0, &mut output));
    (output, branch)
}

/// A block's branch by definition: zeros up to whole cycles, convolution, activation, convolution on
/// the padded length, cut.
fn direct_branch(shape: &BlockShape, x: &[f64], w: &[f64], period: usize) -> Vec<f64> {
    let [w1, b1, w2, b2] = shape.split(w);
    let whole = shape.len.div_ceil(period) * period;
    let mut out = Vec::new();
    for sample in x.chunks_exact(shape.len * shape.outer) {
        let mut padded = sample.to_vec();
        padded.resize(whole * shape.outer, 0.0);
        let mut hidden = direct(shape.first(), w1, b1, &padded, whole, period);
        gelu(&mut hidden);
        let result = direct(shape.second(), w2, b2, &hidden, whole, period);
        out.extend(&result[..sample.len()]);
    }
    out
}

/// All samples of a batch, or some.
fn some() -> impl Strategy<Value = u8> {
    prop_oneof![Just(u8::MAX), any::<u8>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// By way of spectra or by the sum: the same, for every batch and some samples of it, also an odd
    /// number, and every plane, also of one row or one column. The others get nothing.
    #[test]
    fn spectra_agree_with_the_definition(
        len in 1usize..40, period in 1usize..40, half in 0usize..4, batch in 1usize..6,
        outer in 1usize..18, inner in 1usize..18, tiles in 1usize..6, seed: u64, wide: bool,
        out_of in some(),
    ) {
        let period = period.min(len);
        let scope = Scope::Batch;
        let shape = BlockShape { len, outer, inner, side: 2 * half + 1, top_k: 1, scope };
        let x = numbers(seed, batch * len * outer);
        let w = numbers(seed ^ 1, shape.parameters());
        let together = together(&shape, &x, period, tiles, out_of);
        let workspace = Workspace::new(shape.len, lanes(wide));
        let (got, _) = output_of(&shape, &x, &w, &together, &workspace, Keep::Nothing);
        let mut want = direct_branch(&shape, &x, &w, period);
        for (sample, want) in want.chunks_exact_mut(len * outer).enumerate() {
            if !together.members.contains(&sample) {
                want.fill(0.0);
            }
        }
        let size = want.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
        prop_assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(&want) {
            prop_assert!((got - want).abs() < 1e-12 * size, "{} {}", got, want);
        }
    }

    /// Both gradients against central differences along random directions (see below for the
    /// tolerance).
    #[test]
    fn gradients_through_spectra_match_finite_differences(
        len in 1usize..30, period in 1usize..30, half in 0usize..4, batch in 1usize..5,
        outer in 1usize..10, inner in 1usize..10, tiles in 1usize..6, seed: u64, all: bool,
        wide: bool, out_of in some(),
    ) {
        let period = period.min(len);
        let scope = Scope::Batch;
        let shape = BlockShape { len, outer, inner, side: 2 * half + 1, top_k: 1, scope };
        let x = numbers(seed, batch * len * outer);
        let w = numbers(seed ^ 1, shape.parameters());
        let g = numbers(seed ^ 2, x.len());
        let shares = numbers(seed ^ 3, batch);
        let workspace = Workspace::new(shape.len, lanes(wide));
        let together = together(&shape, &x, period, tiles, out_of);
        let value = |x: &[f64], w: &[f64]| -> f64 {
            let (output, _) = output_of(&shape, x, w, &together, &workspace, Keep::Nothing);
            let sample = |(i, (y, g)): (usize, (&f64, &f64))| shares[i / (len * outer)] * y * g;
            output.iter().zip(&g).enumerate().map(sample).sum()
        };
        let keep = if all { Keep::All } else { Keep::Periods };
        let (output, branch) = output_of(&shape, &x, &w, &together, &workspace, keep);
        let branch = branch.unwrap();
        let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
        let share = |sample: usize| shares[sample];
        let into = (dx.as_mut_slice(), dw.as_mut_slice());
        let through =
            shared_backward::backward(&shape, &x, &w, branch, share, &g, &workspace.pool, into);
        // What it says has come through: the output without its bias, which it has not kept.
        let bias = shape.split(&w)[3];
        for (sample, (y, g)) in output.chunks(len * outer).zip(g.chunks(len * outer)).enumerate() {
            let products = y.iter().zip(g).enumerate().map(|(i, (y, g))| (y - bias[i % outer]) * g);
            let is_member = f64::from(u8::from(together.members.contains(&sample)));
            let want = is_member * shares[sample] * products.sum::<f64>();
            let got = through[sample];
            let size = y.iter().fold(1.0, |a: f64, b| a.max(b.abs())) * g.len() as f64;
            prop_assert!((got - want).abs() < 1e-12 * size, "{} {}", got, want);
        }
        let moved = |from: &[f64], along: &[f64], by: f64| -> Vec<f64> {
            from.iter().zip(along).map(|(from, along)| from + by * along).collect()
        };
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let h = 1e-5;
        let along = numbers(seed ^ 4, x.len());
        let slope =
            (value(&moved(&x, &along, h), &w) - value(&moved(&x, &along, -h), &w)) / (2.0 * h);
        let size = 1.0 + value(&x, &w).abs() + slope.abs();
        prop_assert!((slope - dot(&dx, &along)).abs() < 1e-6 * size, "{} {}", slope, dot(&dx, &along));
        let along = numbers(seed ^ 5, w.len());
        let slope =
            (value(&x, &moved(&w, &along, h)) - value(&x, &moved(&w, &along, -h))) / (2.0 * h);
        let size = 1.0 + value(&x, &w).abs() + slope.abs();
        prop_assert!((slope - dot(&dw, &along)).abs() < 1e-6 * size, "{} {}", slope, dot(&dw, &along));
    }
}
