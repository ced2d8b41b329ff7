use serde::{Deserialize, Serialize};

use super::molchan_null::{Tied, upper_tail};
use crate::error::{Result, StatsError, check_at_least, check_finite, check_length};
use crate::tails::binomial_upper_tail;

/// One threshold of the diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MolchanPoint {
    /// Days with a level of at least this are alarmed.
    pub threshold: f64,
    /// Share of the time that is alarmed, τ.
    pub alarm_fraction: f64,
    /// Share of the events outside the alarms, ν.
    pub miss_rate: f64,
    /// Probability of as many hits or more by guessing with the same τ. For one threshold that was
    /// chosen beforehand; the smallest of many is no p-value.
    pub p_value: f64,
    /// Probability gain (1 − ν)/τ.
    pub gain: f64,
}

/// Molchan's error diagram of a level per day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Molchan {
    /// Every distinct level as a threshold, falling; the point (0, 1) is left out.
    pub points: Vec<MolchanPoint>,
    /// Area skill score: mean over the events of the time share with a lower level (ties half),
    /// 0.5 for guessing, 1 for perfect alarms.
    pub area_skill: f64,
    /// Probability of an area skill as large by guessing, where each event falls on a day with the
    /// day's share of the time (of what is expected, in [`molchan_against`]): of as many even random
    /// numbers (Irwin and Hall's distribution) where levels are continuous, and counted out where days
    /// share levels. One p for the whole diagram, whatever the thresholds. Where the levels are so many
    /// that it takes a grid, it is rounded up, and no smaller than 1e-12; above 2,000 events it is a
    /// saddlepoint's.
    /// Events are taken as independent: decluster beforehand.
    pub area_p_value: f64,
    /// Number of events.
    pub events: usize,
}

/// Molchan's diagram (Molchan 1991; Zechar & Jordan 2008) of levels `[day]` and the days of the
/// events, as indices; several events may share a day.
///
/// ```
/// let diagram = sigmoid_stats::molchan(&[0.0, 0.0, 3.0, 1.0], &[2])?;
/// assert_eq!(diagram.points[0].alarm_fraction, 0.25);
/// assert_eq!((diagram.points[0].miss_rate, diagram.points[0].gain), (0.0, 4.0));
/// assert_eq!(diagram.area_skill, 0.875);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// No days, no events, a level that is not finite, an event outside the record.
pub fn molchan(levels: &[f64], event_days: &[usize]) -> Result<Molchan> {
    diagram(levels, event_days, &vec![1.0; levels.len()])
}

/// The diagram against another forecast instead of against time: a day counts as much as `expected`
/// shocks fall on it under that forecast, for example [`EtasModel::daily`](crate::EtasModel::daily).
///
/// Alarms that do no more than follow aftershocks gain much over time and nothing over ETAS: gain,
/// p and area skill are then those beyond what the other forecast knew. That forecast must not have seen
/// the days: [`fit_etas`](crate::fit_etas) with a `to` no later than the first of them.
///
/// ```
/// // Alarms and events follow a shock on day 2, and the baseline knows that they would.
/// let (alarms, events) = ([0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0], [3, 4]);
/// let over_time = sigmoid_stats::molchan(&alarms, &events)?;
/// let expected = [0.1, 0.1, 0.1, 2.0, 1.0, 0.5, 0.2, 0.1];
/// let over_etas = sigmoid_stats::molchan_against(&alarms, &events, &expected)?;
/// assert_eq!(over_time.points[0].gain, 4.0);
/// assert!(over_etas.points[0].gain < 1.4);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// As [`molchan`]; unequal lengths, an expected number that is not positive and finite.
///
/// # References
/// Zechar & Jordan 2008, *Geophys. J. Int.* 172, 715–724 (reference models).
pub fn molchan_against(levels: &[f64], event_days: &[usize], expected: &[f64]) -> Result<Molchan> {
    check_length("expected", expected.len(), levels.len(), "day")?;
    check_finite("expected", expected)?;
    if let Some(index) = expected.iter().position(|e| *e <= 0.0) {
        let value = expected[index];
        return Err(StatsError::NotPositive { what: "expected", index, value });
    }
    diagram(levels, event_days, expected)
}

