//! Nothing looks ahead, and other laws that hold for any recording.

use ndarray::s;
use proptest::prelude::*;

use super::*;
use crate::{Driver, SynthConfig, SynthFaults, network};

/// 45 days of a synthetic target without faults: tide, drift, air and noise of all kinds.
fn sound(seed: u64) -> Recording {
    let config = SynthConfig::default()
        .with_reference_days(1)
        .with_target_days(45)
        .with_inflection_days_before(10.0)
        .with_distances_km([23.5])
        .with_faults(SynthFaults::none());
    network(&config, seed).unwrap().targets.remove(0).recording
}

/// One month to fit, half a month after it, with a well beside the barometer and faults anywhere.
pub(super) fn faulty_recordings() -> impl Strategy<Value = Recording> {
    let fault = (0..6_usize, 0..1080_usize, 1..30_usize, 0..4_usize, -200.0..200.0_f64);
    (any::<u64>(), prop::collection::vec(fault, 0..12)).prop_map(|(seed, faults)| {
        let well = |index: usize| (index as f64 * 0.21).sin() + (index as f64 * 0.053).cos();
        altered(&with_water(&sound(seed), well), |values| {
            let len = values.nrows();
            for (channel, start, length, kind, size) in faults {
                let end = (start + length).min(len);
                match kind {
                    0 => values.slice_mut(s![start.., channel]).map_inplace(|v| *v += size),
                    1 => values[[start, channel]] += size,
                    2 => values.slice_mut(s![start..end, channel]).map_inplace(|v| *v += size),
                    _ => values.slice_mut(s![start..end, channel]).fill(f64::NAN),
                }
            }
        })
    })
}

