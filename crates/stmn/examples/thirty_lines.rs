//! The main job in thirty lines: a synthetic network with a planted anomaly, short enough for
//! seconds. `cargo run --release -p stmn --example thirty_lines`

use stmn::pipeline::{
    Context, DemoConfig, PipelineError, RunStore, Silent, demo_network, run_network,
};

fn main() -> Result<(), PipelineError> {
    let mut config = DemoConfig::default();
    config.synth.distances_km = vec![23.5, 94.7];
    (config.synth.reference_days, config.synth.target_days) = (150, 500);
    config.fit_days = 120;
    config.method.model.train.epochs = 3;
    config.method.analysis.window_days = 120;
    config.method.analysis.null_draws = 499;

    let (network, planted) = demo_network(&config, 7, true)?;
    let store = RunStore::in_memory();
    let context = Context::new(&store, &Silent, 7);
    let (_, result) = run_network(&network, &config.method, &context)?;

    println!("planted: {} days before the event", planted.inflection_days_before_event);
    for station in &result.stations {
        let Some(series) = station.primary() else { continue };
        let shown = &series.analysis;
        println!(
            "{} at {:.0} km: Ratio {:.3}, p {:.3}, adjusted {:.3}, inflection {:?} days before",
            station.id,
            station.distance_km,
            shown.ratio,
            shown.p_value,
            station.p_adjusted,
            shown.inflection_days_before_event
        );
    }
    println!("{}", result.verdict);
    Ok(())
}
