use std::f64::consts::TAU;

use ndarray::{Array1, Array2};
use proptest::prelude::*;
use stmn_linalg::default_backend;

use super::super::{SyntheticStation, TideTruth, network};
use super::{SynthConfig, SynthFaults, SynthNoise, silent, small, still};
use crate::{QualityConfig, assess};

/// Degrees per hour as tide tables print them (Schureman 1958, table 2).
const TABLE: [(&str, f64); 8] = [
    ("M2", 28.984_104_2),
    ("S2", 30.0),
    ("N2", 28.439_729_5),
    ("K2", 30.082_137_3),
    ("K1", 15.041_068_6),
    ("O1", 13.943_035_6),
    ("P1", 14.958_931_4),
    ("Q1", 13.398_660_9),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The direct problem against the inverse one, to a metre and better.
    #[test]
    fn stations_stand_at_the_wanted_distance(
        latitude in -89.0..89.0_f64, longitude in -180.0..360.0_f64, seed: u64,
        distance in 0.1..15_000.0_f64,
    ) {
        let config = still()
            .with_reference_days(1).with_target_days(1).with_inflection_days_before(0.0)
            .with_event(SynthConfig::default().event_time, [latitude, longitude], 6.0)
            .with_distances_km([distance, 23.5]);
        let network = network(&config, seed).unwrap();
        for (target, wanted) in network.targets.iter().zip([distance, 23.5]) {
            let far = network.event().distance_km(target.latitude, target.longitude);
            prop_assert!((far - wanted).abs() < 1e-3);
            prop_assert_eq!(far, target.distance_km);
        }
        prop_assert!((network.reference.distance_km - 1142.0).abs() < 1e-3);
    }
}

/// Least squares on changes from hour to hour, in which a random walk is white, with frequencies of
/// the tables: amplitudes and phases within five standard errors, through noise, drift, pressure
/// and transients.
#[test]
fn tides_and_pressure_are_found_by_least_squares() {
    let config = small()
        .with_target_days(1095)
        .with_anomalous(false)
        .with_faults(SynthFaults::none())
        .with_noise(SynthNoise::default().with_pressure_white(0.0));
    let network = network(&config, 17).unwrap();
    let station = &network.targets[0];
    let recording = &station.recording;
    let start = recording.grid().start().as_second() - 946_728_000;
    let changes = recording.grid().len() - 1;
    let pressure = recording.channel("pressure").unwrap();
    let design = Array2::from_shape_fn((changes, 19), |(i, column)| match column {
        0 => 1.0,
        1 => pressure[i + 1] - pressure[i],
        // The exponential part of the drift, nearly straight over an hour.
        2 => (-(i as f64) / (24.0 * station.truth.drift.time_constant_days)).exp(),
        _ => {
            let (_, rate) = TABLE[(column - 3) / 2];
            let angle = |i: usize| (rate * (start as f64 / 3600.0 + i as f64)).to_radians();
            let (a, b) = (angle(i), angle(i + 1));
            if column % 2 == 1 { b.cos() - a.cos() } else { b.sin() - a.sin() }
        }
    });
    for gauge in 0..4 {
        let values = recording.values();
        // Lines that differ by the node's 18.6 years cannot be told apart in three: those beside
        // the constituents are taken out as they were made.
        let beside = |i: usize| -> f64 {
            let hours = start as f64 / 3600.0 + i as f64;
            let lines = station.truth.tides.iter().filter(|tide| tide.name.contains(' '));
            let value = |tide: &TideTruth| {
                let phase = tide.phases_degrees[gauge] + tide.degrees_per_hour * hours;
                tide.amplitudes[gauge] * phase.to_radians().cos()
            };
            lines.map(value).sum()
        };
        let cleaned = |i: usize| values[[i, gauge]] - beside(i);
        let y = Array1::from_shape_fn(changes, |i| cleaned(i + 1) - cleaned(i));
        let fit = default_backend().least_squares(design.view(), y.view()).unwrap();
        let errors = fit.standard_errors().unwrap();
        let check = |column: usize, truth: f64, what: &str| {
            let (found, error) = (fit.solution[column], errors[column]);
            assert!((found - truth).abs() < 5.0 * error, "{what}: {found} ± {error}, {truth}");
        };
        check(1, station.truth.pressure.coefficients[gauge], "pressure");
        for (index, (name, rate)) in TABLE.iter().enumerate() {
            let tide = station.truth.tides.iter().find(|tide| tide.name == *name).unwrap();
            assert!((tide.degrees_per_hour - rate).abs() < 1e-6);
            let (sin, cos) = tide.phases_degrees[gauge].to_radians().sin_cos();
            check(3 + 2 * index, tide.amplitudes[gauge] * cos, name);
            check(4 + 2 * index, -tide.amplitudes[gauge] * sin, name);
        }
        // So that five standard errors mean something.
        assert!(errors[3] < 0.1, "{}", errors[3]);
    }
}

