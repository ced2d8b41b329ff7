//! The network against one written plainly in f64: separate convolutions, their mean or their
//! concatenation and projection, nothing merged. Outputs, and gradients by differences.

#![allow(clippy::unwrap_used)] // a failing test should stop at once

use std::collections::BTreeMap;
use std::f64::consts::PI;

use candle_core::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use timesnet::{InceptionKind, Input, Normalization, PeriodScope, Task, TimesNet, TimesNetConfig};

/// `[rows][columns][channels]`, or one row of it.
type Line = Vec<Vec<f64>>;
type Plane = Vec<Line>;

/// A network's parameters, flat, by name.
type Values = BTreeMap<String, Vec<f64>>;

struct Plain<'a> {
    config: &'a TimesNetConfig,
    values: &'a Values,
}

fn erf(x: f64) -> f64 {
    if x.abs() > 4.0 {
        return x.signum();
    }
    let (mut sum, mut term) = (0.0, x);
    for n in 0..90 {
        sum += term / f64::from(2 * n + 1);
        term *= -x * x / f64::from(n + 1);
    }
    2.0 / PI.sqrt() * sum
}

impl Plain<'_> {
    fn run(&self, x: &Line, frequencies: &[usize]) -> Line {
        let mut x = self.embed(x);
        for number in 0..self.config.e_layers {
            x = self.normalised(&self.block(number, &x, frequencies));
        }
        self.project(&x)
    }

    fn embed(&self, x: &Line) -> Line {
        let (len, width) = (x.len(), self.config.d_model);
        let channels = self.config.enc_in;
        let weight = &self.values["enc_embedding.value_embedding.tokenConv.weight"];
        let value = |t: usize, d: usize| {
            let mut sum = 0.0;
            for (c, k) in (0..channels).flat_map(|c| (0..3).map(move |k| (c, k))) {
                sum += weight[(d * channels + c) * 3 + k] * x[(t + len + k - 1) % len][c];
            }
            let angle = t as f64 / 10_000f64.powf((d - d % 2) as f64 / width as f64);
            sum + if d.is_multiple_of(2) { angle.sin() } else { angle.cos() }
        };
        (0..len).map(|t| (0..width).map(|d| value(t, d)).collect()).collect()
    }

    fn block(&self, number: usize, x: &Line, frequencies: &[usize]) -> Line {
        let (len, width, inner) = (x.len(), self.config.d_model, self.config.d_ff);
        let amplitude = |f: usize| {
            let of = |c: usize| {
                let turn = |t: usize| 2.0 * PI * (f * t) as f64 / len as f64;
                let part =
                    |of: fn(f64) -> f64| (0..len).map(|t| x[t][c] * of(turn(t))).sum::<f64>();
                part(f64::cos).hypot(part(f64::sin))
            };
            (0..width).map(of).sum::<f64>() / width as f64
        };
        let weights: Vec<f64> = frequencies.iter().map(|&f| amplitude(f)).collect();
        let largest = weights.iter().copied().fold(f64::MIN, f64::max);
        let weights: Vec<f64> = weights.iter().map(|a| (a - largest).exp()).collect();
        let total: f64 = weights.iter().sum();
        let mut out = x.clone();
        for (&f, weight) in frequencies.iter().zip(&weights) {
            let period = len / f;
            let at =
                |r: usize, c: usize| x.get(r * period + c).cloned().unwrap_or(vec![0.0; width]);
            let rows = len.div_ceil(period);
            let plane = (0..rows).map(|r| (0..period).map(|c| at(r, c)).collect()).collect();
            let mut plane = self.inception(&plane, &format!("model.{number}.conv.0"), inner);
            let values = plane.iter_mut().flatten().flatten();
            values.for_each(|v| *v *= 0.5 * (1.0 + erf(*v / 2f64.sqrt())));
            let plane = self.inception(&plane, &format!("model.{number}.conv.2"), width);
            for (to, from) in out.iter_mut().zip(plane.iter().flatten()) {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += weight / total * from);
            }
        }
        out
    }

    fn inception(&self, plane: &Plane, name: &str, outputs: usize) -> Plane {
        let sides = self.config.inception.sides();
        let branch = |(i, &side): (usize, &usize)| {
            let weight = &self.values[&format!("{name}.kernels.{i}.weight")];
            let bias = &self.values[&format!("{name}.kernels.{i}.bias")];
            convolution(plane, weight, bias, side)
        };
        let branches: Vec<Plane> = sides.iter().enumerate().map(branch).collect();
        let joined = |r: usize, c: usize| -> Vec<f64> {
            let all: Vec<f64> = branches.iter().flat_map(|b| b[r][c].iter().copied()).collect();
            if self.config.inception != InceptionKind::ConcatProject {
                let mean = |o: usize| all.iter().skip(o).step_by(outputs).sum::<f64>();
                return (0..outputs).map(|o| mean(o) / sides.len() as f64).collect();
            }
            let weight = &self.values[&format!("{name}.projection.weight")];
            let bias = &self.values[&format!("{name}.projection.bias")];
            dense(&all, weight, bias)
        };
        let columns = plane[0].len();
        (0..plane.len()).map(|r| (0..columns).map(|c| joined(r, c)).collect()).collect()
    }

    fn normalised(&self, x: &Line) -> Line {
        let (weight, bias) = (&self.values["layer_norm.weight"], &self.values["layer_norm.bias"]);
        let one = |row: &Vec<f64>| {
            let count = row.len() as f64;
            let mean = row.iter().sum::<f64>() / count;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
            let scaled = row.iter().map(|v| (v - mean) / (variance + 1e-5).sqrt());
            scaled.zip(weight.iter().zip(bias)).map(|(v, (w, b))| v * w + b).collect()
        };
        x.iter().map(one).collect()
    }

    fn project(&self, x: &Line) -> Line {
        let (weight, bias) = (&self.values["projection.weight"], &self.values["projection.bias"]);
        x.iter().map(|row| dense(row, weight, bias)).collect()
    }
}

