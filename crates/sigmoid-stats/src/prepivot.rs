use statrs::distribution::{ContinuousCDF, Normal};

use crate::null::EmpiricalP;
use crate::tails::normal_quantile;

/// How much wider above than the surrogates' the true null distribution of the score is: fitted, as the two
/// numbers of [`narrowing`], by `calibration -- prepivot` to simulated records that no table of the book is made of.
const WIDENING: f64 = 100.0;
/// Days per independent day up to which nothing is changed: independent days are estimated at 1.4 to 1.9
/// on average, and their p are right as they are.
const KNOWN_MEMORY: f64 = 2.0;
/// The score, one standard deviation, above which the distribution is wider: below it follows at another rate.
const HINGE: f64 = 1.0;
/// Days per independent day from which the distribution is wider below the hinge too.
const LONG_MEMORY: f64 = 8.0;
/// By how much, for each further day per independent day.
const NARROWING: f64 = 12.0;

/// A p-value of the matched filter mapped to what it is worth where counts remember (Beran's
/// prepivoting: 1988, J. Am. Stat. Assoc. 83, 687–697).
///
/// Surrogates are drawn from an estimate of the quiet days' memory and distribution, and an estimate
/// from few independent days leaves the null distribution too narrow above: in simulations p ≤ 0.05 came in
/// up to 8.6 % of the records. With n quiet days of which m are worth one independent day, the normal score z of
/// a p becomes
///
/// ```text
/// z / s                  where z ≥ 1,     s² = 1 + 100 ln(m/2)₊ / n
/// 1/s + h (z − 1)        where z < 1,     h = max(1/s, 1 − 12 (m − 8)₊ / n)
/// ```
///
/// Small p are what matters, and s is fitted to them alone; below the hinge, where p is larger than 0.16, h makes all p of
/// a record in which nothing happens even. This is a calibration by simulation and no theorem: it was fitted on
/// Poisson counts whose log rate is a first-order autoregression. It never makes a p below one half smaller, keeps the
/// order of a record's p-values and leaves independent days nearly as they are.
pub(crate) fn prepivoted(p: EmpiricalP, quiet_days: usize, independent_days: f64) -> EmpiricalP {
    let scale = widening(quiet_days as f64, independent_days).sqrt();
    if p.p_value >= 1.0 || scale <= 1.0 {
        return p;
    }
    let score = -normal_quantile(p.p_value);
    let below = narrowing(quiet_days as f64, independent_days).max(1.0 / scale);
    let rate = if score < HINGE { below } else { 1.0 / scale };
    let mapped = HINGE / scale + rate * (score - HINGE);
    // d p'/d p: the ratio of the normal densities at both scores times the map's rate.
    let slope = rate * (0.5 * (score * score - mapped * mapped)).exp();
    EmpiricalP { p_value: Normal::standard().sf(mapped), error: slope * p.error }
}

/// Variance of a score above the hinge in units of what the surrogates give it.
fn widening(quiet_days: f64, independent_days: f64) -> f64 {
    let memory = quiet_days / independent_days;
    1.0 + WIDENING * (memory / KNOWN_MEMORY).ln().max(0.0) / quiet_days
}

/// What a step of the score below the hinge is worth, unless that is less than above it.
fn narrowing(quiet_days: f64, independent_days: f64) -> f64 {
    1.0 - NARROWING * (quiet_days / independent_days - LONG_MEMORY).max(0.0) / quiet_days
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
    fn independent_days_and_a_p_of_one_stay_as_they_are() {
        assert_eq!(prepivoted(p(0.004), 540, 300.0), p(0.004));
        assert_eq!(prepivoted(p(0.6), 540, 300.0), p(0.6));
        assert_eq!(prepivoted(empirical_p(0.0, &[]), 540, 30.0).p_value, 1.0);
    }

    #[test]
    fn the_score_shrinks_by_the_root_of_the_widening() {
        // 540 quiet days of which 20 are worth one.
        let scale = (1.0 + WIDENING * 10f64.ln() / 540.0).sqrt();
        let found = prepivoted(p(0.01), 540, 27.0);
        assert!((found.p_value - Normal::standard().sf(2.326_347_874 / scale)).abs() < 1e-9);
        error_follows_the_slope(0.01, 27.0);
    }

    /// With a memory of 7 days the distribution below is as wide as the surrogates', only further down, and with
    /// one of 20 days narrower.
    #[test]
    fn below_the_hinge_the_score_follows_at_its_own_rate() {
        for (independent, memory) in [(540.0 / 7.0, 7.0f64), (27.0, 20.0)] {
            let above = 1.0 / (1.0 + WIDENING * (memory / 2.0).ln() / 540.0).sqrt();
            let rate = if memory < 8.0 { 1.0 } else { (1.0f64 - 12.0 * 12.0 / 540.0).max(above) };
            let found = prepivoted(p(0.7), 540, independent);
            let expected = above + rate * (-0.524_400_513 - 1.0);
            assert!((found.p_value - Normal::standard().sf(expected)).abs() < 1e-9, "{memory}");
            error_follows_the_slope(0.7, independent);
        }
    }

    fn error_follows_the_slope(value: f64, independent: f64) {
        let step = 1e-7;
        let of = |value: f64| prepivoted(p(value), 540, independent);
        let found = of(value);
        let slope = (of(value + step).p_value - found.p_value) / step;
        assert!((found.error / p(value).error - slope).abs() < 1e-3 * slope);
    }

    proptest! {
        #[test]
        fn order_is_kept_and_no_p_below_one_half_gets_smaller(
            low in 5e-5..0.999f64, more in 0.0..0.5f64, quiet in 180usize..4000, memory in 1.0..60.0f64
        ) {
            let independent = quiet as f64 / memory;
            let of = |value: f64| prepivoted(p(value), quiet, independent).p_value;
            let high = (low + more).min(1.0);
            prop_assert!(of(low) <= of(high) + 1e-12 && of(high) <= 1.0);
            prop_assert!(of(low) >= low.min(0.5) - 1e-12);
            // The map has no step.
            prop_assert!((of(low) - of(low + 1e-9)).abs() < 1e-6);
            // Less memory never makes a small p larger.
            let shorter = prepivoted(p(low), quiet, 2.0 * independent).p_value;
            prop_assert!(low > 0.15 || shorter <= of(low) + 1e-12);
        }
    }
}
