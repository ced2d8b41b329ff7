//! Known answers, edge cases and refusals.

use vmd::{
    CrossCheck, EndGuard, Init, ModeIdentity, SegmentMode, SegmentedConfig, SegmentedStream,
    Solver, StopReason, VmdConfig, VmdError, VmdPlan, decompose, decompose_segmented,
};

fn tones(len: usize, frequencies: &[f64]) -> Vec<f64> {
    let tone = |f: f64, i: usize| (std::f64::consts::TAU * f * i as f64).cos();
    (0..len).map(|i| frequencies.iter().map(|&f| tone(f, i)).sum()).collect()
}

#[test]
fn converged_is_where_long_sweeping_leads() {
    // Well separated: no other basin to fall into. The sweeps' own accuracy is their last step
    // over one minus their contraction, below 1e-12 after 50,000.
    let signal = tones(400, &[0.01, 0.08, 0.3]);
    let noisy: Vec<f64> =
        signal.iter().enumerate().map(|(i, s)| s + 0.2 * ((i * i) as f64).sin()).collect();
    let long = VmdConfig::new(3, 1000.0)
        .with_solver(Solver::Reference)
        .with_tolerance(1e-300)
        .with_max_iterations(50_000);
    let swept = decompose(&noisy, &long).unwrap();
    assert_eq!(swept.stop, StopReason::IterationCap);
    for init in [Init::Uniform, Init::Frequencies { values: vec![0.02, 0.1, 0.28] }] {
        let config = VmdConfig::new(3, 1000.0).with_init(init);
        let found = decompose(&noisy, &config).unwrap();
        for k in 0..3 {
            let off = (found.center_frequencies[k] - swept.center_frequencies[k]).abs();
            assert!(off < 1e-9, "{k}: {off:e}");
        }
        assert!(found.iterations < 500);
    }
    // The reference's default stop is far less stationary than either.
    let early =
        decompose(&noisy, &VmdConfig::new(3, 1000.0).with_solver(Solver::Reference)).unwrap();
    assert!(early.stationarity > 1e3 * swept.stationarity);
}

#[test]
fn equal_initial_frequencies_do_not_stay_equal() {
    let config = VmdConfig::new(2, 1000.0).with_init(Init::Zero);
    let found = decompose(&tones(300, &[0.05, 0.3]), &config).unwrap();
    assert!((found.center_frequencies[0] - 0.05).abs() < 5e-3);
    assert!((found.center_frequencies[1] - 0.3).abs() < 5e-3);
}

#[test]
fn dual_ascent_adds_up_to_the_signal() {
    let signal = tones(128, &[0.05, 0.3]);
    let config = VmdConfig::new(2, 50.0).with_tau(0.5);
    let found = decompose(&signal, &config).unwrap();
    assert_eq!(found.stop, StopReason::Converged, "{:e}", found.stationarity);
    assert!(found.stationarity <= 1e-7);
    // The certificate bounds the residual over the spectrum, so over the mirrored record.
    let size = (2.0 * signal.iter().map(|s| s * s).sum::<f64>()).sqrt();
    let left = found.residual.iter().map(|r| r * r).sum::<f64>().sqrt();
    assert!(left <= 2e-7 * size, "{left:e}");
}

#[test]
fn a_capped_search_says_so() {
    let config = VmdConfig::new(4, 2000.0).with_max_iterations(3);
    let found = decompose(&tones(300, &[0.05, 0.11, 0.3]), &config).unwrap();
    assert_eq!((found.stop, found.iterations), (StopReason::IterationCap, 3));
    assert!(found.stationarity > 1e-10 && !found.stop.converged());
}

#[test]
fn odd_lengths_are_kept_or_dropped_as_asked() {
    let signal = tones(301, &[0.05, 0.3]);
    let lengths = |config: VmdConfig| {
        let found = decompose(&signal, &config).unwrap();
        (found.modes.ncols(), found.residual.len())
    };
    let converged = VmdConfig::new(2, 1000.0);
    let reference = converged.clone().with_solver(Solver::Reference);
    assert_eq!(lengths(converged.clone()), (301, 301));
    assert_eq!(lengths(converged.with_keep_odd(false)), (300, 300));
    assert_eq!(lengths(reference.clone()), (300, 300));
    assert_eq!(lengths(reference.with_keep_odd(true)), (301, 301));
}

/// A kept odd length is aligned: inside, the modes are those of the even length beside it.
#[test]
fn odd_lengths_are_aligned() {
    let signal = tones(501, &[0.05, 0.3]);
    let odd = decompose(&signal, &VmdConfig::new(2, 1000.0)).unwrap();
    for k in 0..2 {
        for i in 100..400 {
            let truth = (std::f64::consts::TAU * [0.05, 0.3][k] * i as f64).cos();
            assert!((odd.modes[[k, i]] - truth).abs() < 0.05, "{k} {i}");
        }
    }
}