fn dense(x: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
    let rows = weight.chunks_exact(x.len()).zip(bias);
    rows.map(|(row, bias)| bias + row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>()).collect()
}

/// Zeros around the plane, so that it keeps its size.
fn convolution(plane: &Plane, weight: &[f64], bias: &[f64], side: usize) -> Plane {
    let (rows, columns, inputs) = (plane.len(), plane[0].len(), plane[0][0].len());
    let half = side / 2;
    let value = |r: usize, c: usize, o: usize| {
        let mut sum = bias[o];
        for (a, b) in (0..side).flat_map(|a| (0..side).map(move |b| (a, b))) {
            let (row, column) = ((r + a).checked_sub(half), (c + b).checked_sub(half));
            let (Some(row), Some(column)) = (row, column) else { continue };
            if row < rows && column < columns {
                for (i, value) in plane[row][column].iter().enumerate() {
                    sum += weight[((o * inputs + i) * side + a) * side + b] * value;
                }
            }
        }
        sum
    };
    let point = |r, c| (0..bias.len()).map(|o| value(r, c, o)).collect();
    (0..rows).map(|r| (0..columns).map(|c| point(r, c)).collect()).collect()
}

fn values(model: &TimesNet) -> Values {
    let flat = |tensor: &Tensor| -> Vec<f64> {
        let values = tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        values.into_iter().map(f64::from).collect()
    };
    model.vars().iter().map(|(name, var)| (name.clone(), flat(var.as_tensor()))).collect()
}

/// A network of random parameters, none of them zero or one.
fn network(config: TimesNetConfig, rng: &mut ChaCha8Rng) -> TimesNet {
    let model = TimesNet::seeded(config, rng.random(), &Device::Cpu).unwrap();
    for var in model.vars().values() {
        let add = |_| rng.random_range(-0.3f32..0.3);
        let noise: Vec<f32> = (0..var.elem_count()).map(add).collect();
        let noise = Tensor::from_vec(noise, var.shape(), &Device::Cpu).unwrap();
        var.set(&(var.as_tensor() + noise).unwrap().detach()).unwrap();
    }
    model
}

/// One and two blocks: outputs, and the gradient of a few values of every parameter behind the
/// embedding.
fn compare(kind: InceptionKind, len: usize, frequencies: Vec<usize>, seed: u64) {
    for layers in [1, 2] {
        compare_blocks(kind, len, &frequencies, (layers, seed));
    }
}

