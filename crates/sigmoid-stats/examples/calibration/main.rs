//! Are the p-values and intervals of `sigmoid-stats` what they say? Simulated records without and with
//! a planted sigmoid.
//!
//! ```text
//! cargo run --release -p sigmoid-stats --example calibration -- null 8000 999 200000
//! cargo run --release -p sigmoid-stats --example calibration -- prepivot 800 499 100000
//! cargo run --release -p sigmoid-stats --example calibration -- power 600 999 220000 Poisson
//! cargo run --release -p sigmoid-stats --example calibration -- power 600 999 220000 binomial
//! cargo run --release -p sigmoid-stats --example calibration -- power 200 999 90000 AR
//! cargo run --release -p sigmoid-stats --example calibration -- statistics 400 99 20000
//! cargo run --release -p sigmoid-stats --example calibration -- coverage 200 99 10000
//! cargo run --release -p sigmoid-stats --example calibration -- departures 400 99
//! cargo run --release -p sigmoid-stats --example calibration -- auc 4000 499 300000
//! cargo run --release -p sigmoid-stats --example calibration -- speed
//! ```
//!
//! The numbers are simulated records a cell, draws a record and the seed of the first record (0 if left out),
//! and a word that the names of the processes must have (all if left out):
//! the records of small seeds, of those from 10,000 and from 3,000,000 on were seen while the methods were
//! made, and the 800 from 100,000 on are what the map of p was fitted to. Every record has its own seed, so that
//! a table does not depend on the number of threads.

use std::ops::Range;
use std::process::ExitCode;

use jiff::{Timestamp, civil::date, tz::TimeZone};
use rayon::prelude::*;
use sigmoid_stats::{AnalysisConfig, CountProcess, DailyCounts, Detection, Result, detect};

mod auc;
mod coverage;
mod departures;
mod null;
mod power;
mod prepivot;
mod speed;
mod statistics;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |k: usize, default| arguments.get(k).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (records, draws, first) = (number(1, 200) as u64, number(2, 199), number(3, 0) as u64);
    let (seeds, of) = (first..first + records, arguments.get(4).map_or("", String::as_str));
    let config = AnalysisConfig::default().with_null_draws(draws);
    match arguments.first().map(String::as_str) {
        Some("null") => null::table(seeds, &config, of)?,
        Some("prepivot") => prepivot::fit(seeds, &config)?,
        Some("power") => power::table(seeds, &config, of)?,
        Some("statistics") => statistics::table(seeds, &config)?,
        Some("coverage") => coverage::table(seeds, draws)?,
        Some("departures") => departures::table(seeds, &config)?,
        Some("auc") => auc::table(seeds, draws)?,
        Some("speed") => speed::lines()?,
        _ => {
            eprintln!(
                "first argument: null, prepivot, power, statistics, coverage, departures, auc or speed"
            );
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

/// Whether a record is worth the 50 independent days without which no p below 0.1 is given.
fn may_claim(found: &Detection) -> bool {
    found.independent_days >= 50.0
}

fn draw(process: CountProcess, days: usize, seed: u64) -> Result<Vec<f64>> {
    process.draw(days, 1_000_003 * seed + days as u64)
}

/// The counts as a record, and an event on the day after its last.
fn record(counts: Vec<f64>) -> Result<(DailyCounts, Timestamp)> {
    let counts = DailyCounts::new(date(2015, 1, 1), counts.into_iter().map(Some).collect())?;
    let day = counts.date(counts.len()).at(0, 0, 0, 0);
    let event = TimeZone::UTC.to_ambiguous_timestamp(day).compatible().unwrap_or(Timestamp::MAX);
    Ok((counts, event))
}

fn detections(
    seeds: &Range<u64>,
    config: &AnalysisConfig,
    counts: impl Fn(u64) -> Result<Vec<f64>> + Sync,
) -> Result<Vec<Detection>> {
    seeds
        .clone()
        .into_par_iter()
        .map(|seed| {
            let (counts, event) = record(counts(seed)?)?;
            detect(&counts, event, None, config, seed)
        })
        .collect()
}

/// Per cent.
fn share<T>(of: &[T], what: impl Fn(&T) -> bool) -> f64 {
    100.0 * of.iter().filter(|x| what(x)).count() as f64 / of.len() as f64
}
