use proptest::prelude::*;

use super::*;

fn kind_of(curve: &Curve) -> CurveKind {
    match curve {
        Curve::Line { .. } => CurveKind::Line,
        Curve::Sigmoid { .. } => CurveKind::Sigmoid,
        Curve::Exponential { .. } => CurveKind::Exponential,
        Curve::PowerLaw { .. } => CurveKind::PowerLaw,
        Curve::Piecewise { .. } => CurveKind::Piecewise,
    }
}

fn times() -> Vec<f64> {
    (0..120).map(|i| 3.0 + 1.5 * f64::from(i)).collect()
}

#[test]
fn each_curve_without_noise_gives_back_its_parameters_and_wins() {
    let t = times();
    let curves = [
        Curve::Exponential { a: 0.5, k: 0.02, d: 7.0, t0: 0.0 },
        Curve::Exponential { a: -50.0, k: -0.015, d: 70.0, t0: 0.0 },
        Curve::PowerLaw { a: 12.0, failure_time: 190.0, m: 0.35, d: 90.0 },
        Curve::Piecewise {
            slope_before: 0.5,
            slope_after: 2.0,
            break_time: 100.3,
            intercept: -4.0,
        },
        Curve::Sigmoid { a: 120.0, b: 0.12, c: 90.0, d: 3.0 },
    ];
    for curve in curves {
        let y: Vec<f64> = t.iter().map(|t| curve.value(*t)).collect();
        let best = &compare_curves(&t, &y).unwrap()[0];
        assert!(std::mem::discriminant(&best.curve) == std::mem::discriminant(&curve), "{best:?}");
        for x in &t {
            let error = (best.curve.value(*x) - curve.value(*x)).abs();
            assert!(error < 1e-4 * (1.0 + curve.value(*x).abs()), "{best:?} {curve:?}");
        }
    }
}

/// Times counted from anywhere: the same curve, its level where it is a number at the first time, and the
/// same errors of all that is not a value at a time far away.
#[track_caller]
fn moves_with_its_times(kind: CurveKind, y: &[f64], first: f64) {
    let t: Vec<f64> = (0..y.len()).map(|i| i as f64).collect();
    let moved: Vec<f64> = t.iter().map(|t| t + first).collect();
    let (here, there) = (fit_curve(kind, &t, y).unwrap(), fit_curve(kind, &moved, y).unwrap());
    assert!((here.r2 - there.r2).abs() < 1e-7, "{kind:?} {first}: {here:?} {there:?}");
    assert_eq!(here.bounds_hit, there.bounds_hit, "{kind:?} {first}");
    let size = y.iter().fold(0.0, |m: f64, y| m.max(y.abs()));
    for (t, moved) in t.iter().zip(&moved) {
        let (here, there) = (here.curve.value(*t), there.curve.value(*moved));
        assert!((here - there).abs() < 1e-5 * size, "{kind:?} {first} at {t}: {here} {there}");
    }
    let errors = [&here, &there].map(|fit| fit.standard_errors());
    assert_eq!(errors[0].is_some(), errors[1].is_some(), "{kind:?} {first}: {here:?} {there:?}");
    let [Some(here), Some(there)] = errors else { return };
    // Of a line and of two lines the value at time zero is a parameter: its error grows on the way.
    let local = match kind {
        CurveKind::Line => 1,
        CurveKind::Piecewise => 3,
        _ => here.len(),
    };
    for (a, b) in here.iter().zip(&there).take(local) {
        assert!((b / a - 1.0).abs() < 1e-2, "{kind:?} {first}: {here:?} {there:?}");
    }
}

/// Days since 1970, modified Julian days, days of the era, Julian days.
#[test]
fn an_exponential_far_from_time_zero_has_its_values_and_errors() {
    for first in [0.0, 20_000.0, 59_000.0, 738_000.0, 2_459_000.0, -2_459_000.0] {
        let t: Vec<f64> = (0..100).map(|i| first + f64::from(i)).collect();
        let y: Vec<f64> = (0..100)
            .map(|i| 2.0 * (0.03 * f64::from(i)).exp() + 4.0 + 1e-3 * f64::from(i * i % 7 - 3))
            .collect();
        let fit = fit_curve(CurveKind::Exponential, &t, &y).unwrap();
        let Curve::Exponential { a, k, d, t0 } = fit.curve else { panic!("{fit:?}") };
        assert!((a - 2.0).abs() < 1e-2 && (k - 0.03).abs() < 1e-4 && t0 == first, "{fit:?}");
        assert!((d - 4.0).abs() < 1e-2 && fit.standard_errors().is_some(), "{fit:?}");
        assert!((fit.curve.value(t[99]) - y[99]).abs() < 1e-2, "{fit:?}");
        moves_with_its_times(CurveKind::Exponential, &y, first);
    }
}

