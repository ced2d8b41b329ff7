//! Whole blocks: derivatives, periods without a share, threads.

use super::super::block::{backward, forward, periods};
use super::super::lanes::Lanes;
use super::super::pool::Workspace;
use super::super::shape::BlockShape;
use super::super::shared;
use super::super::spectrum::Scope;
use super::{direct_branch, lanes, numbers};

fn block(len: usize, outer: usize, inner: usize, scope: Scope) -> BlockShape {
    BlockShape { len, outer, inner, side: 3, top_k: 3, scope }
}

fn check_block(shape: &BlockShape, batch: usize, stride: usize) {
    check_block_on(shape, numbers(5, batch * shape.len * shape.outer), stride);
}

/// Central differences in f64: truncation h²/6 of the third derivative ≈ 1e-10 and rounding
/// 1e-16/h ≈ 1e-11 at h = 1e-5, both far below the 1e-6 asked for.
fn check_block_on(shape: &BlockShape, x: Vec<f64>, stride: usize) {
    let workspace = Workspace::<f64>::new(shape.len, Lanes::Eight);
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

/// Only the samples that have a share of a period go through it, and their gradients hold.
#[test]
fn samples_go_through_the_periods_that_they_have_a_share_of() {
    let (len, width, batch) = (48, 16, 20);
    let shape = BlockShape { side: 11, ..block(len, width, width, Scope::Batch) };
    let tone = |time: usize, period: f64| (std::f64::consts::TAU * time as f64 / period).cos();
    // Every third sample has a tone of twelve samples, the others have one of sixteen.
    let sample = len * width;
    let short = |at: usize| at % 3 == 1;
    let mut x = numbers(5, batch * sample);
    for (at, x) in x.iter_mut().enumerate() {
        let time = at / width % len;
        *x += if short(at / sample) { 7.0 * tone(time, 12.0) } else { 5.0 * tone(time, 16.0) };
    }
    let w = numbers(6, shape.parameters());
    let workspace = Workspace::<f64>::new(len, Lanes::Eight);
    let (y, saved) = forward(&shape, &x, &w, &workspace, true);
    // The third frequency has a share of neither.
    let of = |short_ones: bool| (0..batch).filter(|&at| short(at) == short_ones).collect();
    let want: [(usize, Vec<usize>); 2] = [(16, of(false)), (12, of(true))];
    let shared = saved.unwrap().shared;
    let got: Vec<_> = shared.into_iter().map(|own| own.together).collect();
    assert_eq!(got.iter().map(|own| (own.period, own.members.clone())).collect::<Vec<_>>(), want);
    for (at, (x, y)) in x.chunks(sample).zip(y.chunks(sample)).enumerate() {
        let branch = direct_branch(&shape, x, &w, if short(at) { 12 } else { 16 });
        for ((y, x), branch) in y.iter().zip(x).zip(branch) {
            assert!((y - x - branch).abs() < 1e-9 * (1.0 + branch.abs()), "{at}");
        }
    }
    check_block_on(&shape, x, 997);
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
