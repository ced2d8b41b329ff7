use ndarray::{ArrayView2, Axis};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, weighted::WeightedIndex};
use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

use crate::error::{Result, StatsError};
use crate::tails::{poisson_cdf, poisson_upper_tail};

/// Number test of a rate forecast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NumberTest {
    /// Expected number of events.
    pub expected: f64,
    /// Observed number.
    pub observed: usize,
    /// δ1: probability of as many or more. Small: too few were forecast.
    pub at_least: f64,
    /// δ2: probability of as many or fewer. Small: too many were forecast.
    pub at_most: f64,
}

/// A test by catalogues simulated from the forecast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SimulatedTest {
    /// Log likelihood of the observed events.
    pub log_likelihood: f64,
    /// Share of simulated catalogues with a likelihood as small or smaller. Small: the events lie
    /// where the forecast did not expect them.
    pub quantile: f64,
}

/// The tests of the Collaboratory for the Study of Earthquake Predictability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsistencyTests {
    /// N: is the number right?
    pub number: NumberTest,
    /// L, conditional on the number: is the whole table right? `None`, as S and M, without an event, whose place
    /// it could ask for.
    pub likelihood: Option<SimulatedTest>,
    /// S: is the distribution over space right?
    pub space: Option<SimulatedTest>,
    /// M: is the distribution over magnitude right?
    pub magnitude: Option<SimulatedTest>,
}

/// N-, conditional L-, M- and S-tests (Schorlemmer et al. 2007; Zechar et al. 2010) of expected
/// numbers `[cell, magnitude bin]` against observed ones of the same shape.
///
/// ```
/// use ndarray::array;
///
/// let expected = array![[4.0, 1.0], [0.4, 0.1]];
/// let observed = array![[0, 0], [4, 1]]; // all where little was expected
/// let tests = sigmoid_stats::consistency_tests(expected.view(), observed.view(), 999, 1)?;
/// assert!(tests.space.unwrap().quantile < 0.01 && tests.magnitude.unwrap().quantile > 0.05);
/// assert!(tests.number.at_least > 0.05 && tests.number.at_most > 0.05);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Unequal shapes, an expected number that is negative or not finite, a forecast of nothing, an
/// event in a cell where none was expected, fewer than 99 simulations.
pub fn consistency_tests(
    expected: ArrayView2<'_, f64>,
    observed: ArrayView2<'_, usize>,
    simulations: usize,
    seed: u64,
) -> Result<ConsistencyTests> {
    crate::error::check_length("observed", observed.len(), expected.len(), "bin")?;
    if expected.dim() != observed.dim() {
        let got = format!("{:?}", observed.dim());
        return Err(StatsError::setting("shape of observed", got, "that of expected"));
    }
    if simulations < 99 {
        return Err(StatsError::setting("simulations", simulations, "99 or more"));
    }
    let rates: Vec<f64> = expected.iter().copied().collect();
    let counts: Vec<usize> = observed.iter().copied().collect();
    crate::error::check_finite("expected", &rates)?;
    if let Some(index) = rates.iter().position(|r| *r < 0.0) {
        return Err(StatsError::NotPositive { what: "expected", index, value: rates[index] });
    }
    let number: usize = counts.iter().sum();
    let sums = |axis: usize| {
        (expected.sum_axis(Axis(axis)).to_vec(), observed.sum_axis(Axis(axis)).to_vec())
    };
    let (space_rates, space_counts) = sums(1);
    let (magnitude_rates, magnitude_counts) = sums(0);
    let total: f64 = rates.iter().sum();
    if total <= 0.0 {
        return Err(StatsError::setting("expected", total, "not all of them zero"));
    }
    Ok(ConsistencyTests {
        number: NumberTest {
            expected: total,
            observed: number,
            at_least: poisson_upper_tail(number, total),
            at_most: poisson_cdf(number, total),
        },
        likelihood: simulated(&rates, &counts, simulations, seed, 0)?,
        space: simulated(&space_rates, &space_counts, simulations, seed, 1)?,
        magnitude: simulated(&magnitude_rates, &magnitude_counts, simulations, seed, 2)?,
    })
}

