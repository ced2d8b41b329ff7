use std::ops::Range;

use sigmoid_stats::{AnalysisConfig, CountProcess, Detection, Result};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::{detections, draw};

const CORRELATIONS: [f64; 3] = [0.8, 0.9, 0.95];
const LENGTHS: [usize; 3] = [720, 1080, 1800];
const LEVELS: [f64; 4] = [0.1, 0.05, 0.02, 0.01];
/// Days per independent day up to which the library changes nothing.
const KNOWN_MEMORY: f64 = 2.0;
/// The library's c.
const WIDENING: f64 = 100.0;

/// Surrogates' p of records in which nothing is planted, and the widening c with which the shares of
/// small p, once mapped, lie nearest to their levels: Pearson's χ² over cells and levels, which are not
/// independent of each other, so that it only ranks.
pub(crate) fn fit(seeds: Range<u64>, config: &AnalysisConfig) -> Result<()> {
    println!("| AR, days | days per independent day | p ≤ 0.1 | p ≤ 0.05 | p ≤ 0.02 | p ≤ 0.01 |");
    println!("|---|---|---|---|---|---|");
    let mut cells = Vec::new();
    for rho in CORRELATIONS {
        let process = CountProcess::LatentAr { mean: 4.0, sigma: 0.5, rho };
        for days in LENGTHS {
            let quiet_days = (days - config.window_days) as f64;
            let found = detections(&seeds, config, |seed| draw(process, days, seed))?;
            let memory = found.iter().map(|d| quiet_days / d.independent_days).sum::<f64>();
            print!("| {rho}, {days} | {:.1} |", memory / found.len() as f64);
            for level in LEVELS {
                print!(" {:.2} |", 100.0 * share(&found, quiet_days, config, level, 0.0));
            }
            println!();
            cells.push((format!("{rho}, {days}"), quiet_days, found));
        }
    }
    let misfit = |c: f64| {
        let of = |(_, quiet_days, found): &Cell, level: f64| {
            let share = share(found, *quiet_days, config, level, c);
            found.len() as f64 * (share - level).powi(2) / (level * (1.0 - level))
        };
        cells.iter().flat_map(|cell| LEVELS.map(|level| of(cell, level))).sum::<f64>()
    };
    for c in (0..=200).step_by(10).map(f64::from) {
        println!("c = {c}: χ² = {:.1}", misfit(c));
    }
    println!();
    evenness(&cells, config);
    Ok(())
}

/// Name, quiet days and what was found.
type Cell = (String, f64, Vec<Detection>);

/// The largest distance of all p, however large, from an even distribution: as drawn, with small p mapped alone, and
/// with the library's map of large ones; and the root mean square over the cells for other maps of that form.
fn evenness(cells: &[Cell], config: &AnalysisConfig) {
    println!("| AR, days | as drawn | scores above one mapped | all mapped |");
    println!("|---|---|---|---|");
    for cell in cells {
        let [drawn, small, all] = [
            distance(cell, config, |z, _, _| z),
            distance(cell, config, |z, memory, n| {
                if z < 1.0 { z } else { z / (1.0 + WIDENING * longer(memory) / n).sqrt() }
            }),
            distance(cell, config, |z, memory, n| hinged(z, memory, n, [12.0, 8.0])),
        ];
        println!("| {} | {drawn:.3} | {small:.3} | {all:.3} |", cell.0);
    }
    println!();
    println!("| narrower by | from m = 4 | 6 | 8 | 10 | 12 |");
    println!("|---|---|---|---|---|---|");
    for by in [0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 20.0] {
        let of = |from: f64| {
            let squared = |cell: &Cell| {
                distance(cell, config, |z, memory, n| hinged(z, memory, n, [by, from])).powi(2)
            };
            (cells.iter().map(squared).sum::<f64>() / cells.len() as f64).sqrt()
        };
        let [a, b, c, d, e] = [4.0, 6.0, 8.0, 10.0, 12.0].map(of);
        println!("| {by} | {a:.4} | {b:.4} | {c:.4} | {d:.4} | {e:.4} |");
    }
}

/// ln(m/2)₊ of m days per independent day.
fn longer(memory: f64) -> f64 {
    (memory / KNOWN_MEMORY).ln().max(0.0)
}

/// The library's map of a score: `by` and `from` say how it narrows below one.
fn hinged(z: f64, memory: f64, quiet_days: f64, [by, from]: [f64; 2]) -> f64 {
    let scale = (1.0 + WIDENING * longer(memory) / quiet_days).sqrt();
    let below = (1.0 - by * (memory - from).max(0.0) / quiet_days).max(1.0 / scale);
    if z < 1.0 { 1.0 / scale + below * (z - 1.0) } else { z / scale }
}

/// Kolmogorov and Smirnov's distance of a cell's p from an even distribution, with the map of its scores, to which days
/// per independent day and quiet days are given.
fn distance(
    (_, quiet_days, found): &Cell,
    config: &AnalysisConfig,
    map: impl Fn(f64, f64, f64) -> f64,
) -> f64 {
    let normal = Normal::standard();
    let mapped = |d: &Detection| {
        // The middle of the values that a share of the draws stands for.
        let share = d.drawn_p.p_value - 0.5 / (config.null_draws as f64 + 1.0);
        let score = -normal.inverse_cdf(share);
        normal.sf(map(score, quiet_days / d.independent_days, *quiet_days))
    };
    let mut values: Vec<f64> = found.iter().map(mapped).collect();
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let off = |(i, p): (usize, &f64)| ((i as f64 + 1.0) / n - p).max(p - i as f64 / n);
    values.iter().enumerate().map(off).fold(0.0, f64::max)
}

/// Share of the records whose p, mapped with c, is at most the level. A p of k draws of B stands for all
/// values from (k − 1)/(B + 1) to k/(B + 1).
fn share(found: &[Detection], quiet_days: f64, config: &AnalysisConfig, level: f64, c: f64) -> f64 {
    let normal = Normal::standard();
    let score = -normal.inverse_cdf(level);
    let steps = config.null_draws as f64 + 1.0;
    let below = |d: &Detection| {
        let widening = 1.0 + c * longer(quiet_days / d.independent_days) / quiet_days;
        let largest = normal.sf(widening.sqrt() * score);
        (steps * (largest - d.drawn_p.p_value) + 1.0).clamp(0.0, 1.0)
    };
    found.iter().map(below).sum::<f64>() / found.len() as f64
}
