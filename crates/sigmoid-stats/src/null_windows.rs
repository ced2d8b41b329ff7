use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::counts::DailyCounts;
use crate::error::{Result, check_at_least, check_length};
use crate::every_statistic::{StatisticTest, among};
use crate::marginal::Marginal;
use crate::null::{EmpiricalP, Statistics};
use crate::split::{Split, utc_day, window_start};

/// The statistics of windows of the record itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NullWindows {
    /// First day of each window, as an index into the record.
    pub starts: Vec<usize>,
    /// p of the event's window among them by the primary statistic.
    pub statistic: EmpiricalP,
    /// The same by the Ratio.
    pub ratio: EmpiricalP,
    /// The same by R² of the sigmoid.
    pub r2: EmpiricalP,
    /// The same by every statistic, those three among them.
    #[serde(default)]
    pub tests: Vec<StatisticTest>,
    /// Whether any two windows share a day. Overlapping windows are no independent draws: in
    /// simulations p ≤ 0.05 came two to three times too often.
    pub overlapping: bool,
}

/// How windows are drawn from the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WindowDraw {
    /// Random windows that share no day; as many as asked for and as fit.
    Disjoint,
    /// Windows before random times, as if the event had been then (shuffled event times); they
    /// may overlap.
    EventTimes,
}

/// Compares the event's window with windows before random quiet times of the same record.
///
/// Each window is judged by the quiet days outside it and outside the event's. `quiet` as in
/// [`analyze`](crate::analyze), for example from [`quiet_mask`](crate::quiet_mask).
///
/// # Errors
/// As [`analyze`](crate::analyze), and a record without room for one window.
pub fn null_windows(
    counts: &DailyCounts,
    event: Timestamp,
    quiet: Option<&[bool]>,
    config: &AnalysisConfig,
    draw: WindowDraw,
    windows: usize,
    seed: u64,
) -> Result<NullWindows> {
    config.validate()?;
    if let Some(quiet) = quiet {
        check_length("quiet", quiet.len(), counts.len(), "day of the counts")?;
    }
    check_at_least("windows", windows, 1)?;
    let start = window_start(counts, utc_day(event), config.window_days)?;
    let tested = start..start + config.window_days + 1;
    let allowed = |i: usize| !tested.contains(&i) && quiet.is_none_or(|q| q[i]);
    let starts = draw_starts(counts, config, &allowed, draw, windows, seed);
    check_at_least("quiet windows of the record", starts.len(), 1)?;
    let filled = Background::filled(counts);
    let quiet_counts: Vec<f64> =
        (0..counts.len()).filter(|i| allowed(*i)).filter_map(|i| counts.as_slice()[i]).collect();
    Marginal::new(&quiet_counts)?; // refuses days that are all the same
    let of = |start: usize| {
        let split = Split::new(counts, start, config, allowed)?;
        Ok(Statistics::new(counts.len(), &split, config)?.every(&filled))
    };
    let own = of(start)?;
    let all = starts.par_iter().map(|&s| of(s)).collect::<Result<Vec<_>>>()?;
    let tests = among(own, &all);
    let mut sorted = starts.clone();
    sorted.sort_unstable();
    Ok(NullWindows {
        statistic: tests[0].p,
        ratio: tests[2].p,
        r2: tests[3].p,
        tests,
        overlapping: sorted.windows(2).any(|pair| pair[1] < pair[0] + config.window_days),
        starts,
    })
}

fn draw_starts(
    counts: &DailyCounts,
    config: &AnalysisConfig,
    allowed: &impl Fn(usize) -> bool,
    draw: WindowDraw,
    windows: usize,
    seed: u64,
) -> Vec<usize> {
    let days = counts.as_slice();
    let fits = |start: &usize| {
        let mut window = *start..*start + config.window_days;
        let observed = days[window.clone()].iter().flatten().count();
        window.all(allowed) && observed >= config.days_needed()
    };
    let last = days.len().saturating_sub(config.window_days);
    let mut free: Vec<usize> = (0..=last).filter(fits).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut starts = Vec::new();
    while starts.len() < windows && !free.is_empty() {
        let start = free[rng.random_range(0..free.len())];
        starts.push(start);
        if draw == WindowDraw::Disjoint {
            free.retain(|s| s.abs_diff(start) >= config.window_days);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{CountProcess, NearbyEvent, plant_sigmoid, quiet_mask};

    fn record(events: f64, seed: u64) -> DailyCounts {
        let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(1500, seed).unwrap();
        plant_sigmoid(&mut counts, events, 0.12, 1460.0, seed).unwrap();
        DailyCounts::new(date(2018, 1, 1), counts.into_iter().map(Some).collect()).unwrap()
    }

    fn event(counts: &DailyCounts) -> Timestamp {
        format!("{}T00:00:00Z", counts.date(counts.len())).parse().unwrap()
    }

    #[test]
    fn windows_keep_off_each_other_the_event_and_excluded_days() {
        let counts = record(200.0, 1);
        let events = [NearbyEvent::new(700, 10.0)];
        let quiet = quiet_mask(counts.len(), &events, 100.0, 100, 50).unwrap();
        let config = AnalysisConfig::default();
        let of = |draw| {
            null_windows(&counts, event(&counts), Some(&quiet), &config, draw, 30, 2).unwrap()
        };
        let disjoint = of(WindowDraw::Disjoint);
        assert!(!disjoint.overlapping && disjoint.starts.len() >= 3);
        for start in &disjoint.starts {
            assert!((*start..start + 180).all(|i| quiet[i] && i < 1320));
        }
        assert_eq!(disjoint.statistic.p_value, 1.0 / (1.0 + disjoint.starts.len() as f64));
        assert_eq!(disjoint.tests.len(), 6);
        let likelihood = disjoint.tests.iter().find(|t| t.statistic.name == "likelihood").unwrap();
        assert_eq!(likelihood.p.p_value, disjoint.statistic.p_value);
        let times = of(WindowDraw::EventTimes);
        assert!(times.overlapping && times.starts.len() == 30);
        assert!(times.statistic.p_value < 0.05);
    }
}
