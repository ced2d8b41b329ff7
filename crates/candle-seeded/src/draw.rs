//! The numbers themselves: one ChaCha8 stream per (seed, name).

use candle_core::Shape;
use candle_nn::Init;
use candle_nn::init::NormalOrUniform;
use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// FNV-1a, 64 bits: short, published, and never changes between Rust releases, unlike the
/// standard library's hasher.
pub(crate) fn fnv1a(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A generator that belongs to one name under one seed, and to nothing else.
///
/// Useful beyond parameters: dropout masks or shuffles named by their purpose never disturb each
/// other's draws.
///
/// ```
/// use rand::Rng;
/// let mut a = candle_seeded::named_rng(7, "dropout/epoch 3");
/// let mut b = candle_seeded::named_rng(7, "dropout/epoch 3");
/// assert_eq!(a.next_u64(), b.next_u64());
/// ```
#[must_use]
pub fn named_rng(seed: u64, name: &str) -> ChaCha8Rng {
    let mut key = [0u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&fnv1a(name).to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// Draws `shape` as `init` says, always in f64, so that one seed gives the same numbers (up to
/// rounding) in every precision.
pub(crate) fn values(
    seed: u64,
    name: &str,
    shape: &Shape,
    init: Init,
) -> Result<Vec<f64>, &'static str> {
    let count = shape.elem_count();
    let rng = &mut named_rng(seed, name);
    match init {
        Init::Const(value) => Ok(vec![value; count]),
        Init::Randn { mean, stdev } => normal(rng, count, mean, stdev),
        Init::Uniform { lo, up } => uniform(rng, count, lo, up),
        Init::Kaiming { dist, fan, non_linearity } => {
            let fan = fan.for_shape(shape);
            if fan == 0 {
                return Err("Kaiming initialisation of an empty fan");
            }
            let stdev = non_linearity.gain() / (fan as f64).sqrt();
            match dist {
                NormalOrUniform::Normal => normal(rng, count, 0.0, stdev),
                NormalOrUniform::Uniform => {
                    let bound = 3f64.sqrt() * stdev;
                    uniform(rng, count, -bound, bound)
                }
            }
        }
    }
}

fn normal(
    rng: &mut ChaCha8Rng,
    count: usize,
    mean: f64,
    stdev: f64,
) -> Result<Vec<f64>, &'static str> {
    if !mean.is_finite() || !stdev.is_finite() || stdev < 0.0 {
        return Err("a normal distribution needs a finite mean and a finite stdev >= 0");
    }
    Ok((0..count).map(|_| mean + stdev * rng.sample::<f64, _>(StandardNormal)).collect())
}

fn uniform(rng: &mut ChaCha8Rng, count: usize, lo: f64, up: f64) -> Result<Vec<f64>, &'static str> {
    if !lo.is_finite() || !up.is_finite() || lo > up {
        return Err("a uniform distribution needs finite bounds with lo <= up");
    }
    Ok((0..count).map(|_| lo + (up - lo) * rng.random::<f64>()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a_matches_the_published_vectors() {
        assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a("foobar"), 0x8594_4171_f739_67e8);
    }
}
