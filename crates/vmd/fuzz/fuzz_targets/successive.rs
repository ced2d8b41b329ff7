//! Any settings and samples give finite modes that add up with their residual, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vmd::{SuccessiveConfig, decompose_successive};

fuzz_target!(|input: (f64, f64, f64, u8, Vec<f64>)| {
    let (alpha, unexplained, least, modes, samples) = input;
    let config = SuccessiveConfig::new(alpha)
        .with_unexplained(unexplained)
        .with_least_mode(least)
        .with_max_modes(usize::from(modes % 8));
    let samples = &samples[..samples.len().min(128)];
    let samples: Vec<f64> = samples.iter().map(|value| value.clamp(-1e300, 1e300)).collect();
    let Ok(found) = decompose_successive(&samples, &config) else { return };
    assert!(found.modes.iter().all(|value| value.is_finite()));
    assert!(found.center_frequencies.iter().all(|f| (0.0..=0.5).contains(f)));
    let largest = samples.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (t, value) in samples.iter().enumerate() {
        let sum = found.modes.column(t).sum() + found.residual[t];
        assert!((sum - value).abs() <= 1e-12 * largest * (1 + found.modes.nrows()) as f64);
    }
});
