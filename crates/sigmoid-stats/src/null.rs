use std::cmp::Ordering;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::curve_fits::observed_curve;
use crate::error::Result;
use crate::every_statistic::STATISTICS;
use crate::information::{delta_criteria, ratio_of};
use crate::matched_filter::{FilterScratch, MatchedFilter};
use crate::posterior::Posterior;
use crate::sigmoid_plan::SigmoidPlan;
use crate::split::Split;
use crate::sums::center;

/// Null distributions in short: the draws' percentiles 0, 1, … 100, from which a histogram can be
/// drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NullSummary {
    /// Percentiles of the primary statistic, 101 rising values.
    pub statistic_percentiles: Vec<f64>,
    /// Percentiles of the Ratio.
    pub ratio_percentiles: Vec<f64>,
    /// Mean of the surrogates' correlation from one day to the next, before counting.
    pub correlation_next_day: f64,
    /// Mean of the days after which the surrogates' slow part has lost all but 1/e.
    pub correlation_days: f64,
}

/// Values at 0, 1, … 100 % of the draws, by linear interpolation.
fn percentiles(mut draws: Vec<f64>) -> Vec<f64> {
    draws.sort_unstable_by(f64::total_cmp);
    let last = draws.len().saturating_sub(1);
    (0..=100)
        .filter(|_| !draws.is_empty())
        .map(|k| {
            let at = last as f64 * f64::from(k) / 100.0;
            let (low, share) = (at.floor() as usize, at.fract());
            draws[low] + share * (draws[(low + 1).min(last)] - draws[low])
        })
        .collect()
}

/// A p-value from draws, with the error that their finite number leaves in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EmpiricalP {
    /// (1 + number of draws at least as large) / (1 + number of draws), or what that is worth.
    pub p_value: f64,
    /// Monte-Carlo standard error √(p(1 − p)/(1 + draws)), mapped alike.
    pub error: f64,
}

/// Empirical p-value of `value` among draws in any order (Davison & Hinkley 1997, §4.2).
///
/// What cannot be compared is no evidence: a draw that is NaN counts as at least as large, and so does every
/// draw where `value` is NaN, whose p is then 1. It is 1 without draws too, and its error then says nothing.
///
/// ```
/// use sigmoid_stats::empirical_p;
///
/// assert_eq!(empirical_p(2.5, &[0.0, 1.0, 2.0, 3.0]).p_value, 0.4);
/// assert_eq!(empirical_p(f64::NAN, &[0.0, 1.0, 2.0, 3.0]).p_value, 1.0);
/// ```
pub fn empirical_p(value: f64, draws: &[f64]) -> EmpiricalP {
    let larger = draws.iter().filter(|d| !is_smaller(**d, value)).count() as f64;
    let n = 1.0 + draws.len() as f64;
    let p_value = (1.0 + larger) / n;
    EmpiricalP { p_value, error: (p_value * (1.0 - p_value) / n).sqrt() }
}

/// Never true of NaN.
fn is_smaller(draw: f64, value: f64) -> bool {
    draw.partial_cmp(&value) == Some(Ordering::Less)
}

/// All statistics of one record, computed the same way for the data and for every surrogate.
pub(crate) struct Statistics<'a> {
    filter: MatchedFilter,
    split: &'a Split,
    days: usize,
    plan: SigmoidPlan,
}

/// Values of all statistics, of the data or of one draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Values {
    pub(crate) filter: f64,
    pub(crate) ratio: f64,
    pub(crate) r2: f64,
}

/// Values of all draws, in the order of drawing.
pub(crate) struct Draws {
    pub(crate) filter: Vec<f64>,
    pub(crate) ratio: Vec<f64>,
    pub(crate) r2: Vec<f64>,
}

impl Draws {
    pub(crate) fn summary(&self, posterior: &Posterior) -> NullSummary {
        NullSummary {
            statistic_percentiles: percentiles(self.filter.clone()),
            ratio_percentiles: percentiles(self.ratio.clone()),
            correlation_next_day: posterior.mean(|d| d.correlation(1)),
            correlation_days: posterior.mean(|d| {
                let part = if d.slow.share > 0.0 { d.slow } else { d.fast };
                -1.0 / part.rho.ln()
            }),
        }
    }
}

impl<'a> Statistics<'a> {
    /// For a record of `days` days.
    pub(crate) fn new(days: usize, split: &'a Split, config: &AnalysisConfig) -> Result<Self> {
        let seen = |i: &usize| split.observed[*i];
        let times: Vec<f64> = (0..split.observed.len()).filter(seen).map(|i| i as f64).collect();
        Ok(Statistics {
            filter: MatchedFilter::new(&config.filter, days, split)?,
            split,
            days,
            plan: SigmoidPlan::new(&times, &config.sigmoid)?,
        })
    }