fn diagram(levels: &[f64], event_days: &[usize], weights: &[f64]) -> Result<Molchan> {
    check_at_least("days", levels.len(), 1)?;
    check_at_least("events", event_days.len(), 1)?;
    check_finite("level", levels)?;
    if let Some(outside) = event_days.iter().find(|d| **d >= levels.len()) {
        return Err(StatsError::setting("event day", outside, "an index into the levels"));
    }
    let events = event_days.len();
    let mut order: Vec<usize> = (0..levels.len()).collect();
    order.sort_by(|&i, &j| levels[j].total_cmp(&levels[i]));
    // In the order of the days, so that equal diagrams are equal to the last digit.
    let whole: f64 = weights.iter().sum();
    let (mut points, mut tied) = (Vec::new(), Vec::new());
    let (mut above, mut hits, mut skill) = (0.0, 0usize, 0.0);
    for group in order.chunk_by(|&i, &j| levels[i] == levels[j]) {
        let threshold = levels[group[0]];
        let own = event_days.iter().filter(|d| levels[**d] == threshold).count();
        let weight: f64 = group.iter().map(|&i| weights[i]).sum();
        let score = 1.0 - (above + 0.5 * weight) / whole;
        skill += own as f64 * score;
        tied.push(Tied { score, share: weight / whole });
        above += weight;
        hits += own;
        let alarm_fraction = (above / whole).min(1.0);
        points.push(MolchanPoint {
            threshold,
            alarm_fraction,
            miss_rate: 1.0 - hits as f64 / events as f64,
            p_value: binomial_upper_tail(hits, events, alarm_fraction),
            gain: hits as f64 / events as f64 / alarm_fraction,
        });
    }
    let area_skill = skill / events as f64;
    // Days of whole weights have scores in halves of one.
    let unit = weights.iter().all(|w| w.fract() == 0.0).then_some(0.5 / whole);
    let area_p_value = upper_tail(&tied, events, skill, unit);
    Ok(Molchan { points, area_skill, area_p_value, events })
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn guessing_has_even_p_values() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut small = 0;
        for _ in 0..1000 {
            let levels: Vec<f64> = (0..400).map(|_| rng.random()).collect();
            let events: Vec<usize> = (0..6).map(|_| rng.random_range(0..400)).collect();
            small += usize::from(molchan(&levels, &events).unwrap().area_p_value <= 0.05);
        }
        // Binomial(1000, 0.05): outside with probability below 1e-3.
        assert!((29..=74).contains(&small), "{small}");
    }

    /// One level on a share τ of the days, all events hit: τⁿ, as of as many hits.
    #[test]
    fn one_level_that_hits_every_event_has_the_p_of_its_hits() {
        let levels: Vec<f64> = (0..365).map(|day| f64::from(u8::from(day % 12 == 0))).collect();
        let alarmed = levels.iter().sum::<f64>();
        for n in 1..=5 {
            let found = molchan(&levels, &vec![24; n]).unwrap();
            let exact = (alarmed / 365.0).powi(n as i32);
            assert!((found.area_p_value / exact - 1.0).abs() < 1e-9, "{n}: {found:?}");
            // Against a forecast that expects three times as much on every alarmed day.
            let expected: Vec<f64> = levels.iter().map(|l| 0.1 + 0.2 * l).collect();
            let found = molchan_against(&levels, &vec![24; n], &expected).unwrap();
            let exact = (0.3 * alarmed / expected.iter().sum::<f64>()).powi(n as i32);
            assert!((found.area_p_value / exact - 1.0).abs() < 1e-9, "{n}: {found:?}");
        }
        // Without an alarm nothing is found.
        assert_eq!(molchan(&[0.0; 9], &[1, 2]).unwrap().area_p_value, 1.0);
    }

    #[test]
    fn tied_levels_have_a_p_that_is_not_too_small() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        for n in 1..=5 {
            let mut small = [0usize; 3];
            for _ in 0..2000 {
                let levels: Vec<f64> = (0..60)
                    .map(|_| {
                        if rng.random::<f64>() < 0.7 {
                            0.0
                        } else {
                            f64::from(rng.random_range(1u8..4))
                        }
                    })
                    .collect();
                let events: Vec<usize> = (0..n).map(|_| rng.random_range(0..60)).collect();
                let p = molchan(&levels, &events).unwrap().area_p_value;
                for (count, level) in small.iter_mut().zip([0.05, 0.1, 0.3]) {
                    *count += usize::from(p <= level);
                }
            }
            // Binomial(2000, level): exceeded with probability below 1e-3.
            assert!(small[0] <= 132 && small[1] <= 243 && small[2] <= 664, "{n}: {small:?}");
            // Not by giving up: at 0.3 there are levels enough.
            assert!(small[2] > 200, "{n}: {small:?}");
        }
    }

    /// Whole weights are so many days of one level.
    #[test]
    fn a_day_of_weight_three_counts_as_three_days() {
        let (levels, weights) = ([2.0, 0.5, 1.0, 0.5, 3.0], [3.0, 1.0, 2.0, 4.0, 1.0]);
        let long: Vec<f64> = levels
            .iter()
            .zip(weights)
            .flat_map(|(level, weight)| vec![*level; weight as usize])
            .collect();
        let found = molchan_against(&levels, &[0, 2], &weights).unwrap();
        let same = molchan(&long, &[1, 5]).unwrap();
        assert_eq!(found, same);
        // Whatever the unit of the expected numbers.
        let third = weights.map(|w| w / 3.0);
        let scaled = molchan_against(&levels, &[0, 2], &third).unwrap();
        assert!((scaled.area_skill - found.area_skill).abs() < 1e-12);
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(molchan_against(&[1.0, 2.0], &[0], &[1.0]).is_err());
        assert!(molchan_against(&[1.0, 2.0], &[0], &[1.0, 0.0]).is_err());
        assert!(molchan_against(&[1.0, 2.0], &[0], &[1.0, f64::INFINITY]).is_err());
        assert!(molchan(&[], &[0]).is_err());
        assert!(molchan(&[1.0], &[]).is_err());
        assert!(molchan(&[1.0], &[1]).is_err());
        assert!(molchan(&[f64::NAN], &[0]).is_err());
    }
}
