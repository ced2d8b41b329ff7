use serde::{Deserialize, Serialize};

use crate::error::{Result, check_finite, check_length};

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_score_without_one_kind_of_day_is_refused() {
        assert!(roc(&[1.0, 2.0], &[true, true]).is_err());
        assert!(roc(&[1.0, f64::NAN], &[true, false]).is_err());
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
