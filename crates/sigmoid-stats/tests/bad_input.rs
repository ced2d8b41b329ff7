//! The inputs that records bring and that no fit may take for granted, item by item, through every public
//! entry that takes counts or curves: a typed error, or the degenerate answer that the documentation names.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use jiff::{Timestamp, civil::date};
use sigmoid_stats::{
    AnalysisConfig, Bound, CountCombination, CountProcess, CurveKind, DailyCounts, FilterGrid,
    NullKind, Result, SigmoidOptions, StatsError, WindowDraw, analyze, combine_counts,
    compare_count_rates, compare_curves, delta_aicc, detect, fit_curve, fit_line, fit_sigmoid,
    inflection_intervals, matched_station_tests, matched_stations, null_windows, quiet_periods,
    ratio, sigmoid, statistic_tests,
};

fn event(days: i64) -> Timestamp {
    let first: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    Timestamp::from_second(first.as_second() + 86_400 * days).unwrap()
}

fn record(counts: Vec<f64>) -> DailyCounts {
    DailyCounts::new(date(2020, 1, 1), counts.into_iter().map(Some).collect()).unwrap()
}

/// What every entry that judges a window before an event says.
fn judgements(counts: &DailyCounts, event: Timestamp) -> Vec<(&'static str, StatsError)> {
    let config = AnalysisConfig::default().with_null_draws(99).with_period_draws(99);
    let shift = config.clone().with_null(NullKind::CircularShift);
    let quiet = record(CountProcess::Poisson { mean: 4.0 }.draw(720, 1).unwrap());
    let others = [(&quiet, None); 2];
    let station = (counts, None);
    let disjoint = WindowDraw::Disjoint;
    fn error<T>(result: Result<T>) -> StatsError {
        result.err().expect("refused")
    }
    vec![
        ("analyze", error(analyze(counts, event, None, &config, 1))),
        ("shift", error(analyze(counts, event, None, &shift, 1))),
        ("detect", error(detect(counts, event, None, &config, 1))),
        ("statistics", error(statistic_tests(counts, event, None, &config, 1))),
        ("windows", error(null_windows(counts, event, None, &config, disjoint, 9, 1))),
        ("stations", error(matched_stations(station, &others, event, &config, 2))),
        ("all of stations", error(matched_station_tests(station, &others, event, &config, 2))),
    ]
}

#[test]
fn fewer_than_six_days() {
    let (t, y) = ([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 3.0, 4.0, 7.0]);
    let refused = fit_sigmoid(&t, &y, &SigmoidOptions::default()).unwrap_err();
    assert!(matches!(refused, StatsError::TooFew { needed: 6, got: 5, .. }), "{refused}");
    for kind in CurveKind::ALL {
        assert!(matches!(fit_curve(kind, &t, &y), Err(StatsError::TooFew { .. })), "{kind:?}");
    }
    assert!(fit_line(&t[..1], &y[..1]).is_err());
    assert!(compare_count_rates(&y.map(Some)).is_err());
    assert!(inflection_intervals(&y, None, 99, 0.95, 0).is_err());
    for (entry, error) in judgements(&record(y.to_vec()), event(5)) {
        assert!(matches!(error, StatsError::EventOutsideRecord { .. }), "{entry}: {error}");
    }
    assert!(DailyCounts::new(date(2020, 1, 1), vec![]).is_err());
}

#[test]
fn constant_and_all_zero_counts() {
    for value in [0.0, 3.0] {
        let counts = record(vec![value; 720]);
        for (entry, error) in judgements(&counts, event(720)) {
            let flat = matches!(&error, StatsError::NoVariation { value: v, .. } if *v == value);
            assert!(flat, "{entry}: {error}");
        }
        assert!(inflection_intervals(&[value; 60], None, 99, 0.95, 0).is_err());
        let days: Vec<f64> = (0..60).map(f64::from).collect();
        // A running sum of a constant is a line, or flat: named answers, not errors.
        let sum: Vec<f64> = days.iter().map(|t| value * (t + 1.0)).collect();
        let fit = fit_sigmoid(&days, &sum, &SigmoidOptions::default()).unwrap();
        let line = fit_line(&days, &sum).unwrap();
        assert!((ratio(&fit, &line) - 1.0).abs() < 1e-9, "{fit:?}");
        assert_eq!(fit.bound_hit, Some(Bound::SteepnessLower), "{fit:?}");
    }
    let zero = compare_count_rates(&[Some(0.0); 60]).unwrap_err();
    assert!(matches!(zero, StatsError::NoVariation { .. }), "{zero}");
}

