//! The promises of the crate, as a user sees them.

#![allow(clippy::unwrap_used)] // a failing test should stop at once

use std::collections::BTreeMap;

use candle_core::{DType, Device};
use candle_nn::init::{FanInOut, NonLinearity, NormalOrUniform};
use candle_nn::{Init, VarBuilder};
use candle_seeded::{SeededError, SeededVars};
use proptest::prelude::*;

const KINDS: [Init; 5] = [
    Init::Const(0.25),
    Init::Randn { mean: 1.0, stdev: 0.5 },
    Init::Uniform { lo: -2.0, up: 3.0 },
    Init::Kaiming {
        dist: NormalOrUniform::Normal,
        fan: FanInOut::FanOut,
        non_linearity: NonLinearity::ReLU,
    },
    Init::Kaiming {
        dist: NormalOrUniform::Uniform,
        fan: FanInOut::FanIn,
        non_linearity: NonLinearity::Linear,
    },
];

fn bytes(vars: &SeededVars) -> BTreeMap<String, Vec<u32>> {
    vars.vars()
        .into_iter()
        .map(|(name, var)| {
            let values = var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            (name, values.into_iter().map(f32::to_bits).collect())
        })
        .collect()
}

fn make(vb: &VarBuilder<'static>, kind: usize) {
    vb.get_with_hints((6, 5, 3), &format!("t{kind}"), KINDS[kind]).unwrap();
}

fn filled(seed: u64, order: &[usize]) -> SeededVars {
    let vars = SeededVars::new(seed, DType::F32, &Device::Cpu);
    let vb = vars.builder().pp("net");
    order.iter().for_each(|&kind| make(&vb, kind));
    vars
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn order_of_creation_does_not_matter(
        seed: u64,
        order in Just(vec![0usize, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        prop_assert_eq!(bytes(&filled(seed, &[0, 1, 2, 3, 4])), bytes(&filled(seed, &order)));
    }

    #[test]
    fn another_seed_gives_other_values(seed: u64, other: u64) {
        prop_assume!(seed != other);
        let (a, b) = (bytes(&filled(seed, &[1, 2, 3])), bytes(&filled(other, &[1, 2, 3])));
        for name in a.keys() {
            prop_assert_ne!(&a[name], &b[name]);
        }
    }
}

#[test]
fn names_have_streams_of_their_own() {
    let vars = SeededVars::new(3, DType::F32, &Device::Cpu);
    for name in ["a", "b"] {
        vars.builder().get_with_hints(64, name, KINDS[1]).unwrap();
    }
    let all = bytes(&vars);
    assert_ne!(all["a"], all["b"]);
}

/// Moments against the distributions' own formulas. With n = 40,000 draws the standard error of a
/// mean is sd/200 and of a variance sqrt((kurtosis - 1)/n) * sd^2 <= sd^2/141; five of them are
/// allowed.
#[test]
fn moments_are_those_of_the_distribution() {
    let shape = (200, 40, 5);
    let kaiming_fan_out = 200.0 * 5.0;
    let kaiming_fan_in = 40.0 * 5.0;
    let expected = [
        (0.25, 0.0),
        (1.0, 0.25),
        (0.5, 25.0 / 12.0),
        (0.0, 2.0 / kaiming_fan_out),
        (0.0, 1.0 / kaiming_fan_in),
    ];
    let vars = SeededVars::new(11, DType::F64, &Device::Cpu);
    for (kind, (mean, variance)) in expected.into_iter().enumerate() {
        let tensor =
            vars.builder().get_with_hints(shape, &format!("t{kind}"), KINDS[kind]).unwrap();
        let x = tensor.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        let n = x.len() as f64;
        let m = x.iter().sum::<f64>() / n;
        let v = x.iter().map(|x| (x - m).powi(2)).sum::<f64>() / n;
        assert!((m - mean).abs() <= 5.0 * (variance / n).sqrt() + 1e-12, "{kind}: mean {m}");
        assert!((v - variance).abs() <= 5.0 * variance / 141.0 + 1e-12, "{kind}: variance {v}");
    }
}

#[test]
fn precisions_agree_to_rounding() {
    let single = SeededVars::new(5, DType::F32, &Device::Cpu);
    let double = SeededVars::new(5, DType::F64, &Device::Cpu);
    let a = single.builder().get_with_hints(100, "w", KINDS[1]).unwrap();
    let b = double.builder().get_with_hints(100, "w", KINDS[1]).unwrap();
    let rounded: Vec<f32> = b.to_vec1::<f64>().unwrap().iter().map(|&x| x as f32).collect();
    assert_eq!(a.to_vec1::<f32>().unwrap(), rounded);
}

#[test]
fn a_name_is_made_once_and_shared() {
    let vars = SeededVars::new(5, DType::F32, &Device::Cpu);
    let first = vars.builder().get_with_hints(4, "w", KINDS[1]).unwrap();
    vars.vars()["w"].set(&candle_core::Tensor::ones(4, DType::F32, &Device::Cpu).unwrap()).unwrap();
    let second = vars.builder().get_with_hints(4, "w", KINDS[1]).unwrap();
    assert_eq!(first.to_vec1::<f32>().unwrap(), [1.0; 4]);
    assert_eq!(second.to_vec1::<f32>().unwrap(), [1.0; 4]);
}

fn refusal(shape: usize, name: &str, init: Init, dtype: DType) -> String {
    let vars = SeededVars::new(5, DType::F32, &Device::Cpu);
    vars.builder().get_with_hints(4, "taken", KINDS[0]).unwrap();
    vars.builder().get_with_hints_dtype(shape, name, init, dtype).unwrap_err().to_string()
}

#[test]
fn bad_requests_are_refused_by_name() {
    let cases = [
        refusal(5, "taken", KINDS[0], DType::F32),
        refusal(4, "whole", KINDS[1], DType::U32),
        refusal(4, "nan", Init::Randn { mean: 0.0, stdev: f64::NAN }, DType::F32),
        refusal(4, "turned", Init::Uniform { lo: 1.0, up: 0.0 }, DType::F32),
    ];
    for (message, name) in cases.iter().zip(["taken", "whole", "nan", "turned"]) {
        assert!(message.contains(&format!("`{name}`")), "{message}");
    }
    let unknown = SeededVars::new(5, DType::F32, &Device::Cpu)
        .builder()
        .get_unchecked("missing")
        .unwrap_err();
    assert!(unknown.to_string().contains("`missing`"));
    // The type is public so that callers may downcast.
    let _: Option<SeededError> = None;
}
