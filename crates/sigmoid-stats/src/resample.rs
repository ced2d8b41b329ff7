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
#[serde(rename_all = "snake_case")]
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
