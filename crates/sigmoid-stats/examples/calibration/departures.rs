use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sigmoid_stats::{AnalysisConfig, Baseline, CountProcess, FilterGrid, Result};

use crate::{detections, draw, share};

/// Rate of a Poisson record as a function of the day's place in it, 0 to 1.
type Rate = fn(f64) -> f64;

const CASES: [(&str, Rate); 6] = [
    ("stationary", |_| 4.0),
    ("rises by a fifth, evenly", |x| 4.0 * (1.0 + 0.2 * x)),
    ("rises by a half, evenly", |x| 4.0 * (1.0 + 0.5 * x)),
    ("rises by a fifth, ever faster", |x| 4.0 * (1.0 + 0.2 * x * x)),
    ("yearly wave of a fifth", |x| {
        4.0 * (1.0 + 0.2 * (std::f64::consts::TAU * 720.0 / 365.25 * x).sin())
    }),
    ("step of a fifth at the window's start", |x| if x < 0.75 { 4.0 } else { 4.8 }),
];

/// Records that drift with nothing planted: how often each baseline takes that for a build-up.
pub(crate) fn table(seeds: Range<u64>, config: &AnalysisConfig) -> Result<()> {
    println!(
        "| record of 720 days | quiet mean: ≤ 0.05 | trend: ≤ 0.05 | trend and year: ≤ 0.05 | window mean: ≤ 0.05 |"
    );
    println!("|---|---|---|---|---|");
    for (name, rate) in CASES {
        print!("| {name} |");
        for baseline in
            [Baseline::QuietMean, Baseline::Trend, Baseline::TrendAndYear, Baseline::WindowMean]
        {
            let config = config.clone().with_filter(FilterGrid::default().with_baseline(baseline));
            let found = detections(&seeds, &config, |seed| drifting(rate, seed))?;
            print!(" {:.1} |", share(&found, |d| d.p.p_value <= 0.05 + 1e-9));
        }
        println!();
    }
    Ok(())
}

/// Thinning of a Poisson record keeps it Poisson.
fn drifting(rate: Rate, seed: u64) -> Result<Vec<f64>> {
    let dense = draw(CountProcess::Poisson { mean: 8.0 }, 720, seed)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed + 5);
    let keep = |(i, n): (usize, f64)| {
        let p = rate(i as f64 / 720.0) / 8.0;
        (0..n as usize).filter(|_| rng.random::<f64>() < p).count() as f64
    };
    Ok(dense.into_iter().enumerate().map(keep).collect())
}