fn compare_blocks(
    kind: InceptionKind,
    len: usize,
    frequencies: &[usize],
    (layers, seed): (usize, u64),
) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let channels = rng.random_range(1..4);
    let config = TimesNetConfig::new(Task::AnomalyDetection, len, channels)
        .with_width(rng.random_range(1..6), rng.random_range(1..6))
        .with_layers(layers)
        .with_top_k(frequencies.len())
        .with_inception(kind)
        .with_normalization(Normalization::None)
        .with_period_scope(PeriodScope::Frozen { frequencies: vec![frequencies.to_vec(); layers] });
    let model = network(config, &mut rng);
    let mut random =
        |count: usize| -> Vec<f32> { (0..count).map(|_| rng.random_range(-1.0f32..1.0)).collect() };
    let (x, wanted) = (random(len * channels), random(len * channels));
    let tensor = |v: &[f32]| Tensor::from_slice(v, (1, len, channels), &Device::Cpu).unwrap();
    let output = model.forward_train(&Input::new(tensor(&x)), 1).unwrap();
    let loss = (&output * tensor(&wanted)).unwrap().sum_all().unwrap();
    let gradients = loss.backward().unwrap();

    let lines: Line =
        x.chunks_exact(channels).map(|row| row.iter().copied().map(f64::from).collect()).collect();
    let mut values = values(&model);
    let run = |values: &Values| -> Vec<f64> {
        let plain = Plain { config: model.config(), values };
        plain.run(&lines, frequencies).into_iter().flatten().collect()
    };
    let case = format!(
        "{kind:?}, {layers} blocks, {len} samples, frequencies {frequencies:?}, seed {seed}"
    );
    let plain = run(&values);
    let output = output.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(output.len(), plain.len());
    for (ours, plain) in output.iter().zip(&plain) {
        assert!((f64::from(*ours) - plain).abs() < 1e-5 * plain.abs().max(1.0), "{case}");
    }
    let score = |values: &Values| -> f64 {
        run(values).iter().zip(&wanted).map(|(v, w)| v * f64::from(*w)).sum()
    };
    // The embedding's have golden cases: where two channels are normalised next, only rounding is left.
    for name in model.vars().keys().filter(|name| !name.starts_with("enc_embedding")) {
        let ours = gradients.get(model.vars()[name].as_tensor()).unwrap();
        let ours = ours.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let largest = ours.iter().fold(0f32, |most, v| most.max(v.abs()));
        for at in [0, ours.len() / 2, ours.len() - 1] {
            let (start, step) = (values[name][at], 1e-5);
            let mut beside = |shift: f64| {
                values.get_mut(name).unwrap()[at] = start + shift;
                score(&values)
            };
            let slope = (beside(step) - beside(-step)) / (2.0 * step);
            beside(0.0);
            let bound = 1e-3 * f64::from(largest).max(1e-3);
            assert!((f64::from(ours[at]) - slope).abs() < bound, "{case}: {name}[{at}]");
        }
    }
}

const KINDS: [InceptionKind; 4] = [
    InceptionKind::ConcatProject,
    InceptionKind::MeanOdd { num_kernels: 1 },
    InceptionKind::MeanOdd { num_kernels: 3 },
    InceptionKind::MeanOdd { num_kernels: 5 },
];

/// One row (frequency 1), two columns (the largest frequency), and what lies between, whole and
/// padded.
#[test]
fn merged_kernels_are_separate_ones() {
    for (number, kind) in KINDS.into_iter().enumerate() {
        let seed = 10 * number as u64;
        compare(kind, 12, vec![1], seed);
        compare(kind, 12, vec![6], seed + 1);
        compare(kind, 13, vec![1, 6], seed + 2);
        compare(kind, 17, vec![5, 2, 8], seed + 3);
        compare(kind, 2, vec![1], seed + 4);
        compare(kind, 24, vec![2, 2, 3], seed + 5);
    }
}

#[test]
fn merged_kernels_are_separate_ones_at_random_shapes() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for number in 0..12 {
        let len = rng.random_range(2..40);
        let count = rng.random_range(1..4).min(len / 2);
        let frequencies = (0..count).map(|_| rng.random_range(1..=len / 2)).collect();
        compare(KINDS[number % 4], len, frequencies, 100 + number as u64);
    }
}
