use std::ops::Range;

use sigmoid_stats::{AnalysisConfig, Detection, Result};

use crate::{detections, draw, may_claim, processes, share};

const LENGTHS: [usize; 2] = [720, 1800];

/// Nothing is planted: p should be at most 0.05 and 0.01 in 5 and 1 % of the records. With 99 draws
/// these levels are exact where the null distribution is and p the share of draws: 99 draws cost power, not
/// level. Where counts remember, p is mapped, falls between the levels, and wants ten times as many.
pub(crate) fn table(seeds: Range<u64>, config: &AnalysisConfig, named: &str) -> Result<()> {
    println!(
        "| process, days | p ≤ 0.5 | p ≤ 0.1 | p ≤ 0.05 | p ≤ 0.01 | largest distance from even | p of Kolmogorov and Smirnov | independent days | too short | of those that may claim: p ≤ 0.05 | p ≤ 0.01 | unclaimed p ≤ 0.05 | unclaimed p ≤ 0.01 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (name, process) in processes().into_iter().filter(|(name, _)| name.contains(named)) {
        for days in LENGTHS {
            let found = detections(&seeds, config, |seed| draw(process, days, seed))?;
            let at = |level: f64| share(&found, |d| d.p.p_value <= level + 1e-9);
            let claiming: Vec<&Detection> = found.iter().filter(|d| may_claim(d)).collect();
            let claimed = |level: f64| share(&claiming, |d| d.p.p_value <= level + 1e-9);
            let unclaimed = |level: f64| {
                share(&found, |d| d.unsupported_p.is_some_and(|p| p.p_value <= level + 1e-9))
            };
            let independent =
                found.iter().map(|d| d.independent_days).sum::<f64>() / found.len() as f64;
            let (distance, even) = evenness(&found, config.null_draws);
            println!(
                "| {name}, {days} | {:.1} | {:.1} | {:.2} | {:.2} | {distance:.3} | {even:.3} | {independent:.0} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} |",
                at(0.5),
                at(0.1),
                at(0.05),
                at(0.01),
                share(&found, |d| !may_claim(d)),
                claimed(0.05),
                claimed(0.01),
                unclaimed(0.05),
                unclaimed(0.01),
            );
        }
    }
    Ok(())
}

/// Largest distance of the p-values, claimed or not, from an even distribution over
/// 1/(draws + 1), 2/(draws + 1), … 1, and the p of that distance. The limit for continuous values is used
/// (Stephens 1970), which for steps is on the safe side.
fn evenness(found: &[Detection], draws: usize) -> (f64, f64) {
    let p = |d: &Detection| d.unsupported_p.unwrap_or(d.p).p_value;
    let steps = draws + 1;
    let distance = (1..=steps)
        .map(|k| {
            let at = k as f64 / steps as f64;
            (share(found, |d| p(d) <= at + 1e-9) / 100.0 - at).abs()
        })
        .fold(0.0, f64::max);
    let root = (found.len() as f64).sqrt();
    let x = (root + 0.12 + 0.11 / root) * distance;
    if x < 0.2 {
        return (distance, 1.0);
    }
    let term = |k: i32| f64::from(1 - 2 * ((k + 1) % 2)) * (-2.0 * f64::from(k * k) * x * x).exp();
    (distance, (2.0 * (1..=50).map(term).sum::<f64>()).clamp(0.0, 1.0))
}