/// Means of equal counts differ by rounding where a gauge has gaps.
#[test]
fn counts_that_are_constant_but_for_rounding() {
    let gauge = |gap: usize| {
        let seen = |i: usize| (gap == 0 || !i.is_multiple_of(gap)).then_some(0.1);
        DailyCounts::new(date(2020, 1, 1), (0..720).map(seen).collect()).unwrap()
    };
    let gauges = [gauge(0), gauge(0), gauge(7)];
    let counts = combine_counts(&gauges, CountCombination::Mean, 0.5).unwrap();
    let first = counts.as_slice()[0];
    assert!(counts.as_slice().iter().any(|c| *c != first), "{first:?}");
    for (entry, error) in judgements(&counts, event(720)) {
        assert!(matches!(error, StatsError::NoVariation { .. }), "{entry}: {error}");
    }
}

/// Counting to each of them would take minutes, hours or for ever.
#[test]
fn counts_that_are_large_or_nearly_constant_are_judged() {
    let base = CountProcess::Poisson { mean: 4.0 }.draw(720, 1).unwrap();
    let config = AnalysisConfig::default().with_null_draws(99);
    let affine =
        [[1e9, 0.0], [1e13, 0.0], [1e50, 0.0], [1e-50, 0.0], [1e-2, 1000.0], [1e-4, 1000.0]];
    for [factor, shift] in affine {
        let counts = record(base.iter().map(|y| factor * y + shift).collect());
        let found = analyze(&counts, event(720), None, &config, 1).unwrap();
        assert!(found.p_value > 0.02 && found.p_value <= 1.0, "{factor} {shift}: {found:?}");
        assert!(found.null_values.iter().all(|v| v.is_finite()), "{factor} {shift}");
        assert_eq!(detect(&counts, event(720), None, &config, 1).unwrap().p.p_value, found.p_value);
        let tests = statistic_tests(&counts, event(720), None, &config, 1).unwrap();
        assert_eq!(tests[0].p.p_value, found.p_value);
    }
    for unit in [1e-200, 1e200] {
        let counts = record(base.iter().map(|y| unit * y).collect());
        for (entry, error) in judgements(&counts, event(720)) {
            // The whole analysis fits its curves first, which take no values as large.
            let named = error.to_string().contains("count in another unit");
            assert!(named || matches!(error, StatsError::TooLarge { .. }), "{entry}: {error}");
        }
    }
}

/// The steepest sigmoids reach a few weeks around them.
#[test]
fn a_gap_where_the_filter_searches() {
    let counts = CountProcess::Poisson { mean: 4.0 }.draw(720, 1).unwrap();
    let seen = |(i, count): (usize, f64)| (i < 660).then_some(count);
    let counts = counts.into_iter().enumerate().map(seen).collect();
    let counts = DailyCounts::new(date(2020, 1, 1), counts).unwrap();
    let steep = FilterGrid::default().with_steepness(vec![20.0]).with_inflection([5.0, 9.0], 1.0);
    let config = AnalysisConfig::default().with_null_draws(99).with_filter(steep);
    let blind = analyze(&counts, event(720), None, &config, 1).unwrap_err();
    assert!(matches!(blind, StatsError::BlindFilter { .. }), "{blind}");
}

/// A flat curve is the sigmoid with a = 0: R² 0, Ratio 1, no standard errors, no preference beyond
/// the penalty for two parameters more.
#[test]
fn an_amplitude_of_zero() {
    let days: Vec<f64> = (0..60).map(f64::from).collect();
    let flat = [7.0; 60];
    let fit = fit_sigmoid(&days, &flat, &SigmoidOptions::default()).unwrap();
    assert_eq!((fit.a, fit.d, fit.r2, fit.standard_errors), (0.0, 7.0, 0.0, None));
    let line = fit_line(&days, &flat).unwrap();
    assert_eq!((line.slope, ratio(&fit, &line)), (0.0, 1.0));
    assert!(delta_aicc(&line, &fit).unwrap() < 0.0);
    assert!(compare_curves(&days, &flat).is_err());
}

#[test]
fn values_that_are_not_numbers() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let counts = vec![Some(1.0), Some(bad)];
        let refused = DailyCounts::new(date(2020, 1, 1), counts).unwrap_err();
        assert!(matches!(refused, StatsError::NotFinite { index: 1, .. }), "{refused}");
        let days: Vec<f64> = (0..60).map(f64::from).collect();
        let mut y = days.clone();
        y[31] = bad;
        let named = |error: StatsError| {
            assert!(matches!(error, StatsError::NotFinite { index: 31, .. }), "{error}");
        };
        named(fit_sigmoid(&days, &y, &SigmoidOptions::default()).unwrap_err());
        named(fit_line(&days, &y).unwrap_err());
        named(fit_curve(CurveKind::PowerLaw, &days, &y).unwrap_err());
        named(inflection_intervals(&y, None, 99, 0.95, 0).unwrap_err());
        let counts: Vec<Option<f64>> = y.iter().copied().map(Some).collect();
        named(compare_count_rates(&counts).unwrap_err());
        // A time that is none is no later than the one before.
        assert!(fit_sigmoid(&y, &days, &SigmoidOptions::default()).is_err());
    }
}

