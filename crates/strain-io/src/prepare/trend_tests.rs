use approx::assert_relative_eq;
use jiff::SignedDuration;

use super::trend::Drift;
use super::{PrepareConfig, TrendConfig, TrendModel};
use crate::{StrainIoError, TimeGrid};

fn fit(model: TrendModel, curve: impl Fn(f64) -> f64) -> Drift {
    let start = "2007-01-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 24 * 300).unwrap();
    let values: Vec<f64> = (0..grid.len()).map(|i| curve((i as f64 - 2400.0) / 24.0)).collect();
    let usable = vec![true; values.len()];
    let config = TrendConfig::default().with_model(model);
    Drift::fit(&config, &values, &usable, &grid, 2400..4800, "s1").unwrap().unwrap()
}

/// The same record with a tenth of its days off, and a robust fit.
fn robust(config: TrendConfig, curve: impl Fn(f64) -> f64) -> Drift {
    let start = "2007-01-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 24 * 300).unwrap();
    let off = |day: f64| if (40.0..50.0).contains(&day) { 500.0 } else { 0.0 };
    let day = |i: usize| (i as f64 - 2400.0) / 24.0;
    let values: Vec<f64> = (0..grid.len()).map(|i| curve(day(i)) + off(day(i))).collect();
    let usable = vec![true; values.len()];
    let config = config.with_robust(true);
    Drift::fit(&config, &values, &usable, &grid, 2400..4800, "s1").unwrap().unwrap()
}

#[test]
fn robust_curves_pass_by_days_that_are_off_and_report_what_they_are() {
    let with = |model| TrendConfig::default().with_model(model);
    let line = robust(with(TrendModel::Linear), |day| 30.0 - 0.7 * day);
    assert_relative_eq!(line.trend().level, 30.0, epsilon = 1e-6);
    assert_relative_eq!(line.trend().slope, -0.7, epsilon = 1e-8);
    assert_relative_eq!(line.at(0), 100.0, epsilon = 1e-6);
    let parabola = |day: f64| 3.0 + 0.2 * day + 0.01 * day * day;
    let bent = robust(with(TrendModel::Quadratic), parabola);
    assert_relative_eq!(bent.trend().slope, 0.2, epsilon = 1e-3);
    assert_relative_eq!(bent.trend().curvature, 0.01, epsilon = 1e-6);
    assert_relative_eq!(bent.at(3600), parabola(50.0), epsilon = 0.01);
    let curing = |day: f64| 5.0 + 0.2 * day + 80.0 * (-day / 12.0).exp();
    let cured = robust(with(TrendModel::ExponentialLinear), curing);
    assert_relative_eq!(cured.trend().decay_days.unwrap(), 12.0, epsilon = 0.2);
    assert_relative_eq!(cured.trend().level, 5.0, epsilon = 0.3);
    assert_relative_eq!(cured.trend().curvature, 80.0, epsilon = 1.0);
    for index in [2500, 3600, 4799] {
        assert_relative_eq!(cured.at(index), curing((index as f64 - 2400.0) / 24.0), epsilon = 0.5);
    }
    let quartic = |day: f64| 1e-6 * (day - 20.0).powi(4) - 0.5 * day;
    let config = TrendConfig::default().with_polynomial(4);
    let wavy = robust(config.clone(), quartic);
    assert_eq!((wavy.trend().polynomial.len(), wavy.trend().curvature), (5, 0.0));
    for index in [2400, 3000, 3600, 4799] {
        assert_relative_eq!(
            wavy.at(index),
            quartic((index as f64 - 2400.0) / 24.0),
            epsilon = 0.05
        );
    }
    // Straight on from the span's end.
    let after = wavy.trend().slope_after;
    assert_relative_eq!(wavy.at(7000) - wavy.at(6976), after, epsilon = 1e-6);
    assert!(PrepareConfig::default().with_trend(config).validate().is_ok());
    let none = PrepareConfig::default().with_trend(TrendConfig::default().with_polynomial(0));
    assert!(none.validate().unwrap_err().to_string().contains("degree from 1 to 12"));
}

#[test]
fn a_line_is_found_and_goes_on() {
    let drift = fit(TrendModel::Linear, |day| 30.0 - 0.7 * day);
    assert_relative_eq!(drift.trend().slope_after, -0.7, epsilon = 1e-9);
    assert_relative_eq!(drift.at(7199), 30.0 - 0.7 * (4799.0 / 24.0), epsilon = 1e-6);
    assert_relative_eq!(drift.at(0), 100.0, epsilon = 1e-6);
}

#[test]
fn a_parabola_goes_on_with_its_last_slope() {
    let drift = fit(TrendModel::Quadratic, |day| 0.01 * day * day);
    assert_relative_eq!(drift.at(3600), 0.01 * 50.0 * 50.0, epsilon = 0.01);
    assert_relative_eq!(drift.trend().slope_after, 2.0, epsilon = 1e-6);
    assert_relative_eq!(drift.at(4800 + 240) - drift.at(4800), 20.0, epsilon = 1e-6);
}

#[test]
fn curing_is_found() {
    let drift =
        fit(TrendModel::ExponentialLinear, |day| 5.0 + 0.2 * day + 80.0 * (-day / 12.0).exp());
    for index in [2500, 3000, 4000, 4799] {
        let day = (index as f64 - 2400.0) / 24.0;
        let truth = 5.0 + 0.2 * day + 80.0 * (-day / 12.0).exp();
        // The grid of time constants is 12 % wide.
        assert!((drift.at(index) - truth).abs() < 2.0, "{}", drift.at(index) - truth);
    }
    assert_relative_eq!(drift.trend().slope_after, 0.2, epsilon = 0.02);
}

#[test]
fn too_few_days_are_refused() {
    let start = "2007-01-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 30).unwrap();
    let config = TrendConfig::default().with_model(TrendModel::Quadratic);
    let fit = Drift::fit(&config, &[0.0; 30], &[true; 30], &grid, 0..30, "s1");
    assert!(matches!(fit, Err(StrainIoError::FitTooShort { usable: 2, needed: 3, .. })));
}
