//! A plan allocates when it is made, not when it is used.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use vmd::{Solver, VmdConfig, VmdPlan};

#[test]
fn decomposing_into_a_result_allocates_nothing() {
    let signal: Vec<f64> =
        (0..500).map(|i| (0.1 * f64::from(i)).cos() + (f64::from(i * i) * 0.3).sin()).collect();
    let narrow: Vec<f32> = signal.iter().map(|value| *value as f32).collect();
    let converged = VmdConfig::new(4, 1000.0);
    for config in [
        converged.clone(),
        converged.clone().with_spectra(true),
        converged.clone().with_mode_alphas(vec![100.0, 1000.0, 2000.0, 500.0]),
        converged.clone().with_tau(0.1).with_max_iterations(200),
        converged.clone().with_solver(Solver::Reference),
        VmdConfig::new(11, 100.0).with_max_iterations(300),
    ] {
        let mut plan = VmdPlan::new(500, &config).unwrap();
        let mut result = plan.output();
        let mut single = VmdPlan::new(500, &config).unwrap();
        let mut single_result = single.output();
        let counted = allocation_counter::measure(|| {
            plan.decompose_into(&signal, &mut result).unwrap();
            plan.decompose_into(&[2.0; 500], &mut result).unwrap();
            single.decompose_into(&narrow, &mut single_result).unwrap();
        });
        assert_eq!(counted.count_total, 0, "{config:?}");
    }
    // Long enough for sweeps at a few frequencies.
    let long: Vec<f64> = (0..9000).map(|i| (0.01 * f64::from(i)).cos()).collect();
    let narrow: Vec<f32> = long.iter().map(|value| *value as f32).collect();
    for config in [converged.clone(), converged.clone().with_solver(Solver::Reference)] {
        let mut plan = VmdPlan::new(9000, &config).unwrap();
        let mut result = plan.output();
        let mut single = VmdPlan::new(9000, &config).unwrap();
        let mut single_result = single.output();
        let counted = allocation_counter::measure(|| {
            plan.decompose_into(&long, &mut result).unwrap();
            single.decompose_into(&narrow, &mut single_result).unwrap();
        });
        assert_eq!(counted.count_total, 0, "{config:?}");
    }
    // The counter counts.
    let mut plan = VmdPlan::new(500, &converged).unwrap();
    let counted = allocation_counter::measure(|| {
        plan.decompose(&signal).unwrap();
    });
    assert!(counted.count_total > 0);
}
