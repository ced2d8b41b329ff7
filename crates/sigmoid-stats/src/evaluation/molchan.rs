use serde::{Deserialize, Serialize};

use crate::error::{Result, check_at_least, check_finite};
use crate::tails::{binomial_upper_tail, mean_of_uniforms_upper_tail};

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
    /// Probability of an area skill as large by guessing: the mean of as many even random numbers
    /// (Irwin and Hall's distribution). One p for the whole diagram, whatever the thresholds.
    /// Events are taken as independent: decluster beforehand. With large ties it is too large.
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
    check_at_least("days", levels.len(), 1)?;
    check_at_least("events", event_days.len(), 1)?;
    check_finite("level", levels)?;
    if let Some(outside) = event_days.iter().find(|d| **d >= levels.len()) {
        return Err(crate::StatsError::setting("event day", outside, "an index into the levels"));
    }
    let (days, events) = (levels.len() as f64, event_days.len());
    let mut sorted = levels.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut points = Vec::new();
    let (mut above, mut hits, mut skill) = (0usize, 0usize, 0.0);
    for group in sorted.chunk_by(|a, b| a == b) {
        let own = event_days.iter().filter(|d| levels[**d] == group[0]).count();
        skill += own as f64 * (1.0 - (above as f64 + 0.5 * group.len() as f64) / days);
        above += group.len();
        hits += own;
        let alarm_fraction = above as f64 / days;
        points.push(MolchanPoint {
            threshold: group[0],
            alarm_fraction,
            miss_rate: 1.0 - hits as f64 / events as f64,
            p_value: binomial_upper_tail(hits, events, alarm_fraction),
            gain: hits as f64 / events as f64 / alarm_fraction,
        });
    }
    let area_skill = skill / events as f64;
    let area_p_value = mean_of_uniforms_upper_tail(area_skill, events);
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

    #[test]
    fn bad_input_is_refused() {
        assert!(molchan(&[], &[0]).is_err());
        assert!(molchan(&[1.0], &[]).is_err());
        assert!(molchan(&[1.0], &[1]).is_err());
        assert!(molchan(&[f64::NAN], &[0]).is_err());
    }
}
