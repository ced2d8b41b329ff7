//! Parity with `vmdpy` 0.2 on the small cases that ship with the crate (`data/make_golden.py`).

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use serde::Deserialize;
use vmd::{Init, Solver, VmdConfig, decompose};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    signal: Vec<f64>,
    alpha: f64,
    tau: f64,
    #[serde(rename = "K")]
    count: usize,
    dc: bool,
    init: Init,
    tolerance: f64,
    sweeps: usize,
    omega: Vec<f64>,
    modes: Vec<Vec<f64>>,
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

#[test]
fn small_cases_are_what_the_reference_answers() {
    let golden: Golden = serde_json::from_str(include_str!("data/golden.json")).unwrap();
    assert_eq!(golden.cases.len(), 10);
    for case in golden.cases {
        let config = VmdConfig::new(case.count, case.alpha)
            .with_tau(case.tau)
            .with_dc(case.dc)
            .with_init(case.init)
            .with_tolerance(case.tolerance)
            .with_solver(Solver::Reference);
        let found = decompose(&case.signal, &config).unwrap();
        let name = &case.name;
        assert_eq!(found.iterations, case.sweeps, "{name}");
        // The dual variable accumulates rounding.
        let (of_frequency, of_mode) = if case.tau > 0.0 { (1e-9, 1e-9) } else { (1e-13, 1e-11) };
        for (k, expected) in case.modes.iter().enumerate() {
            let off = (found.center_frequencies[k] - case.omega[k]).abs();
            assert!(off <= of_frequency, "{name}: frequency {k} off by {off:e}");
            assert_eq!(found.modes.ncols(), expected.len(), "{name}");
            let row = found.modes.row(k);
            let off = norm(row.iter().zip(expected).map(|(a, b)| a - b));
            let size = norm(expected.iter().copied());
            assert!(off <= of_mode * size, "{name}: mode {k} off by {off:e} of {size:e}");
        }
    }
}
