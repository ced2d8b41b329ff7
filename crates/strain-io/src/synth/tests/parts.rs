//! What a recording is made of: the parts add up to it, are what the truth says, and each can be
//! switched off without a change to the others.

use ndarray::Array2;
use proptest::prelude::*;

use super::super::{
    Ingredient, StationParts, SynthPressure, SynthTide, network, network_with_parts,
};
use super::{SynthConfig, SynthDrift, SynthFaults, SyntheticNetwork, bits, silent, small};
use crate::strategies::synth_configs;

/// The settings without one ingredient.
fn without(config: &SynthConfig, ingredient: Ingredient) -> SynthConfig {
    let (config, faults) = (config.clone(), config.faults.clone());
    match ingredient {
        Ingredient::Noise => config.with_noise(silent()),
        Ingredient::Tide => config.with_tide(SynthTide::default().with_scale(0.0)),
        Ingredient::Drift => {
            let drift = SynthDrift::default().with_linear(0.0).with_exponential(0.0, 100.0);
            config.with_drift(drift)
        }
        Ingredient::Pressure => {
            let pressure = config.pressure.clone().with_response(0.0);
            config.with_pressure(pressure)
        }
        Ingredient::Steps => config.with_faults(faults.with_steps(0.0, 120.0)),
        Ingredient::Spikes => config.with_faults(faults.with_spikes(0.0, 80.0)),
        Ingredient::Background => config.with_background(0.0, 2.0),
        Ingredient::Anomaly => config.with_anomalous(false),
    }
}

fn is_zero(parts: &StationParts, ingredient: Ingredient) -> bool {
    parts.series(ingredient).iter().all(|value| *value == 0.0)
}

