use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{Init, VmdConfig};

/// Initial centre frequencies in cycles per sample for a signal of `len` samples.
pub(crate) fn initial_frequencies(config: &VmdConfig, len: usize) -> Vec<f64> {
    let count = config.modes;
    let mut frequencies = match &config.init {
        Init::Uniform => (0..count).map(|k| 0.5 / count as f64 * k as f64).collect(),
        Init::Zero => vec![0.0; count],
        Init::Random { seed } => log_uniform(*seed, count, 1.0 / len as f64),
        Init::Frequencies { values } => values.clone(),
    };
    if config.dc {
        frequencies[0] = 0.0;
    }
    frequencies
}

fn log_uniform(seed: u64, count: usize, lowest: f64) -> Vec<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let octaves = (0.5 / lowest).ln();
    let mut drawn: Vec<f64> = (0..count)
        .map(|_| (lowest.ln() + octaves * generator.random::<f64>()).exp().min(0.5))
        .collect();
    drawn.sort_by(f64::total_cmp);
    drawn
}
