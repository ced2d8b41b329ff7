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
    // A tone of twelve samples, one of sixteen, or both.
    let sample = len * width;
    let tones = |at: usize| -> &[u32] { [[12u32].as_slice(), &[16], &[12, 16], &[16]][at % 4] };
    let mut x = numbers(5, batch * sample);
    for (at, x) in x.iter_mut().enumerate() {
        let time = at / width % len;
        let sum: f64 = tones(at / sample).iter().map(|&period| tone(time, f64::from(period))).sum();
        *x += 5.0 * sum;
    }
    let w = numbers(6, shape.parameters());
    let workspace = Workspace::<f64>::new(len, Lanes::Eight);
    let (y, saved) = forward(&shape, &x, &w, &workspace, true);
    // Nobody has a share of the third frequency.
    let with = |period| (0..batch).filter(|&at| tones(at).contains(&period)).collect();
    let want: [(usize, Vec<usize>); 2] = [(16, with(16)), (12, with(12))];
    let shared = saved.unwrap().shared;
    let got: Vec<_> = shared.into_iter().map(|own| own.together).collect();
    assert_eq!(got.iter().map(|own| (own.period, own.members.clone())).collect::<Vec<_>>(), want);
    for (at, (x, y)) in x.chunks(sample).zip(y.chunks(sample)).enumerate() {
        let &[period] = tones(at) else { continue };
        for ((y, x), branch) in y.iter().zip(x).zip(direct_branch(&shape, x, &w, period as usize)) {
            assert!((y - x - branch).abs() < 1e-9 * (1.0 + branch.abs()), "{at}");
        }
    }
    check_block_on(&shape, x.clone(), 331);
    for wide in [false, true] {
        threads_do_not_matter(&shape, lanes(wide), &x);
    }
}

/// One sample is too few for spectra: it goes through its period directly, the others not at all.
#[test]
fn a_period_of_one_sample_is_gone_through_directly() {
    let (len, width, batch) = (48, 16, 20);
    let shape = BlockShape { side: 11, ..block(len, width, width, Scope::Batch) };
    let tone = |time: usize, period: f64| (std::f64::consts::TAU * time as f64 / period).cos();
    let (sample, last) = (len * width, batch - 1);
    let mut x = numbers(5, batch * sample);
    for (at, x) in x.iter_mut().enumerate() {
        let period = if at / sample == last { 12.0 } else { 16.0 };
        *x += 5.0 * tone(at / width % len, period);
    }
    let w = numbers(6, shape.parameters());
    let (y, saved) = forward(&shape, &x, &w, &Workspace::<f64>::new(len, Lanes::Eight), true);
    let saved = saved.unwrap();
    let shared: Vec<_> = saved.shared.into_iter().map(|own| own.together).collect();
    assert_eq!((shared.len(), shared[0].period), (1, 16));
    assert_eq!(shared[0].members, (0..last).collect::<Vec<_>>());
    let direct = saved.samples.iter().map(|own| own.branches.iter().map(|(period, _)| *period));
    let direct: Vec<Vec<usize>> = direct.map(Iterator::collect).collect();
    assert_eq!(direct, [vec![vec![]; last], vec![vec![12]]].concat());
    let (x_last, y_last) = (&x[last * sample..], &y[last * sample..]);
    for ((y, x), branch) in y_last.iter().zip(x_last).zip(direct_branch(&shape, x_last, &w, 12)) {
        assert!((y - x - branch).abs() < 1e-9 * (1.0 + branch.abs()));
    }
    check_block_on(&shape, x, 997);
}

/// What runs, in f32 and in the registers of this processor where lanes are wide, against f64.
#[test]
fn blocks_in_single_precision_are_those_in_double() {
    for (outer, inner) in [(16, 32), (64, 64), (32, 8)] {
        let shape = BlockShape { side: 11, ..block(48, outer, inner, Scope::Batch) };
        let (x, g) = (numbers(1, 33 * 48 * outer), numbers(2, 33 * 48 * outer));
        let scale = 1.0 / (11.0 * (outer as f64).sqrt());
        let w: Vec<f64> = numbers(3, shape.parameters()).iter().map(|w| scale * w).collect();
        let single = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<f32>>();
        // Both see the same numbers.
        let [x32, g32, w32] = [&x, &g, &w].map(|values| single(values));
        let [x, g, w] =
            [&x32, &g32, &w32].map(|v| v.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>());
        let double = Workspace::<f64>::new(48, Lanes::Eight);
        let (want, saved) = forward(&shape, &x, &w, &double, true);
        let saved = saved.unwrap();
        assert!(!saved.shared.is_empty(), "no period goes by way of spectra");
        let (want_dx, want_dw) = backward(&shape, &x, &w, saved, &g, &double);
        for lanes in [Lanes::Eight, Lanes::Sixteen] {
            let workspace = Workspace::<f32>::new(48, lanes);
            assert_eq!(periods(&shape, &x32, &workspace), periods(&shape, &x, &double));
            let (y, saved) = forward(&shape, &x32, &w32, &workspace, true);
            let (dx, dw) = backward(&shape, &x32, &w32, saved.unwrap(), &g32, &workspace);
            for (got, want, bound) in
                [(&y, &want, 1e-5), (&dx, &want_dx, 1e-5), (&dw, &want_dw, 1e-5)]
            {
                let size = want.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
                let off = got.iter().zip(want).map(|(a, b)| (f64::from(*a) - b).abs());
                let off = off.fold(0.0, f64::max) / size;
                println!("{outer}, {inner}, {lanes:?}: {off:e}");
                assert!(off < bound, "{outer}, {inner}, {lanes:?}: {off}");
            }
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let x = numbers(1, 21 * 50 * 16);
    for scope in [Scope::Sample, Scope::Batch] {
        threads_do_not_matter(&block(50, 16, 16, scope), Lanes::Eight, &x);
    }
    // Large kernels: by way of spectra.
    let shape = BlockShape { side: 11, ..block(50, 16, 16, Scope::Batch) };
    assert!((2..25).all(|period| shared::tiling_where_cheaper(&shape, 21, period).is_some()));
    for wide in [false, true] {
        threads_do_not_matter(&shape, lanes(wide), &x);
    }
}

fn threads_do_not_matter(shape: &BlockShape, lanes: Lanes, x: &[f64]) {
    let single = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<f32>>();
    let (x, w) = (single(x), single(&numbers(2, shape.parameters())));
    let workspace = Workspace::<f32>::new(shape.len, lanes);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (y, saved) = forward(shape, &x, &w, &workspace, true);
            (backward(shape, &x, &w, saved.unwrap(), &y, &workspace), y)
        })
    };
    assert_eq!(run(1), run(5));
}
