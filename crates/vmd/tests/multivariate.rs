//! Multivariate VMD against the paper's update written down channel by channel.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::f64::consts::TAU;

use ndarray::{Array2, Axis, s};
use num_complex::Complex;
use proptest::prelude::*;
use vmd::{MultivariatePlan, Solver, VmdConfig, VmdError, decompose, decompose_multivariate};

/// Half spectrum, bins 0..N, of a signal of N samples mirrored by N/2 on both sides.
fn half_spectrum(signal: &[f64]) -> Vec<Complex<f64>> {
    let half = signal.len() / 2;
    let left = signal[..half].iter().rev();
    let right = signal[half..].iter().rev();
    let mirrored: Vec<f64> = left.chain(signal).chain(right).copied().collect();
    let bin = |b: usize| {
        let turn = |t: usize| Complex::cis(-TAU * (b * t) as f64 / mirrored.len() as f64);
        mirrored.iter().enumerate().map(|(t, value)| turn(t) * value).sum()
    };
    (0..signal.len()).map(bin).collect()
}

/// `[channel][mode][bin]`
type Modes = Vec<Vec<Vec<Complex<f64>>>>;

/// The paper's algorithm with τ = 0: every channel has its own modes, frequencies are common.
fn naive(channels: &[Vec<f64>], modes: usize, alpha: f64, sweeps: usize) -> (Vec<f64>, Modes) {
    let spectra: Vec<_> = channels.iter().map(|channel| half_spectrum(channel)).collect();
    let bins = spectra[0].len();
    let mut omega: Vec<f64> = (0..modes).map(|k| 0.5 * k as f64 / modes as f64).collect();
    let mut u = vec![vec![vec![Complex::new(0.0, 0.0); bins]; modes]; channels.len()];
    for _ in 0..sweeps {
        for k in 0..modes {
            let (mut power, mut moment) = (0.0, 0.0);
            for (channel, spectrum) in spectra.iter().enumerate() {
                for bin in 0..bins {
                    let f = bin as f64 / (2 * bins) as f64;
                    let others: Complex<f64> =
                        (0..modes).filter(|&j| j != k).map(|j| u[channel][j][bin]).sum();
                    let value = (spectrum[bin] - others) / (1.0 + alpha * (f - omega[k]).powi(2));
                    u[channel][k][bin] = value;
                    power += value.norm_sqr();
                    moment += f * value.norm_sqr();
                }
            }
            omega[k] = moment / power;
        }
    }
    (omega, u)
}

fn channels(len: usize, count: usize) -> Array2<f64> {
    Array2::from_shape_fn((len, count), |(t, channel)| {
        let (t, c) = (t as f64, channel as f64);
        (0.3 * t + c).cos() * (1.0 + c)
            + 0.5 * (1.7 * t - c).sin()
            + 0.1 * ((t * t + 3.0 * c) * 0.7).cos()
    })
}

#[test]
fn gains_of_the_summed_power_are_the_papers_algorithm() {
    let signal = channels(40, 3);
    let columns: Vec<Vec<f64>> = signal.columns().into_iter().map(|c| c.to_vec()).collect();
    // The reference gives back the iterate before the last.
    let (omega, spectra) = naive(&columns, 3, 300.0, 24);
    let config = VmdConfig::new(3, 300.0)
        .with_solver(Solver::Reference)
        .with_tolerance(1e-300)
        .with_max_iterations(25);
    let found = decompose_multivariate(&signal, &config).unwrap();
    assert_eq!(found.iterations, 25);
    for k in 0..3 {
        assert!((found.center_frequencies[k] - omega[k]).abs() < 1e-13);
        for (channel, spectra) in spectra.iter().enumerate() {
            let u = &spectra[k];
            for t in 0..40 {
                // Inverse transform at a sample; the Nyquist bin repeats its neighbour's real part.
                let turn = |b: usize| Complex::cis(TAU * (b * (t + 20)) as f64 / 80.0);
                let inner: f64 = (1..40).map(|b| 2.0 * (u[b] * turn(b)).re).sum();
                let expected = (u[0].re + inner + u[39].re * turn(40).re) / 80.0;
                let off = (found.modes[[channel, k, t]] - expected).abs();
                assert!(off < 1e-12, "{channel} {k} {t}: {off:e}");
            }
        }
    }
}

#[test]
fn one_channel_is_the_univariate_form() {
    let signal = channels(101, 1);
    for solver in [Solver::Reference, Solver::Converged] {
        let config = VmdConfig::new(3, 300.0).with_solver(solver);
        let many = decompose_multivariate(&signal, &config).unwrap();
        let one = decompose(signal.column(0), &config).unwrap();
        assert_eq!(many.modes.index_axis(Axis(0), 0), one.modes);
        assert_eq!(many.residual.row(0), one.residual);
        assert_eq!(many.center_frequencies, one.center_frequencies);
    }
}

