//! Many channels, and what windows report about their modes' order.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::f64::consts::TAU;

use ndarray::Array2;
use vmd::{
    Init, SegmentedConfig, VmdConfig, VmdError, decompose_segmented, decompose_segmented_channels,
};

fn config() -> SegmentedConfig {
    SegmentedConfig::new(VmdConfig::new(2, 500.0), 80, 20)
}

fn channels(len: usize) -> Array2<f64> {
    Array2::from_shape_fn((len, 3), |(t, channel)| {
        let t = t as f64;
        (0.2 * t).cos() + (1.3 * t + channel as f64).sin() + 0.1 * (t * t).sin()
    })
}

#[test]
fn channels_are_decomposed_as_each_alone_on_any_number_of_threads() {
    let signal = channels(200);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| decompose_segmented_channels(&signal, &config())).unwrap()
    };
    let (one, four) = (with(1), with(4));
    assert_eq!(one.len(), 3);
    for (channel, (one, four)) in one.iter().zip(&four).enumerate() {
        let alone = decompose_segmented(&signal.column(channel).to_vec(), &config()).unwrap();
        for other in [one, four] {
            assert_eq!(other.windows, alone.windows);
            // Both are NaN outside what is covered.
            let bits = |modes: &Array2<f64>| modes.mapv(f64::to_bits);
            assert_eq!(bits(&other.modes), bits(&alone.modes));
        }
    }
}

#[test]
fn bad_channels_are_refused_by_name() {
    let mut signal = channels(200);
    signal[[150, 2]] = f64::NEG_INFINITY;
    let gap = decompose_segmented_channels(&signal, &config()).unwrap_err();
    assert_eq!(
        gap,
        VmdError::ChannelNotFinite { channel: 2, index: 150, value: f64::NEG_INFINITY }
    );
    let none = decompose_segmented_channels(&Array2::zeros((200, 0)), &config()).unwrap_err();
    assert_eq!(none, VmdError::NoChannels);
    let short = decompose_segmented_channels(&channels(79), &config()).unwrap_err();
    assert_eq!(short, VmdError::WindowTooLong { window: 80, len: 79 });
}

/// Where nothing happens both modes stay at zero and their order means nothing; then two tones come.
#[test]
fn modes_of_one_frequency_are_reported_as_tied() {
    let tone = |f: f64, t: usize| (TAU * f * t as f64).cos();
    let record: Vec<f64> =
        (0..320).map(|t| if t < 160 { 3.0 } else { tone(0.1, t) + tone(0.3, t) }).collect();
    let mut config = config();
    config.vmd.init = Init::Zero;
    let found = decompose_segmented(&record, &config).unwrap();
    for window in &found.windows {
        assert_eq!(window.tied, window.start + 80 <= 160, "{window:?}");
    }
}

/// The upper tone vanishes and one appears below: the mode that was lowest is now the upper one.
#[test]
fn a_mode_that_changes_places_is_reported_as_swapped() {
    let record: Vec<f64> = (0..320)
        .map(|t| {
            let other = if t < 160 { 0.4 } else { 0.05 };
            (TAU * 0.2 * t as f64).cos() + (TAU * other * t as f64).cos()
        })
        .collect();
    let found = decompose_segmented(&record, &config()).unwrap();
    let swaps: Vec<usize> =
        found.windows.iter().filter(|window| window.swapped).map(|window| window.start).collect();
    assert!(!swaps.is_empty());
    // Windows that see one pair of tones only keep their order.
    assert!(swaps.iter().all(|start| (80..=160).contains(start)), "{swaps:?}");
}
