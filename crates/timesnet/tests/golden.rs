//! The published library's outputs and gradients, case by case; with the feature `cuda` on a GPU too.

#![allow(clippy::unwrap_used)] // a failing test should stop at once

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use timesnet::{InceptionKind, Input, Task, TimesNet, TimesNetConfig};

#[derive(Clone, serde::Deserialize)]
struct Case {
    task_name: Task,
    seq_len: usize,
    pred_len: usize,
    enc_in: usize,
    c_out: usize,
    d_model: usize,
    d_ff: usize,
    e_layers: usize,
    top_k: usize,
    num_kernels: usize,
    num_class: usize,
    periods: Vec<Vec<usize>>,
    topk_margin_rel: Vec<f64>,
}

impl Case {
    fn config(&self) -> TimesNetConfig {
        TimesNetConfig::new(self.task_name, self.seq_len, self.enc_in)
            .with_pred_len(self.pred_len)
            .with_c_out(self.c_out)
            .with_width(self.d_model, self.d_ff)
            .with_layers(self.e_layers)
            .with_top_k(self.top_k)
            .with_inception(InceptionKind::MeanOdd { num_kernels: self.num_kernels })
            .with_time_features(4)
            .with_classes(self.num_class)
    }
}

struct Golden {
    name: String,
    case: Case,
    tensors: HashMap<String, Tensor>,
}

impl Golden {
    fn input(&self) -> Input {
        let mut input = Input::new(self.tensors["x"].clone());
        match self.case.task_name {
            Task::Classification => input = input.with_mask(self.tensors["mark"].clone()),
            _ => {
                if let Some(mark) = self.tensors.get("mark") {
                    input = input.with_mark(mark.clone());
                }
            }
        }
        match self.tensors.get("mask") {
            Some(mask) => input.with_mask(mask.clone()),
            None => input,
        }
    }

    /// The same with each sample so many times: mean amplitudes, losses and gradients stay the same, but
    /// batches that large go through some of their periods by way of spectra.
    fn repeated(&self, times: usize) -> Self {
        let mut tensors = self.tensors.clone();
        for name in ["x", "mark", "mask", "target", "out"] {
            if let Some(tensor) = tensors.get_mut(name) {
                *tensor = Tensor::cat(&vec![tensor.clone(); times], 0).unwrap();
            }
        }
        let (name, case) = (format!("{}, {times} times", self.name), self.case.clone());
        Self { name, case, tensors }
    }

    /// The published weights as a checkpoint of their own.
    fn checkpoint(&self, folder: &Path) -> PathBuf {
        let path = folder.join("published.safetensors");
        let weights: HashMap<String, Tensor> = self
            .tensors
            .iter()
            .filter_map(|(name, tensor)| {
                Some((name.strip_prefix("w.")?.to_owned(), tensor.clone()))
            })
            .collect();
        candle_core::safetensors::save(&weights, &path).unwrap();
        path
    }

    fn model(&self) -> TimesNet {
        let folder = tempfile::tempdir().unwrap();
        let path = self.checkpoint(folder.path());
        TimesNet::load_weights(self.case.config(), path, self.tensors["x"].device()).unwrap()
    }
}

/// Where the network has to do the same.
fn devices() -> Vec<Device> {
    let mut devices = vec![Device::Cpu];
    if cfg!(feature = "cuda") {
        devices.push(Device::new_cuda(0).expect("the feature `cuda` is tested where a GPU is"));
    }
    devices
}

fn shared() -> Option<PathBuf> {
    let root = std::env::var_os("STMN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = root.join("golden/timesnet");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", folder.display());
    println!("skipped: no reference outputs at {}", folder.display());
    None
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn cases_everywhere() -> Vec<Golden> {
    let cases = devices().into_iter().flat_map(|device| cases(&device));
    cases.flat_map(|case| [case.repeated(32), case]).collect()
}

fn cases(device: &Device) -> Vec<Golden> {
    let Some(folder) = shared() else { return Vec::new() };
    let mut cases: Vec<Golden> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "safetensors"))
        .map(|path| Golden {
            name: format!("{} ({:?})", stem(&path), device.location()),
            case: serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap())
                .unwrap(),
            tensors: candle_core::safetensors::load(&path, device).unwrap(),
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(cases.len() >= 5, "only {} cases found", cases.len());
    cases
}