    /// All statistics of counts `[day]`; days that are neither quiet nor an observed day of the
    /// window are not read.
    pub(crate) fn of(&self, counts: &[f64]) -> Values {
        self.of_with(counts, &mut self.filter.scratch())
    }

    fn of_with(&self, counts: &[f64], scratch: &mut FilterScratch) -> Values {
        let filter = self.filter.statistic(counts, scratch);
        let observed = &self.split.observed;
        let window = counts[self.split.start..].iter().zip(observed);
        let seen: Vec<Option<f64>> = window.map(|(y, seen)| seen.then_some(*y)).collect();
        let (_, mut curve) = observed_curve(&seen);
        center(&mut curve);
        let [r2, line] = self.plan.both_r2_of_centered(&curve);
        Values { filter, ratio: ratio_of(r2, line), r2 }
    }

    /// The matched filter alone.
    pub(crate) fn filter_of(&self, counts: &[f64]) -> f64 {
        self.filter.statistic(counts, &mut self.filter.scratch())
    }

    /// All statistics on `draws` surrogates of the whole record. Draw i uses stream i of the
    /// generator, so the result does not depend on the number of threads.
    pub(crate) fn null(&self, background: &Background, draws: usize, seed: u64) -> Draws {
        let values =
            self.draw(background, draws, seed, |counts, scratch| self.of_with(counts, scratch));
        let all = |of: fn(&Values) -> f64| values.iter().map(of).collect();
        Draws { filter: all(|v| v.filter), ratio: all(|v| v.ratio), r2: all(|v| v.r2) }
    }

    /// The matched filter alone on the same surrogates.
    pub(crate) fn filter_null(&self, background: &Background, draws: usize, seed: u64) -> Vec<f64> {
        self.draw(background, draws, seed, |counts, scratch| self.filter.statistic(counts, scratch))
    }

    /// The values of [`StatisticTest`](crate::StatisticTest) in their order.
    pub(crate) fn every(&self, counts: &[f64]) -> [f64; STATISTICS] {
        self.every_with(counts, &mut self.filter.scratch())
    }

    fn every_with(&self, counts: &[f64], scratch: &mut FilterScratch) -> [f64; STATISTICS] {
        let Values { filter, ratio, r2 } = self.of_with(counts, scratch);
        let likelihood = self.filter.likelihood_statistic(counts, scratch);
        let points = self.split.observed.iter().filter(|seen| **seen).count();
        let [aicc, bic] = delta_criteria(r2 / ratio, r2, points);
        [filter, likelihood, ratio, r2, aicc, bic]
    }

    /// All of them on `draws` surrogates.
    pub(crate) fn every_null(
        &self,
        background: &Background,
        draws: usize,
        seed: u64,
    ) -> Vec<[f64; STATISTICS]> {
        self.draw(background, draws, seed, |counts, scratch| self.every_with(counts, scratch))
    }

    fn draw<T: Send>(
        &self,
        background: &Background,
        draws: usize,
        seed: u64,
        of: impl Fn(&[f64], &mut FilterScratch) -> T + Sync,
    ) -> Vec<T> {
        let base = ChaCha8Rng::seed_from_u64(seed);
        (0..draws)
            .into_par_iter()
            .map_init(
                || (self.filter.scratch(), vec![0.0; self.days]),
                |(scratch, counts), i| {
                    let mut rng = base.clone();
                    rng.set_stream(i as u64 + 1);
                    background.surrogate(counts, &mut rng);
                    of(counts, scratch)
                },
            )
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_counts_ties_against_the_claim_and_is_never_zero() {
        let draws = [3.0, 1.0, 2.0, 2.0];
        assert_eq!(empirical_p(2.0, &draws).p_value, 0.8);
        assert_eq!(empirical_p(9.0, &draws).p_value, 0.2);
        assert_eq!(empirical_p(0.0, &draws).p_value, 1.0);
        assert_eq!(empirical_p(0.0, &[]).p_value, 1.0);
    }

    #[test]
    fn what_cannot_be_compared_makes_no_p_smaller() {
        assert_eq!(empirical_p(f64::NAN, &[1.0; 99]).p_value, 1.0);
        assert_eq!(empirical_p(2.0, &[f64::NAN; 99]).p_value, 1.0);
        assert_eq!(empirical_p(f64::INFINITY, &[f64::NAN, f64::INFINITY, 1.0]).p_value, 0.75);
    }
}