pub(super) fn causal_configs() -> impl Strategy<Value = PrepareConfig> {
    let lags = prop::sample::subsequence(vec![0, 1, 3, 7], 1..4);
    (any::<[bool; 5]>(), 1..6_usize, prop::option::of(lags.clone()), prop::option::of(lags))
        .prop_map(|([detect, remove, missing, level, refit], longest, pressure, water)| {
            let spikes = SpikeConfig::default().with_remove(remove).with_leave_missing(missing);
            let trend = TrendConfig::default().with_relevel_days(level.then_some(4.0));
            let mut config = eight()
                .with_steps(StepConfig::default().with_detect(detect).with_window_days(5.0))
                .with_spikes(spikes.with_longest(longest))
                .with_trend(trend);
            if let Some(lags) = pressure {
                config = config.with_pressure_lags_hours(lags);
            }
            if let Some(lags) = water {
                config = config.with_driver(Driver::new("water").with_lags_hours(lags));
            }
            if refit { config.with_refit(Refit::new(3, 20)) } else { config }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Values and flags after the fit span do not depend on any later sample.
    #[test]
    fn nothing_looks_ahead(
        recording in faulty_recordings(),
        config in causal_configs(),
        after in 0..359_usize,
        kind in 0..4_usize,
        seed in any::<u64>(),
    ) {
        let fit = 24..24 * 30;
        let now = fit.end + after;
        let later = altered(&recording, |values| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut rest = values.slice_mut(s![now + 1.., ..]);
            match kind {
                0 => rest.fill(f64::NAN),
                1 => rest.map_inplace(|value| *value += 1000.0),
                2 => rest.rows_mut().into_iter().take(2).for_each(|mut row| row *= -1.0),
                _ => rest.map_inplace(|value| {
                    let noise: f64 = StandardNormal.sample(&mut rng);
                    *value += 30.0 * noise;
                }),
            }
        });
        let (Ok(a), Ok(b)) =
            (prepare(&recording, &config, fit.clone()), prepare(&later, &config, fit.clone()))
        else {
            return Err(TestCaseError::reject("too many gaps in the fit span"));
        };
        let (a, b) = (a.recording, b.recording);
        for index in fit.end..=now {
            for gauge in 0..4 {
                let (x, y) = (a.values()[[index, gauge]], b.values()[[index, gauge]]);
                prop_assert_eq!(x.to_bits(), y.to_bits(), "sample {}, gauge {}", index, gauge);
                let (x, y) = (a.provenance()[[index, gauge]], b.provenance()[[index, gauge]]);
                prop_assert_eq!(x, y, "flags of sample {}, gauge {}", index, gauge);
            }
        }
        // The same holds for a recording that ends now.
        let short = recording.slice(0..now + 1).unwrap();
        let c = prepare(&short, &config, fit.clone()).unwrap().recording;
        for index in fit.end..=now {
            let (x, y) = (a.values()[[index, 0]], c.values()[[index, 0]]);
            prop_assert_eq!(x.to_bits(), y.to_bits(), "sample {} of a shorter recording", index);
        }
    }

    /// A level added to a gauge changes nothing that is not the level.
    #[test]
    fn the_level_does_not_matter(recording in faulty_recordings(), level in -1e4..1e4_f64) {
        let fit = 0..24 * 30;
        let config = eight();
        let Ok(a) = prepare(&recording, &config, fit.clone()) else {
            return Err(TestCaseError::reject("too many gaps in the fit span"));
        };
        let moved = altered(&recording, |values| {
            values.slice_mut(s![.., ..4]).map_inplace(|value| *value += level);
        });
        let b = prepare(&moved, &config, fit).unwrap();
        for (x, y) in a.recording.values().iter().zip(b.recording.values()) {
            prop_assert!((x.is_nan() && y.is_nan()) || (x - y).abs() < 1e-6, "{} {}", x, y);
        }
        prop_assert_eq!(a.recording.provenance(), b.recording.provenance());
    }

    /// Planted factors come back, up to a common one.
    #[test]
    fn calibration_recovers_planted_factors(
        seed in any::<u64>(),
        sensitivity in prop::array::uniform4(0.5..2.0_f64),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let grid = TimeGrid::new(
            Timestamp::UNIX_EPOCH, SignedDuration::from_hours(1), 400).unwrap();
        let mut values = Array2::zeros((400, 4));
        for mut row in values.rows_mut() {
            let (areal, g1, g2) = (draw(), draw(), draw());
            for gauge in 0..4 {
                let shear = [g1, g2, -g1, -g2][gauge];
                row[gauge] = 100.0 + (areal + shear) * sensitivity[gauge];
            }
        }
        let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * f64::from(i)));
        let recording = Recording::new("T", grid, channels.collect(), values).unwrap();
        let found = calibrate(&recording, ["s1", "s2", "s3", "s4"], 0..400).unwrap();
        let common = found.factors[0] * sensitivity[0];
        for (factor, sensitivity) in found.factors.iter().zip(sensitivity) {
            let ratio = factor * sensitivity / common;
            prop_assert!((ratio - 1.0).abs() < 1e-8, "{:?}", found);
        }
    }
    /// What was multiplied is divided again, and flagged in between where there is a value.
    #[test]
    fn calibration_is_undone(
        cells in prop::collection::vec((-1e6..1e6_f64, any::<bool>()), 4 * 20),
        sensitivity in prop::array::uniform4(0.5..2.0_f64),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let rows: Vec<[f64; 4]> = (0..50).map(|_| {
            let (areal, g1, g2) = (draw(), draw(), draw());
            let shear = [g1, g2, -g1, -g2];
            std::array::from_fn(|gauge| (areal + shear[gauge]) * sensitivity[gauge])
        }).collect();
        let found = crate::prepare::calibrate::calibrate_rows(&rows).unwrap();
        let grid = grid("2008-05-01T00:00:00Z", 60, 20);
        let values = Array2::from_shape_fn((20, 4), |(row, gauge)| {
            let (value, missing) = cells[4 * row + gauge];
            if missing { f64::NAN } else { value }
        });
        let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * f64::from(i)));
        let before = Recording::new("T", grid, channels.collect(), values).unwrap();
        let names = ["s1", "s2", "s3", "s4"];
        let after = found.apply(&before, names).unwrap();
        for (flags, value) in after.provenance().iter().zip(before.values()) {
            let wanted =
                if value.is_nan() { Provenance::MISSING } else { Provenance::CALIBRATED };
            prop_assert_eq!(*flags, wanted);
        }
        let again = found.undo(&after, names).unwrap();
        prop_assert_eq!(again.provenance(), before.provenance());
        for (a, b) in again.values().iter().zip(before.values()) {
            prop_assert!((a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-15 * b.abs(), "{} {}", a, b);
        }
        let lost = Calibration { factors: [1.0, 0.0, 1.0, 1.0], ..found };
        let refused = matches!(lost.undo(&after, names), Err(crate::StrainIoError::Config { .. }));
        prop_assert!(refused);
    }
}
