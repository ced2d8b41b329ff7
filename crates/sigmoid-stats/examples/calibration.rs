//! Are the p-values what they say? Simulated records without and with a planted sigmoid.
//!
//! ```text
//! cargo run --release -p sigmoid-stats --example calibration -- [records] [draws] [only]
//! ```
//! prints, for each process and length of record, the share of records with p ≤ 0.05 and p ≤ 0.01
//! where nothing was planted (they should be 0.05 and 0.01), the same for the Ratio, then the
//! share detected at p ≤ 0.01 where 120 events were planted, for the matched filter and for the
//! Ratio, and how well the inflection was dated.

use jiff::{Timestamp, civil::date, tz::TimeZone};
use rayon::prelude::*;
use sigmoid_stats::{
    Analysis, AnalysisConfig, CountProcess, DailyCounts, Result, analyze, plant_sigmoid,
};

const PLANTED_EVENTS: f64 = 120.0;
const PLANTED_STEEPNESS: f64 = 0.12;
const PLANTED_DAYS_BEFORE: f64 = 37.0;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().and_then(|a| a.parse().ok()).unwrap_or(default);
    let (records, draws) = (number(200), number(499));
    let only = arguments.next();
    let processes = [
        ("Poisson", CountProcess::Poisson { mean: 4.0 }),
        ("neg. binomial", CountProcess::NegativeBinomial { mean: 4.0, variance: 10.0 }),
        ("AR 0.8", CountProcess::LatentAr { mean: 4.0, sigma: 0.5, rho: 0.8 }),
        ("AR 0.95", CountProcess::LatentAr { mean: 4.0, sigma: 0.5, rho: 0.95 }),
    ];
    let config = AnalysisConfig::default().with_null_draws(draws);
    println!("{records} records a cell, {draws} draws each; shares in %");
    println!(
        "process        days |  null: p<=.05 p<=.01  ratio .05  .01 | planted: .01 ratio .01 R2 .01 | dated <=5 d  bias  s.d.  covered  (where p<=.01)  excess covered | warned"
    );
    for (name, process) in processes {
        if only.as_deref().is_some_and(|o| o != name) {
            continue;
        }
        for days in [720, 1800] {
            let run = |amplitude| -> Result<Vec<Analysis>> {
                (0..records as u64)
                    .into_par_iter()
                    .map(|seed| simulate(process, days, amplitude, seed, &config))
                    .collect()
            };
            let (null, planted) = (run(0.0)?, run(PLANTED_EVENTS)?);
            let share = |of: &[Analysis], what: &dyn Fn(&Analysis) -> bool| {
                100.0 * of.iter().filter(|a| what(a)).count() as f64 / of.len() as f64
            };
            let errors: Vec<f64> = planted
                .iter()
                .filter_map(|a| Some(a.inflection_days_before_event? - PLANTED_DAYS_BEFORE))
                .collect();
            let bias = errors.iter().sum::<f64>() / errors.len() as f64;
            let spread = (errors.iter().map(|e| (e - bias).powi(2)).sum::<f64>()
                / errors.len() as f64)
                .sqrt();
            let covers = |a: &Analysis| {
                a.inflection_interval.is_some_and(|[l, h]| (l..=h).contains(&PLANTED_DAYS_BEFORE))
            };
            let excess_covers = |a: &Analysis| {
                let [l, h] = a.excess.interval;
                (l..=h).contains(&PLANTED_EVENTS)
            };
            let dated = errors.iter().filter(|e| e.abs() <= 5.0).count() as f64;
            println!(
                "{name:13} {days:5} | {:14.1} {:6.1} {:10.1} {:5.1} | {:12.1} {:9.1} {:6.1} | {:10.1} {bias:6.2} {spread:5.2} {:8.1} {:8.1} {:8.1} | {:5.1}",
                share(&null, &|a| a.p_value <= 0.05),
                share(&null, &|a| a.p_value <= 0.01),
                share(&null, &|a| a.ratio_p_value <= 0.05),
                share(&null, &|a| a.ratio_p_value <= 0.01),
                share(&planted, &|a| a.p_value <= 0.01),
                share(&planted, &|a| a.ratio_p_value <= 0.01),
                share(&planted, &|a| a.r2_p_value <= 0.01),
                100.0 * dated / records as f64,
                share(&planted, &covers),
                100.0 * planted.iter().filter(|a| a.p_value <= 0.01 && covers(a)).count() as f64
                    / planted.iter().filter(|a| a.p_value <= 0.01).count() as f64,
                share(&planted, &excess_covers),
                share(&null, &|a| a.warnings.iter().any(|w| w.contains("record is too short"))),
            );
        }
    }
    Ok(())
}

fn simulate(
    process: CountProcess,
    days: usize,
    amplitude: f64,
    seed: u64,
    config: &AnalysisConfig,
) -> Result<Analysis> {
    let mut counts = process.draw(days, 1_000_003 * seed + days as u64)?;
    plant_sigmoid(
        &mut counts,
        amplitude,
        PLANTED_STEEPNESS,
        days as f64 - PLANTED_DAYS_BEFORE,
        seed + 17,
    )?;
    let counts = DailyCounts::new(date(2015, 1, 1), counts.into_iter().map(Some).collect())?;
    analyze(&counts, event(&counts), None, config, seed)
}

/// Midnight after the record's last day.
fn event(counts: &DailyCounts) -> Timestamp {
    let day = counts.date(counts.len()).at(0, 0, 0, 0);
    TimeZone::UTC.to_ambiguous_timestamp(day).compatible().unwrap_or(Timestamp::MAX)
}
