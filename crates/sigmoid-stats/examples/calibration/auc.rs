use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use sigmoid_stats::{Result, auc_interval, auc_p_value};

use crate::share;

/// Alarms, days with an event, days of the span, days of an alarm.
const CELLS: [[usize; 4]; 11] = [
    [3, 1, 365, 30],
    [3, 5, 365, 30],
    [4, 10, 365, 30],
    [4, 20, 365, 30],
    [10, 20, 1000, 10],
    [10, 20, 1000, 30],
    [2, 20, 3650, 30],
    [20, 30, 2000, 10],
    [10, 40, 1000, 10],
    [20, 60, 2000, 10],
    [6, 60, 2000, 100],
];

/// What is planted beside the cell's numbers.
#[derive(Clone, Copy)]
struct Plan {
    /// Levels that an alarm may have.
    levels: usize,
    /// Probability that an event falls on an alarmed day; `None`: on any day.
    hit: Option<f64>,
    /// Events that come together, within six days.
    cluster: usize,
}

struct Found {
    /// Width of the interval, and whether it holds the true area; `None` where none is given.
    interval: Option<(f64, bool)>,
    p: f64,
}

/// 95 % intervals of the AUC and its p by shifts: alarms anywhere, and events that have nothing to do
/// with them, or fall on alarmed days with a given probability.
pub(crate) fn table(seeds: Range<u64>, draws: usize) -> Result<()> {
    println!(
        "| alarms, event days, days, period | guessed: covers | width | p ≤ 0.1 | p ≤ 0.05 | three levels: covers | p ≤ 0.05 | half hit: covers | four fifths hit: covers | p ≤ 0.05 | guessed, in threes: covers | p ≤ 0.05 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for cell in CELLS {
        let of = |levels, hit, cluster| -> Result<Vec<Found>> {
            let plan = Plan { levels, hit, cluster };
            seeds.clone().into_par_iter().map(|seed| judged(cell, plan, draws, seed)).collect()
        };
        let guessed = of(1, None, 1)?;
        let (levels, half, most) = (of(3, None, 1)?, of(1, Some(0.5), 1)?, of(1, Some(0.8), 1)?);
        let threes = of(1, None, 3)?;
        let covers = |found: &[Found]| {
            let given: Vec<_> = found.iter().filter_map(|f| f.interval).collect();
            if given.is_empty() { "–".into() } else { format!("{:.1}", share(&given, |g| g.1)) }
        };
        let small = |found: &[Found], level: f64| share(found, |f| f.p <= level);
        let widths: Vec<f64> = guessed.iter().filter_map(|f| f.interval).map(|g| g.0).collect();
        let width = match widths.len() {
            0 => "–".to_owned(),
            n => format!("{:.2}", widths.iter().sum::<f64>() / n as f64),
        };
        println!(
            "| {} | {} | {width} | {:.1} | {:.1} | {} | {:.1} | {} | {} | {:.1} | {} | {:.1} |",
            cell.map(|n| n.to_string()).join(", "),
            covers(&guessed),
            small(&guessed, 0.1),
            small(&guessed, 0.05),
            covers(&levels),
            small(&levels, 0.05),
            covers(&half),
            covers(&most),
            small(&most, 0.05),
            covers(&threes),
            small(&threes, 0.05),
        );
    }
    Ok(())
}

fn judged(cell: [usize; 4], plan: Plan, draws: usize, seed: u64) -> Result<Found> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let [alarms, events, days, period] = cell;
    let mut scores = vec![0.0f64; days];
    for _ in 0..alarms {
        let start = rng.random_range(0..days);
        let level = rng.random_range(1..=plan.levels) as f64;
        let until = (start + period + 1).min(days);
        scores[start..until].iter_mut().for_each(|s| *s = s.max(level));
    }
    let positive = fallen(&scores, events, plan, &mut rng);
    let interval = auc_interval(&scores, &positive, draws, 0.95, seed).ok();
    let truth = plan.hit.map_or(0.5, |hit| {
        // Of the days without an event, this share is alarmed.
        let alarmed = scores.iter().filter(|s| **s > 0.0).count() as f64;
        let called = (alarmed - hit * events as f64).max(0.0) / (days - events) as f64;
        0.5 * (1.0 + hit - called)
    });
    let interval = interval.map(|[low, high]| (high - low, low <= truth && truth <= high));
    Ok(Found { interval, p: auc_p_value(&scores, &positive)? })
}

fn fallen(scores: &[f64], events: usize, plan: Plan, rng: &mut ChaCha8Rng) -> Vec<bool> {
    let mut positive = vec![false; scores.len()];
    let mut left = events;
    while left > 0 {
        let alarmed = plan.hit.map(|hit| rng.random::<f64>() < hit);
        // The side is kept until a day of it is free.
        let first = loop {
            let day = rng.random_range(0..scores.len());
            if !positive[day] && alarmed.is_none_or(|alarmed| alarmed == (scores[day] > 0.0)) {
                break day;
            }
        };
        positive[first] = true;
        left -= 1;
        for _ in 1..plan.cluster.min(left + 1) {
            let day = (first + rng.random_range(1..6)).min(scores.len() - 1);
            left -= usize::from(!positive[day]);
            positive[day] = true;
        }
    }
    positive
}
