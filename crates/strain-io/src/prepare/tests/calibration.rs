//! The relative calibration with noise: planted factors come back within the errors that it states.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 4] = ["s1", "s2", "s3", "s4"];

/// Gauges of unequal sensitivity: strains of about 1 (white, or the tides M2, O1 and K1) and noise of
/// each gauge's own, which remembers the share `memory` of the sample before.
fn gauges(seed: u64, sensitivity: [f64; 4], tidal: bool, noise: f64, memory: f64) -> Recording {
    let hours = if tidal { 2400 } else { 400 };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
    let phases: [f64; 9] = std::array::from_fn(|_| 10.0 * draw());
    let mut own = [0.0; 4];
    let mut values = Array2::zeros((hours, 4));
    for (hour, mut row) in values.rows_mut().into_iter().enumerate() {
        let strain: [f64; 3] = std::array::from_fn(|component| {
            if !tidal {
                return draw();
            }
            let wave = |(k, degrees): (usize, f64)| {
                ((degrees * hour as f64).to_radians() + phases[3 * component + k]).cos()
            };
            [28.984_104, 13.943_036, 15.041_069].into_iter().enumerate().map(wave).sum()
        });
        for gauge in 0..4 {
            let shear = [strain[1], strain[2], -strain[1], -strain[2]][gauge];
            own[gauge] = memory * own[gauge] + noise * draw();
            row[gauge] = 100.0 + (strain[0] + shear) * sensitivity[gauge] + own[gauge];
        }
    }
    let grid = TimeGrid::new(Timestamp::UNIX_EPOCH, SignedDuration::from_hours(1), hours).unwrap();
    let channels = (0..4).map(|i| Channel::gauge(NAMES[i], 45.0 * i as f64));
    Recording::new("T", grid, channels.collect(), values).unwrap()
}

/// Each factor's distance from what was planted, in the standard errors that are stated. Averaged over
/// the gauge that is unity, a factor is the mean sensitivity over the gauge's own.
fn off(recording: &Recording, sensitivity: [f64; 4]) -> [f64; 4] {
    let found = calibrate(recording, NAMES, 0..recording.grid().len()).unwrap();
    let mean = sensitivity.iter().sum::<f64>() / 4.0;
    std::array::from_fn(|gauge| {
        (found.factors[gauge] - mean / sensitivity[gauge]) / found.standard_errors[gauge]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the factors and the noise, none is further off than five and a half standard errors.
    #[test]
    fn planted_factors_come_back_from_noise(
        seed in any::<u64>(), sensitivity in prop::array::uniform4(0.5..2.0_f64),
        tidal in any::<bool>(), noise in 1e-5..3e-3_f64, memory in 0.0..0.7_f64,
    ) {
        let recording = gauges(seed, sensitivity, tidal, noise, memory);
        let off = off(&recording, sensitivity);
        prop_assert!(off.iter().all(|off| off.abs() < 5.5), "{off:?}");
    }
}

/// One standard error holds 68.3 % and two hold 95.4 %, within four binomial standard deviations.
#[test]
fn stated_errors_hold_what_they_say() {
    const TRIALS: u32 = 600;
    for (tidal, memory) in [(false, 0.0), (true, 0.0), (true, 0.6)] {
        let mut within = [[0.0; 2]; 4];
        for seed in 0..TRIALS {
            let sensitivity = [1.0, 0.8, 1.1, 1.25].map(|s| s + 0.0002 * f64::from(seed));
            let recording = gauges(u64::from(seed), sensitivity, tidal, 2e-3, memory);
            for (within, off) in within.iter_mut().zip(off(&recording, sensitivity)) {
                within[0] += f64::from(u8::from(off.abs() < 1.0));
                within[1] += f64::from(u8::from(off.abs() < 2.0));
            }
        }
        println!("tidal {tidal}, memory {memory}: {within:?} of {TRIALS}");
        for (count, share) in within.iter().flat_map(|within| within.iter().zip([0.683, 0.954])) {
            let n = f64::from(TRIALS);
            let bound = 4.0 * (n * share * (1.0 - share)).sqrt();
            assert!((count - n * share).abs() < bound, "{count} of {n}, {share} wanted");
        }
    }
}
