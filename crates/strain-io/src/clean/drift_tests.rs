use std::ops::Range;

use jiff::SignedDuration;
use ndarray::Array2;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::{Channel, Provenance, Recording, StrainIoError, TimeGrid};

/// Hours of the records, 300 days.
const HOURS: usize = 7_200;

fn recording(value: impl Fn(f64) -> f64) -> Recording {
    let start = "2008-05-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), HOURS).unwrap();
    let values = Array2::from_shape_fn((HOURS, 1), |(hour, _)| value(hour as f64 / 24.0));
    Recording::new("X", grid, vec![Channel::gauge("s1", 51.0)], values).unwrap()
}

/// A polynomial of x = t/150 − 1, by its powers.
fn powers(factors: &[f64], day: f64) -> f64 {
    factors.iter().rev().fold(0.0, |sum, factor| sum * (day / 150.0 - 1.0) + factor)
}

/// The largest distance of the fitted drift from the truth within the samples.
fn off(
    fit: &DriftFit,
    recording: &Recording,
    within: Range<usize>,
    truth: impl Fn(f64) -> f64,
) -> f64 {
    let found = fit.predict(recording.grid());
    within.map(|hour| (found[hour] - truth(hour as f64 / 24.0)).abs()).fold(0.0, f64::max)
}

fn curves() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-1e3..1e3_f64, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A curve of the model is found to rounding, whether or not the fit is robust, gaps or none, and what
    /// was taken out comes back.
    #[test]
    fn a_polynomial_is_found(factors in curves(), robust in any::<bool>(), gap in 0_usize..100) {
        let truth = |day: f64| powers(&factors, day);
        let mut values = recording(truth).values().to_owned();
        values.slice_mut(ndarray::s![gap * 24..gap * 24 + 700, 0]).fill(f64::NAN);
        let whole = recording(truth);
        let holed = whole.with_values(values, whole.provenance().to_owned()).unwrap();
        let config = DriftConfig::default().with_degree(factors.len() - 1).with_robust(robust);
        let fit = fit_drift(&holed, "s1", 0..HOURS, &config).unwrap();
        // The medians of a day are those of its middle up to the curve's bend.
        let scale = factors.iter().map(|factor| factor.abs()).sum::<f64>().max(1.0);
        prop_assert!(off(&fit, &whole, 0..HOURS, truth) < 2e-3 * scale);
        let flat = fit.remove(&holed).unwrap();
        let again = fit.restore(&flat).unwrap();
        for (a, b) in again.values().iter().zip(holed.values()) {
            prop_assert!(a.is_nan() == b.is_nan() && (a.is_nan() || (a - b).abs() < 1e-9 * scale));
        }
        prop_assert_eq!(again.provenance(), holed.provenance());
        for (flags, value) in flat.provenance().iter().zip(holed.values()) {
            prop_assert_eq!(flags.contains(Provenance::DETRENDED), !value.is_nan());
        }
    }

    /// Another unit and another zero make another unit and another zero of the drift.
    #[test]
    fn the_fit_follows_unit_and_zero(
        seed in any::<u64>(), scale in 0.01..100.0_f64, zero in -1e4..1e4_f64, robust in any::<bool>(),
        degree in 0_usize..5,
    ) {
        let noise = noise(seed);
        let config = DriftConfig::default().with_degree(degree).with_robust(robust);
        let fit = |scale: f64, zero: f64| {
            let wavy = recording(|day| zero + scale * (0.1 * day + noise[day as usize]));
            fit_drift(&wavy, "s1", 0..HOURS, &config).unwrap()
        };
        let (plain, other) = (fit(1.0, 0.0), fit(scale, zero));
        let grid = *recording(|_| 0.0).grid();
        let (plain, other) = (plain.predict(&grid), other.predict(&grid));
        for (plain, other) in plain.iter().zip(&other) {
            prop_assert!((other - zero - scale * plain).abs() < 1e-4 * (1.0 + scale));
        }
    }

    /// Nothing outside of the fit span goes into it, and beyond the span the drift is straight.
    #[test]
    fn the_fit_is_of_its_span(seed in any::<u64>(), change in -1e4..1e4_f64, degree in 0_usize..6) {
        let noise = noise(seed);
        let config = DriftConfig::default().with_degree(degree);
        let fit = |change: f64| {
            let record = recording(|day| {
                let outside = !(50.0..200.0).contains(&day);
                powers(&[3.0, 40.0, -60.0], day) + noise[day as usize] + if outside { change } else { 0.0 }
            });
            fit_drift(&record, "s1", 50 * 24..200 * 24, &config).unwrap()
        };
        let before = fit(0.0);
        prop_assert_eq!(&before, &fit(change));
        let curve = before.predict(recording(|_| 0.0).grid());
        let bend = |at: usize| (curve[at + 1] - 2.0 * curve[at] + curve[at - 1]).abs();
        prop_assert!((1..50 * 24 - 1).chain(200 * 24..HOURS - 1).all(|at| bend(at) < 1e-7));
    }
}

