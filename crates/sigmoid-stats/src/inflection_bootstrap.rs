use std::ops::Range;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::block_length::block_length;
use crate::error::{Result, StatsError};
use crate::inflection::running_sum;
use crate::resample::{check_block, moving_blocks};
use crate::sigmoid::{Bound, SigmoidFit};
use crate::sigmoid_plan::SigmoidPlan;
use crate::sums::{center, dot};

/// Rate, as a share of the largest, from which a day's residual tells how counts scatter: before and
/// after the rise nothing is counted and nothing can scatter.
const RATE_THAT_SCATTERS: f64 = 0.05;
/// Least scale of a day, as a share of the largest: nothing is divided by nothing.
const LEAST_SCALE: f64 = 0.1;
/// Days around the highest rate that residuals are drawn from at least.
const FEWEST_DAYS: usize = 30;
/// Blocks of more than this part of the days that they are drawn from are nearly one and the same.
const LONGEST_BLOCK: usize = 6;

/// Daily residuals of a fitted running sum, in units of the root of the rate, to be drawn in blocks.
pub(crate) struct ResidualBootstrap {
    fitted: f64,
    rate: Vec<f64>,
    scale: Vec<f64>,
    /// The rise.
    days: Range<usize>,
    /// Its residuals.
    unit: Vec<f64>,
    block: usize,
}

impl ResidualBootstrap {
    /// Refuses a fit that is flat, and blocks that the rise is too short for.
    pub(crate) fn new(counts: &[f64], fit: &SigmoidFit, block: Option<usize>) -> Result<Self> {
        let rate = daily_rate(fit, counts.len());
        if rate.iter().all(|r| *r == 0.0) {
            return Err(StatsError::NoVariation { what: "the running sum", value: counts[0] });
        }
        let scale: Vec<f64> = rate.iter().map(|r| r.sqrt()).collect();
        let days = days_that_scatter(&rate);
        let residual = |i: usize| counts[i] - rate[i];
        let floor = scale.iter().copied().fold(f64::MIN_POSITIVE, |m, s| m.max(LEAST_SCALE * s));
        let mut unit: Vec<f64> = days.clone().map(|i| residual(i) / scale[i].max(floor)).collect();
        center(&mut unit);
        // The spread of the sum moves the inflection, not the mean spread of the days.
        let wanted = days.clone().map(|i| residual(i).powi(2)).sum::<f64>()
            / rate[days.clone()].iter().sum::<f64>();
        let spread = wanted * unit.len() as f64 / dot(&unit, &unit);
        if spread.is_finite() {
            unit.iter_mut().for_each(|e| *e *= spread.sqrt());
        }
        let block = match block {
            Some(days) => {
                check_block("days of the rise", days, unit.len())?;
                days
            }
            None => {
                let longest = (unit.len() / LONGEST_BLOCK).max(1);
                // Residuals that do not vary are those of an exact curve; any block keeps them.
                block_length(&unit).map_or(1, |l| l.circular.ceil().max(1.0) as usize).min(longest)
            }
        };
        Ok(ResidualBootstrap { fitted: fit.c, rate, scale, days, unit, block })
    }

    pub(crate) fn block_days(&self) -> usize {
        self.block
    }

    /// Basic bootstrap interval: the estimates scatter about the fit as the fit does about the truth.
    ///
    /// A fit follows its data, so that residuals have less of a slow scatter than the counts had.
    /// How much less is seen in the draws, whose residuals are known before and after their fit; the
    /// interval is widened by that.
    ///
    /// With each end whether it is open: more draws than it leaves out ran into the end of the search, or it
    /// lies where no inflection was searched.
    pub(crate) fn interval(
        &self,
        plan: &SigmoidPlan,
        draws: usize,
        confidence: f64,
        seed: u64,
    ) -> Result<[(f64, bool); 2]> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn = vec![0.0; self.rate.len()];
        let mut inflections = Vec::with_capacity(draws);
        let (mut before, mut after) = (0.0, 0.0);
        let mut undated = [0_usize; 2];
        for _ in 0..draws {
            moving_blocks(&self.unit, self.block, &mut drawn, &mut rng);
            let day = |((r, s), e): ((&f64, &f64), &f64)| r + s * e;
            let counts: Vec<f64> = self.rate.iter().zip(&self.scale).zip(&drawn).map(day).collect();
            let fit = plan.fit(&running_sum(&counts))?;
            inflections.push(fit.c);
            undated.iter_mut().zip(open_sides(&fit)).for_each(|(n, open)| *n += usize::from(open));
            let rate = daily_rate(&fit, counts.len());
            let whole = |i: usize| self.scale[i] * drawn[i];
            before += block_variance(self.days.clone().map(whole), self.block);
            let left = |i: usize| counts[i] - rate[i];
            after += block_variance(self.days.clone().map(left), self.block);
        }
        inflections.sort_unstable_by(f64::total_cmp);
        let tail = 0.5 - 0.5 * confidence;
        let (low, high) = (quantile(&inflections, tail), quantile(&inflections, 1.0 - tail));
        let lost = if after > 0.0 { (before / after).max(1.0).sqrt() } else { 1.0 };
        let end = |inflection: f64| self.fitted - lost * (inflection - self.fitted);
        let last = (self.rate.len() - 1) as f64;
        let open = |end: f64, undated: usize| {
            undated as f64 > tail * draws as f64 || !(-last..=2.0 * last).contains(&end)
        };
        // Late draws make the early end.
        let [early, late] = undated;
        Ok([(end(high), late), (end(low), early)].map(|(end, n)| (end, open(end, n))))
    }
}

