//! One station's daily counts, an event, and the verdict.
//!
//! ```text
//! cargo run --release -p sigmoid-stats --example build_up -- [planted events] [seed]
//! ```

use jiff::{Timestamp, civil::date};
use sigmoid_stats::{
    AnalysisConfig, CountProcess, DailyCounts, Result, analyze, plant_sigmoid, quiet_periods,
};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let events = arguments.next().and_then(|a| a.parse().ok()).unwrap_or(120.0);
    let seed = arguments.next().and_then(|a| a.parse().ok()).unwrap_or(1);
    let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(1095, seed)?;
    plant_sigmoid(&mut counts, events, 0.12, 1095.0 - 37.0, seed)?;
    let counts = DailyCounts::new(date(2019, 9, 5), counts.into_iter().map(Some).collect())?;
    let config = AnalysisConfig::default();
    // 2022-09-04T04:52:00Z, within the day after the record's last.
    let event = Timestamp::constant(1_662_267_120, 0);

    let found = analyze(&counts, event, None, &config, seed)?;
    println!("window {} to {}", found.window.first_day, found.window.last_day);
    println!(
        "R2 sigmoid {:.4}, line {:.4}, Ratio {:.4} (p {:.3}), delta AICc {:.0}",
        found.sigmoid.r2, found.line.r2, found.ratio, found.ratio_p_value, found.delta_aicc
    );
    println!(
        "{} {:.2}: p {:.4} +- {:.4} from {} draws",
        found.statistic.name,
        found.statistic.value,
        found.p_value,
        found.p_value_error,
        found.null_windows
    );
    println!("events {:.0} +- {:.0}", found.excess.number, found.excess.standard_error);
    if let (Some(days), Some([low, high])) =
        (found.inflection_days_before_event, found.inflection_interval)
    {
        println!("inflection {days:.1} days before the event, {low:.1} to {high:.1}");
    }
    for warning in &found.warnings {
        println!("note: {warning}");
    }
    for period in quiet_periods(&counts, event, None, &config, 1)? {
        println!(
            "quiet from {}: R2 {:.4}, Ratio {:.4}, statistic {:.2}",
            period.window.first_day, period.sigmoid.r2, period.ratio, period.statistic.value
        );
    }
    Ok(())
}