/// Likelihood of the counts among catalogues of as many events drawn from the rates, which are
/// scaled to that number; `None` without an event.
fn simulated(
    rates: &[f64],
    counts: &[usize],
    simulations: usize,
    seed: u64,
    stream: u64,
) -> Result<Option<SimulatedTest>> {
    let number: usize = counts.iter().sum();
    if number == 0 {
        return Ok(None);
    }
    let total: f64 = rates.iter().sum();
    let scale = number as f64 / total;
    let empty = counts.iter().zip(rates).position(|(n, r)| *n > 0 && *r <= 0.0);
    if let Some(index) = empty {
        return Err(StatsError::NotPositive {
            what: "expected (an event fell there)",
            index,
            value: rates[index],
        });
    }
    let log_likelihood = |counts: &[usize]| -> f64 {
        let of = |(n, r): (&usize, &f64)| {
            if *n == 0 { 0.0 } else { *n as f64 * (r * scale).ln() - ln_gamma(*n as f64 + 1.0) }
        };
        counts.iter().zip(rates).map(of).sum::<f64>() - number as f64
    };
    let bins = WeightedIndex::new(rates)
        .map_err(|e| StatsError::setting("expected", e, "not all of them zero"))?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    let own = log_likelihood(counts);
    let mut drawn = vec![0usize; counts.len()];
    let mut below = 0;
    for _ in 0..simulations {
        drawn.fill(0);
        (0..number).for_each(|_| drawn[bins.sample(&mut rng)] += 1);
        // Equal catalogues must compare equal whatever the order of summation.
        below += usize::from(log_likelihood(&drawn) <= own + 1e-9 * own.abs());
    }
    let quantile = (1.0 + below as f64) / (1.0 + simulations as f64);
    Ok(Some(SimulatedTest { log_likelihood: own, quantile }))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use rand_distr::Poisson;

    use super::*;

    #[test]
    fn a_true_forecast_passes_as_often_as_it_should() {
        let expected = Array2::from_shape_fn((30, 4), |(i, j)| {
            0.08 * (1 + i % 7) as f64 * 0.4f64.powi(j as i32) + 0.01
        });
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let mut failed = [0; 4];
        for seed in 0..300 {
            let observed = expected.mapv(|r| Poisson::new(r).unwrap().sample(&mut rng) as usize);
            let tests = consistency_tests(expected.view(), observed.view(), 99, seed).unwrap();
            let small = |test: Option<SimulatedTest>| test.is_some_and(|t| t.quantile <= 0.05);
            failed[0] += usize::from(small(tests.likelihood));
            failed[1] += usize::from(small(tests.space));
            failed[2] += usize::from(small(tests.magnitude));
            failed[3] += usize::from(tests.number.at_least <= 0.05);
        }
        // Discrete tests err on the safe side; binomial(300, 0.05) exceeds 28 with p < 1e-3.
        assert!(failed.iter().all(|n| *n <= 28), "{failed:?}");
        assert!(failed[0] >= 3 && failed[1] >= 3, "{failed:?}");
    }

    /// Twelve were expected and none came: nothing refutes a forecast more.
    #[test]
    fn a_period_without_events_tests_the_number() {
        let expected = array![[10.0, 2.0]];
        let tests = consistency_tests(expected.view(), array![[0, 0]].view(), 99, 0).unwrap();
        assert_eq!((tests.number.observed, tests.number.at_least), (0, 1.0));
        assert!((tests.number.at_most / (-12.0_f64).exp() - 1.0).abs() < 1e-10);
        assert_eq!((tests.likelihood, tests.space, tests.magnitude), (None, None, None));
        let nothing = array![[0.0, 0.0]];
        assert!(consistency_tests(nothing.view(), array![[0, 0]].view(), 99, 0).is_err());
    }

    #[test]
    fn bad_tables_are_refused() {
        let good = array![[1.0, 1.0]];
        let of = |expected: &Array2<f64>, observed: &Array2<usize>| {
            consistency_tests(expected.view(), observed.view(), 99, 0)
        };
        assert!(of(&good, &array![[1], [0]]).is_err());
        assert!(of(&array![[-1.0, 1.0]], &array![[0, 1]]).is_err());
        let impossible = of(&array![[0.0, 1.0]], &array![[1, 0]]).unwrap_err();
        assert!(impossible.to_string().contains("an event fell there"), "{impossible}");
        assert!(consistency_tests(good.view(), array![[1, 0]].view(), 9, 0).is_err());
    }
}
