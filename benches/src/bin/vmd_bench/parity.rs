use std::path::Path;

use vmd::{Decomposition, Solver, VmdConfig, decompose};

use crate::speed::{vmdpy, write};
use crate::tide::strain;

/// What each seed picks from.
const LENGTHS: [usize; 6] = [1_000, 2_001, 3_600, 5_040, 7_777, 10_080];
const ALPHAS: [f64; 5] = [100.0, 500.0, 1000.0, 2000.0, 3000.0];
const TOLERANCES: [f64; 4] = [1e-8, 1e-7, 1e-6, 1e-5];
/// The golden files are met to this.
const FREQUENCY: f64 = 1e-13;
const MODE: f64 = 1e-11;

/// `Reference` against vmdpy itself on so many seeded records of different lengths, penalties,
/// tolerances and numbers of modes.
pub(crate) fn run(seeds: u64, python: &str) -> Result<(), String> {
    let mut peer = vmdpy(python)?;
    let (mut failed, mut worst) = (0, (0.0_f64, 0.0_f64));
    for seed in 0..seeds {
        let pick = |of: usize, way: u64| ((seed / way) % of as u64) as usize;
        let len = LENGTHS[pick(6, 1)];
        let (modes, alpha) = (2 + pick(6, 5), ALPHAS[pick(5, 1)]);
        let tolerance = TOLERANCES[pick(4, 7)];
        let signal = with_lines(strain(len, seed), seed);
        let path = write(&signal)?;
        let (_, sweeps) = peer.run(&path, modes, alpha, tolerance)?;
        let config =
            VmdConfig::new(modes, alpha).with_solver(Solver::Reference).with_tolerance(tolerance);
        let ours = decompose(&signal, &config).map_err(|error| error.to_string())?;
        let (frequency, mode) = apart(&ours, &answer(&path)?)?;
        let same = ours.iterations == sweeps && frequency <= FREQUENCY && mode <= MODE;
        if !same {
            failed += 1;
            println!(
                "seed {seed}: N = {len}, K = {modes}, alpha = {alpha}, tolerance {tolerance:e}: \
                 {} sweeps for {sweeps}, frequencies {frequency:.1e}, modes {mode:.1e} apart",
                ours.iterations
            );
        }
        worst = (worst.0.max(frequency), worst.1.max(mode));
        std::fs::remove_file(&path).map_err(|error| error.to_string())?;
        std::fs::remove_file(path.with_extension("out")).map_err(|error| error.to_string())?;
    }
    println!(
        "{} of {seeds} as vmdpy: the same sweeps, frequencies within {FREQUENCY:e}, modes within \
         {MODE:e}; worst {:.1e} and {:.1e}",
        seeds as usize - failed,
        worst.0,
        worst.1
    );
    Ok(())
}

/// Up to three tones at faster frequencies, so that modes meet there too.
fn with_lines(mut signal: Vec<f64>, seed: u64) -> Vec<f64> {
    for line in 0..seed % 4 {
        let turns = 0.05 + 0.4 * ((seed * 7 + line * 11) % 97) as f64 / 97.0;
        for (t, sample) in signal.iter_mut().enumerate() {
            *sample += (1.0 + line as f64) * (std::f64::consts::TAU * turns * t as f64).cos();
        }
    }
    signal
}

/// The peer's last frequencies and its modes, one after another.
fn answer(path: &Path) -> Result<Vec<f64>, String> {
    let bytes = std::fs::read(path.with_extension("out")).map_err(|error| error.to_string())?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|number| f64::from_le_bytes(*number)).collect())
}

/// Largest difference of a frequency, and of a mode relative to it.
fn apart(ours: &Decomposition, theirs: &[f64]) -> Result<(f64, f64), String> {
    let (modes, len) = ours.modes.dim();
    if theirs.len() != modes * (1 + len) {
        return Err(format!("vmdpy answers {} numbers for {modes} modes", theirs.len()));
    }
    let (frequencies, rows) = theirs.split_at(modes);
    let pairs = ours.center_frequencies.iter().zip(frequencies);
    let frequency = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, largest);
    let mode = ours.modes.rows().into_iter().zip(rows.chunks_exact(len)).map(|(one, other)| {
        let off: f64 = one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum();
        (off / other.iter().map(|b| b * b).sum::<f64>()).sqrt()
    });
    Ok((frequency, mode.fold(0.0, largest)))
}

/// What is not a number is as far apart as can be.
fn largest(a: f64, b: f64) -> f64 {
    if b.is_nan() { f64::INFINITY } else { a.max(b) }
}