/// On which sides (early, late) a fit leaves its inflection open: one that ran to the end of the search is
/// no date, and a line has none.
pub(crate) fn open_sides(fit: &SigmoidFit) -> [bool; 2] {
    match fit.bound_hit {
        Some(Bound::InflectionLower) => [true, false],
        Some(Bound::InflectionUpper) => [false, true],
        Some(Bound::SteepnessLower) => [true, true],
        Some(Bound::SteepnessUpper) | None => [false, false],
    }
}

/// Expected counts of each day under a fitted running sum, none below zero.
fn daily_rate(fit: &SigmoidFit, days: usize) -> Vec<f64> {
    let rise = |i: usize| fit.value(i as f64) - fit.value(i as f64 - 1.0);
    (0..days).map(|i| rise(i).max(0.0)).collect()
}

/// Value below which lies this share of what the draws are from: the k-th of n is at k/(n + 1).
fn quantile(rising: &[f64], share: f64) -> f64 {
    let last = rising.len() - 1;
    let at = ((rising.len() + 1) as f64 * share - 1.0).clamp(0.0, last as f64);
    let (below, part) = (at.floor() as usize, at.fract());
    rising[below] + part * (rising[(below + 1).min(last)] - rising[below])
}

/// Mean square of the sums of neighbouring values.
fn block_variance(values: impl Iterator<Item = f64>, block: usize) -> f64 {
    let values: Vec<f64> = values.collect();
    let block = block.clamp(1, values.len());
    let sums = values.windows(block).map(|w| w.iter().sum::<f64>().powi(2));
    sums.sum::<f64>() / (values.len() - block + 1) as f64
}

/// The stretch of days about the highest rate whose residuals are drawn.
fn days_that_scatter(rate: &[f64]) -> Range<usize> {
    let peak = (0..rate.len()).max_by(|i, j| rate[*i].total_cmp(&rate[*j])).unwrap_or(0);
    let least = RATE_THAT_SCATTERS * rate[peak];
    let first = rate.iter().position(|r| *r >= least).unwrap_or(0);
    let end = rate.iter().rposition(|r| *r >= least).map_or(rate.len(), |last| last + 1);
    let missing = FEWEST_DAYS.saturating_sub(end - first);
    let first = first.saturating_sub(missing / 2);
    let end = end.max(first + FEWEST_DAYS).min(rate.len());
    first.min(end.saturating_sub(FEWEST_DAYS))..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigmoid_curve::sigmoid_rate;

    #[test]
    fn quantiles_lie_between_the_draws() {
        let rising: Vec<f64> = (1..100).map(f64::from).collect();
        assert!((quantile(&rising, 0.025) - 2.5).abs() < 1e-9);
        assert!((quantile(&rising, 0.975) - 97.5).abs() < 1e-9);
        assert_eq!((quantile(&rising, 0.0), quantile(&rising, 1.0)), (1.0, 99.0));
    }

    #[test]
    fn residuals_are_drawn_from_the_rise_and_never_from_fewer_than_thirty_days() {
        let of = |b: f64, c: f64| {
            let rate: Vec<f64> = (0..180).map(|i| sigmoid_rate(f64::from(i), 9.0, b, c)).collect();
            days_that_scatter(&rate)
        };
        // A twentieth of the largest rate is reached 4.36/b from the middle.
        assert_eq!(of(0.1, 90.0), 47..134);
        assert_eq!(of(2.0, 90.0).len(), 30);
        assert!(of(2.0, 90.0).contains(&90));
        assert_eq!(of(2.0, 179.0), 150..180);
        assert_eq!(of(2.0, 0.0), 0..30);
        assert_eq!(days_that_scatter(&[0.0; 40]), 0..40);
    }
}
