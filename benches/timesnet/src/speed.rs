//! Times of both sides in turns.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use peer_process::Peer;
use serde_json::{Value, json};
use timesnet::TimesNet;
use timesnet::candle_core::{self, Device};

use crate::peak::gflops;
use crate::shapes::{Shape, named, random};

/// Between the requests to one side and to the other.
const PAUSE: Duration = Duration::from_millis(500);

/// Least number of steps in a row, and how long they go on at least: a few steps of a small network are
/// over before threads and clocks are awake.
const STEPS: usize = 6;
const AWAKE: Duration = Duration::from_millis(300);

/// The named shapes (or the one of that name), or `count` random ones, against plain PyTorch with one and
/// two threads.
pub(crate) fn run(
    python: &str,
    rounds: usize,
    count: usize,
    name: Option<&str>,
) -> Result<(), String> {
    let peak = gflops();
    println!("measured peak of one core: {peak:.0} GFLOP/s (f32, fused multiply-add)\n");
    println!(
        "| shape | threads | what | ours, ms | PyTorch, ms | ratio | peak memory | PyTorch's | ratio \
         | GFLOP/s per core, direct count | of peak |\n|---|---|---|---|---|---|---|---|---|---|---|"
    );
    let shapes = if count > 0 { random(count) } else { named() };
    let chosen = |shape: &&Shape| count > 0 || name.is_none_or(|name| shape.name == name);
    for shape in shapes.iter().filter(chosen) {
        for threads in [2, 1] {
            compare(shape, python, threads, rounds, peak)?;
        }
    }
    Ok(())
}

/// Each named shape (or the one of that name) with two threads against PyTorch with its kernels
/// merged by hand, `torch.compile`, and ONNX Runtime, as far as they run this network.
pub(crate) fn peers(python: &str, rounds: usize, name: Option<&str>) -> Result<(), String> {
    println!("| shape | what | ours, ms | merged by hand | torch.compile | ONNX Runtime |");
    println!("|---|---|---|---|---|---|");
    for shape in named().iter().filter(|shape| name.is_none_or(|name| shape.name == name)) {
        for what in ["train", "infer"] {
            other_peers(shape, python, rounds, what)?;
        }
    }
    Ok(())
}

/// Our side alone on one shape, named or random (by its number): the best of `times` steps of each
/// kind, ms, and the peak memory of a process that does nothing else.
pub(crate) fn steps(name: &str, times: usize, threads: usize) -> Result<(), String> {
    let shapes: Vec<Shape> = named().into_iter().chain(random(20)).collect();
    let chosen = |shape: &&Shape| shape.name.split(':').next() == Some(name);
    let Some(shape) = shapes.iter().find(chosen) else {
        let names: Vec<&str> = shapes.iter().map(|shape| shape.name.as_str()).collect();
        return Err(format!("no shape {name}; there are {}", names.join(" | ")));
    };
    let folder = tempfile::tempdir().map_err(text)?;
    let build = request(shape, folder.path())?;
    for what in ["train", "infer"] {
        let (mut own, mut time, mut kib) = (ours(threads)?, f64::INFINITY, 0);
        own.ask(&build)?;
        for _ in 0..times {
            kib = best(&mut own, what, &mut time)?;
        }
        println!("{name}, {what}: {time:.1} ms, {:.0} MiB", kib as f64 / 1024.0);
    }
    Ok(())
}

pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The files that both sides read, and the request to build the network.
pub(crate) fn request(shape: &Shape, folder: &Path) -> Result<Value, String> {
    let model = TimesNet::seeded(shape.config.clone(), 3, &Device::Cpu).map_err(text)?;
    let weights = folder.join("weights.safetensors");
    model.save(&weights).map_err(text)?;
    let (x, y, mark) = shape.tensors().map_err(text)?;
    let mut tensors = HashMap::from([("x", x), ("y", y)]);
    if let Some(mark) = mark {
        tensors.insert("mark", mark);
    }
    let batch = folder.join("batch.safetensors");
    candle_core::safetensors::save(&tensors, &batch).map_err(text)?;
    let c = &shape.config;
    Ok(json!({
        "do": "build", "kind": "plain", "weights": weights, "batch": batch, "network": c,
        "config": {
            "task_name": c.task.name(), "seq_len": c.seq_len, "pred_len": c.pred_len,
            "enc_in": c.enc_in, "c_out": c.c_out, "d_model": c.d_model, "d_ff": c.d_ff,
            "e_layers": c.e_layers, "top_k": c.top_k, "num_kernels": shape.kernels,
            "num_class": c.num_class, "dropout": 0.0,
        },
    }))
}

