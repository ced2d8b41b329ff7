use std::ops::Range;

use rayon::prelude::*;
use sigmoid_stats::{AnalysisConfig, Result, StatisticTest, detect, statistic_tests};

use crate::{draw, may_claim, processes, record, share};

const DAYS: usize = 720;

/// Nothing is planted: p ≤ 0.05 and p ≤ 0.01 by every statistic, among the records that may claim them.
pub(crate) fn table(seeds: Range<u64>, config: &AnalysisConfig) -> Result<()> {
    println!(
        "| process, {DAYS} days | may claim | filter | likelihood | Ratio | R² | ΔAICc | ΔBIC |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (name, process) in processes() {
        let found = seeds
            .clone()
            .into_par_iter()
            .map(|seed| {
                let (counts, event) = record(draw(process, DAYS, seed)?)?;
                let long_enough = may_claim(&detect(&counts, event, None, config, seed)?);
                Ok((long_enough, statistic_tests(&counts, event, None, config, seed)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let claiming: Vec<&[StatisticTest]> =
            found.iter().filter(|(may, _)| *may).map(|(_, tests)| tests.as_slice()).collect();
        print!("| {name} | {} |", claiming.len());
        for k in 0..claiming.first().map_or(0, |tests| tests.len()) {
            let at = |level| share(&claiming, |tests| tests[k].p.p_value <= level + 1e-9);
            print!(" {:.1}, {:.1} |", at(0.05), at(0.01));
        }
        println!();
    }
    Ok(())
}
