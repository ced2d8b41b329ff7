//! What is planted is found, what is planted is taken out, and nothing looks ahead.

use jiff::{SignedDuration, Timestamp};
use ndarray::{Array2, Axis, concatenate};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

mod calibration;
mod causality;
mod coseismic;
mod drivers;
mod planted;
mod requests;
mod stream;
mod undo;

use super::*;
use crate::{Channel, Provenance, Recording, TimeGrid, Unit};

/// Argument at 1992-01-01T00:00Z, radians, as tabulated in OTPS, and degrees an hour, as in every
/// textbook: a second way to the astronomical arguments.
const TABLE: [(&str, f64, f64); 8] = [
    ("M2", 1.731_557_546, 28.984_104_2),
    ("S2", 0.0, 30.0),
    ("N2", 6.050_721_243, 28.439_729_5),
    ("K2", 3.487_600_001, 30.082_137_3),
    ("K1", 0.173_003_674, 15.041_068_6),
    ("O1", 1.558_553_872, 13.943_035_6),
    ("P1", 6.110_181_633, 14.958_931_4),
    ("Q1", 5.877_717_569, 13.398_660_9),
];
/// In the ratio of the tidal potential, as a short span must assume.
const AMPLITUDES: [f64; 8] = [10.0, 4.652, 1.915, 1.266, 5.838, 4.151, 1.932, 0.795];
const COEFFICIENT: f64 = -1.3;

/// Neighbouring constituents differ by `spread` degrees.
fn phase(constituent: usize, gauge: usize, spread: f64) -> f64 {
    30.0 + spread * constituent as f64 + 80.0 * gauge as f64
}

fn amplitude(constituent: usize, gauge: usize) -> f64 {
    AMPLITUDES[constituent] * (1.0 + 0.2 * gauge as f64)
}

fn tide(time: Timestamp, gauge: usize, spread: f64) -> f64 {
    let origin: Timestamp = "1992-01-01T00:00:00Z".parse().unwrap();
    let hours = time.duration_since(origin).as_secs_f64() / 3600.0;
    (0..8)
        .map(|k| {
            let (_, v, speed) = TABLE[k];
            let argument = v + (speed * hours - phase(k, gauge, spread)).to_radians();
            amplitude(k, gauge) * argument.cos()
        })
        .sum()
}

/// Four gauges with a tide, a barometer that they answer to, drift and noise that wanders.
fn station(grid: TimeGrid, spread: f64, noise: f64, seed: u64) -> Recording {
    let len = grid.len();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
    let mut values = Array2::zeros((len, 5));
    let (mut pressure, mut wander) = (0.0, [0.0; 4]);
    let daily = std::f64::consts::TAU / 86_400.0 * grid.interval_seconds();
    for (index, mut row) in values.rows_mut().into_iter().enumerate() {
        pressure = 0.99 * pressure + 0.5 * draw();
        let air = pressure + 1.5 * (2.0 * daily * index as f64).cos();
        for gauge in 0..4 {
            wander[gauge] += noise * draw();
            let drift = 0.01 * index as f64 * grid.interval_seconds() / 3600.0;
            row[gauge] =
                tide(grid.time(index), gauge, spread) + COEFFICIENT * air + wander[gauge] + drift;
        }
        row[4] = 850.0 + air;
    }
    let mut channels: Vec<_> =
        (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * f64::from(i))).collect();
    channels.push(Channel::new("pressure", Unit::Hectopascal));
    Recording::new("T", grid, channels, values).unwrap()
}

fn grid(start: &str, minutes: i64, len: usize) -> TimeGrid {
    TimeGrid::new(start.parse().unwrap(), SignedDuration::from_mins(minutes), len).unwrap()
}

fn hourly(start: &str, days: usize, noise: f64, seed: u64) -> Recording {
    station(grid(start, 60, 24 * days), 0.0, noise, seed)
}

/// The recording after `change` of its values.
fn altered(recording: &Recording, change: impl FnOnce(&mut Array2<f64>)) -> Recording {
    let mut values = recording.values().to_owned();
    change(&mut values);
    Recording::new(recording.station(), *recording.grid(), recording.channels().to_vec(), values)
        .unwrap()
}

/// The recording with a water level, metres, beside its channels.
fn with_water(recording: &Recording, level: impl Fn(usize) -> f64) -> Recording {
    let column = Array2::from_shape_fn((recording.grid().len(), 1), |(index, _)| level(index));
    let values = concatenate(Axis(1), &[recording.values(), column.view()]).unwrap();
    let mut channels = recording.channels().to_vec();
    channels.push(Channel::new("water", Unit::Metre));
    Recording::new(recording.station(), *recording.grid(), channels, values).unwrap()
}

fn named<'a>(gauge: &'a GaugeReport, name: &str) -> &'a TidalConstituent {
    gauge.tide.iter().find(|constituent| constituent.name == name).unwrap()
}

/// The default but for the small constituents, which a planted tide does not have.
fn eight() -> PrepareConfig {
    PrepareConfig::default().with_tidal_set(crate::TidalSet::Eight)
}