/// Rehman & Aftab's update with modes of its own for each channel stands still where we converge.
#[test]
fn converged_channels_solve_the_papers_equations() {
    let signal = channels(50, 2);
    let config = VmdConfig::new(3, 300.0).with_spectra(true).with_trace(true);
    let found = decompose_multivariate(&signal, &config).unwrap();
    assert!(found.stop.converged() && !found.trace.is_empty());
    let spectra = found.spectra.unwrap();
    assert_eq!(spectra.dim(), (2, 3, 51));
    let (mut power, mut moment) = ([0.0; 3], [0.0; 3]);
    for (channel, column) in signal.columns().into_iter().enumerate() {
        for (bin, whole) in half_spectrum(&column.to_vec()).iter().enumerate() {
            let f = bin as f64 / 100.0;
            for k in 0..3 {
                let own = spectra[[channel, k, bin]];
                let others: Complex<f64> =
                    (0..3).filter(|&j| j != k).map(|j| spectra[[channel, j, bin]]).sum();
                let d = 300.0 * (f - found.center_frequencies[k]).powi(2);
                assert!((own - (whole - others) / (1.0 + d)).norm() < 1e-10);
                power[k] += own.norm_sqr();
                moment[k] += f * own.norm_sqr();
            }
        }
    }
    for k in 0..3 {
        let omega = found.center_frequencies[k];
        assert!((moment[k] / power[k] - omega).abs() < 1e-10 * omega);
    }
}

#[test]
fn a_dirty_plan_gives_the_same_bits() {
    let signal = channels(60, 2);
    let mut plan = MultivariatePlan::new(60, 2, &VmdConfig::new(3, 300.0)).unwrap();
    let clean = plan.decompose(&signal).unwrap();
    plan.decompose(channels(60, 3).slice(s![.., 1..])).unwrap();
    assert_eq!(plan.decompose(&signal).unwrap(), clean);
    let wrong = plan.decompose(&channels(60, 3)).unwrap_err();
    assert_eq!(wrong, VmdError::ChannelMismatch { expected: 2, got: 3 });
}

#[test]
fn bad_channels_are_refused_by_name() {
    let config = VmdConfig::new(2, 300.0);
    let mut signal = channels(50, 2);
    signal[[7, 1]] = f64::NAN;
    let gap = decompose_multivariate(&signal, &config).unwrap_err();
    assert!(
        matches!(gap, VmdError::ChannelNotFinite { channel: 1, index: 7, value } if value.is_nan())
    );
    let none = decompose_multivariate(&Array2::<f64>::zeros((50, 0)), &config).unwrap_err();
    assert_eq!(none, VmdError::NoChannels);
    let short = decompose_multivariate(&Array2::<f64>::zeros((1, 2)), &config).unwrap_err();
    assert_eq!(short, VmdError::TooShort { len: 1, needed: 2 });
}

#[test]
fn constant_channels_have_the_exact_answer() {
    let signal = Array2::from_shape_fn((30, 2), |(_, channel)| 3.0 * channel as f64);
    let found = decompose_multivariate(&signal, &VmdConfig::new(2, 300.0)).unwrap();
    assert!(found.stop.converged());
    assert!(found.modes.slice(s![0, .., ..]).iter().all(|value| *value == 0.0));
    assert!(found.modes.slice(s![1, 0, ..]).iter().all(|value| *value == 3.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn swapped_channels_swap_the_answer(values in prop::collection::vec(-1.0..1.0_f64, 120)) {
        let signal = Array2::from_shape_vec((60, 2), values).unwrap();
        let swapped = signal.slice(s![.., ..;-1]);
        let config = VmdConfig::new(3, 300.0);
        let (plain, other) = (
            decompose_multivariate(&signal, &config).unwrap(),
            decompose_multivariate(swapped, &config).unwrap(),
        );
        prop_assert_eq!(&plain.center_frequencies, &other.center_frequencies);
        prop_assert_eq!(plain.modes.slice(s![..;-1, .., ..]), other.modes.view());
    }

    #[test]
    fn modes_and_residual_add_up(values in prop::collection::vec(-1.0..1.0_f64, 120)) {
        let signal = Array2::from_shape_vec((40, 3), values).unwrap();
        let found = decompose_multivariate(&signal, &VmdConfig::new(2, 300.0)).unwrap();
        let sum = found.modes.sum_axis(Axis(1)) + &found.residual;
        for ((channel, t), sum) in sum.indexed_iter() {
            prop_assert!((sum - signal[[t, channel]]).abs() < 1e-13);
        }
    }
}
