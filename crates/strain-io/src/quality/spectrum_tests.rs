use std::f64::consts::TAU;

use jiff::SignedDuration;
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::spectrum::*;
use crate::{Channel, Recording, StrainIoError, TimeGrid};

fn recording(values: Vec<f64>) -> Recording {
    let start = "2008-01-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), values.len()).unwrap();
    let values = Array2::from_shape_vec((grid.len(), 1), values).unwrap();
    Recording::new("X", grid, vec![Channel::gauge("s1", 0.0)], values).unwrap()
}

fn normal(seed: u64, len: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..len).map(|_| StandardNormal.sample(&mut rng)).collect()
}

#[test]
fn white_noise_is_flat_and_holds_its_variance() {
    let white: Vec<f64> = normal(1, 24 * 720).iter().map(|value| 3.0 * value).collect();
    let found = noise_spectrum(&recording(white), "s1", &SpectrumConfig::default()).unwrap();
    assert!(found.power_law.index.abs() < 0.05, "{:?}", found.power_law);
    // σ² over a band of twelve cycles a day.
    assert!((found.power_law.at_one_day / (9.0 / 12.0) - 1.0).abs() < 0.1);
    let step = found.cycles_per_day[0];
    let variance: f64 = found.density.iter().map(|density| density * step).sum();
    assert!((variance / 9.0 - 1.0).abs() < 0.05, "{variance}");
    assert_eq!(found.segments, 47);
}

#[test]
fn a_tide_does_not_bend_the_law_and_a_gap_costs_segments_only() {
    let mut level = 0.0;
    let mut values: Vec<f64> = normal(2, 24 * 360)
        .iter()
        .enumerate()
        .map(|(hour, step)| {
            level += step;
            level + 30.0 * (TAU * hour as f64 / 12.42).sin()
        })
        .collect();
    values[4000..4010].fill(f64::NAN);
    let found = noise_spectrum(&recording(values), "s1", &SpectrumConfig::default()).unwrap();
    let law = found.power_law;
    // A walk sampled each hour flattens towards Nyquist.
    assert!((law.index - 1.9).abs() < 0.15 && law.index_error < 0.1, "{law:?}");
    assert_eq!(found.segments, 23 - 2);
    // Density of a walk of 24 steps of variance one a day: 2·24/(2π f)².
    assert!((law.at_one_day / (48.0 / (TAU * TAU)) - 1.0).abs() < 0.4, "{law:?}");
}

#[test]
fn too_little_is_an_error() {
    let short = recording(normal(3, 100));
    let error = noise_spectrum(&short, "s1", &SpectrumConfig::default());
    assert!(matches!(error, Err(StrainIoError::FitTooShort { .. })));
    let none = SpectrumConfig::default().with_segment_days(0.5);
    assert!(matches!(noise_spectrum(&short, "s1", &none), Err(StrainIoError::Config { .. })));
    // A value whose mean is not itself to the last bit.
    let still = recording(vec![0.1; 24 * 60]);
    let error = noise_spectrum(&still, "s1", &SpectrumConfig::default()).unwrap_err();
    assert!(matches!(error, StrainIoError::Still { .. }), "{error}");
    assert!(error.to_string().contains("s1 does not vary from 2008-01-01"), "{error}");
}

/// An hour a week and two days a year are lost: a law that is nearly that of the whole record.
#[test]
fn short_gaps_may_be_bridged() {
    let mut level = 0.0;
    let walk: Vec<f64> = normal(4, 24 * 360)
        .iter()
        .map(|step| {
            level += step;
            level
        })
        .collect();
    let config = SpectrumConfig::default();
    let whole = noise_spectrum(&recording(walk.clone()), "s1", &config).unwrap();
    let mut gappy = walk;
    (0..gappy.len()).step_by(7 * 24).for_each(|hour| gappy[hour] = f64::NAN);
    gappy[4000..4048].fill(f64::NAN);
    let gappy = recording(gappy);
    let error = noise_spectrum(&gappy, "s1", &config).unwrap_err();
    assert!(matches!(error, StrainIoError::FitTooShort { usable: 167, .. }), "{error}");
    let found = noise_spectrum(&gappy, "s1", &config.with_max_missing(0.05)).unwrap();
    // Those with the two days in them, 7 % of a segment, are left out.
    assert_eq!((whole.segments, found.segments), (23, 21));
    let (whole, found) = (whole.power_law, found.power_law);
    assert!((found.index - whole.index).abs() < 0.1, "{found:?} {whole:?}");
    assert!((found.at_one_day / whole.at_one_day - 1.0).abs() < 0.15, "{found:?} {whole:?}");
    let error = noise_spectrum(&gappy, "s1", &config.with_max_missing(0.6)).unwrap_err();
    assert!(error.to_string().contains("max_missing"), "{error}");
}
