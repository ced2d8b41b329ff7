use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, Poisson, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};
use crate::sigmoid_curve::logistic;

/// A stationary process of daily counts, to try statistics on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum CountProcess {
    /// Independent Poisson counts.
    Poisson {
        /// Mean per day.
        mean: f64,
    },
    /// Independent negative binomial counts.
    NegativeBinomial {
        /// Mean per day.
        mean: f64,
        /// Variance per day, greater than the mean.
        variance: f64,
    },
    /// Poisson counts whose log rate is a first-order autoregression.
    LatentAr {
        /// Mean per day.
        mean: f64,
        /// Standard deviation of the log rate.
        sigma: f64,
        /// Correlation of the log rate from day to day, −1..1.
        rho: f64,
    },
}

impl CountProcess {
    /// Draws `days` counts.
    ///
    /// ```
    /// let process = sigmoid_stats::CountProcess::Poisson { mean: 4.0 };
    /// let counts = process.draw(1000, 7)?;
    /// let mean = counts.iter().sum::<f64>() / 1000.0;
    /// assert!((mean - 4.0).abs() < 0.3);
    /// # Ok::<(), sigmoid_stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// Parameters outside their range.
    pub fn draw(&self, days: usize, seed: u64) -> Result<Vec<f64>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        match *self {
            CountProcess::Poisson { mean } => {
                let poisson = poisson(mean)?;
                Ok((0..days).map(|_| poisson.sample(&mut rng)).collect())
            }
            CountProcess::NegativeBinomial { mean, variance } => {
                let excess = variance - mean;
                let gamma = Gamma::new(mean * mean / excess, excess / mean).map_err(|_| {
                    StatsError::setting("variance", variance, "greater than a positive mean")
                })?;
                (0..days).map(|_| draw_poisson(gamma.sample(&mut rng), &mut rng)).collect()
            }
            CountProcess::LatentAr { mean, sigma, rho } => {
                if !(rho.abs() < 1.0 && sigma >= 0.0 && sigma.is_finite()) {
                    return Err(StatsError::setting("rho, sigma", rho, "|rho| < 1, sigma >= 0"));
                }
                // The rates may underflow to zero, the mean may not be it.
                poisson(mean)?;
                let innovation = (1.0 - rho * rho).sqrt();
                let mut state: f64 = rng.sample(StandardNormal);
                (0..days)
                    .map(|_| {
                        let rate = mean * (sigma * state - 0.5 * sigma * sigma).exp();
                        let shock: f64 = rng.sample(StandardNormal);
                        state = rho * state + innovation * shock;
                        draw_poisson(rate, &mut rng)
                    })
                    .collect()
            }
        }
    }
}

/// Adds Poisson events at the rate of a sigmoid with `amplitude` events in all, steepness `b` per
/// day, whose middle is at day `c` of the record (c = 10.5 is noon of the day with index 10).
///
/// # Errors
/// Amplitude negative, steepness not positive, or a value that is not finite.
pub fn plant_sigmoid(counts: &mut [f64], amplitude: f64, b: f64, c: f64, seed: u64) -> Result<()> {
    if !(amplitude >= 0.0 && amplitude.is_finite() && b > 0.0 && b.is_finite() && c.is_finite()) {
        return Err(StatsError::setting(
            "amplitude, b, c",
            format!("{amplitude}, {b}, {c}"),
            "amplitude >= 0, b > 0, all finite",
        ));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for (i, count) in counts.iter_mut().enumerate() {
        let rise = logistic(b * (i as f64 + 1.0 - c)) - logistic(b * (i as f64 - c));
        *count += draw_poisson(amplitude * rise, &mut rng)?;
    }
    Ok(())
}

fn poisson(mean: f64) -> Result<Poisson<f64>> {
    Poisson::new(mean).map_err(|_| StatsError::setting("mean", mean, "positive and finite"))
}

fn draw_poisson(rate: f64, rng: &mut ChaCha8Rng) -> Result<f64> {
    // A rate that has underflowed gives no events; the distribution itself refuses zero.
    if rate < 1e-12 { Ok(0.0) } else { Ok(poisson(rate)?.sample(rng)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_asked_for() {
        let cases = [
            (CountProcess::Poisson { mean: 4.0 }, 4.0, 4.0, 0.0),
            (CountProcess::NegativeBinomial { mean: 13.0, variance: 36.0 }, 13.0, 36.0, 0.0),
            (
                CountProcess::LatentAr { mean: 4.0, sigma: 0.5, rho: 0.8 },
                4.0,
                4.0 + 16.0 * (0.25f64.exp() - 1.0),
                0.42,
            ),
        ];
        for (process, mean, variance, correlation) in cases {
            let x = process.draw(200_000, 1).unwrap();
            let n = x.len() as f64;
            let m = x.iter().sum::<f64>() / n;
            let v = x.iter().map(|x| (x - m).powi(2)).sum::<f64>() / n;
            let r = x.windows(2).map(|p| (p[0] - m) * (p[1] - m)).sum::<f64>() / n / v;
            assert!((m / mean - 1.0).abs() < 0.03, "{process:?} {m}");
            assert!((v / variance - 1.0).abs() < 0.05, "{process:?} {v}");
            assert!((r - correlation).abs() < 0.02, "{process:?} {r}");
        }
    }

    #[test]
    fn planted_events_sum_to_the_amplitude_around_the_middle() {
        let mut counts = vec![0.0; 400];
        plant_sigmoid(&mut counts, 10_000.0, 0.1, 200.5, 2).unwrap();
        let total: f64 = counts.iter().sum();
        let middle: f64 = counts.iter().enumerate().map(|(i, c)| i as f64 * c).sum::<f64>() / total;
        assert!((total - 10_000.0).abs() < 400.0, "{total}");
        assert!((middle - 200.0).abs() < 1.0, "{middle}");
    }

    #[test]
    fn bad_parameters_are_refused() {
        assert!(CountProcess::Poisson { mean: -1.0 }.draw(5, 0).is_err());
        assert!(CountProcess::NegativeBinomial { mean: 4.0, variance: 3.0 }.draw(5, 0).is_err());
        let unit_root = CountProcess::LatentAr { mean: 4.0, sigma: 0.5, rho: 1.0 };
        assert!(unit_root.draw(5, 0).is_err());
        for mean in [-5.0, 0.0, f64::NAN] {
            let refused = CountProcess::LatentAr { mean, sigma: 0.5, rho: 0.8 }.draw(5, 0);
            assert!(refused.unwrap_err().to_string().starts_with("mean"), "{mean}");
        }
        assert!(plant_sigmoid(&mut [0.0], -1.0, 0.1, 0.0, 0).is_err());
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let read = serde_json::from_str::<CountProcess>;
        assert_eq!(
            read(r#"{"poisson":{"mean":4.0}}"#).unwrap(),
            CountProcess::Poisson { mean: 4.0 }
        );
        assert!(read(r#"{"poisson":{"mean":4.0,"variance":9.0}}"#).is_err());
    }
}
