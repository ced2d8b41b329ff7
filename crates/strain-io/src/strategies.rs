//! `proptest` strategies for this crate's inputs (feature `proptest`), the ones that its own tests
//! use.
//!
//! ```
//! use proptest::prelude::*;
//! use strain_io::strategies;
//!
//! proptest!(|(planted in strategies::planted_recordings())| {
//!     for (index, channel) in planted.recording.channels().iter().enumerate() {
//!         let known: usize =
//!             planted.gaps.iter().filter(|gap| gap.channel == index).map(|g| g.samples.len()).sum();
//!         prop_assert_eq!(planted.recording.missing_count(&channel.name).unwrap(), known);
//!     }
//! });
//! ```

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use ndarray::{Array2, s};
use proptest::prelude::*;
use proptest::sample::Index;

pub use crate::synth::strategies::synth_configs;
use crate::{Channel, Provenance, Recording, TimeGrid, Unit};

const NAMES: [&str; 5] = ["s1", "s2", "s3", "s4", "气压"];

/// Any time grid: from 1902 to 2038, of a nanosecond to some hours, up to 40 samples.
pub fn time_grids() -> impl Strategy<Value = TimeGrid> {
    let nanos = prop_oneof![
        Just(60_000_000_000_i64),
        Just(3_600_000_000_000),
        1..10_000_000_000_000_i64,
        (1..10_000_000_i64).prop_map(|millis| millis * 1_000_000),
    ];
    (any::<i32>(), nanos, 1_usize..40).prop_map(|(second, nanos, len)| {
        let start = Timestamp::from_second(second.into()).expect("within jiff's range");
        let interval = SignedDuration::from_nanos(nanos);
        TimeGrid::new(start, interval, len).expect("ends long before the year 9999")
    })
}

/// Any recording: up to five channels of any finite values, missing ones among them, with any
/// flags that fit.
pub fn recordings() -> impl Strategy<Value = Recording> {
    use prop::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    let value = prop_oneof![
        3 => NORMAL | SUBNORMAL | ZERO | POSITIVE | NEGATIVE,
        3 => -1e6..1e6_f64,
        2 => Just(f64::NAN),
    ];
    let cell = (value, any::<u8>());
    (time_grids(), 1..=NAMES.len(), any::<bool>()).prop_flat_map(move |(grid, columns, flagged)| {
        prop::collection::vec(cell.clone(), grid.len() * columns).prop_map(move |cells| {
            let shape = (grid.len(), columns);
            let array = |i: usize| &cells[i];
            let values = Array2::from_shape_fn(shape, |(t, c)| array(t * columns + c).0);
            let flags = Array2::from_shape_fn(shape, |(t, c)| {
                Provenance::from_bits(if flagged { array(t * columns + c).1 } else { 0 })
            });
            let unit = |name: &str| {
                if name.starts_with('s') { Unit::Nanostrain } else { Unit::Hectopascal }
            };
            let channels = NAMES[..columns].iter().map(|name| Channel::new(*name, unit(name)));
            Recording::new("51010", grid, channels.collect(), values.clone())
                .and_then(|recording| recording.with_values(values, flags))
                .expect("distinct names, finite values, fitting shapes")
        })
    })
}

/// A recording in which it is known what is wrong.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PlantedRecording {
    /// The recording with nothing wrong: four gauges of one strain tensor, hourly, no noise.
    pub clean: Recording,
    /// The same with gaps and steps.
    pub recording: Recording,
    /// The missing samples; no two gaps of a channel touch.
    pub gaps: Vec<PlantedGap>,
    /// The steps.
    pub steps: Vec<PlantedStep>,
}

/// A known gap.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PlantedGap {
    /// Index of the channel.
    pub channel: usize,
    /// The missing samples.
    pub samples: Range<usize>,
}

/// A known step.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PlantedStep {
    /// Index of the channel.
    pub channel: usize,
    /// The first sample that is offset.
    pub sample: usize,
    /// The offset, nanostrain.
    pub size: f64,
}

/// Recordings of four gauges over five to thirty days with up to four gaps of up to a day and up
/// to three steps of 50 to 500 nanostrain.
pub fn planted_recordings() -> impl Strategy<Value = PlantedRecording> {
    let gap = (0_usize..4, any::<Index>(), 1_usize..24);
    let size = prop_oneof![50.0..500.0_f64, -500.0..-50.0_f64];
    let step = (0_usize..4, any::<Index>(), size);
    let gaps = prop::collection::vec(gap, 0..=4);
    let steps = prop::collection::vec(step, 0..=3);
    (5_usize..30, gaps, steps).prop_map(|(days, gaps, steps)| {
        let clean = clean_gauges(days * 24);
        let len = clean.grid().len();
        let mut values = clean.values().to_owned();
        let steps: Vec<_> = steps
            .into_iter()
            .map(|(channel, at, size)| PlantedStep { channel, sample: 1 + at.index(len - 1), size })
            .collect();
        for step in &steps {
            values.slice_mut(s![step.sample.., step.channel]).map_inplace(|v| *v += step.size);
        }
        let mut known: Vec<PlantedGap> = Vec::new();
        for (channel, at, hours) in gaps {
            let start = at.index(len - hours);
            let samples = start..start + hours;
            let touches = |gap: &PlantedGap| {
                gap.channel == channel
                    && gap.samples.start <= samples.end
                    && samples.start <= gap.samples.end
            };
            if !known.iter().any(touches) {
                values.slice_mut(s![samples.clone(), channel]).fill(f64::NAN);
                known.push(PlantedGap { channel, samples });
            }
        }
        let flags = clean.provenance().to_owned();
        let recording = clean.with_values(values, flags).expect("the same shape, finite values");
        PlantedRecording { clean, recording, gaps: known, steps }
    })
}

/// Gauges at 45° steps of an areal strain and two shear strains of tidal periods.
fn clean_gauges(len: usize) -> Recording {
    let wave = |hour: f64, period: f64| (std::f64::consts::TAU * hour / period).sin();
    let values = Array2::from_shape_fn((len, 4), |(time, gauge)| {
        let hour = time as f64;
        let (areal, g1, g2) =
            (30.0 * wave(hour, 12.42), 20.0 * wave(hour, 25.82), 10.0 * wave(hour, 12.0));
        let angle = (45.0 * gauge as f64).to_radians();
        (areal + g1 * (2.0 * angle).cos() + g2 * (2.0 * angle).sin()) / 2.0
    });
    let start = Timestamp::from_second(1_167_609_600).expect("2007-01-01");
    let channels = (0..4).map(|gauge| Channel::gauge(NAMES[gauge], 45.0 * gauge as f64)).collect();
    TimeGrid::new(start, SignedDuration::from_hours(1), len)
        .and_then(|grid| Recording::new("51010", grid, channels, values))
        .expect("four distinct names and finite values")
}
