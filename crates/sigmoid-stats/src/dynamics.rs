use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// How quiet counts remember: an unobserved Gaussian series of variance one, the sum of a fast and
/// a slow first-order autoregression and of white noise, from which the counts follow by
/// [`Observation`](crate::observation::Observation).
///
/// White noise is what counting adds to a rate that changes slowly; the fast part is the weather of
/// a few days; the slow part is what decides whether chance builds up over weeks, and it is easily
/// hidden under the other two. A single autoregression fits the fast part, misses the slow one, and
/// its surrogates then find real build-ups in chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dynamics {
    pub(crate) fast: Memory,
    pub(crate) slow: Memory,
}

/// A first-order autoregression: share of the variance and correlation from one day to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Memory {
    pub(crate) share: f64,
    pub(crate) rho: f64,
}

impl Memory {
    fn correlation(&self, lag: usize) -> f64 {
        self.share * self.rho.powi(lag as i32)
    }

    /// Sum of the correlations at lags 1, 2, … .
    fn sum(&self) -> f64 {
        self.share * self.rho / (1.0 - self.rho)
    }
}

impl Dynamics {
    pub(crate) fn correlation(&self, lag: usize) -> f64 {
        if lag == 0 { 1.0 } else { self.fast.correlation(lag) + self.slow.correlation(lag) }
    }

    /// Days that carry as much as one independent day: 1 + 2·Σ correlation, where the share `kept`
    /// of the latent correlation is seen in the counts.
    pub(crate) fn days_per_independent_day(&self, kept: f64) -> f64 {
        1.0 + 2.0 * kept * (self.fast.sum() + self.slow.sum())
    }

    /// Fills `normal` with a draw, the first value from the stationary distribution.
    pub(crate) fn draw(&self, normal: &mut [f64], rng: &mut ChaCha8Rng) {
        let noise = (1.0 - self.fast.share - self.slow.share).max(0.0).sqrt();
        let parts =
            [self.fast, self.slow].map(|m| (m.share.sqrt(), m.rho, (1.0 - m.rho * m.rho).sqrt()));
        let mut states = [0.0; 2].map(|_: f64| rng.sample::<f64, _>(StandardNormal));
        for value in normal {
            let white: f64 = rng.sample(StandardNormal);
            *value = noise * white;
            for (state, (scale, rho, innovation)) in states.iter_mut().zip(parts) {
                if scale > 0.0 {
                    *value += scale * *state;
                    let shock: f64 = rng.sample(StandardNormal);
                    *state = rho * *state + innovation * shock;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn draws_have_the_correlation_that_is_said() {
        let dynamics = Dynamics {
            fast: Memory { share: 0.4, rho: 0.6 },
            slow: Memory { share: 0.3, rho: 0.95 },
        };
        let mut series = vec![0.0; 200_000];
        dynamics.draw(&mut series, &mut ChaCha8Rng::seed_from_u64(2));
        for lag in [0usize, 1, 4, 20] {
            let n = series.len() - lag;
            let found = (0..n).map(|i| series[i] * series[i + lag]).sum::<f64>() / n as f64;
            assert!((found - dynamics.correlation(lag)).abs() < 0.03, "{lag}: {found}");
        }
        let sum: f64 = (1..2000).map(|lag| dynamics.correlation(lag)).sum();
        assert!((dynamics.days_per_independent_day(1.0) - 1.0 - 2.0 * sum).abs() < 1e-9);
    }
}