fn same_bits(a: &StationParts, b: &StationParts, ingredient: Ingredient) -> bool {
    let pairs = a.series(ingredient).into_iter().zip(b.series(ingredient));
    pairs.into_iter().all(|(a, b)| a.to_bits() == b.to_bits())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_parts_add_up_to_the_recording(config in synth_configs(), seed: u64) {
        let (made, parts) = network_with_parts(&config, seed).unwrap();
        prop_assert_eq!(bits(&made), bits(&network(&config, seed).unwrap()));
        for (station, parts) in made.stations().zip(&parts) {
            let values = station.recording.values();
            let mut sizes: Array2<f64> = Array2::from_elem((values.nrows(), 4), 1.0);
            for ingredient in Ingredient::ALL {
                sizes += &parts.series(ingredient).mapv(f64::abs);
            }
            let (sum, clean) = (parts.sum(), parts.clean());
            for (sample, row) in values.rows().into_iter().enumerate() {
                let gap = station.truth.gaps.iter().any(|gap| gap.samples.contains(&sample));
                for gauge in 0..4 {
                    let (value, at) = (row[gauge], [sample, gauge]);
                    prop_assert_eq!(value.is_nan(), gap);
                    prop_assert!(gap || (value - sum[at]).abs() < 1e-9 * sizes[at]);
                    let faults = parts.series(Ingredient::Steps)[at]
                        + parts.series(Ingredient::Spikes)[at];
                    prop_assert!((sum[at] - clean[at] - faults).abs() < 1e-9 * sizes[at]);
                }
                let air = parts.air_pressure[sample] + parts.barometer_noise[sample];
                prop_assert!(gap || (row[4] - air).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn what_is_switched_off_vanishes_and_nothing_else_changes(
        config in synth_configs(), seed: u64,
    ) {
        let (_, all) = network_with_parts(&config, seed).unwrap();
        for off in Ingredient::ALL {
            let (_, rest) = network_with_parts(&without(&config, off), seed).unwrap();
            for (all, rest) in all.iter().zip(&rest) {
                prop_assert!(is_zero(rest, off), "{:?}", off);
                for other in Ingredient::ALL.into_iter().filter(|other| *other != off) {
                    // Transients are as large as the noise makes them.
                    let sized = [Ingredient::Background, Ingredient::Anomaly].contains(&other);
                    if off == Ingredient::Noise && sized {
                        prop_assert!(is_zero(rest, other));
                    } else {
                        prop_assert!(same_bits(all, rest, other), "{:?} without {:?}", other, off);
                    }
                }
                prop_assert_eq!(&all.air_pressure, &rest.air_pressure);
            }
        }
    }

    /// Spikes that a gap hides are in no part.
    #[test]
    fn without_gaps_only_what_they_hide_comes_back(config in synth_configs(), seed: u64) {
        let whole = config.clone().with_faults(config.faults.clone().with_gaps(0.0, 5.0));
        let (with, cut) = network_with_parts(&config, seed).unwrap();
        let (_, whole) = network_with_parts(&whole, seed).unwrap();
        for ((station, cut), whole) in with.stations().zip(&cut).zip(&whole) {
            for other in Ingredient::ALL.into_iter().filter(|i| *i != Ingredient::Spikes) {
                prop_assert!(same_bits(cut, whole, other), "{:?}", other);
            }
            let spikes = whole.series(Ingredient::Spikes);
            for ((at, value), whole) in cut.series(Ingredient::Spikes).indexed_iter().zip(spikes) {
                let hidden = station.truth.gaps.iter().any(|gap| gap.samples.contains(&at.0));
                prop_assert_eq!(*value, if hidden { 0.0 } else { *whole });
            }
        }
    }
}

/// So that the laws above are not of empty series.
#[test]
fn no_part_of_the_default_is_empty() {
    let often = SynthFaults::default().with_steps(40.0, 120.0);
    let (_, parts) = network_with_parts(&small().with_faults(often), 20).unwrap();
    for ingredient in Ingredient::ALL {
        assert!(!is_zero(&parts[1], ingredient), "{ingredient:?}");
    }
    assert!(is_zero(&parts[0], Ingredient::Anomaly));
}

/// Series by the formulas that the truth's documentation gives.
#[test]
fn the_parts_are_what_the_truth_says() {
    let (network, parts) = network_with_parts(&small().with_interval_s(1800), 20).unwrap();
    for (station, parts) in network.stations().zip(&parts) {
        let (grid, truth) = (station.recording.grid(), &station.truth);
        let start = (grid.start().as_second() - 946_728_000) as f64 / 3600.0;
        let mean = parts.air_pressure.mean().unwrap();
        for sample in (0..grid.len()).step_by(37) {
            let hours = sample as f64 / 2.0;
            let close = |ingredient, gauge: usize, expected: f64| {
                let found = parts.series(ingredient)[[sample, gauge]];
                assert!((found - expected).abs() < 1e-6, "{ingredient:?}: {found} {expected}");
            };
            for gauge in 0..4 {
                let line = |tide: &crate::TideTruth| {
                    let angle = tide.degrees_per_hour * (start + hours);
                    let angle = angle + tide.phases_degrees[gauge];
                    tide.amplitudes[gauge] * angle.to_radians().cos()
                };
                close(Ingredient::Tide, gauge, truth.tides.iter().map(line).sum());
                let (days, drift) = (hours / 24.0, &truth.drift);
                let linear = drift.linear_per_year[gauge] * days / 365.25;
                let decay = (-days / drift.time_constant_days).exp();
                close(Ingredient::Drift, gauge, linear + drift.exponential[gauge] * decay);
                let air = parts.air_pressure[sample] - mean;
                close(Ingredient::Pressure, gauge, truth.pressure.coefficients[gauge] * air);
                let steps = truth.steps.iter().filter(|step| step.sample <= sample);
                close(Ingredient::Steps, gauge, steps.map(|step| step.sizes[gauge]).sum());
            }
        }
    }
}

/// White noise alone, whose standard deviation needs no theory.
#[test]
fn the_noise_level_is_that_of_the_noise() {
    let noise = silent().with_white(2.0).with_pressure_white(0.5).with_station_spread(0.5);
    let (network, parts) = network_with_parts(&small().with_noise(noise), 3).unwrap();
    let spread =
        |values: &[f64]| (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt();
    let mut levels = Vec::new();
    for (station, parts) in network.stations().zip(&parts) {
        let found = spread(&parts.series(Ingredient::Noise).iter().copied().collect::<Vec<_>>());
        // At least 5,760 values: a standard error of 0.93 %.
        assert!((found / (2.0 * station.truth.noise_level) - 1.0).abs() < 0.05, "{found}");
        let barometer = spread(parts.barometer_noise.as_slice().unwrap());
        // At least 1,440 values: 1.9 %.
        assert!((barometer / 0.5 - 1.0).abs() < 0.1, "{barometer}");
        levels.push(station.truth.noise_level);
    }
    assert!(levels.iter().any(|level| (level - 1.0).abs() > 0.1), "{levels:?}");
}

#[test]
fn coupling_scales_the_tide_and_is_in_the_truth() {
    let tide = SynthTide::default;
    let make = |tide| network_with_parts(&small().with_tide(tide), 20).unwrap();
    let (plain, _) = make(tide().with_coupling_spread(0.0));
    let (wide, wide_parts) = make(tide().with_coupling_spread(0.6));
    let (usual, parts) = make(tide());
    let (_, double) = make(tide().with_scale(2.0));
    for (index, station) in usual.stations().enumerate() {
        let coupling_at =
            |network: &SyntheticNetwork| network.stations().nth(index).unwrap().truth.tide_coupling;
        assert_eq!((coupling_at(&plain).areal, coupling_at(&plain).shear), (1.0, 1.0));
        let coupling = station.truth.tide_coupling;
        assert!((0.8..1.2).contains(&coupling.areal) && (0.8..1.2).contains(&coupling.shear));
        // Three times the spread, three times as far from 1.
        assert!((coupling_at(&wide).areal - 1.0 - 3.0 * (coupling.areal - 1.0)).abs() < 1e-12);
        assert!((coupling_at(&wide).shear - 1.0 - 3.0 * (coupling.shear - 1.0)).abs() < 1e-12);
        // S1 + S3 is the areal strain, so that its tide goes with the areal factor.
        let gains = station.truth.gauge_gains;
        let areal = |parts: &StationParts, sample: usize| {
            let tide = parts.series(Ingredient::Tide);
            tide[[sample, 0]] / gains[0] + tide[[sample, 2]] / gains[2]
        };
        for sample in (0..1440).step_by(50) {
            let (narrow, wider) = (areal(&parts[index], sample), areal(&wide_parts[index], sample));
            let expected = narrow / coupling.areal * coupling_at(&wide).areal;
            assert!((wider - expected).abs() < 1e-9, "{wider} {expected}");
            assert!((areal(&double[index], sample) - 2.0 * narrow).abs() < 1e-9);
        }
    }
}

#[test]
fn air_pressure_can_be_switched_off_part_by_part() {
    let pressure = SynthPressure::default;
    let make = |pressure| network_with_parts(&small().with_pressure(pressure), 20).unwrap().1;
    let usual = make(pressure());
    let calm = pressure().with_weather(0.0, 0.0).with_seasons(0.0).with_air_tides(0.0);
    let swing = |parts: &StationParts| {
        let air = &parts.air_pressure;
        air.fold(f64::MIN, |a, b| a.max(*b)) - air.fold(f64::MAX, |a, b| a.min(*b))
    };
    for parts in make(calm.clone()) {
        assert!(swing(&parts) < 1e-9, "{}", swing(&parts));
    }
    // Alone, each moves the barometer by what it is documented to: hPa over 60 or 120 days.
    for (alone, range) in [
        (calm.clone().with_weather(4.5, 0.0), 5.0..50.0),
        (calm.clone().with_weather(0.0, 0.8), 2.0..10.0),
        (calm.clone().with_seasons(1.0), 0.9..12.0),
        (calm.with_air_tides(1.0), 1.0..5.0),
    ] {
        for (parts, usual) in make(alone.clone()).iter().zip(&usual) {
            assert!(range.contains(&swing(parts)), "{alone:?}: {}", swing(parts));
            for other in Ingredient::ALL.into_iter().filter(|i| *i != Ingredient::Pressure) {
                assert!(same_bits(parts, usual, other), "{other:?}");
            }
        }
    }
}