#[test]
fn tides_and_responses_have_realistic_sizes() {
    for seed in 0..10 {
        let network = network(&still(), seed).unwrap();
        for station in &network.targets {
            for gauge in 0..4 {
                let total: f64 = station.truth.tides.iter().map(|t| t.amplitudes[gauge]).sum();
                assert!((10.0..70.0).contains(&total), "{total} nanostrain");
                let response = station.truth.pressure.coefficients[gauge];
                assert!((-1.65..=-0.35).contains(&response), "{response}");
            }
            let pressure = station.recording.channel("pressure").unwrap();
            assert!(pressure.iter().all(|p| (700.0..1000.0).contains(p)));
        }
        // Near stations have nearly the same tide: areal strain differs by the coupling only.
        let m2 = |s: &SyntheticStation| s.truth.tides[0].amplitudes;
        for (a, b) in m2(&network.targets[0]).into_iter().zip(m2(&network.targets[1])) {
            assert!((0.4..2.5).contains(&(a / b)), "{a} {b}");
        }
    }
}

/// Weather is shared: stations 20 and 25 km from the epicentre have it in common, one of 1,142 km
/// away much less.
#[test]
fn near_stations_have_the_same_weather() {
    let config = still().with_reference_days(365).with_target_days(365);
    let config = config.with_distances_km([20.0, 25.0]).with_reference_distance_km(3000.0);
    let correlation = |a: &SyntheticStation, b: &SyntheticStation| {
        let changes = |s: &SyntheticStation| {
            let p = s.recording.channel("pressure").unwrap().to_vec();
            // Differences over two days hold weather but neither the seasons nor air tides.
            p.windows(49).map(|w| w[48] - w[0]).collect::<Vec<_>>()
        };
        let (a, b) = (changes(a), changes(b));
        let sum = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        sum(&a, &b) / (sum(&a, &a) * sum(&b, &b)).sqrt()
    };
    let (mut near, mut far) = (0.0, 0.0);
    for seed in 0..5 {
        let network = network(&config, seed).unwrap();
        near += correlation(&network.targets[0], &network.targets[1]) / 5.0;
        far += correlation(&network.targets[0], &network.reference) / 5.0;
    }
    assert!(near > 0.9 && far < 0.7, "near {near}, far {far}");
}

/// Everything but each gauge's own noise is a strain: with none of it the identity is exact, gains
/// taken out, through tide, pressure, drift, tensor noise and transients.
#[test]
fn opposite_gauges_agree() {
    let noise = SynthNoise::default().with_white(0.0).with_gauge_share(0.0);
    let config = small().with_noise(noise).with_faults(SynthFaults::none());
    for station in network(&config, 6).unwrap().stations() {
        let gains = station.truth.gauge_gains;
        for row in station.recording.values().rows() {
            let [a, b, c, d]: [f64; 4] = std::array::from_fn(|g| row[g] / gains[g]);
            assert!((a + c - b - d).abs() < 1e-9, "{}", a + c - b - d);
        }
    }
    let config = small().with_faults(SynthFaults::none());
    for station in network(&config, 6).unwrap().stations() {
        let report = assess(&station.recording, &QualityConfig::default()).unwrap();
        let agreement = report.self_consistency.unwrap();
        assert!(agreement.correlation.unwrap() > 0.99);
        assert!(agreement.difference_correlation.unwrap() > 0.95);
        assert!((agreement.slope.unwrap() - 1.0).abs() < 0.1);
    }
}

/// The noise level that transients are measured in is what a spectrum of the noise shows between
/// periods of 4 and 16 h.
#[test]
fn band_noise_is_the_noise_between_4_and_16_hours() {
    let noise = SynthNoise::default().with_white(0.8).with_flicker(0.6).with_pressure_white(0.0);
    let config = still().with_reference_days(1).with_target_days(64).with_noise(noise);
    let calm = config.clone().with_noise(silent());
    let (mut square, mut terms) = (0.0, 0.0);
    for seed in 0..12 {
        let noisy = network(&config, seed).unwrap();
        let calm = network(&calm, seed).unwrap();
        for (n, c) in noisy.targets.iter().zip(&calm.targets) {
            for gauge in 0..4 {
                let difference = &n.recording.values() - &c.recording.values();
                let noise = difference.column(gauge).to_vec();
                square += band_variance(&noise, 64.0) / n.truth.band_noise.powi(2);
                terms += 1.0;
            }
        }
    }
    // 96 series of 290 frequencies, gauges of a station not independent: a standard error of 2 %.
    let ratio = square / terms;
    assert!((ratio - 1.0).abs() < 0.08, "{ratio}");
}

/// Variance between 1.5 and 6 cycles per day by definition of the discrete Fourier transform, with a
/// Hann window against leakage from the random walk.
fn band_variance(values: &[f64], days: f64) -> f64 {
    let len = values.len();
    let (first, last) = ((1.5 * days) as usize, (6.0 * days) as usize);
    let windowed: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(i, v)| v * (1.0 - (TAU * i as f64 / len as f64).cos()))
        .collect();
    (first..last)
        .map(|k| {
            let (sin, cos) = (TAU * k as f64 / len as f64).sin_cos();
            let (mut s, mut c) = (0.0, 1.0);
            let (mut re, mut im) = (0.0, 0.0);
            for value in &windowed {
                re += value * c;
                im += value * s;
                (c, s) = (c * cos - s * sin, s * cos + c * sin);
            }
            2.0 * (re * re + im * im) / (1.5 * (len * len) as f64)
        })
        .sum()
}