/// An exact sigmoid of any size that its squares allow is found, and refused beyond, as is a line.
#[test]
fn values_too_large_to_be_squared() {
    let days: Vec<f64> = (0..60).map(f64::from).collect();
    for size in [1e-70, 1.0, 9e74] {
        let y: Vec<f64> = days.iter().map(|t| sigmoid(*t, size, 0.2, 30.0, 0.0)).collect();
        let fit = fit_sigmoid(&days, &y, &SigmoidOptions::default()).unwrap();
        assert!((fit.c - 30.0).abs() < 1e-6 && fit.r2 > 1.0 - 1e-12, "{size} {fit:?}");
    }
    for size in [1e80, 1e150, 1e160, 1e200, 1e300] {
        let y: Vec<f64> = days.iter().map(|t| sigmoid(*t, size, 0.2, 30.0, 0.0)).collect();
        let mut errors = vec![
            fit_sigmoid(&days, &y, &SigmoidOptions::default()).unwrap_err(),
            fit_line(&days, &y).unwrap_err(),
        ];
        errors.extend(CurveKind::ALL.map(|kind| fit_curve(kind, &days, &y).unwrap_err()));
        for error in errors {
            assert!(matches!(error, StatsError::TooLarge { what: "y", .. }), "{error}");
        }
        let t: Vec<f64> = days.iter().map(|t| size * t).collect();
        let refused = fit_line(&t, &days).unwrap_err();
        assert!(matches!(refused, StatsError::TooLarge { what: "t", .. }), "{refused}");
    }
}

#[test]
fn days_that_are_out_of_order_or_there_twice() {
    let day = |d| date(2020, 1, d);
    let twice = DailyCounts::from_dated(&[(day(1), Some(1.0)), (day(1), Some(2.0))]).unwrap_err();
    assert!(matches!(twice, StatsError::DuplicateDay { row: 1, .. }), "{twice}");
    let back = DailyCounts::from_dated(&[(day(2), Some(1.0)), (day(1), None)]).unwrap_err();
    assert!(matches!(back, StatsError::UnsortedDay { row: 1, .. }), "{back}");
    let mut t: Vec<f64> = (0..60).map(f64::from).collect();
    let y = t.clone();
    for swap in [30.0, 31.0, 29.5] {
        t[31] = swap; // before, again and long before the day in front of it
        t[30] = 31.0;
        let refused = [
            fit_sigmoid(&t, &y, &SigmoidOptions::default()).unwrap_err(),
            fit_line(&t, &y).unwrap_err(),
            fit_curve(CurveKind::Piecewise, &t, &y).unwrap_err(),
        ];
        for error in refused {
            assert!(matches!(error, StatsError::NotIncreasing { index: 31 }), "{error}");
        }
    }
}

/// Records of blocks as long as the quiet days are one and the same, so that any window stands out.
#[test]
fn blocks_longer_than_a_third_of_the_quiet_days() {
    let counts = record(CountProcess::Poisson { mean: 4.0 }.draw(720, 0).unwrap());
    let config = AnalysisConfig::default().with_null_draws(99).with_period_draws(99);
    for days in [181, 540, 1000, usize::MAX] {
        let config = config.clone().with_null(NullKind::MovingBlock { days: Some(days) });
        let errors = [
            analyze(&counts, event(720), None, &config, 1).err(),
            detect(&counts, event(720), None, &config, 1).err(),
            statistic_tests(&counts, event(720), None, &config, 1).err(),
            quiet_periods(&counts, event(720), None, &config, 1).err(),
        ];
        for error in errors {
            let Some(StatsError::BlockTooLong { block, days: 540, longest: 180, .. }) = error
            else {
                panic!("{days}: {error:?}")
            };
            assert_eq!(block, days);
        }
    }
    let config = config.with_null(NullKind::MovingBlock { days: Some(180) });
    assert!(analyze(&counts, event(720), None, &config, 1).is_ok());
    // A period leaves 360 quiet days, too few for these blocks.
    assert!(quiet_periods(&counts, event(720), None, &config, 1).unwrap().is_empty());
}

#[test]
fn an_event_outside_the_record() {
    let counts = record(CountProcess::Poisson { mean: 4.0 }.draw(720, 1).unwrap());
    for days in [-400, 0, 179, 721, 5000] {
        for (entry, error) in judgements(&counts, event(days)) {
            let named = matches!(error, StatsError::EventOutsideRecord { window_days: 180, .. });
            assert!(named, "{entry} at {days}: {error}");
        }
        let config = AnalysisConfig::default();
        assert!(quiet_periods(&counts, event(days), None, &config, 1).is_err(), "{days}");
    }
}
