//! Sweeps against the paper's update written down naively.

use pulp::{Scalar, Scalar512b, WithSimd};

use super::vector::lanes;
use super::*;
use crate::Real;

const BINS: usize = 300;

fn close(fast: &[f64], plain: &[f64], scale: f64, relative: f64) {
    for (fast, plain) in fast.iter().zip(plain) {
        assert!((fast - plain).abs() <= relative * scale, "{fast} {plain}");
    }
}

/// The paper's update, mode by mode, bin by bin, without a residual kept between modes.
struct Naive {
    x: Vec<f64>,
    signal: Vec<f64>,
    u: Vec<Vec<f64>>,
    lambda: Vec<f64>,
}

impl Naive {
    fn sweep(&mut self, w: &[f64], scale: &[f64], tau: f64) -> f64 {
        let before = self.u.concat();
        for k in 0..w.len() {
            for i in 0..self.x.len() {
                let others: f64 = (0..w.len()).filter(|&j| j != k).map(|j| self.u[j][i]).sum();
                let target = self.signal[i] - others - self.lambda[i] / 2.0;
                self.u[k][i] = target / (1.0 + (scale[k] * (self.x[i] - w[k])).powi(2));
            }
        }
        for i in 0..self.x.len() {
            let sum: f64 = self.u.iter().map(|u| u[i]).sum();
            self.lambda[i] += tau * (sum - self.signal[i]);
        }
        self.u.concat().iter().zip(before).map(|(a, b)| (a - b).powi(2)).sum()
    }
}

/// One way to run sweeps: how, and how many numbers its registers hold.
struct Way<T: Real> {
    run: fn(Sweep<'_, T>),
    lanes: usize,
}

impl<T: Real> Way<T> {
    fn of_this_processor() -> Self {
        Self { run: |sweep| sweep.run(), lanes: widest_lanes::<T>() }
    }
}

/// Registers that are arrays, the twin of 512-bit ones.
fn wide<T: Real>() -> Way<T> {
    let run = |sweep: Sweep<'_, T>| {
        sweep.sums.clear();
        sweep.with_simd(Scalar512b);
    };
    Way { run, lanes: lanes::<Scalar512b, T>() }
}

/// Registers that are single numbers.
fn single<T: Real>() -> Way<T> {
    let run = |sweep: Sweep<'_, T>| {
        sweep.sums.clear();
        sweep.with_simd(Scalar::new());
    };
    Way { run, lanes: lanes::<Scalar, T>() }
}

fn compare<T: Real>(way: &Way<T>, modes: usize, tau: f64, scaled: bool, relative: f64) {
    let grid = Grid::new(BINS, 44.0);
    let x: Vec<f64> = (0..BINS).map(|bin| grid.at(bin)).collect();
    let signal: Vec<f64> = (0..BINS).map(|i| (i * 7919 % 101) as f64 / 50.0).collect();
    let loudness: f64 = signal.iter().map(|value| value * value).sum();
    let scale: Vec<f64> =
        (0..modes).map(|k| if scaled { 1.0 / (1.0 + k as f64) } else { 1.0 }).collect();
    let w: Vec<f64> = (0..modes).map(|k| 22.0 * k as f64 / modes as f64).collect();
    let dual = (tau > 0.0).then_some(tau / 2.0);
    let (lanes, rows) = (way.lanes, rows_per_register(modes, dual.is_some()));
    let mut from = Aligned::<T>::new(rows * BINS.next_multiple_of(PADDING));
    for (i, value) in signal.iter().enumerate() {
        from[i / lanes * rows * lanes + i % lanes] = T::of(*value);
    }
    let (mut sums, mut tried) = (Sums::new(modes), Sums::new(modes));
    let mut naive = Naive { x, u: vec![vec![0.0; BINS]; modes], lambda: vec![0.0; BINS], signal };
    for round in 0..5 {
        let change = naive.sweep(&w, &scale, tau);
        let wanted = round % 2 == 0;
        let start = from.clone();
        let mut sweep = |trial: bool, sums: &mut Sums| {
            (way.run)(Sweep {
                spacing: grid.spacing,
                rows: &mut from,
                trial,
                w: &w,
                scale: scaled.then_some(&scale),
                dual,
                change: wanted,
                sums,
            });
            *from == *start
        };
        assert!(sweep(true, &mut tried), "a trial leaves the rows as they are");
        sweep(false, &mut sums);
        assert_eq!((&tried.power, &tried.moment), (&sums.power, &sums.moment));
        close(&[tried.total], &[change], loudness, relative);
        if wanted {
            assert_eq!(tried.total, sums.total);
        }
        for (k, u) in naive.u.iter().enumerate() {
            let power: f64 = u.iter().map(|u| u * u).sum();
            let moment: f64 = u.iter().zip(&naive.x).map(|(u, x)| (x - w[k]) * u * u).sum();
            let found = [sums.power[k], sums.moment[k]];
            close(&found, &[power, moment], 22.0 * loudness, relative);
            for (i, u) in u.iter().enumerate() {
                let at = (i / lanes * rows + 1 + k) * lanes + i % lanes;
                close(&[from[at].wide()], &[*u], 1.0, relative);
            }
        }
    }
}