#[test]
fn an_exponential_without_a_reference_is_one_from_time_zero() {
    let read: Curve = serde_json::from_str(r#"{"exponential":{"a":2.0,"k":0.1,"d":1.0}}"#).unwrap();
    assert_eq!(read, Curve::Exponential { a: 2.0, k: 0.1, d: 1.0, t0: 0.0 });
}

/// A start at which the exponential is the line moves like any other, and exact data leave no
/// disagreement but rounding.
#[test]
fn every_start_finds_an_exact_exponential() {
    let t = times();
    for k in [0.02, -0.03, 0.004] {
        let y: Vec<f64> = t.iter().map(|t| 0.5 * (k * t).exp() + 7.0).collect();
        let fit = fit_curve(CurveKind::Exponential, &t, &y).unwrap();
        assert_eq!((fit.starts, fit.starts_agreed), (4, 4), "{fit:?}");
    }
}

#[test]
fn bounds_are_named_and_leave_no_errors() {
    let t = times();
    let of = |kind, value: &dyn Fn(f64) -> f64| {
        let y: Vec<f64> = t.iter().map(|t| value(*t)).collect();
        let fit = fit_curve(kind, &t, &y).unwrap();
        assert_eq!(fit.covariance.is_none(), !fit.bounds_hit.is_empty(), "{fit:?}");
        fit.bounds_hit
    };
    let last = t[t.len() - 1];
    // All of the rise in the last step, or in the first.
    let step = |at: f64| move |t: f64| if t < at { 0.0 } else { 1.0 };
    assert_eq!(of(CurveKind::Exponential, &step(last)), [CurveBound::GrowthUpper]);
    assert_eq!(of(CurveKind::Exponential, &step(t[1])), [CurveBound::GrowthLower]);
    assert_eq!(of(CurveKind::Piecewise, &step(last)), [CurveBound::BreakUpper]);
    let line = |t: f64| 2.0 * t + (t * 0.7).sin();
    let bent = of(CurveKind::PowerLaw, &line);
    assert!(bent.contains(&CurveBound::ExponentUpper), "{bent:?}");
    assert!(of(CurveKind::Piecewise, &|t| (t - 0.4 * last).max(0.0) + t.sin()).is_empty());
}

#[test]
fn bad_input_is_refused() {
    let t = times();
    for kind in CurveKind::ALL {
        assert!(fit_curve(kind, &t[..5], &t[..5]).is_err());
        assert!(matches!(
            fit_curve(kind, &t, &vec![2.0; t.len()]),
            Err(StatsError::NoVariation { .. })
        ));
        assert!(fit_curve(kind, &t, &vec![f64::NAN; t.len()]).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn every_curve_moves_with_its_times(
        noise in prop::collection::vec(-1.0..1.0f64, 100), first in -2.5e6..2.5e6f64
    ) {
        let first = first.round();
        for curve in [
            Curve::Line { slope: 0.7, intercept: 3.0 },
            Curve::Sigmoid { a: 60.0, b: 0.12, c: 55.0, d: 3.0 },
            Curve::Exponential { a: 2.0, k: 0.03, d: 4.0, t0: 0.0 },
            Curve::PowerLaw { a: 20.0, failure_time: 112.0, m: 0.4, d: 130.0 },
            Curve::Piecewise {
                slope_before: 0.5, slope_after: 1.5, break_time: 61.3, intercept: 3.0
            },
        ] {
            let y: Vec<f64> =
                noise.iter().enumerate().map(|(i, e)| curve.value(i as f64) + 0.3 * e).collect();
            moves_with_its_times(kind_of(&curve), &y, first);
        }
    }

    #[test]
    fn curves_that_hold_the_line_fit_no_worse_and_know_neither_unit_nor_level(
        noise in prop::collection::vec(-1.0..1.0f64, 120), scale in 0.1..10.0f64, shift in -9.0..9.0f64
    ) {
        let t = times();
        let y: Vec<f64> = noise.iter().scan(0.0, |s, e| { *s += e + 0.5; Some(*s) }).collect();
        let turned: Vec<f64> = y.iter().map(|y| scale * y + shift).collect();
        let line = fit_curve(CurveKind::Line, &t, &y).unwrap();
        for kind in [CurveKind::Exponential, CurveKind::Piecewise, CurveKind::PowerLaw] {
            let fit = fit_curve(kind, &t, &y).unwrap();
            // The power law has the line only as its limit m → 1, which its bounds leave out.
            if kind != CurveKind::PowerLaw {
                prop_assert!(fit.sse <= line.sse * (1.0 + 1e-6), "{:?}", fit);
            }
            let other = fit_curve(kind, &t, &turned).unwrap();
            prop_assert!((other.r2 - fit.r2).abs() < 1e-6, "{:?} {:?}", fit, other);
        }
    }
}