#[test]
fn constant_and_zero_signals_have_exact_answers() {
    for len in [4, 5, 100, 1001] {
        for value in [0.1, -3e-200, 1e300] {
            let found = decompose(&vec![value; len], &VmdConfig::new(2, 2000.0)).unwrap();
            assert_eq!(found.stop, StopReason::Constant);
            assert!(found.modes.row(0).iter().all(|v| *v == value));
            assert!(found.modes.row(1).iter().chain(&found.residual).all(|v| *v == 0.0));
            assert_eq!(found.center_frequencies, [0.0, 0.25]);
        }
        let found = decompose(&vec![0.0; len], &VmdConfig::new(2, 2000.0)).unwrap();
        assert!(found.modes.iter().all(|v| *v == 0.0) && found.stop.converged());
    }
    // Under the reference, a constant goes to the first mode up to rounding.
    let config = VmdConfig::new(2, 2000.0).with_solver(Solver::Reference);
    let found = decompose(&[1.0_f64; 64], &config).unwrap();
    assert!(found.modes.row(0).iter().all(|v| (v - 1.0).abs() < 1e-14));
}

#[test]
fn bad_input_is_refused_by_name() {
    let config = VmdConfig::new(2, 2000.0);
    let error = |signal: &[f64], config: &VmdConfig| decompose(signal, config).unwrap_err();
    assert_eq!(error(&[], &config), VmdError::TooShort { len: 0, needed: 2 });
    assert_eq!(error(&[1.0], &config), VmdError::TooShort { len: 1, needed: 2 });
    assert_eq!(
        error(&[1.0, 2.0, 3.0], &config),
        VmdError::TooManyModes { modes: 2, len: 3, max: 1 }
    );
    let infinite = error(&[0.0, 1.0, f64::INFINITY, 0.0], &config);
    assert_eq!(infinite, VmdError::NotFinite { index: 2, value: f64::INFINITY });
    let signal = tones(50, &[0.1]);
    assert_eq!(error(&signal, &VmdConfig::new(0, 1.0)), VmdError::NoModes);
    for alpha in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
        let refused = error(&signal, &VmdConfig::new(1, alpha));
        assert!(matches!(refused, VmdError::InvalidAlpha { .. }), "{refused}");
    }
    let unequal = config.clone().with_mode_alphas(vec![1e35, 1e10]);
    let refused = error(&signal, &unequal);
    assert!(matches!(refused, VmdError::AlphaTooSmall { value: 1e10, .. }), "{refused}");
    assert!(matches!(error(&signal, &config.clone().with_tau(-0.1)), VmdError::InvalidTau { .. }));
    let overflowing = VmdConfig::new(1, 1e-6).with_tau(1e3).with_max_iterations(400);
    assert!(matches!(error(&signal, &overflowing), VmdError::Diverged { iterations: 2.., .. }));
    // So small a signal that its modes do not overflow, but what they are made of.
    let tiny = VmdConfig::new(1, 1703.65).with_tau(4.4e291).with_max_iterations(124);
    let overflowed = error(&[3.9e-299, 1.4e-309], &tiny.with_init(Init::Zero));
    assert!(matches!(overflowed, VmdError::Diverged { .. }), "{overflowed}");
    for tolerance in [0.0, -1e-7, f64::NAN] {
        let refused = error(&signal, &config.clone().with_tolerance(tolerance));
        assert!(matches!(refused, VmdError::InvalidTolerance { .. }), "{refused}");
    }
    assert_eq!(error(&signal, &config.clone().with_max_iterations(0)), VmdError::NoIterations);
    let given = |values| config.clone().with_init(Init::Frequencies { values });
    assert_eq!(
        error(&signal, &given(vec![0.1])),
        VmdError::InitialFrequencyCount { expected: 2, got: 1 }
    );
    assert_eq!(
        error(&signal, &given(vec![0.1, 0.6])),
        VmdError::InitialFrequency { index: 1, value: 0.6 }
    );
    let mut plan = VmdPlan::new(50, &config).unwrap();
    let wrong = plan.decompose(&signal[1..]).unwrap_err();
    assert_eq!(wrong, VmdError::LengthMismatch { expected: 50, got: 49 });
}

