use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

use crate::error::{Result, StatsError, check_finite, check_length, check_not_negative};

/// Distribution of a day's count about its rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CountDistribution {
    /// Variance = rate.
    Poisson,
    /// Variance = rate + dispersion·rate².
    NegativeBinomial {
        /// Dispersion, positive.
        dispersion: f64,
    },
}

/// Log likelihood of counts `[day]` at rates `[day]`, constants included.
///
/// ```
/// use sigmoid_stats::{CountDistribution, count_log_likelihood};
///
/// let poisson = count_log_likelihood(CountDistribution::Poisson, &[2.0], &[3.0])?;
/// assert!((poisson - (9.0f64 / 2.0 * (-3.0f64).exp()).ln()).abs() < 1e-12);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Unequal lengths, counts that are negative or not finite, rates or a dispersion that are not
/// positive.
pub fn count_log_likelihood(
    distribution: CountDistribution,
    counts: &[f64],
    rates: &[f64],
) -> Result<f64> {
    check_length("rates", rates.len(), counts.len(), "count")?;
    check_counts(counts)?;
    check_finite("rate", rates)?;
    if let Some(index) = rates.iter().position(|r| *r <= 0.0) {
        return Err(StatsError::NotPositive { what: "rate", index, value: rates[index] });
    }
    if let CountDistribution::NegativeBinomial { dispersion } = distribution
        && !(dispersion > 0.0 && dispersion.is_finite())
    {
        return Err(StatsError::setting("dispersion", dispersion, "positive and finite"));
    }
    Ok(counts.iter().zip(rates).map(|(y, r)| distribution.log_mass(*y, *r)).sum())
}

impl CountDistribution {
    pub(crate) fn log_mass(self, y: f64, rate: f64) -> f64 {
        match self {
            CountDistribution::Poisson => y * rate.ln() - rate - ln_gamma(y + 1.0),
            CountDistribution::NegativeBinomial { dispersion } => {
                let size = 1.0 / dispersion;
                let spread = (dispersion * rate).ln_1p();
                ln_gamma(y + size) - ln_gamma(size) - ln_gamma(y + 1.0) - size * spread
                    + y * ((dispersion * rate).ln() - spread)
            }
        }
    }

    pub(crate) fn variance(self, rate: f64) -> f64 {
        match self {
            CountDistribution::Poisson => rate,
            CountDistribution::NegativeBinomial { dispersion } => rate * (1.0 + dispersion * rate),
        }
    }
}

pub(crate) fn check_counts(counts: &[f64]) -> Result<()> {
    check_finite("count", counts)?;
    check_not_negative("count", counts)
}
