//! Forecast tests against pyCSEP: `tests/data/make_golden_pycsep.py` made the answers.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use ndarray::Array2;
use serde_json::Value;
use sigmoid_stats::{SimulatedTest, consistency_tests, information_gain, molchan, roc};

/// Simulated catalogues, theirs and ours; a quantile has a standard error of at most 0.0036.
const SIMULATIONS: usize = 20_000;

fn golden() -> Value {
    serde_json::from_str(include_str!("data/golden_pycsep.json")).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn whole(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect()
}

#[track_caller]
fn close(ours: f64, theirs: f64, tolerance: f64) {
    assert!((ours - theirs).abs() <= tolerance * (1.0 + theirs.abs()), "{ours} {theirs}");
}

/// The likelihood is the same sum; the quantiles are from two generators, each with its own error:
/// five standard errors of their difference.
#[track_caller]
fn same(ours: Option<SimulatedTest>, theirs: &Value, constant: f64) {
    let ours = ours.unwrap();
    close(ours.log_likelihood, theirs["log_likelihood"].as_f64().unwrap() + constant, 1e-10);
    let quantile = theirs["quantile"].as_f64().unwrap();
    let error = (2.0 * quantile * (1.0 - quantile) / SIMULATIONS as f64).sqrt();
    let apart = (ours.quantile - quantile).abs();
    assert!(apart < 5.0 * error + 2.0 / SIMULATIONS as f64, "{ours:?} {quantile}");
}

#[test]
fn number_likelihood_space_and_magnitude_tests() {
    for case in golden()["consistency"].as_array().unwrap() {
        let shape = whole(&case["shape"]);
        let shape = (shape[0], shape[1]);
        let expected = Array2::from_shape_vec(shape, floats(&case["expected"])).unwrap();
        let observed = Array2::from_shape_vec(shape, whole(&case["observed"])).unwrap();
        let tests = consistency_tests(expected.view(), observed.view(), SIMULATIONS, 3).unwrap();
        close(tests.number.at_least, case["delta_1"].as_f64().unwrap(), 1e-10);
        close(tests.number.at_most, case["delta_2"].as_f64().unwrap(), 1e-10);
        // Ours scales the forecast to the observed number in this test too. Given the number that
        // adds a constant to every catalogue's likelihood and leaves the quantile alone.
        let (n, total) = (observed.sum() as f64, expected.sum());
        same(tests.likelihood, &case["conditional_likelihood"], n * (n / total).ln() - n + total);
        same(tests.space, &case["space"], 0.0);
        same(tests.magnitude, &case["magnitude"], 0.0);
    }
}

#[test]
fn information_gain_and_its_interval() {
    for case in golden()["gains"].as_array().unwrap() {
        let expected = floats(&case["expected"]);
        let gain = information_gain(
            &floats(&case["rates"]),
            &floats(&case["baseline"]),
            [expected[0], expected[1]],
            0.95,
        )
        .unwrap();
        close(gain.per_event, case["gain"].as_f64().unwrap(), 1e-10);
        for (ours, theirs) in gain.interval.into_iter().zip(floats(&case["interval"])) {
            close(ours, theirs, 1e-8);
        }
    }
}

/// Theirs has a point for every day, those of tied days all the same, and both corners.
fn distinct(x: &Value, y: &Value) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = floats(x).into_iter().zip(floats(y)).collect();
    points.dedup();
    points
}

#[test]
fn molchan_and_roc_diagrams() {
    for case in golden()["diagrams"].as_array().unwrap() {
        let (levels, events) = (floats(&case["levels"]), whole(&case["event_days"]));
        let found = molchan(&levels, &events).unwrap();
        let theirs = distinct(&case["alarm_fraction"], &case["miss_rate"]);
        assert_eq!(theirs.len(), found.points.len() + 1);
        for (ours, theirs) in found.points.iter().zip(&theirs[1..]) {
            close(ours.alarm_fraction, theirs.0, 1e-12);
            close(ours.miss_rate, theirs.1, 1e-12);
        }
        // They round the area to two digits.
        let area: f64 = case["area_skill"].as_str().unwrap().parse().unwrap();
        assert!((found.area_skill - area).abs() <= 0.005 + 1e-6, "{} {area}", found.area_skill);
        let mut positive = vec![false; levels.len()];
        events.iter().for_each(|&day| positive[day] = true);
        let curve = roc(&levels, &positive).unwrap();
        let theirs = distinct(&case["false_positive_rate"], &case["true_positive_rate"]);
        assert_eq!(theirs.len(), curve.points.len() + 1);
        for (ours, theirs) in curve.points.iter().zip(&theirs[1..]) {
            close(ours.false_positive_rate, theirs.0, 1e-12);
            close(ours.true_positive_rate, theirs.1, 1e-12);
        }
    }
}