#[test]
fn bad_windows_are_refused_by_name() {
    let config = SegmentedConfig::new(VmdConfig::new(2, 2000.0), 40, 10);
    let signal = tones(39, &[0.1]);
    let error = |config: &SegmentedConfig| decompose_segmented(&signal, config).unwrap_err();
    assert_eq!(error(&config), VmdError::WindowTooLong { window: 40, len: 39 });
    let mut zero_step = config.clone();
    zero_step.step = 0;
    assert_eq!(error(&zero_step), VmdError::InvalidStep { step: 0, window: 40 });
    let guard = EndGuard::Extrapolate { samples: 3, order: 40 };
    assert_eq!(
        error(&config.clone().with_guard(guard)),
        VmdError::InvalidGuard { order: 40, window: 40 }
    );
    let mut apart = config.clone().with_identity(ModeIdentity::Waveform);
    apart.step = 40;
    assert_eq!(apart.validate(), Err(VmdError::NothingShared { window: 40 }));
    let mut stream = SegmentedStream::new(config).unwrap();
    stream.push(&signal).unwrap();
    let gap = stream.push(&[1.0, f64::NEG_INFINITY]).unwrap_err();
    assert_eq!(gap, VmdError::NotFinite { index: 40, value: f64::NEG_INFINITY });
    // Nothing of that push was taken.
    assert_eq!(stream.push(&[1.0]).unwrap().len(), 1);
}

#[test]
fn a_dirty_plan_gives_the_same_bits() {
    for config in [
        VmdConfig::new(3, 2000.0),
        VmdConfig::new(3, 2000.0).with_tau(0.1).with_max_iterations(300),
        VmdConfig::new(3, 2000.0).with_solver(Solver::Reference),
    ] {
        let signal = tones(200, &[0.02, 0.2, 0.41]);
        let mut plan = VmdPlan::new(200, &config).unwrap();
        let clean = plan.decompose(&signal).unwrap();
        plan.decompose(&tones(200, &[0.3])).unwrap();
        plan.decompose(&[5.0; 200]).unwrap();
        assert_eq!(plan.decompose(&signal).unwrap(), clean);
    }
}

#[test]
fn flat_windows_in_a_record_are_exact() {
    let mut record = tones(200, &[0.05, 0.3]);
    record[50..150].fill(2.5);
    let config = SegmentedConfig::new(VmdConfig::new(2, 1000.0), 50, 10);
    let found = decompose_segmented(&record, &config).unwrap();
    for t in 90..150 {
        assert_eq!((found.modes[[0, t]], found.modes[[1, t]]), (2.5, 0.0));
    }
    assert_eq!(found.windows[5].stop, StopReason::Constant);
}

/// The guard is there for the newest samples: without it mirroring bends them.
#[test]
fn the_guard_helps_the_newest_samples() {
    let record = tones(600, &[0.03, 0.21]);
    let error = |guard| {
        let config = SegmentedConfig::new(VmdConfig::new(2, 2000.0), 168, 24).with_guard(guard);
        let found = decompose_segmented(&record, &config).unwrap();
        let mut sum = 0.0;
        for t in found.covered.clone() {
            for (k, f) in [0.03, 0.21].into_iter().enumerate() {
                sum += (found.modes[[k, t]] - (std::f64::consts::TAU * f * t as f64).cos()).powi(2);
            }
        }
        (sum / (2 * found.covered.len()) as f64).sqrt()
    };
    let (with, without) = (error(EndGuard::Auto), error(EndGuard::None));
    assert!(with < 0.5 * without, "{with} {without}");
}

#[test]
fn blending_covers_the_record_and_keeps_order() {
    let record = tones(500, &[0.03, 0.21]);
    let config =
        SegmentedConfig::new(VmdConfig::new(2, 2000.0), 168, 24).with_mode(SegmentMode::Blend);
    let found = decompose_segmented(&record, &config).unwrap();
    // (500 − 168) / 24 = 13 steps after the first window.
    assert_eq!((found.covered.clone(), found.windows.len()), (0..480, 14));
    for t in 60..420 {
        for (k, f) in [0.03, 0.21].into_iter().enumerate() {
            let truth = (std::f64::consts::TAU * f * t as f64).cos();
            assert!((found.modes[[k, t]] - truth).abs() < 0.1, "{k} {t}");
        }
    }
    assert!(found.modes[[0, 480]].is_nan());
    assert!(found.windows.iter().all(|window| !window.swapped));
}

