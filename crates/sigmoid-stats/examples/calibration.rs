//! Are the p-values and intervals what they say? Simulated records without and with a planted sigmoid.
//!
//! ```text
//! cargo run --release -p sigmoid-stats --example calibration -- null 2000 99
//! cargo run --release -p sigmoid-stats --example calibration -- power 400 199
//! cargo run --release -p sigmoid-stats --example calibration -- departures 400 99
//! cargo run --release -p sigmoid-stats --example calibration -- coverage 400 199
//! cargo run --release -p sigmoid-stats --example calibration -- speed
//! ```
//!
//! The numbers are simulated records a cell and draws a record. `null` has nothing planted: p should
//! be at most 0.05 and 0.01 in 5 and 1 % of the records. With 99 draws these levels are exact where
//! the null distribution is: 99 draws cost power, not level. `power` plants 20 to 160 events,
//! `departures` lets the record drift with nothing planted, `coverage` compares intervals of the
//! inflection of a running sum, `speed` times 10,000 null fits.

use std::process::ExitCode;
use std::time::Instant;

use jiff::{Timestamp, civil::date, tz::TimeZone};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use sigmoid_stats::{
    Analysis, AnalysisConfig, Baseline, CountProcess, DailyCounts, Detection, FilterGrid, NullKind,
    Result, analyze, detect, inflection_intervals, plant_sigmoid,
};

