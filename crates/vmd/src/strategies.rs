//! `proptest` strategies for this crate's inputs (feature `proptest`).
//!
//! A large α can leave a tone unexplained: a mode only sees what is within about 1/√α of it. The
//! example's α lets each mode see half of the axis.
//!
//! ```
//! use proptest::prelude::*;
//! use vmd::{VmdConfig, decompose, strategies};
//!
//! proptest!(|(planted in strategies::separated_tones(2, 200))| {
//!     let found = decompose(&planted.signal, &VmdConfig::new(2, 200.0)).unwrap();
//!     for (found, planted) in found.center_frequencies.iter().zip(&planted.frequencies) {
//!         prop_assert!((found - planted).abs() < 0.01);
//!     }
//! });
//! ```

use std::f64::consts::TAU;

use proptest::prelude::*;

/// A signal made of known tones.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PlantedTones {
    /// The samples.
    pub signal: Vec<f64>,
    /// Frequencies of the tones, lowest first, cycles per sample.
    pub frequencies: Vec<f64>,
    /// Amplitudes of the tones.
    pub amplitudes: Vec<f64>,
}

/// `count` tones of amplitude 0.5 to 1, each in the middle of its own share of 0..0.5 cycles per
/// sample, under noise of at most 0.05.
pub fn separated_tones(count: usize, len: usize) -> impl Strategy<Value = PlantedTones> {
    let share = 0.5 / count as f64;
    let tone = (0.3..0.7_f64, 0.5..1.0_f64, 0.0..TAU);
    let tones = prop::collection::vec(tone, count);
    let noise = prop::collection::vec(-0.05..0.05_f64, len);
    (tones, noise).prop_map(move |(tones, mut signal)| {
        let at = |(k, tone): (usize, &(f64, f64, f64))| share * (k as f64 + tone.0);
        let frequencies: Vec<f64> = tones.iter().enumerate().map(at).collect();
        for (frequency, (_, amplitude, phase)) in frequencies.iter().zip(&tones) {
            for (i, sample) in signal.iter_mut().enumerate() {
                *sample += amplitude * (TAU * frequency * i as f64 + phase).cos();
            }
        }
        let amplitudes = tones.iter().map(|tone| tone.1).collect();
        PlantedTones { signal, frequencies, amplitudes }
    })
}

/// Any finite signal within ±1.
pub fn signals(len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-1.0..1.0_f64, len)
}
