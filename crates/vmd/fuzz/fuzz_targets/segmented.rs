//! Any windows over any record are finite where they cover it, and a stream gives the same bits.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use vmd::{
    EndGuard, ModeIdentity, SegmentMode, SegmentedConfig, SegmentedStream, VmdConfig,
    decompose_segmented,
};

#[derive(Debug, Arbitrary)]
struct Input {
    modes: u8,
    alpha: f64,
    window: u8,
    step: u8,
    blend: bool,
    waveform: bool,
    guard: Option<(u8, u8)>,
    piece: u8,
    samples: Vec<f64>,
}

fuzz_target!(|input: Input| {
    let vmd = VmdConfig::new(input.modes.into(), input.alpha).with_max_iterations(70);
    let mut config = SegmentedConfig::new(vmd, input.window.into(), input.step.into());
    if input.blend {
        config = config.with_mode(SegmentMode::Blend);
    }
    if input.waveform {
        config = config.with_identity(ModeIdentity::Waveform);
    }
    if let Some((samples, order)) = input.guard {
        let (samples, order) = (samples.into(), order.into());
        config = config.with_guard(EndGuard::Extrapolate { samples, order });
    }
    let samples = &input.samples[..input.samples.len().min(400)];
    let samples: Vec<f64> = samples.iter().map(|value| value.clamp(-1e150, 1e150)).collect();
    let Ok(whole) = decompose_segmented(&samples, &config) else { return };
    for row in whole.modes.rows() {
        for (t, value) in row.iter().enumerate() {
            assert_eq!(value.is_finite(), whole.covered.contains(&t));
        }
    }
    let mut stream = SegmentedStream::new(config).expect("the batch form took it");
    let mut steps = Vec::new();
    for piece in samples.chunks(usize::from(input.piece).max(1)) {
        steps.extend(stream.push(piece).expect("the batch form took it"));
    }
    steps.extend(stream.finish());
    for step in steps {
        for ((k, t), value) in step.modes.indexed_iter() {
            assert_eq!(*value, whole.modes[[k, step.start + t]]);
        }
    }
});