#[test]
fn configs_survive_serde_and_refuse_unknown_keys() {
    let config = SegmentedConfig::new(
        VmdConfig::new(5, 2000.0).with_init(Init::Random { seed: 3 }),
        168,
        24,
    )
    .with_guard(EndGuard::Extrapolate { samples: 24, order: 48 });
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<SegmentedConfig>(&text).unwrap(), config);
    let short: VmdConfig =
        serde_json::from_str(r#"{"modes": 2, "alpha": 100.0, "solver": "reference"}"#).unwrap();
    assert_eq!(short, VmdConfig::new(2, 100.0).with_solver(Solver::Reference));
    assert!(serde_json::from_str::<VmdConfig>(r#"{"modes": 2, "alpha": 1.0, "beta": 1}"#).is_err());
}

/// A week of minutes, long enough for sweeps at nodes, which interpolate more coarsely for `f32`.
#[test]
fn narrow_samples_come_to_what_wide_ones_do() {
    let tide = |t: usize| {
        let wave = |period: f64| (std::f64::consts::TAU * t as f64 / period).cos();
        20.0 * wave(745.2) + 12.0 * wave(1436.1) + 0.3 * wave(7.3) + 0.1 * wave(3.1)
    };
    let signal: Vec<f64> = (0..10_080).map(tide).collect();
    let narrow: Vec<f32> = signal.iter().map(|value| *value as f32).collect();
    for solver in [Solver::Reference, Solver::Converged] {
        let config = VmdConfig::new(5, 2000.0).with_solver(solver);
        let wide = decompose(&signal, &config).unwrap();
        let found = decompose(&narrow, &config).unwrap();
        for (one, other) in found.center_frequencies.iter().zip(&wide.center_frequencies) {
            assert!((one - other).abs() < 1e-6, "{solver:?}: {one} {other}");
        }
        for (one, other) in found.modes.rows().into_iter().zip(wide.modes.rows()) {
            let off = one.iter().zip(other).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum::<f64>();
            let all = wide.modes.iter().map(|b| b * b).sum::<f64>();
            assert!((off / all).sqrt() < 1e-5, "{solver:?}: {:e}", (off / all).sqrt());
        }
    }
}

/// A fixed point that is not the one sweeping leads to is called so. The judge is sweeping alone.
#[test]
fn a_cross_check_tells_one_fixed_point_from_another() {
    const SWEEPS: usize = 20_000;
    let (mut same, mut elsewhere) = (0, 0);
    for seed in 0..60_u32 {
        let mut state = seed;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1_u32 << 24)
        };
        let lines: Vec<(f64, f64)> = (0..4).map(|_| (0.4 * random(), 0.2 + random())).collect();
        let signal: Vec<f64> = (0..300)
            .map(|t| {
                let wave = |(f, a): &(f64, f64)| a * (std::f64::consts::TAU * f * t as f64).cos();
                lines.iter().map(wave).sum::<f64>() + 1.5 * random()
            })
            .collect();
        let plain = VmdConfig::new(6, 2000.0);
        let alone = decompose(&signal, &plain).unwrap();
        let checked = decompose(&signal, &plain.clone().with_cross_check(SWEEPS)).unwrap();
        // The answer is the same to the last bit.
        assert_eq!(checked.modes, alone.modes);
        assert_eq!(checked.center_frequencies, alone.center_frequencies);
        assert_eq!(alone.cross_check, None);
        let reference = plain.with_solver(Solver::Reference).with_tolerance(1e-300);
        let swept = decompose(&signal, &reference.with_max_iterations(SWEEPS)).unwrap();
        if swept.stationarity > 1e-7 {
            continue;
        }
        let mut frequencies = swept.center_frequencies;
        frequencies.sort_by(f64::total_cmp);
        let pairs = alone.center_frequencies.iter().zip(&frequencies);
        let apart = pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max);
        let want = if apart < 1e-6 { CrossCheck::Same } else { CrossCheck::Elsewhere };
        assert_eq!(checked.cross_check, Some(want), "seed {seed}: {apart:e}");
        same += u32::from(want == CrossCheck::Same);
        elsewhere += u32::from(want == CrossCheck::Elsewhere);
    }
    assert!(same >= 30 && elsewhere >= 1, "{same} {elsewhere}");
}

#[test]
fn only_the_converged_solver_without_dual_variable_has_a_second_way() {
    let signal = tones(200, &[0.05, 0.2]);
    let asked = VmdConfig::new(2, 2000.0).with_cross_check(5);
    for config in [asked.clone().with_solver(Solver::Reference), asked.clone().with_tau(0.1)] {
        assert_eq!(decompose(&signal, &config).unwrap().cross_check, None);
    }
    let constant = decompose(&[1.0; 50], &asked).unwrap();
    assert_eq!(constant.cross_check, Some(CrossCheck::Same));
    assert_eq!(asked.with_cross_check(0).validate(), Err(VmdError::NoCrossCheckSweeps));
}