pub(crate) fn ours(threads: usize) -> Result<Peer, String> {
    let own = std::env::current_exe().map_err(text)?;
    Peer::start(Command::new(own).arg("serve"), threads)
}

pub(crate) fn theirs(python: &str, threads: usize) -> Result<Peer, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer.py");
    Peer::start(Command::new(python).arg(script).arg(threads.to_string()), threads)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

pub(crate) fn check(ours: &Value, theirs: &Value) -> Result<(), String> {
    let (a, b) = (numbers(&ours["out"]), numbers(&theirs["out"]));
    let off = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    if a.len() != b.len() || off > 1e-4 || ours["periods"] != theirs["periods"] {
        return Err(format!(
            "the two networks differ by {off} ({} and {})",
            ours["periods"], theirs["periods"]
        ));
    }
    Ok(())
}

/// Does one request; keeps the least time so far, ms. The process's peak memory, KiB.
pub(crate) fn best(peer: &mut Peer, what: &str, so_far: &mut f64) -> Result<u64, String> {
    let answer = peer.ask(&json!({ "do": what, "times": 1 }))?;
    for seconds in numbers(&answer["seconds"]) {
        *so_far = so_far.min(1e3 * seconds);
    }
    Ok(answer["peak_kib"].as_u64().unwrap_or(0))
}

/// The same [`STEPS`] times or more in a row, after a pause: the first ones wake threads and memory up.
fn measure(peer: &mut Peer, what: &str, so_far: &mut f64) -> Result<u64, String> {
    std::thread::sleep(PAUSE);
    let (clock, mut steps, mut peak_kib) = (Instant::now(), 0, 0);
    while steps < STEPS || clock.elapsed() < AWAKE {
        peak_kib = best(peer, what, so_far)?;
        steps += 1;
    }
    Ok(peak_kib)
}

fn compare(
    shape: &Shape,
    python: &str,
    threads: usize,
    rounds: usize,
    peak: f64,
) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(text)?;
    let build = request(shape, folder.path())?;
    for what in ["train", "infer"] {
        let (mut own, mut plain) = (ours(threads)?, theirs(python, threads)?);
        let built = own.ask(&build)?;
        check(&built, &plain.ask(&build)?)?;
        let (mut a, mut b) = (f64::INFINITY, f64::INFINITY);
        let (mut own_kib, mut their_kib) = (0, 0);
        for _ in 0..rounds {
            own_kib = measure(&mut own, what, &mut a)?;
            their_kib = measure(&mut plain, what, &mut b)?;
        }
        let periods: Vec<Vec<usize>> =
            serde_json::from_value(built["periods"].clone()).map_err(text)?;
        let passes = if what == "train" { 3.0 } else { 1.0 };
        let rate = passes * shape.arithmetic(&periods) / a / 1e6 / threads as f64;
        println!(
            "| {} {periods:?} | {threads} | {what} | {a:.1} | {b:.0} | **{:.1}** | {:.0} MiB | {:.0} \
             MiB | {:.1} | {rate:.0} | {:.0} % |",
            shape.name,
            b / a,
            own_kib as f64 / 1024.0,
            their_kib as f64 / 1024.0,
            their_kib as f64 / own_kib.max(1) as f64,
            100.0 * rate / peak
        );
    }
    Ok(())
}

fn other_peers(shape: &Shape, python: &str, rounds: usize, what: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(text)?;
    let mut build = request(shape, folder.path())?;
    let mut own = ours(2)?;
    own.ask(&build)?;
    let mut time = f64::INFINITY;
    let mut cells = Vec::new();
    for kind in ["merged", "compiled", "onnx"] {
        let mut peer = theirs(python, 2)?;
        build["kind"] = json!(kind);
        // What does not run this network at all has no time.
        let mut started = || -> Result<(), String> {
            peer.ask(&build)?;
            best(&mut peer, what, &mut 0.0).map(|_| ())
        };
        let runs = match (kind, what) {
            ("onnx", "train") => false,
            _ => {
                started().inspect_err(|e| eprintln!("{}, {what}, {kind}: {e}", shape.name)).is_ok()
            }
        };
        let mut theirs = f64::INFINITY;
        for _ in 0..rounds {
            measure(&mut own, what, &mut time)?;
            if runs {
                measure(&mut peer, what, &mut theirs)?;
            }
        }
        cells.push(theirs);
    }
    let cell = |theirs: &f64| match theirs.is_finite() {
        true => format!("{theirs:.0} ({:.1})", theirs / time),
        false => "does not run".to_owned(),
    };
    let cells: Vec<String> = cells.iter().map(cell).collect();
    println!("| {} | {what} | {time:.1} | {} |", shape.name, cells.join(" | "));
    Ok(())
}
