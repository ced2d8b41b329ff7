//! The kernels against a direct sum, and every derivative against finite differences in f64.

use super::block::{backward, forward, periods};
use super::conv::Conv;
use super::gelu::gelu;
use super::lanes::Lanes;
use super::plane::{Plane, padded_channels};
use super::pool::Workspace;
use super::shape::BlockShape;
use super::shared::{self, Keep, SharedBranch};
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

fn tiled(shape: &BlockShape, period: usize, tiles: usize) -> (usize, Tiling) {
    let plane = Plane::new(shape.len, period, shape.side);
    (period, Tiling::new(&plane, shape.side, tiles))
}

/// What comes out of one period alone.
fn output_of(
    shape: &BlockShape,
    x: &[f64],
    w: &[f64],
    tiled: (usize, Tiling),
    workspace: &Workspace<f64>,
    keep: Keep,
) -> (Vec<f64>, Option<SharedBranch<f64>>) {
    let mut output = vec![0.0; x.len()];
    let branch = shared::forward(shape, x, w, tiled, workspace, keep, (|_| 1.0, &mut output));
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// By way of spectra or by the sum: the same, for every batch, also of an odd number of samples,
    /// and every plane, also of one row or one column.
    #[test]
    fn spectra_agree_with_the_definition(
        len in 1usize..40, period in 1usize..40, half in 0usize..4, batch in 1usize..6,
        outer in 1usize..18, inner in 1usize..18, tiles in 1usize..6, seed: u64, wide: bool,
    ) {
        let period = period.min(len);
        let scope = Scope::Batch;
        let shape = BlockShape { len, outer, inner, side: 2 * half + 1, top_k: 1, scope };
        let x = numbers(seed, batch * len * outer);
        let w = numbers(seed ^ 1, shape.parameters());
        let tiled = tiled(&shape, period, tiles);
        let workspace = Workspace::new(shape.len, lanes(wide));
        let (got, _) = output_of(&shape, &x, &w, tiled, &workspace, Keep::Nothing);
        let want = direct_branch(&shape, &x, &w, period);
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
        wide: bool,
    ) {
        let period = period.min(len);
        let scope = Scope::Batch;
        let shape = BlockShape { len, outer, inner, side: 2 * half + 1, top_k: 1, scope };
        let x = numbers(seed, batch * len * outer);
        let w = numbers(seed ^ 1, shape.parameters());
        let g = numbers(seed ^ 2, x.len());
        let shares = numbers(seed ^ 3, batch);
        let workspace = Workspace::new(shape.len, lanes(wide));
        let tiled = tiled(&shape, period, tiles);
        let value = |x: &[f64], w: &[f64]| -> f64 {
            let (output, _) = output_of(&shape, x, w, tiled, &workspace, Keep::Nothing);
            let sample = |(i, (y, g)): (usize, (&f64, &f64))| shares[i / (len * outer)] * y * g;
            output.iter().zip(&g).enumerate().map(sample).sum()
        };
        let keep = if all { Keep::All } else { Keep::Periods };
        let (output, branch) = output_of(&shape, &x, &w, tiled, &workspace, keep);
        let branch = branch.unwrap();
        let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
        let share = |sample: usize| shares.get(sample).copied().unwrap_or(0.0);
        let into = (dx.as_mut_slice(), dw.as_mut_slice());
        let through =
            shared_backward::backward(&shape, &x, &w, branch, share, &g, &workspace.pool, into);
        // What it says has come through: the output without its bias, which it has not kept.
        let bias = shape.split(&w)[3];
        for (sample, (y, g)) in output.chunks(len * outer).zip(g.chunks(len * outer)).enumerate() {
            let products = y.iter().zip(g).enumerate().map(|(i, (y, g))| (y - bias[i % outer]) * g);
            let (want, got) = (shares[sample] * products.sum::<f64>(), through[sample]);
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

fn block(len: usize, outer: usize, inner: usize, scope: Scope) -> BlockShape {
    BlockShape { len, outer, inner, side: 3, top_k: 3, scope }
}

/// Central differences in f64: truncation h²/6 of the third derivative ≈ 1e-10 and rounding
/// 1e-16/h ≈ 1e-11 at h = 1e-5, both far below the 1e-6 asked for.
fn check_block(shape: &BlockShape, batch: usize, stride: usize) {
    let workspace = Workspace::<f64>::new(shape.len, Lanes::Eight);
    let x = numbers(5, batch * shape.len * shape.outer);
    let w = numbers(6, shape.parameters());
    let g = numbers(7, x.len());
    let value = |x: &[f64], w: &[f64]| -> f64 {
        let (y, _) = forward(shape, x, w, &workspace, false);
        y.iter().zip(&g).map(|(y, g)| y * g).sum()
    };
    let (_, saved) = forward(shape, &x, &w, &workspace, true);
    let (dx, dw) = backward(shape, &x, &w, saved.unwrap(), &g, &workspace);
    let h = 1e-5;
    let moved = |from: &[f64], index: usize, by: f64| {
        let mut moved = from.to_vec();
        moved[index] += by;
        moved
    };
    for (index, &gradient) in dx.iter().enumerate().step_by(stride) {
        let up = value(&moved(&x, index, h), &w);
        let slope = (up - value(&moved(&x, index, -h), &w)) / (2.0 * h);
        assert!((slope - gradient).abs() < 1e-6 * (1.0 + slope.abs()), "x[{index}] {shape:?}");
    }
    for (index, &gradient) in dw.iter().enumerate().step_by(stride) {
        let up = value(&x, &moved(&w, index, h));
        let slope = (up - value(&x, &moved(&w, index, -h))) / (2.0 * h);
        assert!((slope - gradient).abs() < 1e-6 * (1.0 + slope.abs()), "w[{index}] {shape:?}");
    }
}

#[test]
fn block_gradients_match_finite_differences() {
    for scope in [Scope::Batch, Scope::Sample, Scope::Frozen(vec![4, 7, 9])] {
        for (len, outer, inner) in [(18, 3, 5), (25, 2, 9), (7, 1, 1)] {
            let shape = block(len, outer, inner, scope.clone());
            if !matches!(scope, Scope::Frozen(_)) || len > 7 {
                check_block(&shape, 3, 1);
            }
        }
    }
}

/// Where large kernels and batches make some periods go by way of spectra, or all.
#[test]
fn block_gradients_match_where_periods_are_shared() {
    let mut counts = Vec::new();
    for (len, side, batch) in [(23, 11, 9), (48, 11, 21)] {
        let shape = BlockShape { side, ..block(len, 8, 8, Scope::Batch) };
        let x = numbers(5, batch * len * 8);
        let mut chosen =
            periods(&shape, &x, &Workspace::<f64>::new(len, Lanes::Eight)).swap_remove(0);
        chosen.dedup();
        let shared =
            |&&period: &&usize| shared::tiling_where_cheaper(&shape, batch, period).is_some();
        counts.push((chosen.iter().filter(shared).count(), chosen.len()));
        check_block(&shape, batch, 211);
    }
    assert!(counts.iter().any(|(shared, all)| shared == all), "{counts:?}");
    assert!(counts.iter().any(|(shared, all)| 0 < *shared && shared < all), "{counts:?}");
}

/// Kernels of one tap need no period; what they make is what any periods would.
#[test]
fn kernels_of_one_tap_are_the_definition_at_every_period() {
    let (len, outer, inner, batch) = (25, 3, 5, 3);
    let shape = BlockShape { side: 1, ..block(len, outer, inner, Scope::Sample) };
    let (x, w) = (numbers(5, batch * len * outer), numbers(6, shape.parameters()));
    let (got, _) = forward(&shape, &x, &w, &Workspace::<f64>::new(len, Lanes::Eight), false);
    for period in [1, 2, 7, 12, 25] {
        let branch = direct_branch(&shape, &x, &w, period);
        for ((got, x), branch) in got.iter().zip(&x).zip(&branch) {
            assert!((got - x - branch).abs() < 1e-12, "{got} at {period}");
        }
    }
    check_block(&shape, batch, 1);
}

/// Where one amplitude is far above the others, their shares are nothing: the same to the bit as if
/// they had not been chosen, and they are not gone through.
#[test]
fn periods_without_a_share_are_left_out() {
    for (side, scope) in [(3, Scope::Batch), (11, Scope::Batch), (3, Scope::Sample)] {
        let shape = BlockShape { side, ..block(48, 4, 8, scope) };
        let alone = BlockShape { top_k: 1, ..shape.clone() };
        let tone = |time: usize| 100.0 * (std::f64::consts::TAU * time as f64 / 16.0).cos();
        let mut x = numbers(5, 4 * 48 * 4);
        for (at, x) in x.iter_mut().enumerate() {
            *x += tone(at / 4 % 48);
        }
        let (w, g) = (numbers(6, shape.parameters()), numbers(7, x.len()));
        let workspace = Workspace::<f64>::new(48, Lanes::Eight);
        let both = [&shape, &alone].map(|shape| {
            let (y, saved) = forward(shape, &x, &w, &workspace, true);
            let saved = saved.unwrap();
            let counts: Vec<usize> =
                saved.samples.iter().map(|own| own.branches.len() + saved.shared.len()).collect();
            (counts, y, backward(shape, &x, &w, saved, &g, &workspace))
        });
        assert!(periods(&shape, &x, &workspace).iter().all(|periods| periods.len() == 3));
        assert_eq!(both[0].0, [1; 4]);
        assert!(both[0] == both[1], "side {side}");
    }
}

/// Where only some samples have no share of a period, the batch goes through it.
#[test]
fn a_share_of_one_sample_is_enough() {
    let (len, width, batch) = (48, 16, 20);
    let shape = BlockShape { side: 11, ..block(len, width, width, Scope::Batch) };
    let tone = |time: usize, period: f64| (std::f64::consts::TAU * time as f64 / period).cos();
    // All but the last sample have a tone of sixteen samples, the last has one of twelve.
    let sample = len * width;
    let x: Vec<f64> = (0..batch * sample)
        .map(|at| match (at / sample, at / width % len) {
            (19, time) => 190.0 * tone(time, 12.0),
            (_, time) => 100.0 * tone(time, 16.0),
        })
        .collect();
    let w = numbers(6, shape.parameters());
    let workspace = Workspace::<f64>::new(len, Lanes::Eight);
    let (y, saved) = forward(&shape, &x, &w, &workspace, true);
    let shared: Vec<usize> = saved.unwrap().shared.iter().map(|own| own.period).collect();
    // The third frequency has a share of neither.
    assert_eq!(shared, [16, 12]);
    for (at, period) in [(0, 16), (19, 12)] {
        let (x, y) = (&x[at * sample..][..sample], &y[at * sample..][..sample]);
        for ((y, x), branch) in y.iter().zip(x).zip(direct_branch(&shape, x, &w, period)) {
            assert!((y - x - branch).abs() < 1e-9 * (1.0 + branch.abs()), "{period}");
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    for scope in [Scope::Sample, Scope::Batch] {
        threads_do_not_matter(block(50, 16, 16, scope), Lanes::Eight);
    }
    // Large kernels: by way of spectra.
    let shape = BlockShape { side: 11, ..block(50, 16, 16, Scope::Batch) };
    assert!((2..25).all(|period| shared::tiling_where_cheaper(&shape, 21, period).is_some()));
    for wide in [false, true] {
        threads_do_not_matter(shape.clone(), lanes(wide));
    }
}

fn threads_do_not_matter(shape: BlockShape, lanes: Lanes) {
    let single = |values: Vec<f64>| values.into_iter().map(|v| v as f32).collect::<Vec<f32>>();
    let x = single(numbers(1, 21 * 50 * 16));
    let w = single(numbers(2, shape.parameters()));
    let workspace = Workspace::<f32>::new(50, lanes);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (y, saved) = forward(&shape, &x, &w, &workspace, true);
            (backward(&shape, &x, &w, saved.unwrap(), &y, &workspace), y)
        })
    };
    assert_eq!(run(1), run(5));
}
