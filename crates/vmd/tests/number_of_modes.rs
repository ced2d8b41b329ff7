//! Forms that find the number of modes, penalties mode by mode, single precision, what is kept on
//! request.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::f64::consts::TAU;

use vmd::{
    ModeRule, Solver, SuccessiveConfig, SuccessiveStop, VmdConfig, VmdError, choose_modes,
    decompose, decompose_successive,
};

fn tones(len: usize, parts: &[(f64, f64)]) -> Vec<f64> {
    let tone = |(amplitude, f): &(f64, f64), i: usize| amplitude * (TAU * f * i as f64).cos();
    (0..len).map(|i| parts.iter().map(|part| tone(part, i)).sum()).collect()
}

const PARTS: [(f64, f64); 3] = [(1.0, 0.02), (0.6, 0.12), (0.4, 0.3)];

#[test]
fn successive_modes_are_the_planted_tones_in_any_unit() {
    let signal = tones(1000, &PARTS);
    let config = SuccessiveConfig::new(2000.0);
    let plain = decompose_successive(&signal, &config).unwrap();
    assert_eq!(plain.stop, SuccessiveStop::Explained);
    assert_eq!(plain.modes.dim(), (3, 1000));
    for (k, (amplitude, f)) in PARTS.iter().enumerate() {
        assert!((plain.center_frequencies[k] - f).abs() < 1e-3);
        for i in 100..900 {
            let off = plain.modes[[k, i]] - amplitude * (TAU * f * i as f64).cos();
            assert!(off.abs() < 0.05 * amplitude, "{k} {i}: {off}");
        }
    }
    let unit = 2.0_f64.powi(-60);
    let scaled: Vec<f64> = signal.iter().map(|value| value * unit).collect();
    let scaled = decompose_successive(&scaled, &config).unwrap();
    assert_eq!(scaled.center_frequencies, plain.center_frequencies);
    assert_eq!(scaled.modes, plain.modes.mapv(|value| value * unit));
}

#[test]
fn successive_modes_add_up_and_stop_as_asked() {
    let signal = tones(400, &PARTS);
    let capped =
        decompose_successive(&signal, &SuccessiveConfig::new(500.0).with_max_modes(2)).unwrap();
    assert_eq!((capped.stop, capped.modes.nrows()), (SuccessiveStop::ModeCap, 2));
    let few = SuccessiveConfig::new(500.0).with_least_mode(0.2).with_unexplained(0.0);
    let few = decompose_successive(&signal, &few).unwrap();
    assert_eq!((few.stop, few.modes.nrows()), (SuccessiveStop::NothingLeft, 2));
    for (t, sample) in signal.iter().enumerate() {
        let sum = few.modes.column(t).sum() + few.residual[t];
        assert!((sum - sample).abs() < 1e-13);
    }
}

#[test]
fn successive_edge_cases_have_answers() {
    let config = SuccessiveConfig::new(500.0);
    let silent = decompose_successive(&[0.0; 50], &config).unwrap();
    assert_eq!((silent.modes.nrows(), silent.stop), (0, SuccessiveStop::Explained));
    let flat = decompose_successive(&[3.0; 50], &config).unwrap();
    assert_eq!(flat.center_frequencies.len(), 1);
    assert!(flat.center_frequencies[0].abs() < 1e-12);
    assert!(flat.modes.iter().all(|value: &f64| (value - 3.0).abs() < 1e-13));
    let empty = decompose_successive::<f64>(&[], &config).unwrap_err();
    assert_eq!(empty, VmdError::TooShort { len: 0, needed: 2 });
    let gap = decompose_successive(&[1.0, f64::INFINITY, 0.0], &config).unwrap_err();
    assert_eq!(gap, VmdError::NotFinite { index: 1, value: f64::INFINITY });
    for bad in [
        SuccessiveConfig::new(-1.0),
        config.clone().with_least_mode(1.0),
        config.clone().with_unexplained(f64::NAN),
        config.clone().with_max_modes(0),
    ] {
        assert!(decompose_successive(&[1.0, 2.0, 0.5], &bad).is_err(), "{bad:?}");
    }
}

#[test]
fn both_rules_choose_three_modes_in_any_unit() {
    for unit in [1.0, 1e-9, 1e150] {
        let signal: Vec<f64> = tones(1000, &PARTS).iter().map(|value| value * unit).collect();
        for rule in
            [ModeRule::SpectralOverlap { limit: 0.2 }, ModeRule::ResidualEnergy { share: 0.02 }]
        {
            let choice = choose_modes(&signal, &VmdConfig::new(1, 2000.0), rule, 8).unwrap();
            assert!(choice.decided);
            assert_eq!(choice.decomposition.modes.nrows(), 3, "{rule:?} {:?}", choice.trials);
        }
    }
}

#[test]
fn an_undecided_choice_says_so_and_bad_bounds_are_refused() {
    let signal = tones(200, &PARTS);
    let config = VmdConfig::new(1, 2000.0);
    let rule = ModeRule::ResidualEnergy { share: 1e-12 };
    let choice = choose_modes(&signal, &config, rule, 2).unwrap();
    assert!(!choice.decided);
    assert_eq!((choice.trials.len(), choice.decomposition.modes.nrows()), (2, 2));
    for limit in [0.0, 1.0, f64::NAN] {
        let rule = ModeRule::SpectralOverlap { limit };
        assert!(choose_modes(&signal, &config, rule, 2).is_err());
    }
}

