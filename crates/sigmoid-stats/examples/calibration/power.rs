use std::ops::Range;

use rayon::prelude::*;
use sigmoid_stats::{Analysis, AnalysisConfig, Result, analyze, plant_sigmoid};

use crate::{draw, processes, record, share};

const STEEPNESS: f64 = 0.12;
const DAYS_BEFORE: f64 = 37.0;
/// Days of the record and planted events.
const CELLS: [(usize, f64); 10] = [
    (720, 20.0),
    (720, 40.0),
    (720, 80.0),
    (720, 120.0),
    (720, 160.0),
    (720, 320.0),
    (720, 480.0),
    (720, 640.0),
    (1800, 40.0),
    (1800, 120.0),
];

/// How often a planted build-up is found, by the matched filter and by what was published, and how
/// well the likelihood dates it; of processes that are called `of`.
pub(crate) fn table(seeds: Range<u64>, config: &AnalysisConfig, of: &str) -> Result<()> {
    println!(
        "| process, days, events | p ≤ 0.01: filter | Ratio | R² | too short | dated within 5 d | interval covers | its width, days | claims to | covers, of these |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (name, process) in processes().into_iter().filter(|(name, _)| name.contains(of)) {
        for (days, events) in CELLS {
            let found: Vec<Analysis> = seeds
                .clone()
                .into_par_iter()
                .map(|seed| {
                    let mut counts = draw(process, days, seed)?;
                    let at = days as f64 - DAYS_BEFORE;
                    plant_sigmoid(&mut counts, events, STEEPNESS, at, seed + 17)?;
                    let (counts, event) = record(counts)?;
                    analyze(&counts, event, None, config, seed)
                })
                .collect::<Result<_>>()?;
            println!("| {name}, {days}, {events} | {} |", row(&found).join(" | "));
        }
    }
    Ok(())
}

fn row(found: &[Analysis]) -> [String; 9] {
    let small = |p: f64| p <= 0.01 + 1e-9;
    let dated = |a: &Analysis| {
        a.inflection_days_before_event.is_some_and(|d| (d - DAYS_BEFORE).abs() <= 5.0)
    };
    let covers =
        |a: &Analysis| a.inflection_interval.is_some_and(|[l, h]| (l..=h).contains(&DAYS_BEFORE));
    let widths: Vec<f64> =
        found.iter().filter_map(|a| a.inflection_interval).map(|[l, h]| h - l).collect();
    let claiming: Vec<&Analysis> = found.iter().filter(|a| a.inflection_claimed).collect();
    [
        share(found, |a| small(a.p_value)),
        share(found, |a| small(a.ratio_p_value)),
        share(found, |a| small(a.r2_p_value)),
        share(found, |a| a.independent_days < 50.0),
        share(found, dated),
        share(found, covers),
        widths.iter().sum::<f64>() / widths.len().max(1) as f64,
        share(found, |a| a.inflection_claimed),
        share(&claiming, |a| covers(a)),
    ]
    .map(|value| if value.is_nan() { "–".to_owned() } else { format!("{value:.0}") })
}
