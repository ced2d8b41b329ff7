use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use cpu_time::ThreadTime;
use vmd::{Decomposition, Real, Solver, VmdConfig, VmdPlan};

use crate::peer::Peer;
use crate::tide::strain;

/// Samples, modes, tolerance. The first is never met, so that all 499 sweeps are done. At 100,000
/// samples it ends the run early: vmdpy keeps every iterate and would need 15 GB for 499.
const CASES: [(usize, usize, f64); 4] =
    [(10_080, 5, 1e-300), (10_080, 5, 1e-7), (1_000, 3, 1e-7), (100_000, 8, 2e-2)];
const ALPHA: f64 = 2000.0;

/// Calls in a row, so that each finds the caches as its last one left them.
const CALLS: usize = 5;

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

/// A plan with a result of its own and its best time.
struct Timed<T: Real> {
    plan: VmdPlan<T>,
    into: Decomposition<T>,
    best: Best,
}

impl<T: Real> Timed<T> {
    fn new(len: usize, config: &VmdConfig) -> Result<Self, String> {
        let plan = VmdPlan::new(len, config).map_err(|error| error.to_string())?;
        Ok(Self { into: plan.output(), plan, best: Best(f64::INFINITY) })
    }

    fn round(&mut self, signal: &[T]) -> Result<(), String> {
        for _ in 0..CALLS {
            let mut done = Ok(());
            self.best.time(|| done = self.plan.decompose_into(signal, &mut self.into));
            done.map_err(|error| error.to_string())?;
            black_box(&self.into);
        }
        Ok(())
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
    // A trace wants the stop rule's sum of every sweep.
    let each = config.clone().with_trace(true);
    let (mut ours, mut exact) = (Timed::<f64>::new(len, &config)?, Timed::<f64>::new(len, &each)?);
    let (mut single, mut single_exact) =
        (Timed::<f32>::new(len, &config)?, Timed::<f32>::new(len, &each)?);
    let mut division = Best(f64::INFINITY);
    let mut theirs: Vec<Best> = peers.iter().map(|_| Best(f64::INFINITY)).collect();
    for _ in 0..rounds {
        ours.round(&signal)?;
        exact.round(&signal)?;
        single.round(&narrow)?;
        single_exact.round(&narrow)?;
        (0..CALLS).for_each(|_| divide(len * modes, &mut division));
        let sweeps = ours.into.iterations;
        for (peer, best) in peers.iter_mut().zip(&mut theirs) {
            let (seconds, count) = peer.run(&path, modes, ALPHA, tolerance)?;
            best.0 = best.0.min(seconds);
            if count.abs_diff(sweeps) > 1 {
                println!("{} does {count} sweeps, we {sweeps}", peer.name);
            }
        }
    }
    let per = |seconds: f64, sweeps: usize| seconds * 1e9 / (len * modes * sweeps) as f64;
    let sweeps = (ours.into.iterations, single.into.iterations);
    println!("N = {len}, K = {modes}: {} sweeps (f32: {})", sweeps.0, sweeps.1);
    for (what, seconds, sweeps) in [
        ("f64, stop rule where needed", ours.best.0, sweeps.0),
        ("f64, stop rule each sweep", exact.best.0, sweeps.0),
        ("f32, stop rule where needed", single.best.0, sweeps.1),
        ("f32, stop rule each sweep", single_exact.best.0, sweeps.1),
        ("one division per element", division.0, 1),
    ] {
        println!("  {what:28} {:10.3} ms {:6.3} ns", seconds * 1e3, per(seconds, sweeps));
    }
    for (peer, theirs) in peers.iter().zip(&theirs) {
        println!(
            "  {:28} {:10.1} ms = {:.0} x, its memory so far {}",
            peer.name,
            theirs.0 * 1e3,
            theirs.0 / ours.best.0,
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
    let divide = || {
        for (into, of) in into.iter_mut().zip(of) {
            *into = 1.0 / of;
        }
    };
    #[cfg(all(feature = "at-most-avx2", target_arch = "x86_64"))]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(divide);
    }
    pulp::Arch::new().dispatch(divide);
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
