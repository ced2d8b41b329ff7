use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

use crate::error::{Result, StatsError, check_finite, check_length, check_not_negative};

/// Dispersion below which differences of log gammas would cancel: less than any that a fit searches.
const NEARLY_POISSON: f64 = 5e-9;

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
            CountDistribution::Poisson => poisson_log_mass(y, rate),
            CountDistribution::NegativeBinomial { dispersion } if dispersion < NEARLY_POISSON => {
                poisson_log_mass(y, rate) + beyond_poisson(y, rate, dispersion)
            }
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

fn poisson_log_mass(y: f64, rate: f64) -> f64 {
    y * rate.ln() - rate - ln_gamma(y + 1.0)
}

/// What a small dispersion α adds to Poisson's log mass, α((y − λ)² − y)/2 to first order: ln Γ(y + 1/α)
/// and ln Γ(1/α) by Stirling's series, in which what is large cancels before it is computed.
fn beyond_poisson(y: f64, rate: f64, dispersion: f64) -> f64 {
    let (of_y, of_rate) = (dispersion * y, dispersion * rate);
    let stirling = -y * dispersion * dispersion / (12.0 * (1.0 + of_y));
    y * ln_1p_ratio(of_y) - rate * ln_1p_ratio(of_rate) + (y - 0.5) * of_y.ln_1p()
        - y * of_rate.ln_1p()
        + stirling
}

/// ln(1 + x)/x − 1.
fn ln_1p_ratio(x: f64) -> f64 {
    // Four terms leave x⁴/5.
    if x < 1e-4 { -x * (0.5 - x * (1.0 / 3.0 - 0.25 * x)) } else { x.ln_1p() / x - 1.0 }
}

pub(crate) fn check_counts(counts: &[f64]) -> Result<()> {
    check_finite("count", counts)?;
    check_not_negative("count", counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_mass(y: f64, rate: f64, dispersion: f64) -> f64 {
        let of = CountDistribution::NegativeBinomial { dispersion };
        count_log_likelihood(of, &[y], &[rate]).unwrap()
    }

    /// ln of y^(rising) products, exact for whole counts and any dispersion.
    fn product(y: f64, rate: f64, dispersion: f64) -> f64 {
        let rising: f64 = (0..y as usize).map(|i| (dispersion * i as f64).ln_1p()).sum();
        let spread = (dispersion * rate).ln_1p();
        rising - ln_gamma(y + 1.0) + y * (rate.ln() - spread) - spread / dispersion
    }

    #[test]
    fn a_small_dispersion_is_poisson_with_a_small_correction() {
        for (y, rate) in [(0.0, 4.0), (3.0, 4.0), (40.0, 30.0), (2000.0, 1500.0), (1e5, 1.1e5)] {
            let poisson = count_log_likelihood(CountDistribution::Poisson, &[y], &[rate]).unwrap();
            for dispersion in [4.9e-9, 1e-9, 1e-12, 1e-14, 1e-16, 1e-200, 5e-324] {
                let found = log_mass(y, rate, dispersion);
                let near = 1e-12 * (1.0 + y * y.max(1.0).ln());
                if dispersion > 1e-100 {
                    let exact = product(y, rate, dispersion);
                    assert!((found - exact).abs() < near, "{y} {dispersion}: {found} {exact}");
                }
                let first = 0.5 * dispersion * ((y - rate).powi(2) - y);
                let second = dispersion * dispersion * (y + rate).powi(3);
                assert!(
                    (found - poisson - first).abs() < near + second,
                    "{y} {dispersion}: {found}"
                );
            }
        }
    }

    #[test]
    fn the_two_ways_meet_where_one_ends() {
        for (y, rate) in [(0.0, 4.0), (3.0, 4.0), (40.0, 30.0)] {
            let below = log_mass(y, rate, 0.999_999 * NEARLY_POISSON);
            assert!((log_mass(y, rate, NEARLY_POISSON) - below).abs() < 2e-6, "{y} {rate}");
        }
    }
}
