use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{Result, SpatialError};

/// How many permutations of the stations a p-value comes from, and the seed that draws them.
///
/// Where the stations have no more orders than `count`, all of them are enumerated and the seed is
/// not used.
///
/// ```
/// use graph_spatial::PermutationTest;
///
/// let test = PermutationTest::default().with_count(9_999).with_seed(7);
/// assert_eq!((test.count, test.seed), (9_999, 7));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PermutationTest {
    /// Number of permutations, at least 1.
    pub count: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for PermutationTest {
    /// 9,999 permutations, seed 0.
    fn default() -> Self {
        Self { count: 9_999, seed: 0 }
    }
}

impl PermutationTest {
    /// Sets the number of permutations.
    #[must_use]
    pub fn with_count(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// Permutation p-values of a statistic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PermutationValues {
    /// Share of permutations whose statistic is at least the observed one.
    pub p_greater: f64,
    /// Share of permutations whose statistic is at most the observed one.
    pub p_less: f64,
    /// Twice the smaller of the two, at most 1.
    pub p_two_sided: f64,
    /// Number of orders looked at, the observed one not counted among random draws.
    pub permutations: usize,
    /// Whether these were all orders that exist.
    pub exhaustive: bool,
}

/// Ties that only rounding separates count as ties.
const TIE: f64 = 1e-12;

/// Compares the statistic of the observed order with that of the others. The observed order counts
/// as one of the draws (Phipson & Smyth 2010), so that no p-value is zero.
pub(super) fn permute(
    stations: usize,
    test: PermutationTest,
    mut statistic: impl FnMut(&[usize]) -> f64,
) -> Result<PermutationValues> {
    if test.count == 0 {
        let requirement = "at least 1";
        return Err(SpatialError::Setting { name: "count", value: 0.0, requirement });
    }
    let mut order: Vec<usize> = (0..stations).collect();
    let observed = statistic(&order);
    let tie = TIE * observed.abs().max(1.0);
    let (mut greater, mut less) = (0_usize, 0_usize);
    let mut look = |order: &[usize]| {
        let value = statistic(order);
        greater += usize::from(value >= observed - tie);
        less += usize::from(value <= observed + tie);
    };

    let all = orders(stations).filter(|&n| n <= test.count);
    match all {
        Some(_) => for_each_order(&mut order, &mut look),
        None => {
            let mut rng = ChaCha8Rng::seed_from_u64(test.seed);
            for _ in 0..test.count {
                order.shuffle(&mut rng);
                look(&order);
            }
        }
    }
    // The enumeration meets the observed order by itself.
    let (own, permutations) = all.map_or((1, test.count), |n| (0, n));
    let share = |hits: usize| (hits + own) as f64 / (permutations + own) as f64;
    let (p_greater, p_less) = (share(greater), share(less));
    Ok(PermutationValues {
        p_greater,
        p_less,
        p_two_sided: (2.0 * p_greater.min(p_less)).min(1.0),
        permutations,
        exhaustive: all.is_some(),
    })
}

/// n!, where it fits.
fn orders(n: usize) -> Option<usize> {
    (1..=n).try_fold(1_usize, |product, i| product.checked_mul(i))
}

/// Heap's algorithm, each order once.
pub(super) fn for_each_order(order: &mut [usize], look: &mut impl FnMut(&[usize])) {
    let mut counters = vec![0; order.len()];
    look(order);
    let mut i = 1;
    while i < order.len() {
        if counters[i] < i {
            order.swap(if i % 2 == 0 { 0 } else { counters[i] }, i);
            look(order);
            counters[i] += 1;
            i = 1;
        } else {
            counters[i] = 0;
            i += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn enumeration_meets_every_order_once() {
        let mut seen = HashSet::new();
        let mut count = 0;
        for_each_order(&mut [0, 1, 2, 3, 4], &mut |order| {
            seen.insert(order.to_vec());
            count += 1;
        });
        assert_eq!((seen.len(), count), (120, 120));
    }

    #[test]
    fn exhaustive_p_is_a_known_fraction() {
        // The statistic is where station 0 went: greatest in 1 of 4 places, at least 2 in 2 of 4.
        let place =
            |of: usize| move |order: &[usize]| order.iter().position(|&s| s == of).unwrap() as f64;
        let top = permute(4, PermutationTest::default(), place(3)).unwrap();
        assert_eq!((top.p_greater, top.p_less, top.p_two_sided), (0.25, 1.0, 0.5));
        assert!(top.exhaustive && top.permutations == 24);
        let middle = permute(4, PermutationTest::default(), place(2)).unwrap();
        assert_eq!((middle.p_greater, middle.p_less), (0.5, 0.75));
    }

    #[test]
    fn random_draws_come_from_the_seed_and_estimate_the_exhaustive_p() {
        let first = |order: &[usize]| -(order[0] as f64);
        let run = |seed| permute(10, PermutationTest { count: 20_000, seed }, first).unwrap();
        assert_eq!(run(3), run(3));
        assert_ne!(run(3).p_greater, run(4).p_greater);
        // p = 1/10, standard error sqrt(0.09/20000) = 0.0021; five of them.
        assert!((run(3).p_greater - 0.1).abs() < 0.0106);
        assert!(!run(3).exhaustive);
        assert!(permute(3, PermutationTest { count: 0, seed: 0 }, first).is_err());
    }
}