#[test]
fn sweeps_agree_with_the_naive_form_for_every_count_with_and_without_dual() {
    for modes in 1..=12 {
        for tau in [0.0, 0.3] {
            for scaled in [false, true] {
                // The widest registers share divisions, single numbers take a loop of their own;
                // neither need be what this processor has.
                for way in [Way::<f64>::of_this_processor(), wide(), single()] {
                    compare(&way, modes, tau, scaled, 1e-13);
                }
                // Distances up to 22 are rounded to 1e-6.
                for way in [Way::<f32>::of_this_processor(), wide(), single()] {
                    compare(&way, modes, tau, scaled, 2e-5);
                }
            }
        }
    }
}

#[test]
fn sweeps_settle_at_the_optimal_modes() {
    let grid = Grid::new(64, 44.0);
    let magnitude: Vec<f64> = (0..64).map(|i| (i * 7919 % 101) as f64 / 50.0).collect();
    let (w, scale, lanes) = ([1.0, 5.0, 15.0], [1.0, 0.5, 0.8], widest_lanes::<f64>());
    let mut from = Aligned::<f64>::new(4 * 64);
    for (i, value) in magnitude.iter().enumerate() {
        from[i / lanes * 4 * lanes + i % lanes] = *value;
    }
    let mut sums = Sums::new(3);
    // The slowest bin contracts by about 1 − 1/50 a sweep.
    for _ in 0..5000 {
        Sweep {
            spacing: grid.spacing,
            rows: &mut from,
            trial: false,
            w: &w,
            scale: Some(&scale),
            dual: None,
            change: false,
            sums: &mut sums,
        }
        .run();
    }
    let optimal = OptimalGains::new(&grid, &w, Some(&scale));
    let (mut shares, mut gains) = ([0.0; 64], [[0.0; 64]; 3]);
    optimal.shares(&mut shares);
    gains.iter_mut().enumerate().for_each(|(k, gains)| optimal.gains(k, &shares, gains));
    for (bin, whole) in magnitude.iter().enumerate() {
        let at = |row: usize| from[(bin / lanes * 4 + row) * lanes + bin % lanes];
        assert!((at(0) - shares[bin] * whole).abs() < 1e-13);
        for (k, gains) in gains.iter().enumerate() {
            assert!((at(1 + k) - gains[bin] * whole).abs() < 1e-13);
        }
    }
}

/// Neumaier's compensated sum.
#[derive(Default)]
struct Exact {
    sum: f64,
    lost: f64,
}

impl Exact {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        let larger = self.sum.abs() >= value.abs();
        let (large, small) = if larger { (self.sum, value) } else { (value, self.sum) };
        self.lost += (large - sum) + small;
        self.sum = sum;
    }

    fn total(&self) -> f64 {
        self.sum + self.lost
    }
}

/// Frequencies after a sweep over as many bins as a long record has; plain sums are off by 5e-13
/// there.
#[test]
fn frequencies_of_many_bins_are_those_of_compensated_sums() {
    let bins = 100_000;
    let (w, lanes) = ([1.0, 9.0, 20.0], widest_lanes::<f64>());
    let grid = Grid::new(bins, 2000.0_f64.sqrt());
    let mut rows = Aligned::<f64>::new(4 * bins.next_multiple_of(PADDING));
    let magnitude = |bin: usize| 1.0 + (bin * 7919 % 101) as f64 / 50.0;
    let (mut power, mut moment): ([Exact; 3], [Exact; 3]) = Default::default();
    for bin in 0..bins {
        rows[bin / lanes * 4 * lanes + bin % lanes] = magnitude(bin);
        let (mut left, x) = (magnitude(bin), grid.at(bin));
        for k in 0..3 {
            let u = left / (1.0 + (x - w[k]).powi(2));
            left -= u;
            power[k].add(u * u);
            moment[k].add(x * u * u);
        }
    }
    let mut sums = Sums::new(3);
    Sweep {
        spacing: grid.spacing,
        rows: &mut rows,
        trial: true,
        w: &w,
        scale: None,
        dual: None,
        change: true,
        sums: &mut sums,
    }
    .run();
    for k in 0..3 {
        let (found, exact) = (w[k] + sums.step(k), moment[k].total() / power[k].total());
        // In cycles per sample.
        let off = (found - exact).abs() / 2000.0_f64.sqrt();
        assert!(off < 2e-15, "{k}: {off:e}");
    }
}