/// One number a day.
fn noise(seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..301).map(|_| StandardNormal.sample(&mut rng)).collect()
}

/// Thirty days in a hundred are off by a hundred standard deviations: the robust curve is as near as one
/// of clean days, that of least squares is not.
#[test]
fn days_that_are_off_have_no_say() {
    for seed in 0..10 {
        let noise = noise(seed);
        let truth = |day: f64| powers(&[5.0, -80.0, 30.0, 20.0], day);
        let clean = recording(|day| truth(day) + noise[day as usize]);
        let bad = |day: f64| (60.0..105.0).contains(&day) || (210.0..255.0).contains(&day);
        let spoilt =
            recording(|day| truth(day) + noise[day as usize] + if bad(day) { 100.0 } else { 0.0 });
        let far = |record: &Recording, robust: bool| {
            let config = DriftConfig::default().with_degree(3).with_robust(robust);
            let fit = fit_drift(record, "s1", 0..HOURS, &config).unwrap();
            (off(&fit, record, 0..HOURS, truth), fit)
        };
        let (of_clean, _) = far(&clean, false);
        let ((robust, fit), (plain, _)) = (far(&spoilt, true), far(&spoilt, false));
        println!("seed {seed}: {of_clean:.2} of clean days, {robust:.2} robust, {plain:.2} not");
        assert!(robust < 2.0 && plain > 20.0, "seed {seed}: {robust} {plain}");
        assert!((90..=100).contains(&fit.left_out), "{}", fit.left_out);
        assert!((0.7..1.3).contains(&fit.residual_std), "{}", fit.residual_std);
    }
}

#[test]
fn curing_is_found_beside_a_line() {
    for (decay, robust) in [(8.0, false), (40.0, true), (40.0, false), (150.0, true)] {
        let truth = |day: f64| 400.0 * (-day / decay).exp() - 20.0 + 0.3 * day;
        let noise = noise(1);
        let record = recording(|day| truth(day) + 0.1 * noise[day as usize]);
        let config = DriftConfig::default().with_curing(true).with_robust(robust);
        let fit = fit_drift(&record, "s1", 0..HOURS, &config).unwrap();
        let found = fit.curing.unwrap();
        println!("decay {decay}, robust {robust}: {found:?}");
        assert!((found.decay_days / decay - 1.0).abs() < 0.03, "{decay}: {found:?}");
        assert!((found.amplitude / 400.0 - 1.0).abs() < 0.05, "{decay}: {found:?}");
        // Within the first day the medians know no more than a day's fall.
        assert!(off(&fit, &record, 24..HOURS, truth) < 1.5);
        let text = serde_json::to_string(&fit).unwrap();
        assert_eq!(serde_json::from_str::<DriftFit>(&text).unwrap(), fit);
    }
}

/// A gauge that stands still, or goes up by the same each day, has residuals of rounding only: no day is
/// left out for them, and days that are off are.
#[test]
fn rounding_is_no_scale() {
    for seed in 0..200 {
        let noise = noise(seed);
        for (degree, slope) in [(0, 0.0), (1, noise[1]), (2, noise[1])] {
            let truth = |day: f64| 300.0 * noise[0] + slope * day;
            let whole = recording(truth);
            let config = DriftConfig::default().with_degree(degree);
            let fit = fit_drift(&whole, "s1", 0..HOURS, &config).unwrap();
            assert_eq!(fit.left_out, 0, "seed {seed}, degree {degree}");
            assert!(
                off(&fit, &whole, 0..HOURS, truth) < 1e-9,
                "seed {seed}, degree {degree}: {fit:?}"
            );
            let bad = |day: f64| if (200.0..240.0).contains(&day) { 50.0 } else { 0.0 };
            let spoilt = recording(|day| truth(day) + bad(day));
            let fit = fit_drift(&spoilt, "s1", 0..HOURS, &config).unwrap();
            assert_eq!(fit.left_out, 40, "seed {seed}, degree {degree}: {fit:?}");
            assert!(
                off(&fit, &spoilt, 0..200 * 24, truth) < 1e-6,
                "seed {seed}, degree {degree}: {fit:?}"
            );
        }
    }
}

#[test]
fn what_cannot_be_fitted_is_named() {
    let record = recording(|day| day);
    let high = DriftConfig::default().with_degree(13);
    let error = fit_drift(&record, "s1", 0..HOURS, &high).unwrap_err();
    assert!(matches!(error, StrainIoError::Config { name: "degree", .. }), "{error}");
    let cubic = DriftConfig::default().with_degree(3);
    let short = fit_drift(&record, "s1", 0..24 * 7, &cubic);
    assert!(matches!(short, Err(StrainIoError::FitTooShort { usable: 7, needed: 8, .. })));
    assert!(fit_drift(&record, "s1", 0..24 * 8, &cubic).is_ok());
    assert!(matches!(
        fit_drift(&record, "s9", 0..HOURS, &cubic),
        Err(StrainIoError::NoChannel { .. })
    ));
}
