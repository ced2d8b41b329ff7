//! Many channels, and what windows report about their modes' order.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::f64::consts::TAU;

use ndarray::Array2;
use vmd::{
    EndGuard, Init, ModeIdentity, SegmentMode, SegmentedConfig, SegmentedStream, VmdConfig,
    VmdError, decompose, decompose_segmented, decompose_segmented_channels,
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
    let none =
        decompose_segmented_channels(&Array2::<f64>::zeros((200, 0)), &config()).unwrap_err();
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

/// The tone of 0.2 stays in row 0 for good where modes are known by their waveform; the other tone
/// falls from 0.4 to 0.05 in row 1.
#[test]
fn a_mode_known_by_its_waveform_keeps_its_row() {
    let record: Vec<f64> = (0..320)
        .map(|t| {
            let other = if t < 160 { 0.4 } else { 0.05 };
            (TAU * 0.2 * t as f64).cos() + 0.9 * (TAU * other * t as f64).cos()
        })
        .collect();
    let mut config = config().with_identity(ModeIdentity::Waveform);
    // A broader mode than the other tests', so that from a uniform start it reaches 0.4.
    config.vmd.alpha = 100.0;
    let found = decompose_segmented(&record, &config).unwrap();
    for window in &found.windows {
        assert!((window.center_frequencies[0] - 0.2).abs() < 0.01, "{window:?}");
    }
    let last = found.windows.last().unwrap();
    assert!((last.center_frequencies[1] - 0.05).abs() < 0.01, "{last:?}");
    for t in [100, 101, 300, 301] {
        let tone = (TAU * 0.2 * t as f64).cos();
        assert!((found.modes[[0, t]] - tone).abs() < 0.2, "{t}");
    }
    // By frequency it would have changed places.
    let mut by_frequency = config.clone();
    by_frequency.identity = ModeIdentity::Frequency;
    let sorted = decompose_segmented(&record, &by_frequency).unwrap();
    let last = sorted.windows.last().unwrap();
    assert!(last.center_frequencies.is_sorted());
    // The stream follows them alike.
    let mut stream = SegmentedStream::new(config).unwrap();
    let mut windows = Vec::new();
    for piece in record.chunks(33) {
        windows.extend(stream.push(piece).unwrap().into_iter().map(|step| step.report));
    }
    assert_eq!(windows, found.windows);
}

/// Without a guard each causal step is the newest part of its window decomposed alone, and blended
/// samples are the triangularly weighted means of the windows that cover them.
#[test]
fn records_are_made_of_windows_decomposed_alone() {
    let record = channels(210).column(1).to_vec();
    let causal = config().with_guard(EndGuard::None);
    let alone: Vec<_> =
        (0..7).map(|w| decompose(&record[20 * w..20 * w + 80], &causal.vmd).unwrap()).collect();
    let found = decompose_segmented(&record, &causal).unwrap();
    assert_eq!((found.windows.len(), found.covered.clone()), (7, 60..200));
    for t in 60..200 {
        let window = (t - 60) / 20;
        for k in 0..2 {
            assert_eq!(found.modes[[k, t]], alone[window].modes[[k, t - 20 * window]]);
        }
    }
    let blend = decompose_segmented(&record, &causal.with_mode(SegmentMode::Blend)).unwrap();
    assert_eq!(blend.covered, 0..200);
    for t in 0..200_usize {
        for k in 0..2 {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (window, alone) in alone.iter().enumerate() {
                let Some(at) = t.checked_sub(20 * window).filter(|at| *at < 80) else { continue };
                let weight = (at + 1).min(80 - at) as f64;
                sum += weight * alone.modes[[k, at]];
                weights += weight;
            }
            assert!((blend.modes[[k, t]] - sum / weights).abs() < 1e-14, "{k} {t}");
        }
    }
}

#[test]
fn single_precision_records_agree_with_double() {
    let record = channels(200).column(0).to_vec();
    let narrow: Vec<f32> = record.iter().map(|value| *value as f32).collect();
    for mode in [SegmentMode::Causal, SegmentMode::Blend] {
        let config = config().with_mode(mode);
        let double = decompose_segmented(&record, &config).unwrap();
        let single = decompose_segmented(&narrow, &config).unwrap();
        assert_eq!(single.covered, double.covered);
        for k in 0..2 {
            for t in double.covered.clone() {
                let off = f64::from(single.modes[[k, t]]) - double.modes[[k, t]];
                assert!(off.abs() < 1e-4, "{k} {t}: {off:e}");
            }
        }
    }
}