/// Equal penalties given one by one are the common penalty; a mode whose penalty is small takes a
/// broader band.
#[test]
fn penalties_may_differ_between_modes() {
    let signal = tones(300, &[(1.0, 0.05), (1.0, 0.3)]);
    for solver in [Solver::Reference, Solver::Converged] {
        let common = VmdConfig::new(2, 800.0).with_solver(solver);
        let each = common.clone().with_mode_alphas(vec![800.0, 800.0]);
        let (common, each) =
            (decompose(&signal, &common).unwrap(), decompose(&signal, &each).unwrap());
        for k in 0..2 {
            assert!((common.center_frequencies[k] - each.center_frequencies[k]).abs() < 1e-12);
            for (a, b) in common.modes.row(k).iter().zip(each.modes.row(k)) {
                assert!((a - b).abs() < 1e-11);
            }
        }
    }
    let noise: Vec<f64> =
        signal.iter().enumerate().map(|(i, s)| s + 0.5 * ((i * i) as f64 * 0.7).sin()).collect();
    let power = |alphas: Vec<f64>| {
        let found = decompose(&noise, &VmdConfig::new(2, 1.0).with_mode_alphas(alphas)).unwrap();
        assert!(found.stop.converged());
        found.modes.row(1).mapv(|value| value * value).sum()
    };
    assert!(power(vec![5000.0, 100.0]) > 1.05 * power(vec![5000.0, 5000.0]));
    let wrong = VmdConfig::new(3, 1.0).with_mode_alphas(vec![1.0]).validate().unwrap_err();
    assert_eq!(wrong, VmdError::ModeAlphaCount { expected: 3, got: 1 });
}

/// Per-mode penalties at the fixed point are where sweeping with them leads.
#[test]
fn converged_and_sweeping_agree_for_unequal_penalties() {
    let signal = tones(200, &[(1.0, 0.03), (0.7, 0.17), (0.5, 0.4)]);
    let config = VmdConfig::new(3, 1.0).with_mode_alphas(vec![200.0, 1500.0, 600.0]);
    let long = config
        .clone()
        .with_solver(Solver::Reference)
        .with_tolerance(1e-300)
        .with_max_iterations(20_000);
    let (found, swept) = (decompose(&signal, &config).unwrap(), decompose(&signal, &long).unwrap());
    assert!(found.stop.converged());
    for k in 0..3 {
        assert!((found.center_frequencies[k] - swept.center_frequencies[k]).abs() < 1e-9);
    }
}

#[test]
fn single_precision_agrees_with_double() {
    let signal = tones(500, &PARTS);
    let narrow: Vec<f32> = signal.iter().map(|value| *value as f32).collect();
    for solver in [Solver::Reference, Solver::Converged] {
        let config = VmdConfig::new(3, 2000.0).with_solver(solver);
        let (double, single) =
            (decompose(&signal, &config).unwrap(), decompose(&narrow, &config).unwrap());
        assert_eq!(single.stop, double.stop);
        // Samples and transforms are rounded to 6e-8.
        for k in 0..3 {
            let off = single.center_frequencies[k] - double.center_frequencies[k];
            assert!(off.abs() < 1e-6, "{k}: {off:e}");
            for (a, b) in single.modes.row(k).iter().zip(double.modes.row(k)) {
                assert!((f64::from(*a) - b).abs() < 2e-5, "{k}: {a} {b}");
            }
        }
    }
    let steep = decompose(&narrow, &VmdConfig::new(2, 1e13)).unwrap_err();
    assert_eq!(steep, VmdError::InvalidAlpha { value: 1e13 });
}

#[test]
fn traces_and_spectra_tell_what_was_done() {
    let signal = tones(300, &PARTS);
    for solver in [Solver::Reference, Solver::Converged] {
        let plain = VmdConfig::new(3, 1000.0).with_solver(solver);
        let config = plain.clone().with_trace(true).with_spectra(true);
        let found = decompose(&signal, &config).unwrap();
        let without = decompose(&signal, &plain).unwrap();
        assert_eq!(found.modes, without.modes);
        assert_eq!(found.iterations, without.iterations);
        assert!(without.trace.is_empty() && without.spectra.is_none());
        let last = found.trace.last().unwrap();
        assert!(last.criterion <= config.effective_tolerance());
        if solver == Solver::Reference {
            assert_eq!(found.trace.len(), found.iterations);
            assert_eq!(last.center_frequencies, found.center_frequencies);
        }
        // Parseval: energy of the mirrored mode, whose spectrum it is, at least that of the mode.
        let spectra = found.spectra.unwrap();
        assert_eq!(spectra.dim(), (3, 301));
        for k in 0..3 {
            let inner: f64 = (1..300).map(|bin| spectra[[k, bin]].norm_sqr()).sum();
            let ends = spectra[[k, 0]].norm_sqr() + spectra[[k, 300]].norm_sqr();
            let energy = (2.0 * inner + ends) / 600.0;
            let mode = found.modes.row(k).mapv(|value| value * value).sum();
            assert!(energy >= mode && energy < 2.5 * mode, "{k}: {energy} {mode}");
        }
    }
}