const STEEPNESS: f64 = 0.12;
const DAYS_BEFORE: f64 = 37.0;
const LENGTHS: [usize; 2] = [720, 1800];

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |k: usize, default| arguments.get(k).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (records, draws) = (number(1, 200) as u64, number(2, 199));
    let config = AnalysisConfig::default().with_null_draws(draws);
    match arguments.first().map(String::as_str) {
        Some("null") => null(records, &config)?,
        Some("power") => power(records, &config)?,
        Some("departures") => departures(records, &config)?,
        Some("coverage") => coverage(records, draws)?,
        Some("speed") => speed()?,
        _ => {
            eprintln!("first argument: null, power, departures, coverage or speed");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn processes() -> [(&'static str, CountProcess); 4] {
    let ar = |rho| CountProcess::LatentAr { mean: 4.0, sigma: 0.5, rho };
    [
        ("Poisson", CountProcess::Poisson { mean: 4.0 }),
        ("neg. binomial", CountProcess::NegativeBinomial { mean: 4.0, variance: 10.0 }),
        ("AR 0.8", ar(0.8)),
        ("AR 0.95", ar(0.95)),
    ]
}

fn draw(process: CountProcess, days: usize, seed: u64) -> Result<Vec<f64>> {
    process.draw(days, 1_000_003 * seed + days as u64)
}

fn record(counts: Vec<f64>) -> Result<(DailyCounts, Timestamp)> {
    let counts = DailyCounts::new(date(2015, 1, 1), counts.into_iter().map(Some).collect())?;
    let day = counts.date(counts.len()).at(0, 0, 0, 0);
    let event = TimeZone::UTC.to_ambiguous_timestamp(day).compatible().unwrap_or(Timestamp::MAX);
    Ok((counts, event))
}

fn detections(
    records: u64,
    config: &AnalysisConfig,
    counts: impl Fn(u64) -> Result<Vec<f64>> + Sync,
) -> Result<Vec<Detection>> {
    (0..records)
        .into_par_iter()
        .map(|seed| {
            let (counts, event) = record(counts(seed)?)?;
            detect(&counts, event, None, config, seed)
        })
        .collect()
}

fn share<T>(of: &[T], what: impl Fn(&T) -> bool) -> f64 {
    100.0 * of.iter().filter(|x| what(x)).count() as f64 / of.len() as f64
}

fn null(records: u64, config: &AnalysisConfig) -> Result<()> {
    println!(
        "| process, days | p ≤ 0.5 | p ≤ 0.1 | p ≤ 0.05 | p ≤ 0.01 | independent days | too short |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (name, process) in processes() {
        for days in LENGTHS {
            let found = detections(records, config, |seed| draw(process, days, seed))?;
            let at = |level: f64| share(&found, |d| d.p.p_value <= level + 1e-9);
            let independent =
                found.iter().map(|d| d.independent_days).sum::<f64>() / found.len() as f64;
            println!(
                "| {name}, {days} | {:.1} | {:.1} | {:.2} | {:.2} | {independent:.0} | {:.0} |",
                at(0.5),
                at(0.1),
                at(0.05),
                at(0.01),
                share(&found, |d| d.independent_days < 30.0)
            );
        }
    }
    Ok(())
}

fn power(records: u64, config: &AnalysisConfig) -> Result<()> {
    println!(
        "| process, days, events | p ≤ 0.01: filter | Ratio | R² | dated within 5 d | interval covers |"
    );
    println!("|---|---|---|---|---|---|");
    for (name, process) in processes() {
        for (days, events) in [(720, 40.0), (720, 80.0), (720, 120.0), (720, 160.0), (1800, 120.0)]
        {
            let found: Vec<Analysis> = (0..records)
                .into_par_iter()
                .map(|seed| {
                    let mut counts = draw(process, days, seed)?;
                    let at = days as f64 - DAYS_BEFORE;
                    plant_sigmoid(&mut counts, events, STEEPNESS, at, seed + 17)?;
                    let (counts, event) = record(counts)?;
                    analyze(&counts, event, None, config, seed)
                })
                .collect::<Result<_>>()?;
            let dated = |a: &Analysis| {
                a.inflection_days_before_event.is_some_and(|d| (d - DAYS_BEFORE).abs() <= 5.0)
            };
            let covers = |a: &Analysis| {
                a.inflection_interval.is_some_and(|[l, h]| (l..=h).contains(&DAYS_BEFORE))
            };
            println!(
                "| {name}, {days}, {events} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} |",
                share(&found, |a| a.p_value <= 0.01 + 1e-9),
                share(&found, |a| a.ratio_p_value <= 0.01 + 1e-9),
                share(&found, |a| a.r2_p_value <= 0.01 + 1e-9),
                share(&found, dated),
                share(&found, covers)
            );
        }
    }
    Ok(())
}

/// Rate of a Poisson record as a function of the day's place in it, 0 to 1.
type Rate = fn(f64) -> f64;

fn departures(records: u64, config: &AnalysisConfig) -> Result<()> {
    let cases: [(&str, Rate); 6] = [
        ("stationary", |_| 4.0),
        ("rises by a fifth, evenly", |x| 4.0 * (1.0 + 0.2 * x)),
        ("rises by a half, evenly", |x| 4.0 * (1.0 + 0.5 * x)),
        ("rises by a fifth, ever faster", |x| 4.0 * (1.0 + 0.2 * x * x)),
        ("yearly wave of a fifth", |x| {
            4.0 * (1.0 + 0.2 * (std::f64::consts::TAU * 720.0 / 365.25 * x).sin())
        }),
        ("step of a fifth at the window's start", |x| if x < 0.75 { 4.0 } else { 4.8 }),
    ];
    println!(
        "| record of 720 days | quiet mean: ≤ 0.05 | trend: ≤ 0.05 | trend and year: ≤ 0.05 | window mean: ≤ 0.05 |"
    );
    println!("|---|---|---|---|---|");
    for (name, rate) in cases {
        print!("| {name} |");
        for baseline in
            [Baseline::QuietMean, Baseline::Trend, Baseline::TrendAndYear, Baseline::WindowMean]
        {
            let config = config.clone().with_filter(FilterGrid::default().with_baseline(baseline));
            let found = detections(records, &config, |seed| {
                // Thinning of a Poisson record keeps it Poisson.
                let dense = draw(CountProcess::Poisson { mean: 8.0 }, 720, seed)?;
                let mut rng = ChaCha8Rng::seed_from_u64(seed + 5);
                let keep = |(i, n): (usize, f64)| {
                    let p = rate(i as f64 / 720.0) / 8.0;
                    (0..n as usize).filter(|_| rng.random::<f64>() < p).count() as f64
                };
                Ok(dense.into_iter().enumerate().map(keep).collect())
            })?;
            print!(" {:.1} |", share(&found, |d| d.p.p_value <= 0.05 + 1e-9));
        }
        println!();
    }
    Ok(())
}

fn coverage(records: u64, draws: usize) -> Result<()> {
    println!(
        "| planted running sum, 180 days | naive covers | profile covers | block bootstrap covers | naive width, days | bootstrap width |"
    );
    println!("|---|---|---|---|---|---|");
    for (events, b) in [(200.0, 0.08), (500.0, 0.08), (500.0, 0.15)] {
        let found = (0..records)
            .into_par_iter()
            .map(|seed| {
                let mut counts = vec![0.0; 180];
                plant_sigmoid(&mut counts, events, b, 95.0, 31 * seed + 1)?;
                inflection_intervals(&counts, None, draws, 0.95, seed)
            })
            .collect::<Result<Vec<_>>>()?;
        // The value of day i is the sum up to its end.
        let holds = |[low, high]: [f64; 2]| (low..=high).contains(&94.0);
        let mean =
            |of: &dyn Fn(usize) -> f64| (0..found.len()).map(of).sum::<f64>() / found.len() as f64;
        println!(
            "| {events} events, b = {b} | {:.1} | {:.1} | {:.1} | {:.2} | {:.2} |",
            share(&found, |f| f.naive.is_some_and(holds)),
            share(&found, |f| holds(f.profile)),
            share(&found, |f| holds(f.bootstrap)),
            mean(&|i| found[i].naive.map_or(0.0, |[l, h]| h - l)),
            mean(&|i| found[i].bootstrap[1] - found[i].bootstrap[0])
        );
    }
    Ok(())
}

fn speed() -> Result<()> {
    let (counts, event) = record(draw(CountProcess::Poisson { mean: 4.0 }, 1095, 1)?)?;
    let kinds =
        [NullKind::Surrogates, NullKind::CircularShift, NullKind::MovingBlock { days: None }];
    for kind in kinds {
        let config = AnalysisConfig::default().with_null_draws(10_000).with_null(kind);
        let start = Instant::now();
        let found = analyze(&counts, event, None, &config, 1)?;
        println!(
            "{kind:?}: 10,000 null draws of three years, each with filter, sigmoid and line of 180 days: {:.2} s on {} threads (p = {:.4} ± {:.4})",
            start.elapsed().as_secs_f64(),
            rayon::current_num_threads(),
            found.p_value,
            found.p_value_error
        );
    }
    Ok(())
}
