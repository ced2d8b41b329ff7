use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma};

use super::roc::roc;
use crate::error::{Result, StatsError, check_at_least};

/// Fewest days of either kind for an interval: from here on it covers as it says (`auc` of the example
/// `calibration`).
const FEWEST_DAYS: usize = 20;
/// Days that are added at the highest and at the lowest score: Jeffreys' prior of a share.
const PRIOR: f64 = 0.5;

/// Days of one score.
#[derive(Debug, Clone, Copy)]
struct Tied {
    days: usize,
    positive: usize,
    /// Share of the negative days with a lower score, ties half.
    placement: f64,
    /// Twice the number of days with a lower score, and once that with the same.
    rank: usize,
}

/// Interval of the AUC of these scores, with positive days as what is random: had others fallen on the
/// same days with the same skill, what would the area be? The positive days are weighted at random
/// (Bayesian bootstrap: Rubin 1981), and half a day is added at either end of the scores, so that where
/// there are two scores, days with and without an alarm, it is Jeffreys' interval of the share that
/// is hit (Brown, Cai & DasGupta 2001), which needs no scatter among the hits.
///
/// Positive days are taken as independent: decluster beforehand. Where they come in clusters it is too
/// short; [`auc_p_value`] asks for no independence.
///
/// ```
/// // A tenth of the days is alarmed, and half of the events fall on those.
/// let scores: Vec<f64> = (0..400).map(|day| f64::from(u8::from(day % 10 == 0))).collect();
/// let positive: Vec<bool> = (0..400).map(|day| day < 120 && (day % 10 == 0 || day % 10 == 3)).collect();
/// let [low, high] = sigmoid_stats::auc_interval(&scores, &positive, 999, 0.95, 1)?;
/// assert!(0.58 < low && low < 0.66 && 0.77 < high && high < 0.84);
/// // Of one event there is no interval.
/// let one: Vec<bool> = (0..400).map(|day| day == 20).collect();
/// assert!(sigmoid_stats::auc_interval(&scores, &one, 999, 0.95, 1).is_err());
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// As [`roc`]; fewer than 20 positive or negative days; a score that does not vary; fewer than 99
/// draws, a confidence outside 0..1.
///
/// # References
/// Rubin 1981, *Ann. Statist.* 9, 130–134; Brown, Cai & DasGupta 2001, *Statist. Sci.* 16, 101–133.
pub fn auc_interval(
    scores: &[f64],
    positive: &[bool],
    draws: usize,
    confidence: f64,
    seed: u64,
) -> Result<[f64; 2]> {
    let curve = roc(scores, positive)?;
    if draws < 99 {
        return Err(StatsError::setting("draws", draws, "99 or more"));
    }
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(StatsError::setting("confidence", confidence, "between 0 and 1"));
    }
    let tied = tied(scores, positive);
    if let [_] = tied[..] {
        return Err(StatsError::NoVariation { what: "score", value: scores[0] });
    }
    let needed = FEWEST_DAYS;
    check_at_least("positive days for an interval of the AUC", curve.positives, needed)?;
    check_at_least("negative days for an interval of the AUC", curve.negatives, needed)?;
    // A day that was drawn is not drawn again, and the negative days are those that are left.
    let worth = curve.negatives as f64 / scores.len() as f64;
    let weights = weights(&tied, worth)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut areas: Vec<f64> = (0..draws).map(|_| weighted(&weights, &mut rng)).collect();
    areas.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| areas[((draws - 1) as f64 * share).round() as usize];
    Ok([at(0.5 - confidence / 2.0), at(0.5 + confidence / 2.0)])
}

/// Probability of an AUC as large where scores and positive days have nothing to do with each other:
/// the share of all circular shifts of the scores against the days, no shift among them, with an area
/// as large. It keeps how alarms and events follow each other, so that neither has to be independent from
/// day to day. No smaller than one by the number of days.
///
/// ```
/// let scores: Vec<f64> = (0..200).map(|day| f64::from(u8::from(day < 10))).collect();
/// let positive: Vec<bool> = (0..200).map(|day| day == 4 || day == 6).collect();
/// // Both lie in the ten alarmed days at eight of the 200 shifts.
/// assert_eq!(sigmoid_stats::auc_p_value(&scores, &positive)?, 8.0 / 200.0);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// As [`roc`].
pub fn auc_p_value(scores: &[f64], positive: &[bool]) -> Result<f64> {
    roc(scores, positive)?;
    let tied = tied(scores, positive);
    let sorted = distinct(scores);
    let rank = |score: &f64| tied[place(&sorted, *score)].rank;
    // Whole numbers, twice over: equal areas are equal, and a shifted day needs no remainder.
    let ranks: Vec<usize> = scores.iter().chain(scores).map(rank).collect();
    let days: Vec<usize> = (0..scores.len()).filter(|day| positive[*day]).collect();
    let sum = |shift: usize| days.iter().map(|day| ranks[day + shift]).sum::<usize>();
    let own = sum(0);
    let as_large = (0..scores.len()).filter(|shift| sum(*shift) >= own).count();
    Ok(as_large as f64 / scores.len() as f64)
}

fn distinct(scores: &[f64]) -> Vec<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup();
    sorted
}

fn place(sorted: &[f64], score: f64) -> usize {
    sorted.partition_point(|s| *s < score)
}

