//! Times of both sides in turns.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use timesnet::TimesNet;
use timesnet::candle_core::{self, Device};

use crate::ours::answer;
use crate::peak::gflops;
use crate::peer::Peer;
use crate::shapes::{Shape, named, random};

/// Between the requests to one side and to the other.
const PAUSE: Duration = Duration::from_millis(500);

/// The table of the named shapes with one and two threads, then of `count` random ones.
pub(crate) fn run(python: &str, rounds: usize, count: usize) -> Result<(), String> {
    let peak = gflops();
    println!("measured peak of one core: {peak:.0} GFLOP/s (f32, fused multiply-add)\n");
    println!(
        "| shape | threads | what | ours, ms | PyTorch, ms | ratio | merged by hand | torch.compile \
         | ONNX Runtime | GFLOP/s per core, direct count | of peak |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for shape in named() {
        for threads in [2, 1] {
            compare(&shape, python, threads, rounds, Some(peak))?;
        }
    }
    if count > 0 {
        println!("\nRandom shapes, two threads:\n");
        println!("| shape | what | ours, ms | PyTorch, ms | ratio |\n|---|---|---|---|---|");
        for shape in random(count) {
            compare(&shape, python, 2, rounds, None)?;
        }
    }
    Ok(())
}

/// The named shapes against plain PyTorch alone: what `run` says without the peers that take
/// minutes to compile.
pub(crate) fn quick(python: &str, rounds: usize, threads: usize) -> Result<(), String> {
    println!("{threads} thread(s):\n\n| shape | what | ours, ms | PyTorch, ms | ratio |");
    println!("|---|---|---|---|---|");
    named().iter().try_for_each(|shape| compare(shape, python, threads, rounds, None))
}

/// Our side alone on one named shape: the best of `times` steps of each kind, ms.
pub(crate) fn steps(name: &str, times: usize) -> Result<(), String> {
    let shapes = named();
    let Some(shape) = shapes.iter().find(|shape| shape.name == name) else {
        let names: Vec<&str> = shapes.iter().map(|shape| shape.name.as_str()).collect();
        return Err(format!("no shape {name}; there are {}", names.join(" | ")));
    };
    let folder = tempfile::tempdir().map_err(text)?;
    let build = request(shape, folder.path())?;
    for what in ["train", "infer"] {
        let mut session = None;
        answer(&mut session, &build.to_string())?;
        let seconds = answer(&mut session, &json!({ "do": what, "times": times }).to_string())?;
        let best = numbers(&seconds["seconds"]).into_iter().fold(f64::INFINITY, f64::min);
        println!("{name}, {what}: {:.1} ms", 1e3 * best);
    }
    Ok(())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The files that both sides read, and the request to build the network.
fn request(shape: &Shape, folder: &Path) -> Result<Value, String> {
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

fn ours(threads: usize) -> Result<Peer, String> {
    let own = std::env::current_exe().map_err(text)?;
    Peer::start(Command::new(own).arg("serve"), threads)
}

fn theirs(python: &str, threads: usize) -> Result<Peer, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer.py");
    Peer::start(Command::new(python).arg(script).arg(threads.to_string()), threads)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

fn check(ours: &Value, theirs: &Value) -> Result<(), String> {
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

/// Best time of one request, ms.
fn best(peer: &mut Peer, what: &str, so_far: &mut f64) -> Result<u64, String> {
    let answer = peer.ask(&json!({ "do": what, "times": 1 }))?;
    for seconds in numbers(&answer["seconds"]) {
        *so_far = so_far.min(1e3 * seconds);
    }
    Ok(answer["peak_kib"].as_u64().unwrap_or(0))
}

fn compare(
    shape: &Shape,
    python: &str,
    threads: usize,
    rounds: usize,
    peak: Option<f64>,
) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(text)?;
    let build = request(shape, folder.path())?;
    for what in ["train", "infer"] {
        let (mut own, mut plain) = (ours(threads)?, theirs(python, threads)?);
        let built = own.ask(&build)?;
        check(&built, &plain.ask(&build)?)?;
        let mut others: Vec<(&str, Option<Peer>)> = Vec::new();
        if peak.is_some() {
            for kind in ["merged", "compiled", "onnx"] {
                if kind == "onnx" && what == "train" {
                    others.push((kind, None));
                    continue;
                }
                let mut peer = theirs(python, threads)?;
                let mut build = build.clone();
                build["kind"] = json!(kind);
                // What does not run this network at all has no column entry.
                let runs = peer.ask(&build).is_ok() && best(&mut peer, what, &mut 0.0).is_ok();
                others.push((kind, runs.then_some(peer)));
            }
        }
        let (mut a, mut b) = (f64::INFINITY, f64::INFINITY);
        let mut rest = vec![f64::INFINITY; others.len()];
        let (mut own_kib, mut their_kib) = (0, 0);
        for _ in 0..rounds {
            // The other side's threads spin on for a while after their work.
            std::thread::sleep(PAUSE);
            for _ in 0..3 {
                own_kib = best(&mut own, what, &mut a)?;
            }
            std::thread::sleep(PAUSE);
            for _ in 0..3 {
                their_kib = best(&mut plain, what, &mut b)?;
            }
            for ((_, peer), time) in others.iter_mut().zip(&mut rest) {
                if let Some(peer) = peer {
                    std::thread::sleep(PAUSE);
                    best(peer, what, time)?;
                }
            }
        }
        let name = &shape.name;
        let Some(peak) = peak else {
            println!("| {name} | {what} | {a:.1} | {b:.1} | {:.1} |", b / a);
            continue;
        };
        let cell = |time: &f64| match time.is_finite() {
            true => format!("{time:.0} ({:.1})", time / a),
            false => "does not run".to_owned(),
        };
        let rest: Vec<String> = rest.iter().map(cell).collect();
        let periods: Vec<Vec<usize>> =
            serde_json::from_value(built["periods"].clone()).map_err(text)?;
        let passes = if what == "train" { 3.0 } else { 1.0 };
        let rate = passes * shape.arithmetic(&periods) / a / 1e6 / threads as f64;
        println!(
            "| {name} {:?} | {threads} | {what} | {a:.1} | {b:.0} | **{:.1}** | {} | {rate:.0} | \
             {:.0} % |",
            periods,
            b / a,
            rest.join(" | "),
            100.0 * rate / peak
        );
        println!(
            "| {name} | {threads} | {what}, peak memory | {:.0} MiB | {:.0} MiB | {:.1} | | | | | |",
            own_kib as f64 / 1024.0,
            their_kib as f64 / 1024.0,
            their_kib as f64 / own_kib.max(1) as f64
        );
    }
    Ok(())
}
