use statrs::function::gamma::ln_gamma;

use crate::marginal::Marginal;
use crate::tails::normal_quantile;

/// Latent values told apart: bins of equal width between ∓[`LATENT_END`].
const ROWS: usize = 96;
const LATENT_END: f64 = 4.0;
/// Equally likely counts for each.
const COLUMNS: usize = 128;
/// Largest share of the counts' variance that is taken as counting noise.
const LARGEST_NOISE_SHARE: f64 = 0.5;
/// Largest rate whose counts are gone through one by one. At this rate the quantiles in closed form are
/// theirs to 0.001 of a count.
const LARGEST_COUNTED: f64 = 1e6;

/// How a day's count follows from its latent Gaussian value z: first a rate e^(μ + σz), then a
/// Poisson count of that rate, then the value with the same rank among the quiet days' counts.
///
/// The counting noise is what a pure quantile transform lacks: where the rate is high the noise is
/// relatively small, so that slow swings show more clearly upwards than downwards. Surrogates
/// without this have too few large build-ups. The last step keeps the quiet record's distribution,
/// whatever it is, and continues its upper end.
#[derive(Debug, Clone)]
pub(crate) struct Observation {
    /// `[latent bin, column]`, the possible counts.
    table: Vec<f64>,
    kept_by_scores: f64,
    kept_by_counts: f64,
}

impl Observation {
    /// From the distribution of the quiet counts and its first two moments.
    pub(crate) fn new(marginal: &Marginal, mean: f64, variance: f64) -> Self {
        // Counts more even than Poisson's are counted in units smaller than one.
        let unit = (LARGEST_NOISE_SHARE * variance / mean).min(1.0);
        let log_variance = ((variance - unit * mean) / (mean * mean)).ln_1p();
        let sigma = log_variance.sqrt();
        let mut entries: Vec<(f64, u32)> = Vec::with_capacity(ROWS * COLUMNS);
        for row in 0..ROWS {
            let rate = mean / unit * (sigma * latent(row) - 0.5 * log_variance).exp();
            for (column, key) in poisson_keys(rate).into_iter().enumerate() {
                entries.push((key, (row * COLUMNS + column) as u32));
            }
        }
        entries.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let weights: Vec<f64> = (0..ROWS).map(weight).collect();
        let total = weights.iter().sum::<f64>() * COLUMNS as f64;
        let mut table = vec![0.0; ROWS * COLUMNS];
        let mut below = 0.0;
        for (_, index) in entries {
            let own = weights[index as usize / COLUMNS] / total;
            table[index as usize] = marginal.quantile_with_tail(below + 0.5 * own);
            below += own;
        }
        let kept = |of: &dyn Fn(f64) -> f64| first_share(&table, &weights, of);
        Observation {
            kept_by_scores: kept(&|count| marginal.score(count)),
            kept_by_counts: kept(&|count| count),
            table,
        }
    }

    /// The count of a latent value and 32 random bits.
    pub(crate) fn count(&self, z: f64, bits: u32) -> f64 {
        let at = (z + LATENT_END) * (ROWS as f64 / (2.0 * LATENT_END));
        // The conversion saturates, so that values beyond the ends belong to the outer bins.
        let row = (at as usize).min(ROWS - 1);
        self.table[row * COLUMNS + bits as usize % COLUMNS]
    }

    /// Share of the latent series' correlation that survives in the normal scores of the counts
    /// (first Hermite term).
    pub(crate) fn kept_by_scores(&self) -> f64 {
        self.kept_by_scores
    }

    /// The same for the counts themselves.
    pub(crate) fn kept_by_counts(&self) -> f64 {
        self.kept_by_counts
    }
}

/// Middle of a bin.
fn latent(row: usize) -> f64 {
    LATENT_END * ((2 * row + 1) as f64 / ROWS as f64 - 1.0)
}

/// Its probability, up to a factor.
fn weight(row: usize) -> f64 {
    (-0.5 * latent(row).powi(2)).exp()
}

/// Sorting keys of equally likely Poisson counts: the count and, behind the point, the place
/// inside its share of probability.
fn poisson_keys(rate: f64) -> Vec<f64> {
    if rate <= LARGEST_COUNTED { counted_keys(rate) } else { normal_keys(rate) }
}

/// Middle of a column's share of probability.
fn share(column: usize) -> f64 {
    (column as f64 + 0.5) / COLUMNS as f64
}

/// Quantiles of a Poisson count and its place inside its share, by Cornish and Fisher's expansion: the
/// place adds a half to the mean and a twelfth to the variance.
fn normal_keys(rate: f64) -> Vec<f64> {
    let spread = (rate + 1.0 / 12.0).sqrt();
    let key = |column: usize| {
        let z = normal_quantile(share(column));
        rate + (0.5 + z * spread + (z * z - 1.0) / 6.0)
    };
    (0..COLUMNS).map(key).collect()
}

