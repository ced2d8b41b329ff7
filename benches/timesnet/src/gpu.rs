//! Times of both sides on one CUDA device, in turns.

use std::time::Duration;

use peer_process::Peer;
use serde_json::{Value, json};

use crate::shapes::{Shape, named};
use crate::speed::{best, check, ours, request, text, theirs};

/// Between the requests to one side and to the other.
const PAUSE: Duration = Duration::from_millis(50);

/// Steps in a row.
const STEPS: usize = 10;

/// PyTorch as published in plain f32, the same with the reduced precision that it takes for
/// convolutions by default, and in plain f32 with its kernels merged by hand.
const PEERS: [(&str, bool); 3] = [("plain", false), ("plain", true), ("merged", false)];

/// Every named shape: one training step and one pass of inference.
pub(crate) fn run(python: &str, rounds: usize) -> Result<(), String> {
    let mut own = ours(1)?;
    let mut peers = Vec::new();
    for (kind, reduced) in PEERS {
        let peer = theirs(python, 1)?;
        peers.push((kind, reduced, peer));
    }
    println!("| shape | what | ours, ms | PyTorch, f32 | PyTorch, TF32 | merged by hand, f32 |");
    println!("|---|---|---|---|---|---|");
    for shape in named() {
        compare(&shape, &mut own, &mut peers, rounds)?;
    }
    Ok(())
}

fn compare(
    shape: &Shape,
    own: &mut Peer,
    peers: &mut [(&str, bool, Peer)],
    rounds: usize,
) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(text)?;
    let mut build: Value = request(shape, folder.path())?;
    build["device"] = json!("cuda");
    let built = own.ask(&build)?;
    for (kind, reduced, peer) in &mut *peers {
        build["kind"] = json!(*kind);
        build["reduced"] = json!(*reduced);
        let theirs = peer.ask(&build)?;
        // The reduced precision has three digits; it may choose other periods too.
        if !*reduced {
            check(&built, &theirs)?;
        }
    }
    for what in ["train", "infer"] {
        let mut times = vec![f64::INFINITY; 1 + peers.len()];
        for _ in 0..rounds {
            let all = std::iter::once(&mut *own).chain(peers.iter_mut().map(|(_, _, peer)| peer));
            for (peer, time) in all.zip(&mut times) {
                std::thread::sleep(PAUSE);
                for _ in 0..STEPS {
                    best(peer, what, time)?;
                }
            }
        }
        let cells: Vec<String> =
            times[1..].iter().map(|time| format!("{time:.2} ({:.1})", time / times[0])).collect();
        println!("| {} | {what} | {:.2} | {} |", shape.name, times[0], cells.join(" | "));
    }
    Ok(())
}
