use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use sigmoid_stats::{CountProcess, Result, inflection_intervals, sigmoid};

use crate::{draw, share};

const DAYS: usize = 180;
/// Middle of the rise; the value of day i is the sum up to its end, so that the fit has it a day earlier.
const MIDDLE: f64 = 95.0;

/// 95 % intervals of the inflection of a running sum: counts whose days are independent beside the
/// planted rate, and counts whose rate wanders about it.
pub(crate) fn table(seeds: Range<u64>, draws: usize) -> Result<()> {
    println!(
        "| planted running sum, 180 days | naive covers | profile covers | block bootstrap covers | naive width, days | bootstrap width | block, days |"
    );
    println!("|---|---|---|---|---|---|---|");
    for rho in [None, Some(0.8)] {
        for (events, b) in [(200.0, 0.08), (500.0, 0.08), (500.0, 0.15)] {
            let found = seeds
                .clone()
                .into_par_iter()
                .map(|seed| {
                    let counts = planted(events, b, rho, seed)?;
                    inflection_intervals(&counts, None, draws, 0.95, seed)
                })
                .collect::<Result<Vec<_>>>()?;
            let holds = |[low, high]: [f64; 2]| (low..=high).contains(&(MIDDLE - 1.0));
            let mean = |of: &dyn Fn(usize) -> f64| {
                (0..found.len()).map(of).sum::<f64>() / found.len() as f64
            };
            let rate = rho.map_or("steady".to_owned(), |rho| format!("AR {rho}"));
            println!(
                "| {events} events, b = {b}, {rate} | {:.1} | {:.1} | {:.1} | {:.2} | {:.2} | {:.1} |",
                share(&found, |f| f.naive.is_some_and(holds)),
                share(&found, |f| holds(f.profile)),
                share(&found, |f| f.bootstrap.is_some_and(holds)),
                mean(&|i| found[i].naive.map_or(0.0, |[l, h]| h - l)),
                mean(&|i| found[i].bootstrap.map_or(0.0, |[l, h]| h - l)),
                mean(&|i| found[i].block_days as f64),
            );
        }
    }
    Ok(())
}

/// Thinning of a dense record keeps it Poisson about its own rate.
fn planted(events: f64, b: f64, rho: Option<f64>, seed: u64) -> Result<Vec<f64>> {
    let rate = |i: usize| {
        sigmoid(i as f64 + 1.0, events, b, MIDDLE, 0.0) - sigmoid(i as f64, events, b, MIDDLE, 0.0)
    };
    let mean = 0.3 * events * b;
    let dense = match rho {
        None => CountProcess::Poisson { mean },
        Some(rho) => CountProcess::LatentAr { mean, sigma: 0.5, rho },
    };
    let mut rng = ChaCha8Rng::seed_from_u64(seed + 5);
    let keep = |(i, n): (usize, f64)| {
        (0..n as usize).filter(|_| rng.random::<f64>() < rate(i) / mean).count() as f64
    };
    Ok(draw(dense, DAYS, seed)?.into_iter().enumerate().map(keep).collect())
}