/// The same by going through the counts, some 22·√rate of them.
fn counted_keys(rate: f64) -> Vec<f64> {
    let mut keys = Vec::with_capacity(COLUMNS);
    // Far below the mean nothing is left of the probability.
    let mut count = (rate - 10.0 * rate.sqrt() - 10.0).max(0.0).floor();
    let mut below = 0.0;
    let mut mass = (count * rate.ln() - rate - ln_gamma(count + 1.0)).exp();
    let last = rate + 12.0 * rate.sqrt() + 20.0;
    while keys.len() < COLUMNS {
        let u = share(keys.len());
        if u < below + mass || count > last {
            keys.push(count + ((u - below) / mass).clamp(0.0, 1.0 - 1e-9));
        } else {
            below += mass;
            count += 1.0;
            mass *= rate / count;
        }
    }
    keys
}

/// Squared covariance of a function of the count with the latent value, over its variance.
fn first_share(table: &[f64], weights: &[f64], of: &dyn Fn(f64) -> f64) -> f64 {
    let (mut n, mut mean, mut square, mut cross) = (0.0, 0.0, 0.0, 0.0);
    for (row, (counts, weight)) in table.chunks(COLUMNS).zip(weights).enumerate() {
        for count in counts {
            let value = of(*count);
            n += weight;
            mean += weight * value;
            square += weight * value * value;
            cross += weight * value * latent(row);
        }
    }
    let variance = square / n - (mean / n).powi(2);
    if variance > 0.0 { ((cross / n).powi(2) / variance).min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::StandardNormal;

    use super::*;
    use crate::CountProcess;

    fn moments(counts: &[f64]) -> (f64, f64) {
        let n = counts.len() as f64;
        let mean = counts.iter().sum::<f64>() / n;
        (mean, counts.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n)
    }

    fn observation(counts: &[f64]) -> Observation {
        let (mean, variance) = moments(counts);
        Observation::new(&Marginal::new(counts).unwrap(), mean, variance)
    }

    #[test]
    fn the_quiet_distribution_is_kept_whatever_it_is() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let poisson = CountProcess::Poisson { mean: 4.0 }.draw(5000, 1).unwrap();
        let even: Vec<f64> = (0..5000).map(|i| 20.0 + f64::from(i % 3)).collect();
        let rare: Vec<f64> = (0..5000).map(|i| f64::from(u8::from(i % 20 == 0)) * 7.5).collect();
        let busy: Vec<f64> = (0..5000).map(|i| 900.0 + 300.0 * f64::from(i % 7)).collect();
        let huge: Vec<f64> = poisson.iter().map(|y| 1e13 * y).collect();
        let even_and_large: Vec<f64> = poisson.iter().map(|y| 1000.0 + 1e-4 * y).collect();
        for counts in [poisson, even, rare, busy, huge, even_and_large] {
            let observation = observation(&counts);
            let drawn: Vec<f64> = (0..40_000)
                .map(|_| {
                    let z: f64 = rng.sample(StandardNormal);
                    observation.count(z, rng.next_u32())
                })
                .collect();
            let ((mean, variance), (m, v)) = (moments(&counts), moments(&drawn));
            assert!((m - mean).abs() < 5.0 * (variance / 40_000.0).sqrt(), "{m} {mean}");
            assert!((v / variance - 1.0).abs() < 0.06, "{v} {variance}");
        }
    }

    #[test]
    fn a_poisson_record_of_lognormal_rate_keeps_its_known_correlation() {
        // Counts of rate m·e^(σx − σ²/2): the part of their variance that the rate explains to
        // first order is (m·σ)²/(m + m²(e^(σ²) − 1)).
        let (mean, sigma) = (10.0, 0.4f64);
        let process = CountProcess::LatentAr { mean, sigma, rho: 0.0 };
        let counts = process.draw(50_000, 3).unwrap();
        let exact = (mean * sigma).powi(2) / (mean + mean * mean * ((sigma * sigma).exp() - 1.0));
        let kept = observation(&counts).kept_by_counts();
        assert!((kept - exact).abs() < 0.03, "{kept} {exact}");
    }

    #[test]
    fn poisson_keys_have_the_poisson_mean() {
        for rate in [1e-3, 0.7, 30.0, 5e4] {
            let keys = poisson_keys(rate);
            let mean = keys.iter().map(|k| k.floor()).sum::<f64>() / COLUMNS as f64;
            assert!((mean - rate).abs() < 0.02 * rate.sqrt() + 2e-3, "{rate} {mean}");
            assert!(keys.is_sorted());
        }
    }

    #[test]
    fn keys_in_closed_form_go_on_where_counting_ends_and_have_an_end() {
        let counted = poisson_keys(LARGEST_COUNTED);
        for (counted, normal) in counted.iter().zip(normal_keys(LARGEST_COUNTED)) {
            assert!((counted - normal).abs() < 1e-3, "{counted} {normal}");
        }
        // Counting would take minutes at the second, and for ever above 2^53.
        for rate in [1.001 * LARGEST_COUNTED, 1e15, 1e18, 1e60] {
            let keys = poisson_keys(rate);
            let mean = keys.iter().map(|k| k / COLUMNS as f64).sum::<f64>();
            assert!((mean - rate).abs() < 0.02 * rate.sqrt() + 1e-14 * rate, "{rate} {mean}");
            assert!(keys.is_sorted());
        }
    }
}
