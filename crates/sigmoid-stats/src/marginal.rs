use crate::error::{Result, StatsError};
use crate::tails::normal_quantile;

/// Distribution of the quiet counts, and the way from counts to normal scores and back.
///
/// Scores are normal quantiles of mid-ranks; the way back is the empirical quantile function.
#[derive(Debug, Clone)]
pub(crate) struct Marginal {
    /// Distinct counts, rising.
    values: Vec<f64>,
    /// Normal score of each.
    scores: Vec<f64>,
    /// Share of the counts up to and with each; the last is one.
    shares: Vec<f64>,
    /// Count at [`TAIL_FROM`] and mean excess of the counts above it.
    tail: [f64; 2],
}

/// Share of the days above which the distribution is continued by an exponential tail: the largest
/// count of a record is no bound of what the station can do, and surrogates that could not exceed it
/// let p ≤ 0.05 come too often where rates wander.
const TAIL_FROM: f64 = 0.97;
/// Counts that differ by no more than this share of the largest are one count and rounding.
const ROUNDING: f64 = 1e-9;
/// Largest counts whose squares and their products are numbers.
const UNIT_RANGE: std::ops::RangeInclusive<f64> = 1e-60..=1e60;

impl Marginal {
    pub(crate) fn new(counts: &[f64]) -> Result<Self> {
        let mut sorted = counts.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        check_spread(&sorted)?;
        let n = sorted.len() as f64;
        let mut marginal =
            Marginal { values: vec![], scores: vec![], shares: vec![], tail: [0.0; 2] };
        let mut below = 0.0;
        for group in sorted.chunk_by(|a, b| a == b) {
            let size = group.len() as f64;
            marginal.values.push(group[0]);
            marginal.scores.push(normal_quantile((below + 0.5 * size) / n));
            below += size;
            marginal.shares.push(below / n);
        }
        let from = marginal.quantile(TAIL_FROM);
        let above = &sorted[((TAIL_FROM * n) as usize).min(sorted.len() - 1)..];
        let excess = above.iter().map(|v| v - from).sum::<f64>() / above.len() as f64;
        marginal.tail = [from, excess];
        Ok(marginal)
    }

    /// [`quantile`](Self::quantile) with its end continued by an exponential tail.
    pub(crate) fn quantile_with_tail(&self, share: f64) -> f64 {
        if share < TAIL_FROM {
            return self.quantile(share);
        }
        let [from, excess] = self.tail;
        from + excess * ((1.0 - TAIL_FROM) / (1.0 - share).max(1e-12)).ln()
    }

    /// Normal score of one of the counts that the marginal was made from.
    pub(crate) fn score(&self, count: f64) -> f64 {
        let at = self.values.partition_point(|v| *v < count).min(self.values.len() - 1);
        self.scores[at]
    }

    /// Smallest count that at least this share of the quiet days does not exceed.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        self.values[self.shares.partition_point(|s| *s <= share).min(self.values.len() - 1)]
    }
}

/// Refuses sorted counts that are one count but for rounding, or whose squares would not be numbers.
fn check_spread(sorted: &[f64]) -> Result<()> {
    let (Some(&smallest), Some(&largest)) = (sorted.first(), sorted.last()) else {
        return Err(StatsError::TooFew { what: "quiet counts", needed: 2, got: 0 });
    };
    if largest - smallest <= ROUNDING * largest {
        let what = "the quiet record's count";
        return Err(StatsError::NoVariation { what, value: smallest });
    }
    if !UNIT_RANGE.contains(&largest) {
        let expected = "1e-60 to 1e60; count in another unit";
        return Err(StatsError::setting("largest quiet count", largest, expected));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_value_has_no_distribution() {
        assert!(Marginal::new(&[2.0; 50]).is_err());
        assert!(Marginal::new(&[]).is_err());
        let rounded: Vec<f64> = (0..50).map(|i| 0.1 + 1e-17 * f64::from(i % 2)).collect();
        assert!(rounded.iter().any(|v| *v != rounded[0]));
        let refused = Marginal::new(&rounded).unwrap_err();
        assert!(matches!(refused, StatsError::NoVariation { value: 0.1, .. }), "{refused}");
        // A small difference is none of rounding.
        assert!(Marginal::new(&[1.0, 1.0 + 1e-8]).is_ok());
    }

    #[test]
    fn counts_whose_squares_are_no_numbers_are_refused() {
        for unit in [1e-200, 1e200] {
            let refused = Marginal::new(&[unit, 2.0 * unit]).unwrap_err();
            assert!(refused.to_string().contains("count in another unit"), "{refused}");
        }
    }

    #[test]
    fn the_tail_goes_on_above_the_largest_count_with_the_same_mean() {
        let counts: Vec<f64> =
            (0..4000).map(|i| (-((f64::from(i) + 0.5) / 4000.0).ln()) * 5.0).collect();
        let marginal = Marginal::new(&counts).unwrap();
        for share in [0.98, 0.99, 0.999_99] {
            let exact = -5.0 * (1.0f64 - share).ln();
            let found = marginal.quantile_with_tail(share);
            assert!((found / exact - 1.0).abs() < 0.03, "{share}: {found} {exact}");
        }
        assert_eq!(marginal.quantile_with_tail(0.5), marginal.quantile(0.5));
    }

    proptest! {
        #[test]
        fn quantiles_of_an_even_grid_restore_the_counts(
            mut counts in prop::collection::vec((0u8..9).prop_map(f64::from), 20..200)
        ) {
            counts[0] = 9.0;
            counts[1] = 0.0;
            let marginal = Marginal::new(&counts).unwrap();
            let n = counts.len() as f64;
            let restored: Vec<f64> =
                (0..counts.len()).map(|i| marginal.quantile((i as f64 + 0.5) / n)).collect();
            counts.sort_unstable_by(f64::total_cmp);
            prop_assert_eq!(&restored, &counts);
            for pair in counts.windows(2) {
                prop_assert!((marginal.score(pair[0]) < marginal.score(pair[1])) == (pair[0] < pair[1]));
            }
        }
    }
}
