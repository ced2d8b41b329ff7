use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};

/// Blocks of more than this part of their days are nearly one and the same.
const LONGEST_BLOCK: usize = 3;

/// Where the null distribution's records come from.
///
/// All kinds go through the same computation as the data. Only the first has held its level in
/// simulations of every kind of memory (see the crate's README); the others are there because readers
/// ask for them, and for records whose memory is known to be short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum NullKind {
    /// Records drawn from a model of the quiet days' memory and distribution, whose own
    /// uncertainty is drawn too.
    #[default]
    Surrogates,
    /// The quiet days as they are, put end to end and shifted by a random number of days. There are
    /// no more different records than quiet days, and they overlap.
    CircularShift,
    /// The quiet days in blocks of one length, drawn with replacement.
    MovingBlock {
        /// Days a block, at most a third of the quiet days; `None`: by
        /// [`block_length`](crate::block_length).
        days: Option<usize>,
    },
}

impl NullKind {
    /// Refuses blocks that so many quiet days are too few for.
    pub(crate) fn check_days(self, quiet_days: usize) -> Result<()> {
        match self {
            NullKind::MovingBlock { days: Some(days) } => {
                check_block("quiet days", days, quiet_days)
            }
            _ => Ok(()),
        }
    }
}

/// Fills a record with quiet days from a random one on, in a circle.
pub(crate) fn circular_shift(quiet: &[f64], record: &mut [f64], rng: &mut ChaCha8Rng) {
    let start = rng.random_range(0..quiet.len());
    record.iter_mut().zip(quiet.iter().cycle().skip(start)).for_each(|(v, q)| *v = *q);
}

/// Refuses blocks that are drawn from too few days for two records to differ.
pub(crate) fn check_block(what: &'static str, block: usize, days: usize) -> Result<()> {
    let longest = (days / LONGEST_BLOCK).max(1);
    if block > longest {
        return Err(StatsError::BlockTooLong { what, block, days, longest });
    }
    Ok(())
}

/// Fills a record with blocks of quiet days, each from a random one on.
pub(crate) fn moving_blocks(quiet: &[f64], block: usize, record: &mut [f64], rng: &mut ChaCha8Rng) {
    let block = block.clamp(1, quiet.len());
    for part in record.chunks_mut(block) {
        let start = rng.random_range(0..=quiet.len() - block);
        let end = start + part.len();
        part.copy_from_slice(&quiet[start..end]);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// Künsch's (1989) closed form: the mean of drawn blocks has the mean of all blocks' means, and their
    /// variance over the number of blocks drawn.
    #[test]
    fn the_mean_of_blocks_has_the_moments_in_closed_form() {
        let process = crate::CountProcess::LatentAr { mean: 6.0, sigma: 0.8, rho: 0.9 };
        let quiet = process.draw(200, 5).unwrap();
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let variance =
            |x: &[f64]| x.iter().map(|v| (v - mean(x)).powi(2)).sum::<f64>() / x.len() as f64;
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        const DRAWS: usize = 20_000;
        for (block, blocks) in [(1, 30), (6, 10), (40, 3)] {
            let of_blocks: Vec<f64> = quiet.windows(block).map(mean).collect();
            let wanted = variance(&of_blocks) / blocks as f64;
            let mut record = vec![0.0; block * blocks];
            let draws: Vec<f64> = (0..DRAWS)
                .map(|_| {
                    moving_blocks(&quiet, block, &mut record, &mut rng);
                    mean(&record)
                })
                .collect();
            // Five standard errors; the means' kurtosis makes that of a variance at most twice a normal's.
            let off = (mean(&draws) - mean(&of_blocks)).abs() / (wanted / DRAWS as f64).sqrt();
            assert!(off < 5.0, "{block}: {off}");
            let off = (variance(&draws) / wanted - 1.0).abs() / (2.0 / DRAWS as f64).sqrt();
            assert!(off < 10.0, "{block}: {off}");
        }
    }

    #[test]
    fn shifts_and_blocks_keep_neighbours_together() {
        let quiet: Vec<f64> = (0..50).map(f64::from).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut record = vec![0.0; 130];
        circular_shift(&quiet, &mut record, &mut rng);
        assert!(record.windows(2).all(|p| (p[1] - p[0] - 1.0).rem_euclid(50.0) == 0.0));
        moving_blocks(&quiet, 7, &mut record, &mut rng);
        assert!(record.chunks(7).all(|b| b.windows(2).all(|p| p[1] == p[0] + 1.0)));
        let starts: Vec<f64> = record.chunks(7).map(|b| b[0]).collect();
        assert!(starts.windows(2).any(|p| p[1] != p[0] + 7.0));
    }
}
