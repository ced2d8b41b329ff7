use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::dynamics::{Dynamics, Memory};
use crate::error::Result;
use crate::nuisance::Nuisance;
use crate::quiet_spectrum::QuietSpectrum;

/// Correlation times of the fast part, days, and those at which the slow one begins.
const FAST_TIMES: [f64; 7] = [0.45, 0.72, 1.15, 1.84, 2.95, 4.7, 7.5];
const SLOWEST_START: f64 = 12.0;
/// Ratio of neighbouring correlation times.
const TIME_RATIO: f64 = 1.6;
/// A quarter of the quiet record is the longest memory that it can tell from a trend.
const LONGEST_SHARE: f64 = 0.25;
/// Shares of the variance that the slow part is tried with.
const SLOW_SHARES: [f64; 12] =
    [0.0, 0.004, 0.012, 0.025, 0.045, 0.08, 0.14, 0.24, 0.4, 0.6, 0.82, 0.97];
/// Shares of the rest that the fast part is tried with, evenly in arcsin √.
const FAST_SHARES: usize = 9;

/// What the quiet record says about its [`Dynamics`]: a posterior on a grid.
///
/// Likelihood: Whittle's, with the exact expectation of the periodogram, gaps and the removal of
/// mean and trend included (Sykulski et al. 2019), the scale integrated out. Prior: even in the
/// logarithm of the correlation times and in arcsin √ of the shares (Jeffreys' for a share), with
/// [`NO_SLOW_PART`] of it on no slow part at all. Surrogates draw their dynamics from here, so that
/// what the record cannot tell widens the null distribution.
#[derive(Debug, Clone)]
pub(crate) struct Posterior {
    cells: Vec<Dynamics>,
    /// Running sums of the posterior weights; the last is 1.
    running: Vec<f64>,
}

/// Prior probability that there is no slow part.
const NO_SLOW_PART: f64 = 0.2;

impl Posterior {
    /// `scores` is `[day]`, `None` where the day is not quiet or not observed; `kept` is the share
    /// of the latent correlation that is in them; `nuisance` has been taken out of them.
    pub(crate) fn new(scores: &[Option<f64>], nuisance: &Nuisance, kept: f64) -> Result<Self> {
        let spectrum = QuietSpectrum::new(scores, nuisance);
        let longest = (LONGEST_SHARE * spectrum.observed() as f64).max(1.5 * SLOWEST_START);
        let mut slow_times = Vec::new();
        let mut time = SLOWEST_START;
        while time <= longest {
            slow_times.push(time);
            time *= TIME_RATIO;
        }
        let parts = |times: &[f64]| -> Vec<(f64, Vec<f64>)> {
            let rho = |time: &f64| (-1.0 / time).exp();
            times.iter().map(rho).map(|rho| (rho, spectrum.expected(rho))).collect()
        };
        let (fast, slow) = (parts(&FAST_TIMES), parts(&slow_times));
        let white = spectrum.expected(0.0);
        let mut cells = Vec::new();
        let mut logs = Vec::new();
        let mut model = vec![0.0; white.len()];
        for (s, prior) in SLOW_SHARES.into_iter().zip(slow_prior()) {
            for (slow_rho, slow_spectrum) in &slow {
                for j in 0..FAST_SHARES {
                    let angle =
                        std::f64::consts::FRAC_PI_2 * (j as f64) / (FAST_SHARES as f64 - 0.5);
                    let f = (1.0 - s) * angle.sin().powi(2);
                    for (fast_rho, fast_spectrum) in &fast {
                        let rest = 1.0 - kept * (f + s);
                        for (k, m) in model.iter_mut().enumerate() {
                            *m = rest * white[k]
                                + kept * (f * fast_spectrum[k] + s * slow_spectrum[k]);
                        }
                        let dynamics = Dynamics {
                            fast: Memory { share: f, rho: *fast_rho },
                            slow: Memory { share: s, rho: *slow_rho },
                        };
                        cells.push(dynamics);
                        logs.push(spectrum.log_likelihood(&model) + prior.ln());
                        if f == 0.0 {
                            // Without a fast part its time says nothing: one cell has all of it.
                            *logs.last_mut().expect("just pushed") +=
                                (FAST_TIMES.len() as f64).ln();
                            break;
                        }
                    }
                }
                if s == 0.0 {
                    break;
                }
            }
        }
        Ok(Self::from_logs(cells, &logs, slow_times.len()))
    }

