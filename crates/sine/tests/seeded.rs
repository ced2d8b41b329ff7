//! What holds for any parameters; needs no files.

// Helpers outside `#[test]` functions unwrap as tests do.
#![allow(clippy::unwrap_used)]

use candle_core::{DType, Device, Tensor};
use candle_seeded::SeededVars;
use sine::{
    Estimate, EventWindow, LabelRanges, Picker, PickerConfig, Sine, SineConfig, SineError, Site,
    StationWaveform,
};

fn window(stations: usize, samples: usize) -> EventWindow {
    let start = "2019-08-23T00:00:00Z".parse().unwrap();
    let station = |s: usize| {
        let site = Site::new(format!("S{s}"), 34.0 + 0.1 * s as f64, -117.0).unwrap();
        let wave = (0..samples).map(|t| ((t * (s + 2)) as f32 * 0.037).sin() + t as f32 * 1e-3);
        StationWaveform::new(site, 0.1, start, 100.0, wave.collect()).unwrap()
    };
    EventWindow::new((0..stations).map(station).collect()).unwrap()
}

fn seeded(seed: u64) -> SeededVars {
    SeededVars::new(seed, DType::F32, &Device::Cpu)
}

fn estimate(seed: u64, config: &SineConfig, window: &EventWindow) -> Estimate {
    let ranges = LabelRanges::southern_california();
    let (picker, estimator) = (seeded(seed), seeded(seed + 1));
    Sine::new(config, ranges, picker.builder(), estimator.builder())
        .unwrap()
        .estimate(window)
        .unwrap()
}

#[test]
fn one_seed_gives_one_estimate() {
    let config = SineConfig::default().with_capsule_width(8).with_model_width(32);
    let window = window(5, 1_000);
    let first = estimate(1, &config, &window);
    assert_eq!(first, estimate(1, &config, &window));
    assert_ne!(first.origin, estimate(7, &config, &window).origin);
    assert_eq!(first.picks.len(), 5);
}

/// The published count of the picker's parameters, and names that a checkpoint must have.
#[test]
fn the_picker_has_the_published_parameters() {
    let vars = seeded(1);
    Picker::new(&PickerConfig::default(), vars.builder()).unwrap();
    let vars = vars.vars();
    let elements: usize = vars.values().map(|v| v.elem_count()).sum();
    let moments: usize =
        vars.iter().filter(|(name, _)| name.contains("running")).map(|(_, v)| v.elem_count()).sum();
    assert_eq!(elements - moments, 320_005);
    for name in [
        "encoder.0.convs.0.weight",
        "encoder.0.res_conv.6.conv2.bias",
        "encoder.1.Lstm.1.lstm.weight_hh_l0_reverse",
        "encoder.1.trans.0.norm1.gamma",
        "Decoder_detection.convs.7.bias",
        "pick_attentions.Wa",
    ] {
        assert!(vars.contains_key(name), "{name}");
    }
}

/// Odd lengths are padded on the way down and cut on the way up.
#[test]
fn any_length_comes_back_as_long() {
    for samples in [128, 131, 200, 999, 1_001] {
        let config = PickerConfig::default().with_samples(samples);
        let picker = Picker::new(&config, seeded(2).builder()).unwrap();
        let x = Tensor::ones((2, 1, samples), DType::F32, &Device::Cpu).unwrap();
        let output = picker.forward(&x).unwrap();
        assert_eq!(output.pick.dims(), [2, samples]);
        assert_eq!(output.detection.dims(), [2, samples]);
        assert_eq!(picker.encode(&x).unwrap().dims(), [2, 16, samples.div_ceil(128)]);
    }
}

/// Other networks than the published size work too.
#[test]
fn other_sizes() {
    let config = SineConfig::default()
        .with_stations(3)
        .with_window(640, 4)
        .with_capsules(2)
        .with_capsule_width(6)
        .with_latent_neighbours(2)
        .with_model_width(16);
    assert_eq!(estimate(3, &config, &window(3, 640)).picks.len(), 3);
}

/// Windows in a batch do not see each other.
#[test]
fn batches_are_independent() {
    let picker = Picker::new(&PickerConfig::default(), seeded(4).builder()).unwrap();
    let values: Vec<f32> = (0..2_000).map(|t| (t as f32 * 0.01).sin()).collect();
    let both = Tensor::from_vec(values, (2, 1, 1_000), &Device::Cpu).unwrap();
    let together = picker.forward(&both).unwrap().pick.to_vec2::<f32>().unwrap();
    for (i, expected) in together.iter().enumerate() {
        let one = both.narrow(0, i, 1).unwrap();
        let alone = picker.forward(&one).unwrap().pick.to_vec2::<f32>().unwrap();
        assert!(alone[0].iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}

#[test]
fn says_what_is_wrong() {
    let config = SineConfig::default().with_capsule_width(8).with_model_width(32);
    let ranges = LabelRanges::southern_california();
    let sine = Sine::new(&config, ranges, seeded(1).builder(), seeded(2).builder()).unwrap();
    let error = sine.estimate(&window(4, 1_000)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the waveforms: shape [1, 4, 1000], but the network was built for [batch, 5, 1000]"
    );
    assert!(matches!(sine.estimate(&window(5, 900)), Err(SineError::Shape { .. })));

    // A file that lacks a parameter: the message names the stage, its source the parameter.
    let none = candle_nn::VarBuilder::from_tensors(Default::default(), DType::F32, &Device::Cpu);
    let error = Picker::new(&PickerConfig::default(), none).unwrap_err();
    assert_eq!(error.to_string(), "building the picker failed");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("encoder.0.convs.0.weight"), "{source}");
}
