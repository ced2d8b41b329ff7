/// Scatter of a day's count about its rate r: variance φ·(r + s).
///
/// What the quiet days scatter beyond Poisson, s, is theirs: a build-up adds events to it. Were the
/// scatter multiplied with the rate, as a negative binomial has it, the inflections of planted events
/// would be dated with intervals that are too wide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CountModel {
    /// s, counts per day.
    scatter: f64,
    /// φ ≤ 1: below one where counts are more even than chance, such as a share of a fixed number of
    /// samples.
    phi: f64,
}

impl CountModel {
    /// The model with the mean and variance of the quiet days.
    pub(crate) fn from_moments(mean: f64, variance: f64) -> Self {
        CountModel { scatter: (variance - mean).max(0.0), phi: (variance / mean).min(1.0) }
    }

    pub(crate) fn variance(self, rate: f64) -> f64 {
        self.phi * (rate + self.scatter)
    }

    /// Log likelihood up to terms that do not depend on the rate: count + s as Poisson of r + s. Its
    /// derivative is (count − rate)/variance.
    pub(crate) fn log_likelihood(self, count: f64, rate: f64) -> f64 {
        ((count + self.scatter) * (rate + self.scatter).ln() - rate) / self.phi
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
            let model = CountModel::from_moments(mean, factor * mean);
            prop_assert!((model.variance(mean) / (factor * mean) - 1.0).abs() < 1e-9);
            let h = 1e-5 * rate;
            let difference = (model.log_likelihood(count, rate + h)
                - model.log_likelihood(count, rate - h)) / (2.0 * h);
            let score = (count - rate) / model.variance(rate);
            prop_assert!((difference - score).abs() < 1e-5 * (1.0 + score.abs()));
        }
    }
}
