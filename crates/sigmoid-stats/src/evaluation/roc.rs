use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError, check_finite, check_length};

/// One threshold of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RocPoint {
    /// Days with a score of at least this are called.
    pub threshold: f64,
    /// Share of the negative days called.
    pub false_positive_rate: f64,
    /// Share of the positive days called.
    pub true_positive_rate: f64,
}

/// Receiver operating characteristic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Roc {
    /// Every distinct score as a threshold, falling; the point (0, 0) is left out.
    pub points: Vec<RocPoint>,
    /// Area under the curve; 0.5 for guessing.
    pub auc: f64,
    /// Positive days.
    pub positives: usize,
    /// Negative days.
    pub negatives: usize,
}

/// ROC of a score per day against what followed. Ties count half, as in Mann and Whitney's U.
///
/// ```
/// let roc = sigmoid_stats::roc(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true])?;
/// assert_eq!(roc.auc, 0.75);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Unequal lengths, a score that is not finite, no positive or no negative day.
pub fn roc(scores: &[f64], positive: &[bool]) -> Result<Roc> {
    check_length("positive", positive.len(), scores.len(), "score")?;
    check_finite("score", scores)?;
    let positives = positive.iter().filter(|p| **p).count();
    let negatives = positive.len() - positives;
    crate::error::check_at_least("positive days", positives, 1)?;
    crate::error::check_at_least("negative days", negatives, 1)?;
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&i, &j| scores[j].total_cmp(&scores[i]));
    let (mut called, mut false_calls, mut area) = (0usize, 0usize, 0.0);
    let mut points = Vec::new();
    for group in order.chunk_by(|&i, &j| scores[i] == scores[j]) {
        let hits = group.iter().filter(|i| positive[**i]).count();
        let misses = group.len() - hits;
        area += misses as f64 * (called as f64 + 0.5 * hits as f64);
        called += hits;
        false_calls += misses;
        points.push(RocPoint {
            threshold: scores[group[0]],
            false_positive_rate: false_calls as f64 / negatives as f64,
            true_positive_rate: called as f64 / positives as f64,
        });
    }
    let auc = area / (positives as f64 * negatives as f64);
    Ok(Roc { points, auc, positives, negatives })
}

/// Percentile interval of the AUC by a moving-block bootstrap over the days: alarms and what they
/// precede last for days, so single days are no independent draws. Resamples without both kinds
/// of day are drawn again.
///
/// # Errors
/// As [`roc`]; a block that is empty or longer than the record, fewer than 99 draws, a confidence
/// outside 0..1; positive days so rare that a hundred resamples in a row hold none.
pub fn auc_interval(
    scores: &[f64],
    positive: &[bool],
    block_days: usize,
    draws: usize,
    confidence: f64,
    seed: u64,
) -> Result<[f64; 2]> {
    roc(scores, positive)?;
    let n = scores.len();
    if block_days == 0 || block_days > n {
        return Err(StatsError::setting("block_days", block_days, "1 to the number of days"));
    }
    if draws < 99 {
        return Err(StatsError::setting("draws", draws, "99 or more"));
    }
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(StatsError::setting("confidence", confidence, "between 0 and 1"));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut areas = Vec::with_capacity(draws);
    let (mut s, mut p) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let mut failures = 0;
    while areas.len() < draws {
        s.clear();
        p.clear();
        while s.len() < n {
            let start = rng.random_range(0..=n - block_days);
            let end = start + block_days.min(n - s.len());
            s.extend_from_slice(&scores[start..end]);
            p.extend_from_slice(&positive[start..end]);
        }
        match roc(&s, &p) {
            Ok(curve) => {
                areas.push(curve.auc);
                failures = 0;
            }
            Err(_) if failures < 100 => failures += 1,
            Err(error) => return Err(error),
        }
    }
    areas.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| areas[((draws - 1) as f64 * share).round() as usize];
    Ok([at(0.5 - confidence / 2.0), at(0.5 + confidence / 2.0)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_score_without_one_kind_of_day_is_refused() {
        assert!(roc(&[1.0, 2.0], &[true, true]).is_err());
        assert!(roc(&[1.0, f64::NAN], &[true, false]).is_err());
        assert!(auc_interval(&[1.0, 2.0], &[true, false], 3, 99, 0.95, 0).is_err());
    }

    #[test]
    fn the_interval_of_a_useless_score_holds_one_half() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let scores: Vec<f64> = (0..600).map(|_| rng.random()).collect();
        let positive: Vec<bool> = (0..600).map(|i| i / 10 % 3 == 0).collect();
        let [low, high] = auc_interval(&scores, &positive, 20, 400, 0.95, 2).unwrap();
        assert!(low < 0.5 && 0.5 < high && high - low < 0.25, "{low} {high}");
    }

    proptest! {
        #[test]
        fn the_area_is_the_share_of_pairs_in_order_and_turns_with_the_sign(
            days in prop::collection::vec((0u8..6, any::<bool>()), 2..40)
        ) {
            let mut days = days;
            days[0].1 = true;
            days[1].1 = false;
            let scores: Vec<f64> = days.iter().map(|d| f64::from(d.0)).collect();
            let positive: Vec<bool> = days.iter().map(|d| d.1).collect();
            let (mut wins, mut pairs) = (0.0, 0.0);
            for i in (0..days.len()).filter(|i| positive[*i]) {
                for j in (0..days.len()).filter(|j| !positive[*j]) {
                    pairs += 1.0;
                    wins += if scores[i] > scores[j] { 1.0 }
                        else if scores[i] == scores[j] { 0.5 } else { 0.0 };
                }
            }
            let auc = roc(&scores, &positive).unwrap().auc;
            prop_assert!((auc - wins / pairs).abs() < 1e-12);
            let turned: Vec<f64> = scores.iter().map(|s| -s).collect();
            prop_assert!((roc(&turned, &positive).unwrap().auc - (1.0 - auc)).abs() < 1e-12);
        }
    }
}
