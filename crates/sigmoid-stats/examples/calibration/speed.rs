use std::time::Instant;

use sigmoid_stats::{AnalysisConfig, CountProcess, NullKind, Result, analyze, statistic_tests};

use crate::{draw, record};

/// Time of 10,000 null draws, each with filter, sigmoid and line, and of 1,000 with every statistic.
pub(crate) fn lines() -> Result<()> {
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
    let config = AnalysisConfig::default().with_null_draws(1_000);
    let start = Instant::now();
    statistic_tests(&counts, event, None, &config, 1)?;
    println!(
        "1,000 null draws of them, each with every statistic: {:.2} s",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}
