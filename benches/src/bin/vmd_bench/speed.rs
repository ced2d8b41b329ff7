use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use cpu_time::ThreadTime;
use vmd::{Solver, VmdConfig, VmdPlan};

use crate::peer::Peer;
use crate::tide::strain;

/// Samples, modes, tolerance. The first is never met, so that all 499 sweeps are done. At 100,000
/// samples it ends the run early: vmdpy keeps every iterate and would need 15 GB for 499.
const CASES: [(usize, usize, f64); 4] =
    [(10_080, 5, 1e-300), (10_080, 5, 1e-7), (1_000, 3, 1e-7), (100_000, 8, 2e-2)];
const ALPHA: f64 = 2000.0;

/// The least time of a thread on the processor, in seconds: what other processes take of the clock
/// is left out, what they take of the caches is not.
struct Best(f64);

impl Best {
    fn time(&mut self, job: impl FnOnce()) {
        let start = ThreadTime::now();
        job();
        self.0 = self.0.min(start.elapsed().as_secs_f64());
    }
}

pub(crate) fn run(rounds: usize, peers: &mut [Peer]) -> Result<(), String> {
    for (len, modes, tolerance) in CASES {
        case(len, modes, tolerance, rounds, peers)?;
    }
    Ok(())
}

fn case(
    len: usize,
    modes: usize,
    tolerance: f64,
    rounds: usize,
    peers: &mut [Peer],
) -> Result<(), String> {
    let signal = strain(len, 1);
    let narrow: Vec<f32> = signal.iter().map(|value| *value as f32).collect();
    let path = write(&signal)?;
    let config =
        VmdConfig::new(modes, ALPHA).with_solver(Solver::Reference).with_tolerance(tolerance);
    let plan = |config: &VmdConfig| VmdPlan::<f64>::new(len, config).map_err(|e| e.to_string());
    let mut ours = plan(&config)?;
    let mut exact = plan(&config.clone().with_trace(true))?;
    let mut single = VmdPlan::<f32>::new(len, &config).map_err(|error| error.to_string())?;
    let mut into = (ours.output(), exact.output(), single.output());
    let mut sweeps = (0, 0);
    let mut best = [const { Best(f64::INFINITY) }; 4];
    let mut theirs: Vec<Best> = peers.iter().map(|_| Best(f64::INFINITY)).collect();
    for _ in 0..rounds {
        for _ in 0..5 {
            let mut done = [Ok(()), Ok(()), Ok(())];
            best[0].time(|| done[0] = ours.decompose_into(&signal, &mut into.0));
            best[1].time(|| done[1] = exact.decompose_into(&signal, &mut into.1));
            best[2].time(|| done[2] = single.decompose_into(&narrow, &mut into.2));
            done.into_iter().collect::<Result<(), _>>().map_err(|error| error.to_string())?;
            black_box(&into);
            sweeps = (into.0.iterations, into.2.iterations);
            divide(len * modes, &mut best[3]);
        }
        for (peer, best) in peers.iter_mut().zip(&mut theirs) {
            let (seconds, count) = peer.run(&path, modes, ALPHA, tolerance)?;
            best.0 = best.0.min(seconds);
            if count.abs_diff(sweeps.0) > 1 {
                println!("{} does {count} sweeps, we {}", peer.name, sweeps.0);
            }
        }
    }
    let per = |seconds: f64, sweeps: usize| seconds * 1e9 / (len * modes * sweeps) as f64;
    println!("N = {len}, K = {modes}: {} sweeps (f32: {})", sweeps.0, sweeps.1);
    for (what, seconds, sweeps) in [
        ("f64, stop rule where needed", best[0].0, sweeps.0),
        ("f64, stop rule each sweep", best[1].0, sweeps.0),
        ("f32", best[2].0, sweeps.1),
        ("one division per element", best[3].0, 1),
    ] {
        println!("  {what:28} {:10.3} ms {:6.3} ns", seconds * 1e3, per(seconds, sweeps));
    }
    for (peer, theirs) in peers.iter().zip(&theirs) {
        println!(
            "  {:28} {:10.1} ms = {:.0} x, its memory so far {}",
            peer.name,
            theirs.0 * 1e3,
            theirs.0 / best[0].0,
            peer.peak_memory().unwrap_or_default()
        );
    }
    // Only there where vmdpy is.
    let _ = std::fs::remove_file(path.with_extension("out"));
    std::fs::remove_file(path).map_err(|error| error.to_string())
}

/// The wall of the obvious method: one division for each bin and mode, as many at a time as the
/// processor can.
fn divide(count: usize, best: &mut Best) {
    let of: Vec<f64> = (0..count).map(|i| 1.0 + i as f64).collect();
    let mut into = vec![0.0; count];
    // Pages are only there once they have been written to.
    divide_all(&of, &mut into);
    best.time(|| divide_all(&of, &mut into));
    black_box(&into);
}

fn divide_all(of: &[f64], into: &mut [f64]) {
    pulp::Arch::new().dispatch(|| {
        for (into, of) in into.iter_mut().zip(of) {
            *into = 1.0 / of;
        }
    });
}

pub(crate) fn write(signal: &[f64]) -> Result<PathBuf, String> {
    let path = std::env::temp_dir().join(format!("vmd_bench_{}.f64", std::process::id()));
    let bytes: Vec<u8> = signal.iter().flat_map(|value| value.to_le_bytes()).collect();
    std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// Starts whatever peers can be started here.
pub(crate) fn peers(python: &str) -> Vec<Peer> {
    let folder = peers_folder();
    let mut vmd_rs = Command::new(env!("CARGO"));
    vmd_rs.args(["run", "--quiet", "--release", "--manifest-path"]);
    vmd_rs.arg(folder.join("vmd-rs/Cargo.toml"));
    vmd_rs.arg("--target-dir").arg(folder.join("../../target/peers"));
    [vmdpy(python), Peer::start("vmd-rs 0.2.1", vmd_rs)]
        .into_iter()
        .filter_map(|peer| peer.inspect_err(|error| println!("without it: {error}")).ok())
        .collect()
}

/// vmdpy, which writes what it finds beside the signal.
pub(crate) fn vmdpy(python: &str) -> Result<Peer, String> {
    let mut command = Command::new(python);
    command.arg(peers_folder().join("vmdpy_peer.py"));
    Peer::start("vmdpy 0.2", command)
}

fn peers_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}