/// Scores rising; there is a negative day.
fn tied(scores: &[f64], positive: &[bool]) -> Vec<Tied> {
    let sorted = distinct(scores);
    let none = Tied { days: 0, positive: 0, placement: 0.0, rank: 0 };
    let mut tied = vec![none; sorted.len()];
    for (score, positive) in scores.iter().zip(positive) {
        let own = &mut tied[place(&sorted, *score)];
        own.days += 1;
        own.positive += usize::from(*positive);
    }
    let negatives = positive.iter().filter(|p| !**p).count() as f64;
    let (mut days, mut negative) = (0, 0);
    for own in &mut tied {
        let here = own.days - own.positive;
        own.placement = (negative as f64 + 0.5 * here as f64) / negatives;
        own.rank = 2 * days + own.days;
        days += own.days;
        negative += here;
    }
    tied
}

/// Placement and the distribution of the weight of all its days; scores without any are left out.
fn weights(tied: &[Tied], worth: f64) -> Result<Vec<(f64, Gamma<f64>)>> {
    let last = tied.len() - 1;
    let shape = |(k, own): (usize, &Tied)| {
        let prior = if k == 0 || k == last { PRIOR } else { 0.0 };
        (own.placement, own.positive as f64 * worth + prior)
    };
    let gamma = |(placement, shape): (f64, f64)| {
        let weight = Gamma::new(shape, 1.0)
            .map_err(|_| StatsError::setting("weight of a score", shape, "positive and finite"))?;
        Ok((placement, weight))
    };
    tied.iter().enumerate().map(shape).filter(|(_, shape)| *shape > 0.0).map(gamma).collect()
}

fn weighted(weights: &[(f64, Gamma<f64>)], rng: &mut ChaCha8Rng) -> f64 {
    let (mut sum, mut all) = (0.0, 0.0);
    for (placement, weight) in weights {
        let drawn = weight.sample(rng);
        sum += drawn * placement;
        all += drawn;
    }
    sum / all
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    /// Alarms of 30 days and events, both anywhere in `days` days: the area is one half.
    fn guessed(
        alarms: usize,
        events: usize,
        days: usize,
        rng: &mut ChaCha8Rng,
    ) -> (Vec<f64>, Vec<bool>) {
        let (mut scores, mut positive) = (vec![0.0; days], vec![false; days]);
        for _ in 0..alarms {
            let start = rng.random_range(0..days);
            scores[start..(start + 30).min(days)].fill(1.0);
        }
        while positive.iter().filter(|p| **p).count() < events {
            positive[rng.random_range(0..days)] = true;
        }
        (scores, positive)
    }

    #[test]
    fn the_interval_covers_as_often_as_it_says() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for (alarms, events, days) in [(4, 20, 365), (10, 20, 1000), (6, 40, 1000)] {
            let mut covered = 0;
            for seed in 0..1000 {
                let (scores, positive) = guessed(alarms, events, days, &mut rng);
                let [low, high] = auc_interval(&scores, &positive, 299, 0.95, seed).unwrap();
                covered += usize::from(low <= 0.5 && 0.5 <= high);
            }
            // Standard error 7.
            assert!((928..=972).contains(&covered), "{alarms} {events}: {covered}");
        }
    }

    #[test]
    fn shifts_have_a_p_that_is_not_too_small_and_clusters_need_no_care() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut small = [0usize; 2];
        for _ in 0..1000 {
            let (scores, mut positive) = guessed(4, 4, 365, &mut rng);
            small[0] += usize::from(auc_p_value(&scores, &positive).unwrap() <= 0.1);
            let after: Vec<usize> = (1..365).filter(|day| positive[day - 1]).collect();
            after.iter().for_each(|&day| positive[day] = true);
            small[1] += usize::from(auc_p_value(&scores, &positive).unwrap() <= 0.1);
        }
        // Binomial(1000, 0.1): more with probability below 1e-3.
        assert!(small.iter().all(|n| (20..=131).contains(n)), "{small:?}");
    }

    #[test]
    fn too_few_days_and_a_level_that_stands_still_have_no_interval() {
        let first = |k: usize| (0..100).map(|d| d % 3 == 0 && d < 3 * k).collect::<Vec<bool>>();
        let scores: Vec<f64> = (0..100).map(|d| f64::from(u8::from(d < 30))).collect();
        let of = |scores: &[f64], k| auc_interval(scores, &first(k), 99, 0.95, 0);
        for few in [1, 2, 19] {
            let said = of(&scores, few).unwrap_err().to_string();
            assert!(said.contains("positive days for an interval"), "{said}");
            assert!(said.contains("at least 20 are needed"), "{said}");
        }
        assert!(of(&scores, 20).is_ok());
        assert!(matches!(of(&[0.0; 100], 25), Err(StatsError::NoVariation { .. })));
        assert_eq!(auc_p_value(&[0.0; 100], &first(25)).unwrap(), 1.0);
        assert!(auc_interval(&scores, &first(25), 98, 0.95, 0).is_err());
        assert!(auc_interval(&scores, &first(25), 99, 1.0, 0).is_err());
        // Every day but four is one of an event.
        let rest: Vec<bool> = first(4).iter().map(|p| !p).collect();
        assert!(auc_interval(&scores, &rest, 99, 0.95, 0).is_err());
    }

    #[test]
    fn hits_alone_leave_a_width() {
        let scores: Vec<f64> = (0..400).map(|d| f64::from(u8::from(d < 40))).collect();
        let positive: Vec<bool> = (0..400).map(|d| d < 40 && d % 2 == 0).collect();
        let [low, high] = auc_interval(&scores, &positive, 999, 0.95, 0).unwrap();
        // Jeffreys' bound of 20 of 20 is 0.883: 0.4737 + 0.5 · 0.883, as 20 of 380 others are alarmed.
        assert!((0.895..0.925).contains(&low) && high > 0.965, "{low} {high}");
    }
}
