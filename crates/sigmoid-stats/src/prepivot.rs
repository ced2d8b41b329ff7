use statrs::distribution::{ContinuousCDF, Normal};

use crate::null::EmpiricalP;
use crate::tails::normal_quantile;

/// How much wider than the surrogates' the true null distribution of the score is: fitted by
/// `calibration -- prepivot` to simulated records that no table of the book is made of.
const WIDENING: f64 = 100.0;
/// Days per independent day up to which nothing is changed: independent days are estimated at 1.4 to 1.9
/// on average, and their p are right as they are.
const KNOWN_MEMORY: f64 = 2.0;

/// A p-value of the matched filter mapped to what it is worth where counts remember (Beran's
/// prepivoting: 1988, J. Am. Stat. Assoc. 83, 687–697).
///
/// Surrogates are drawn from an estimate of the quiet days' memory and distribution, and an estimate
/// from few independent days leaves the null distribution too narrow: in simulations p ≤ 0.05 came in
/// up to 8.6 % of the records. The normal score z of a p below one half is divided by √(1 + c·ln(m/2)₊/n), with
/// n quiet days of which m are worth one independent day, and c = [`WIDENING`]. This is a calibration by
/// simulation and no theorem: it was fitted on Poisson counts whose log rate is a first-order autoregression.
/// It never makes a p smaller, keeps the order of a record's p-values and leaves independent days nearly as they are.
pub(crate) fn prepivoted(p: EmpiricalP, quiet_days: usize, independent_days: f64) -> EmpiricalP {
    let scale = widening(quiet_days as f64, independent_days).sqrt();
    if p.p_value >= 0.5 || scale <= 1.0 {
        return p;
    }
    let score = -normal_quantile(p.p_value) / scale;
    let p_value = Normal::standard().sf(score);
    // d p'/d p: the ratio of the normal densities at both scores over the scale.
    let slope = (0.5 * score * score * (scale * scale - 1.0)).exp() / scale;
    EmpiricalP { p_value, error: slope * p.error }
}

/// Variance of the score in units of what the surrogates give it.
fn widening(quiet_days: f64, independent_days: f64) -> f64 {
    let memory = quiet_days / independent_days;
    1.0 + WIDENING * (memory / KNOWN_MEMORY).ln().max(0.0) / quiet_days
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::null::empirical_p;

    fn p(p_value: f64) -> EmpiricalP {
        EmpiricalP { p_value, error: (p_value * (1.0 - p_value) / 2000.0).sqrt() }
    }

    #[test]
    fn independent_days_and_large_p_stay_as_they_are() {
        assert_eq!(prepivoted(p(0.004), 540, 300.0), p(0.004));
        assert_eq!(prepivoted(p(0.6), 540, 30.0), p(0.6));
        assert_eq!(prepivoted(empirical_p(0.0, &[]), 540, 30.0).p_value, 1.0);
    }

    #[test]
    fn the_score_shrinks_by_the_root_of_the_widening() {
        // 540 quiet days of which 20 are worth one.
        let scale = (1.0 + WIDENING * 10f64.ln() / 540.0).sqrt();
        let found = prepivoted(p(0.01), 540, 27.0);
        assert!((found.p_value - Normal::standard().sf(2.326_347_874 / scale)).abs() < 1e-9);
        // The error follows the map's slope.
        let step = 1e-7;
        let slope = (prepivoted(p(0.01 + step), 540, 27.0).p_value - found.p_value) / step;
        assert!((found.error / p(0.01).error - slope).abs() < 1e-3 * slope);
    }

    proptest! {
        #[test]
        fn order_is_kept_and_no_p_gets_smaller(
            low in 5e-5..1.0f64, more in 0.0..0.5f64, quiet in 180usize..4000, memory in 1.0..60.0f64
        ) {
            let independent = quiet as f64 / memory;
            let of = |value: f64| prepivoted(p(value), quiet, independent).p_value;
            let high = (low + more).min(1.0);
            prop_assert!(of(low) >= low - 1e-12 && of(low) <= of(high) + 1e-12 && of(high) <= 1.0);
            // Less memory never makes a p larger.
            let shorter = prepivoted(p(low), quiet, 2.0 * independent).p_value;
            prop_assert!(shorter <= of(low) + 1e-12);
        }
    }
}
