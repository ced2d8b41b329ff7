//! Published values and an independent optimiser.

// A helper that cannot make its input has failed its test.
#![allow(clippy::unwrap_used)]

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::{Dyn, OMatrix, OVector, U4, Vector4, storage::Owned};
use proptest::prelude::*;
use sigmoid_stats::{
    CountProcess, SigmoidOptions, benjamini_hochberg, fit_sigmoid, holm, inflection_intervals,
    paired_t, plant_sigmoid, wilcoxon,
};

/// Unprojected four-parameter problem for the MINPACK port.
struct FourParameters<'a> {
    t: &'a [f64],
    y: &'a [f64],
    p: Vector4<f64>,
}

impl LeastSquaresProblem<f64, Dyn, U4> for FourParameters<'_> {
    type ParameterStorage = Owned<f64, U4>;
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, U4>;

    fn set_params(&mut self, p: &Vector4<f64>) {
        self.p = *p;
    }

    fn params(&self) -> Vector4<f64> {
        self.p
    }

    fn residuals(&self) -> Option<OVector<f64, Dyn>> {
        let [a, b, c, d] = self.p.into();
        let residual = |(t, y): (&f64, &f64)| a / (1.0 + (-b * (t - c)).exp()) + d - y;
        let all: Vec<f64> = self.t.iter().zip(self.y).map(residual).collect();
        Some(OVector::<f64, Dyn>::from_vec(all))
    }

    fn jacobian(&self) -> Option<OMatrix<f64, Dyn, U4>> {
        let [a, b, c, _] = self.p.into();
        Some(OMatrix::<f64, Dyn, U4>::from_fn(self.t.len(), |i, k| {
            let e = (-b * (self.t[i] - c)).exp();
            let slope = a * e / ((1.0 + e) * (1.0 + e));
            match k {
                0 => 1.0 / (1.0 + e),
                1 => slope * (self.t[i] - c),
                2 => -slope * b,
                _ => 1.0,
            }
        }))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_fit_is_the_minimum_that_minpack_finds_or_a_better_one(
        seed: u64, before in 30.0..120.0f64
    ) {
        let mut counts = CountProcess::Poisson { mean: 3.0 }.draw(180, seed).unwrap();
        plant_sigmoid(&mut counts, 400.0, 0.15, 180.0 - before, seed).unwrap();
        let y: Vec<f64> = counts.iter().scan(0.0, |s, x| { *s += x; Some(*s) }).collect();
        let t: Vec<f64> = (0..180).map(f64::from).collect();
        let fit = fit_sigmoid(&t, &y, &SigmoidOptions::default()).unwrap();
        let start = Vector4::new(y[179], 0.05, 180.0 - before, 0.0);
        let problem = FourParameters { t: &t, y: &y, p: start };
        let (found, report) = LevenbergMarquardt::new().minimize(problem);
        let sse = 2.0 * report.objective_function;
        // MINPACK knows no bounds: it may follow an exponential past our latest inflection.
        let inside = (-180.0..=358.0).contains(&found.p[2]);
        prop_assert!(!inside || fit.sse <= sse * (1.0 + 1e-9), "{fit:?} {sse} {:?}", found.p);
        prop_assert!(inside || fit.bound_hit.is_some(), "{fit:?} {:?}", found.p);
        if report.termination.was_successful() && (sse / fit.sse - 1.0).abs() < 1e-10 {
            for (ours, theirs) in [fit.a, fit.b, fit.c, fit.d].iter().zip(found.p.iter()) {
                prop_assert!((ours - theirs).abs() < 1e-4 * (1.0 + theirs.abs()));
            }
        }
    }
}

/// To first order a fit's inflection moves by (JᵀJ)⁻¹Jᵀ times the errors of the running sum, each of which is
/// the sum of those of the independent days before it, whose variance is their rate: its spread in closed
/// form, which the bootstrap in blocks of one day must have.
#[test]
fn the_bootstrap_is_as_wide_as_the_spread_in_closed_form() {
    let (days, total, b, c) = (120, 4000.0, 0.12, 60.0);
    let ends = |i: usize| i as f64 + 1.0;
    let sigmoid = |t: f64| total / (1.0 + (-b * (t - c)).exp());
    let jacobian = OMatrix::<f64, Dyn, U4>::from_fn(days, |i, k| {
        let (value, t) = (sigmoid(ends(i)) / total, ends(i));
        let slope = total * value * (1.0 - value);
        [value, slope * (t - c), -slope * b, 1.0][k]
    });
    let normal = (jacobian.transpose() * &jacobian).try_inverse().unwrap();
    let influence = normal * jacobian.transpose();
    let variance: f64 = (0..days)
        .map(|j| {
            let moved: f64 = (j..days).map(|i| influence[(2, i)]).sum();
            moved * moved * (sigmoid(ends(j)) - sigmoid(ends(j) - 1.0))
        })
        .sum();
    let widths = (0..12).map(|seed| {
        let mut counts = vec![0.0; days];
        plant_sigmoid(&mut counts, total, b, c, seed).unwrap();
        let found = inflection_intervals(&counts, Some(1), 299, 0.95, seed).unwrap();
        let [low, high] = found.bootstrap.unwrap();
        (high - low) / (2.0 * 1.959964)
    });
    let found = widths.sum::<f64>() / 12.0;
    // One record's days tell their scatter to 7 %, 299 draws the quantiles to 5 %: twelve to 3 %.
    assert!((found / variance.sqrt() - 1.0).abs() < 0.1, "{found} {}", variance.sqrt());
}

/// Student's sleep data (1908), as in the documentation of R's `t.test`.
#[test]
fn the_sleep_data() {
    let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    let test = paired_t(&first, &second).unwrap();
    assert!((test.mean_difference + 1.58).abs() < 1e-12);
    assert!((test.t + 4.0621).abs() < 5e-5 && test.degrees_of_freedom == 9);
    assert!((test.p_value - 0.002833).abs() < 5e-7);
    assert!((test.interval[0] + 2.4598858).abs() < 5e-8);
    assert!((test.interval[1] + 0.7001142).abs() < 5e-8);
}

/// Differences of the heights of corn (Darwin), as in the documentation of `scipy.stats.wilcoxon`.
#[test]
fn darwin_s_corn() {
    let d =
        [6.0, 8.0, 14.0, 16.0, 23.0, 24.0, 28.0, 29.0, 41.0, -48.0, 49.0, 56.0, 60.0, -67.0, 75.0];
    let test = wilcoxon(&d, &[0.0; 15]).unwrap();
    assert!(test.exact);
    assert_eq!((test.statistic, test.p_value), (24.0, 0.041259765625));
}

/// The fifteen p-values of Benjamini & Hochberg's own example (1995, §4): at 0.05 their procedure
/// rejects four, Bonferroni's and Holm's three.
#[test]
fn the_thrombolysis_example() {
    let p = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0000,
    ];
    let rejected = |q: Vec<f64>| q.iter().filter(|q| **q <= 0.05).count();
    assert_eq!(rejected(benjamini_hochberg(&p).unwrap()), 4);
    assert_eq!(rejected(holm(&p).unwrap()), 3);
}
