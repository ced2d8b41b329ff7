//! Parity with the published network's forward pass, for every reference file there is. The
//! parameters are set by a formula (see the README beside the files), not trained.

// Helpers outside `#[test]` functions unwrap as tests do.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use serde_json::Value;
use sine::{CapsuleGraph, Estimator, Picker, PickerConfig, SineConfig};

/// Single precision, other orders of summation, some forty layers.
const RELATIVE: f64 = 1e-5;

/// The reference files, or nothing where they are absent and this is not CI.
fn golden() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("STMN_SHARED").map_or_else(beside, PathBuf::from);
    let folder = shared.join("golden/sine");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "CI needs the reference files: set STMN_SHARED");
    println!("skipped: no reference files at {}", folder.display());
    None
}

/// The sequence of a name: SplitMix64-like, in [0, 1).
fn draws(name: &str, count: usize) -> Vec<f64> {
    let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (1..=count as u64)
        .map(|i| {
            let mut z = i.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seed);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            (z >> 11) as f64 * 2f64.powi(-53)
        })
        .collect()
}

fn parameter(name: &str, shape: &[usize]) -> Tensor {
    let u = draws(name, shape.iter().product());
    let norm = ["norm", "bn", "shortcut.1", "gamma"].iter().any(|part| name.contains(part));
    let rule = |u: f64| {
        if name.ends_with("running_var") {
            0.5 + u
        } else if name.ends_with("running_mean") {
            0.2 * (u - 0.5)
        } else if shape.len() >= 2 {
            let fan: usize = shape[1..].iter().product();
            (2.0 * u - 1.0) / (fan as f64).sqrt()
        } else if norm && !name.ends_with("bias") {
            1.0 + 0.5 * (2.0 * u - 1.0)
        } else {
            0.5 * (2.0 * u - 1.0)
        }
    };
    let values: Vec<f32> = u.into_iter().map(|u| rule(u) as f32).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

struct Case {
    about: Value,
    parameters: VarBuilder<'static>,
    tensors: HashMap<String, Tensor>,
}

fn case(name: &str) -> Option<Case> {
    let folder = golden()?;
    let text = std::fs::read_to_string(folder.join("parameters.json")).unwrap();
    let about = serde_json::from_str::<Value>(&text).unwrap()[name].take();
    let tensors = about["keys"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| !name.ends_with("num_batches_tracked"))
        .map(|(name, shape)| {
            let shape: Vec<usize> = serde_json::from_value(shape.clone()).unwrap();
            (name.clone(), parameter(name, &shape))
        })
        .collect();
    let parameters = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    let file = folder.join(format!("{name}.safetensors"));
    Some(Case {
        about,
        parameters,
        tensors: candle_core::safetensors::load(file, &Device::Cpu).unwrap(),
    })
}

/// Largest difference, relative to the largest reference value.
fn assert_near(what: &str, got: &Tensor, expected: &Tensor) {
    let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let (got, expected) = (values(got), values(expected));
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(0f32, |m, v| m.max(v.abs()));
    let worst = got.iter().zip(&expected).fold(0f32, |m, (a, b)| m.max((a - b).abs()));
    let relative = f64::from(worst / scale);
    println!("{what}: {relative:.1e} of {scale:.3}");
    assert!(relative < RELATIVE, "{what}: {relative:e}");
    // A dead network would agree as well.
    let spread = expected.iter().fold(f32::MIN, |m, v| m.max(*v))
        - expected.iter().fold(f32::MAX, |m, v| m.min(*v));
    assert!(spread > 0.0 || expected.len() <= 2, "{what} does not vary");
}

#[test]
fn picker() {
    let Some(case) = case("picker") else { return };
    let picker = Picker::new(&PickerConfig::default(), case.parameters).unwrap();
    let x = &case.tensors["x"];
    assert_near("encoder", &picker.encode(x).unwrap(), &case.tensors["encoder"]);
    let output = picker.forward(x).unwrap();
    assert_near("detection", &output.detection, &case.tensors["detection"]);
    assert_near("pick", &output.pick, &case.tensors["pick"]);
}

#[test]
fn capsules() {
    let Some(case) = case("capsule") else { return };
    let size = |name: &str| case.about[name].as_u64().unwrap() as usize;
    let config = SineConfig::default()
        .with_capsules(size("ncaps"))
        .with_capsule_width(size("nhidden"))
        .with_latent_neighbours(size("k"));
    assert_eq!(config.routing_iterations, size("routing_iterations"));
    assert_eq!(config.features, size("nfeat"));
    let block = CapsuleGraph::new(&config, case.parameters).unwrap();
    let trace = block.forward(&case.tensors["x"]).unwrap();
    assert_near("projected", &trace.projected, &case.tensors["projected"]);
    assert_near("routed", &trace.routed, &case.tensors["routed"]);
    assert_near("out", &trace.output, &case.tensors["out"]);
}

#[test]
fn estimator() {
    let Some(case) = case("sine") else { return };
    let size = |name: &str| case.about[name].as_u64().unwrap() as usize;
    let config =
        SineConfig::default().with_capsule_width(size("nhidden")).with_model_width(size("d_model"));
    let estimator = Estimator::new(&config, case.parameters).unwrap();
    let [x, gain, stations] = ["x", "pick_gain", "stations"].map(|name| &case.tensors[name]);
    let features = estimator.segment_features(x, gain).unwrap();
    let first = features.get(0).unwrap();
    assert_near("segment0_features", &first, &case.tensors["segment0_features"]);
    let estimate = estimator.forward(x, gain, stations).unwrap();
    assert_near("lat", &estimate.latitude, &case.tensors["lat"]);
    assert_near("lon", &estimate.longitude, &case.tensors["lon"]);
    assert_near("depth", &estimate.depth, &case.tensors["depth"]);
    assert_near("magnitude", &estimate.magnitude, &case.tensors["magnitude"]);
}
