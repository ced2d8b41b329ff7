//! What was prepared is what was recorded again, and flags say where it was not.

use proptest::prelude::*;

use super::causality::{causal_configs, faulty_recordings};
use super::*;

/// With flags of earlier steps here and there.
fn flagged(recording: &Recording, seed: u64) -> Recording {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let flags = recording.provenance().mapv(|_| {
        let draw: f64 = StandardNormal.sample(&mut rng);
        Provenance::from_bits(if draw > 1.5 { (draw * 60.0) as u8 } else { 0 })
    });
    recording.with_values(recording.values().to_owned(), flags).unwrap()
}

/// The flags that say that a sample holds something else than its own corrected value. Where spikes are
/// not taken out, the sample of a jump is flagged as a step's.
fn is_substituted(flags: Provenance) -> bool {
    [Provenance::FILLED, Provenance::SPIKE].iter().any(|&flag| flags.contains(flag))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_recorded_comes_back(
        recording in faulty_recordings(),
        config in causal_configs(),
        seed in any::<u64>(),
        [tide, pressure, drift] in any::<[bool; 3]>(),
    ) {
        let recording = flagged(&recording, seed);
        let mut config = config.with_tide(tide).with_pressure_correction(pressure);
        if !drift {
            config.trend.model = TrendModel::None;
        }
        let Ok(prepared) = prepare(&recording, &config, 24..24 * 30) else {
            return Err(TestCaseError::reject("too many gaps in the fit span"));
        };
        let undone = prepared.undo().unwrap();
        let recorded = recording.select(&["s1", "s2", "s3", "s4"]).unwrap();
        prop_assert_eq!(undone.provenance(), recorded.provenance());
        prop_assert_eq!(undone.channels(), recorded.channels());
        for ((place, back), truth) in undone.values().indexed_iter().zip(recorded.values()) {
            let now = prepared.recording.values()[place];
            let flags = prepared.recording.provenance()[place];
            let added = flags.bits() & !recorded.provenance()[place].bits();
            if truth.is_nan() || now.is_nan() || is_substituted(Provenance::from_bits(added)) {
                // A missing sample is missing again, whatever it was called meanwhile.
                prop_assert!(back.to_bits() == truth.to_bits() || (back.is_nan() && truth.is_nan()));
            } else {
                // The parts: some 100 of tide, 200 of a fault, the recorded value itself.
                let scale = truth.abs().max(now.abs()).max(300.0);
                prop_assert!((back - truth).abs() <= 1e-9 * scale, "{:?}: {} {}", place, back, truth);
            }
        }
    }

    /// A value is flagged where it is not what was recorded, and the flags of what is switched off stay
    /// away.
    #[test]
    fn flags_are_where_values_changed(
        recording in faulty_recordings(),
        config in causal_configs(),
        [tide, pressure, drift] in any::<[bool; 3]>(),
    ) {
        let mut config = config.with_tide(tide).with_pressure_correction(pressure);
        if !drift {
            config.trend.model = TrendModel::None;
        }
        let Ok(prepared) = prepare(&recording, &config, 24..24 * 30) else {
            return Err(TestCaseError::reject("too many gaps in the fit span"));
        };
        let driven = !config.drivers.is_empty();
        let levelled = drift || config.trend.relevel_days.is_some();
        for ((place, now), flags) in
            prepared.recording.values().indexed_iter().zip(prepared.recording.provenance())
        {
            let before = recording.values()[place];
            if now.is_nan() {
                let corrected = Provenance::RESPONSE_CORRECTED | Provenance::DETRENDED;
                prop_assert_eq!(flags.bits() & corrected.bits(), 0);
                continue;
            }
            prop_assert_eq!(flags.contains(Provenance::DETRENDED), levelled);
            let corrected = flags.contains(Provenance::RESPONSE_CORRECTED);
            if is_substituted(*flags) {
                prop_assert!(!corrected);
            } else if !flags.contains(Provenance::STEP_CORRECTED) {
                prop_assert_eq!(corrected, tide || pressure || driven);
            }
            if *flags == Provenance::OBSERVED {
                prop_assert_eq!(now.to_bits(), before.to_bits());
            }
        }
    }
}

#[test]
fn a_recording_that_was_replaced_by_a_shorter_one_is_refused() {
    let recording = hourly("2006-11-01T00:00:00Z", 40, 0.2, 12);
    let mut prepared = prepare(&recording, &eight(), 0..24 * 30).unwrap();
    prepared.recording = prepared.recording.slice(0..500).unwrap();
    assert!(matches!(prepared.undo(), Err(crate::StrainIoError::Shape { .. })));
}