fn values(tensor: &Tensor) -> Vec<f32> {
    let values = tensor.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    // The largest of some numbers passes over NaN, so that a difference of NaN would count as none.
    assert!(values.iter().all(|value: &f32| value.is_finite()), "a value is not finite");
    values
}

fn largest_difference(a: &Tensor, b: &Tensor) -> f32 {
    assert_eq!(a.dims(), b.dims());
    values(a).iter().zip(values(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn largest(tensor: &Tensor) -> f32 {
    values(tensor).iter().map(|v| v.abs()).fold(0.0, f32::max)
}

#[test]
fn outputs_and_periods_are_the_published_ones() {
    for golden in cases_everywhere() {
        let model = golden.model();
        let input = golden.input();
        // Where two frequencies are within float error of each other the choice means nothing.
        if golden.case.topk_margin_rel.iter().all(|margin| *margin > 1e-4) {
            for (block, want) in model.periods(&input).unwrap().iter().zip(&golden.case.periods) {
                assert!(block.iter().all(|sample| sample == want), "{}: {block:?}", golden.name);
            }
        }
        let difference =
            largest_difference(&model.forward(&input).unwrap(), &golden.tensors["out"]);
        println!("{}: output off by {difference:e}", golden.name);
        assert!(difference <= 1e-5, "{}: {difference}", golden.name);
    }
}

/// Mean squared error over everything, as the reference computed it in every task.
fn loss(golden: &Golden, output: &Tensor) -> Tensor {
    let target = &golden.tensors["target"];
    let squares = (output - target).unwrap().sqr().unwrap();
    squares.mean_all().unwrap()
}

#[test]
fn gradients_are_the_published_ones() {
    for golden in cases_everywhere() {
        let model = golden.model();
        let output = model.forward_train(&golden.input(), 0).unwrap();
        let loss = loss(&golden, &output);
        let (got, want) = (values(&loss)[0], values(&golden.tensors["loss"])[0]);
        assert!(((got - want) / want).abs() < 1e-5, "{}: loss {got}, not {want}", golden.name);
        let grads = loss.backward().unwrap();
        let mut worst = (0f32, String::new());
        for (name, var) in model.vars() {
            let grad = grads.get(var.as_tensor());
            let Some(want) = golden.tensors.get(&format!("g.{name}")) else {
                let unused = grad.is_none_or(|grad| largest(grad) == 0.0);
                assert!(unused, "{}: `{name}` should have no gradient", golden.name);
                continue;
            };
            let scale = largest(want);
            let difference = match grad {
                Some(grad) => largest_difference(grad, want),
                None => scale,
            };
            if scale > 0.0 && difference / scale > worst.0 {
                worst = (difference / scale, name.clone());
            }
        }
        println!("{}: worst gradient off by {:e} ({})", golden.name, worst.0, worst.1);
        assert!(worst.0 <= 1e-4, "{}: {} of {}", golden.name, worst.0, worst.1);
    }
}

#[test]
fn pytorch_checkpoints_load_by_their_names() {
    let Some(folder) = shared() else { return };
    let golden =
        cases(&Device::Cpu).into_iter().find(|case| case.name.starts_with("long_small")).unwrap();
    let path = folder.join("long_small.pth");
    let model = TimesNet::load_weights(golden.case.config(), path, &Device::Cpu).unwrap();
    let output = model.forward(&golden.input()).unwrap();
    assert_eq!(largest_difference(&output, &golden.model().forward(&golden.input()).unwrap()), 0.0);
}
