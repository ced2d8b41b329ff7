use crate::error::{Result, StatsError};
use crate::tails::{normal_density, normal_quantile};

/// Terms of the Hermite series that links the correlation of a Gaussian series to that of the
/// counts made from it.
const HERMITE_TERMS: usize = 12;

/// Distribution of the quiet counts, and the way from counts to normal scores and back.
///
/// Scores are normal quantiles of mid-ranks; the way back is the empirical quantile function, so
/// that a Gaussian series becomes counts with exactly the quiet record's distribution.
#[derive(Debug, Clone)]
pub(crate) struct Marginal {
    /// Distinct counts, rising.
    values: Vec<f64>,
    /// Normal score of each.
    scores: Vec<f64>,
    /// Normal quantile of the share of counts up to and with each; the last is infinite.
    edges: Vec<f64>,
}

impl Marginal {
    pub(crate) fn new(counts: &[f64]) -> Result<Self> {
        let mut sorted = counts.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let mut marginal = Marginal { values: vec![], scores: vec![], edges: vec![] };
        let mut below = 0.0;
        for group in sorted.chunk_by(|a, b| a == b) {
            let size = group.len() as f64;
            marginal.values.push(group[0]);
            marginal.scores.push(normal_quantile((below + 0.5 * size) / n));
            below += size;
            let share = below / n;
            marginal.edges.push(if share < 1.0 { normal_quantile(share) } else { f64::INFINITY });
        }
        match marginal.values.as_slice() {
            [] => Err(StatsError::TooFew { what: "quiet counts", needed: 2, got: 0 }),
            &[value] => Err(StatsError::NoVariation { what: "the quiet record's count", value }),
            _ => Ok(marginal),
        }
    }

    /// Normal score of one of the counts that the marginal was made from.
    pub(crate) fn score(&self, count: f64) -> f64 {
        let at = self.values.partition_point(|v| *v < count).min(self.values.len() - 1);
        self.scores[at]
    }

    /// Count that belongs to a standard normal value.
    pub(crate) fn count(&self, normal: f64) -> f64 {
        self.values[self.edges.partition_point(|edge| *edge <= normal).min(self.values.len() - 1)]
    }

    /// Share of a Gaussian series' correlation that survives in the scores of the counts made from
    /// it (first Hermite term): counts are coarse, so some is lost.
    pub(crate) fn kept_by_scores(&self) -> f64 {
        first_share(&self.hermite(&self.scores))
    }

    /// The same for the counts themselves, which are skewed besides.
    pub(crate) fn kept_by_counts(&self) -> f64 {
        first_share(&self.hermite(&self.values))
    }

    /// Squared Hermite coefficients 1.. of the step function with these levels.
    fn hermite(&self, levels: &[f64]) -> Vec<f64> {
        let mut squares = vec![0.0; HERMITE_TERMS];
        let mut sums = vec![0.0; HERMITE_TERMS];
        for (k, level) in levels.iter().enumerate() {
            let lower = if k == 0 { f64::NEG_INFINITY } else { self.edges[k - 1] };
            let (from, to) = (hermite_density(lower), hermite_density(self.edges[k]));
            for j in 0..HERMITE_TERMS {
                sums[j] += level * (from[j] - to[j]);
            }
        }
        let mut factorial = 1.0;
        for j in 0..HERMITE_TERMS {
            factorial *= (j + 1) as f64;
            squares[j] = sums[j] * sums[j] / factorial;
        }
        squares
    }
}

fn first_share(squares: &[f64]) -> f64 {
    let total: f64 = squares.iter().sum();
    if total > 0.0 { squares[0] / total } else { 1.0 }
}

/// He_j(x)·φ(x) for j = 0.., zero at infinity.
fn hermite_density(x: f64) -> [f64; HERMITE_TERMS] {
    let mut terms = [0.0; HERMITE_TERMS];
    if x.is_finite() {
        terms[0] = normal_density(x);
        terms[1] = x * terms[0];
        for j in 2..HERMITE_TERMS {
            terms[j] = x * terms[j - 1] - (j - 1) as f64 * terms[j - 2];
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_equal_values_keep_the_known_share_of_correlation() {
        // For a median split the correlation is (2/π)·asin ρ, whose first term is 2ρ/π.
        let counts: Vec<f64> = (0..1000).map(|i| f64::from(i % 2)).collect();
        let marginal = Marginal::new(&counts).unwrap();
        let squares = marginal.hermite(&marginal.values);
        assert!((squares[0] - 0.25 * 2.0 / std::f64::consts::PI).abs() < 1e-9);
        assert!(squares[1].abs() < 1e-12);
    }

    #[test]
    fn one_value_has_no_distribution() {
        assert!(Marginal::new(&[2.0; 50]).is_err());
        assert!(Marginal::new(&[]).is_err());
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
                (0..counts.len()).map(|i| marginal.count(normal_quantile((i as f64 + 0.5) / n))).collect();
            counts.sort_unstable_by(f64::total_cmp);
            prop_assert_eq!(&restored, &counts);
            for pair in counts.windows(2) {
                prop_assert!((marginal.score(pair[0]) < marginal.score(pair[1])) == (pair[0] < pair[1]));
            }
        }
    }
}