    fn from_logs(cells: Vec<Dynamics>, logs: &[f64], slow_times: usize) -> Self {
        let best = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut total = 0.0;
        let mut running: Vec<f64> = logs
            .iter()
            .zip(&cells)
            .map(|(l, cell)| {
                // The cell without a slow part stands for all slow times.
                let times = if cell.slow.share == 0.0 { slow_times as f64 } else { 1.0 };
                total += times * (l - best).exp();
                total
            })
            .collect();
        running.iter_mut().for_each(|r| *r /= total);
        Posterior { cells, running }
    }

    pub(crate) fn sample(&self, rng: &mut ChaCha8Rng) -> Dynamics {
        let at: f64 = rng.random();
        self.cells[self.running.partition_point(|r| *r < at).min(self.cells.len() - 1)]
    }

    /// Posterior mean of a function of the dynamics.
    pub(crate) fn mean(&self, of: impl Fn(&Dynamics) -> f64) -> f64 {
        self.weighted().map(|(cell, weight)| weight * of(cell)).sum()
    }

    /// Mean correlation at lags 0..`lags` of the latent series.
    pub(crate) fn correlation(&self, lags: usize) -> Vec<f64> {
        let mut mean = vec![0.0; lags];
        for (cell, weight) in self.weighted().filter(|(_, weight)| *weight > 1e-7) {
            for part in [cell.fast, cell.slow] {
                let mut power = weight * part.share;
                for value in mean.iter_mut().skip(1) {
                    power *= part.rho;
                    if power < 1e-12 {
                        break;
                    }
                    *value += power;
                }
            }
        }
        mean.iter_mut().take(1).for_each(|v| *v = 1.0);
        mean
    }

    fn weighted(&self) -> impl Iterator<Item = (&Dynamics, f64)> {
        let before = std::iter::once(0.0).chain(self.running.iter().copied());
        self.cells.iter().zip(&self.running).zip(before).map(|((cell, r), b)| (cell, r - b))
    }
}

/// Prior probability of each of [`SLOW_SHARES`]: the width of its cell in arcsin √.
fn slow_prior() -> [f64; SLOW_SHARES.len()] {
    let angle = SLOW_SHARES.map(|s| s.sqrt().asin());
    let mut prior = [0.0; SLOW_SHARES.len()];
    for k in 1..prior.len() {
        let low = if k == 1 { 0.0 } else { 0.5 * (angle[k - 1] + angle[k]) };
        let high = angle.get(k + 1).map_or(std::f64::consts::FRAC_PI_2, |a| 0.5 * (a + angle[k]));
        prior[k] = (1.0 - NO_SLOW_PART) * (high - low) / std::f64::consts::FRAC_PI_2;
    }
    prior[0] = NO_SLOW_PART;
    prior
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn the_prior_sums_to_one() {
        assert!((slow_prior().iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_posterior_finds_both_memories_of_a_long_record() {
        let truth = Dynamics {
            fast: Memory { share: 0.4, rho: 0.6 },
            slow: Memory { share: 0.15, rho: 0.97 },
        };
        let mut series = vec![0.0; 6000];
        truth.draw(&mut series, &mut ChaCha8Rng::seed_from_u64(5));
        let nuisance = Nuisance::constant(&vec![true; 6000]);
        nuisance.remove(&mut series);
        // One day in seven and a stretch of 500 days are missing.
        let seen = |(i, v): (usize, &f64)| (i % 7 != 3 && !(2000..2500).contains(&i)).then_some(*v);
        let scores: Vec<Option<f64>> = series.iter().enumerate().map(seen).collect();
        let read: Vec<bool> = scores.iter().map(Option::is_some).collect();
        let posterior = Posterior::new(&scores, &Nuisance::constant(&read), 1.0).unwrap();
        for lag in [1, 5, 20, 40] {
            let found = posterior.mean(|d| d.correlation(lag));
            assert!((found - truth.correlation(lag)).abs() < 0.06, "{lag}: {found}");
            assert!((posterior.correlation(50)[lag] - found).abs() < 1e-3);
        }
    }
}
