//! PyTorch takes what `save_published` writes with `load_state_dict(strict=True)`, in both formats,
//! and gives the same outputs. Skipped unless `STMN_PYTORCH` names a Python with torch and
//! safetensors (`benches/timesnet/requirements.txt`).

#![allow(clippy::unwrap_used)] // a failing test should stop at once

use std::path::Path;
use std::process::Command;

use candle_core::{Device, Tensor};
use timesnet::{InceptionKind, Input, Task, TimeFrequency, TimesNet, TimesNetConfig};

const SCRIPT: &str = r#"
import json, sys
import torch
from safetensors.torch import load_file

bench, weights, case, settings = sys.argv[1:]
sys.path.insert(0, bench)
from peer import TimesNet

model = TimesNet(json.loads(settings)).eval()
read = load_file if weights.endswith(".safetensors") else torch.load
model.load_state_dict(read(weights), strict=True)
case = load_file(case)
with torch.no_grad():
    out = model(case["x"], case.get("mark"))
print((out - case["out"]).abs().max().item())
"#;

/// Worst difference of outputs.
fn worst(python: &str, weights: &Path, case: &Path, config: &TimesNetConfig) -> f64 {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/timesnet");
    let settings = serde_json::json!({
        "task_name": config.task.name(), "seq_len": config.seq_len, "pred_len": config.pred_len,
        "enc_in": config.enc_in, "c_out": config.c_out, "d_model": config.d_model,
        "d_ff": config.d_ff, "e_layers": config.e_layers, "top_k": config.top_k,
        "num_kernels": 3, "num_class": config.num_class,
    });
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .args([&bench, weights, case])
        .arg(settings.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{wrong}");
    said.trim().parse().unwrap()
}

#[test]
fn published_files_are_loaded_strictly() {
    let Ok(python) = std::env::var("STMN_PYTORCH") else {
        println!("skipped: STMN_PYTORCH names no Python with torch and safetensors");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let config = |task| {
        TimesNetConfig::new(task, 24, 2)
            .with_width(4, 6)
            .with_inception(InceptionKind::MeanOdd { num_kernels: 3 })
    };
    let tasks = [
        config(Task::LongTermForecast).with_pred_len(12).with_time_features(4),
        config(Task::AnomalyDetection),
        config(Task::Classification).with_classes(3),
    ];
    let wave = |count: usize, rate: f64, shape: (usize, usize, usize)| {
        let values: Vec<f32> = (0..count).map(|i| (i as f64 * rate).sin() as f32).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    };
    for config in tasks {
        let model = TimesNet::seeded(config.clone(), 5, &Device::Cpu).unwrap();
        let mut tensors = vec![("x", wave(2 * 24 * 2, 0.7, (2, 24, 2)))];
        let mut input = Input::new(tensors[0].1.clone());
        if config.time_features > 0 {
            tensors.push(("mark", wave(2 * 24 * 4, 0.31, (2, 24, 4))));
            input = input.with_mark(tensors[1].1.clone());
        }
        tensors.push(("out", model.forward(&input).unwrap()));
        let case = folder.path().join("case.safetensors");
        candle_core::safetensors::save(&tensors.into_iter().collect(), &case).unwrap();
        for name in ["w.pth", "w.safetensors"] {
            let path = folder.path().join(name);
            model.save_published(&path, TimeFrequency::Hourly).unwrap();
            let off = worst(&python, &path, &case, &config);
            assert!(off < 1e-5, "{name}, {config:?}: off by {off}");
        }
    }
}
