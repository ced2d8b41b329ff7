/// Distribution of a day's count about its rate r.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum CountModel {
    /// Variance r + αr²: rates that wander wander the more the larger they are.
    NegativeBinomial { alpha: f64 },
    /// Variance r + s: what the quiet days scatter beyond Poisson is theirs, and a build-up adds events to
    /// it. Of planted events this one gives inflections whose intervals are as wide as they must be.
    Scattered { beyond: f64 },
    /// Variance φr with φ ≤ 1: counts that are more even than chance, such as a share of a fixed
    /// number of samples.
    QuasiPoisson { phi: f64 },
}

impl CountModel {
    /// The model with the mean and variance of the quiet days, for the statistic.
    pub(crate) fn from_moments(mean: f64, variance: f64) -> Self {
        if variance > mean {
            CountModel::NegativeBinomial { alpha: (variance - mean) / (mean * mean) }
        } else {
            CountModel::QuasiPoisson { phi: variance / mean }
        }
    }

    /// The model with the mean and variance of the quiet days, for dates and their intervals.
    pub(crate) fn of_build_up(mean: f64, variance: f64) -> Self {
        if variance > mean {
            CountModel::Scattered { beyond: variance - mean }
        } else {
            CountModel::QuasiPoisson { phi: variance / mean }
        }
    }

    pub(crate) fn variance(self, rate: f64) -> f64 {
        match self {
            CountModel::NegativeBinomial { alpha } => rate * (1.0 + alpha * rate),
            CountModel::Scattered { beyond } => rate + beyond,
            CountModel::QuasiPoisson { phi } => phi * rate,
        }
    }

    /// Log likelihood up to terms that do not depend on the rate; the quasi-likelihood whose
    /// derivative is (count − rate)/variance.
    pub(crate) fn log_likelihood(self, count: f64, rate: f64) -> f64 {
        match self {
            CountModel::NegativeBinomial { alpha } => {
                let spread = 1.0 + alpha * rate;
                count * (rate / spread).ln() - spread.ln() / alpha
            }
            // count + s as Poisson of r + s.
            CountModel::Scattered { beyond } => (count + beyond) * (rate + beyond).ln() - rate,
            CountModel::QuasiPoisson { phi } => (count * rate.ln() - rate) / phi,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_score_is_the_derivative_of_the_likelihood(
            mean in 0.2..30.0f64, factor in 0.2..4.0f64, count in 0.0..60.0f64, rate in 0.5..50.0f64
        ) {
            for model in [
                CountModel::from_moments(mean, factor * mean),
                CountModel::of_build_up(mean, factor * mean),
            ] {
                prop_assert!((model.variance(mean) / (factor * mean) - 1.0).abs() < 1e-9);
                let h = 1e-5 * rate;
                let difference = (model.log_likelihood(count, rate + h)
                    - model.log_likelihood(count, rate - h)) / (2.0 * h);
                let score = (count - rate) / model.variance(rate);
                prop_assert!((difference - score).abs() < 1e-5 * (1.0 + score.abs()));
            }
        }
    }
}
