//! What the network is asked to do decides what it can hide: the share of planted anomalies that
//! each objective finds, on seeds that no other table uses.
//!
//! ```text
//! cargo run --release -p stmn-benches --bin objectives -- [first seed] [how many] [events]
//! ```
//! `events` is the number planted at the nearest station; the default, 60, is less than half of the
//! demo's, so that there is something to miss.

use stmn_benches::{seeds, share};
use stmn_pipeline::{
    Context, DemoConfig, NetworkResult, ObjectiveKind, PipelineError, RunStore, Silent,
    StationResult, demo_network, run_network,
};

const OBJECTIVES: [(&str, ObjectiveKind); 3] = [
    ("reconstruct, as published", ObjectiveKind::Reconstruct),
    ("masked", ObjectiveKind::Masked),
    ("forecast", ObjectiveKind::Forecast),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events = std::env::args().nth(3).map_or(Ok(60.0), |text| text.parse())?;
    let mut config = DemoConfig::default();
    config.synth = config.synth.with_events_at_nearest(events);
    config.method.analysis.null_draws = 999;
    let mut tallies = OBJECTIVES.map(|_| Tally::default());
    for seed in seeds(201, 8) {
        // Cleaning and decomposition are the same for all three and are done once.
        let folder = tempfile::tempdir()?;
        let store = RunStore::open(folder.path())?;
        for (tally, (_, objective)) in tallies.iter_mut().zip(OBJECTIVES) {
            config.method.model.objective = objective;
            let run = |anomalous| -> Result<NetworkResult, PipelineError> {
                let (network, _) = demo_network(&config, seed, anomalous)?;
                let context = Context::new(&store, &Silent, seed);
                Ok(run_network(&network, &config.method, &context)?.1)
            };
            tally.add(&run(true)?, &run(false)?);
        }
        eprintln!("seed {seed} done");
    }
    println!(
        "| objective | planted, {events} events: stations with p ≤ 0.01 | median statistic | dated \
         within 5 days | quiet: stations with p ≤ 0.05 |\n|---|---|---|---|---|"
    );
    for ((name, _), tally) in OBJECTIVES.iter().zip(&mut tallies) {
        println!("{}", tally.row(name));
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    stations: usize,
    found: usize,
    dated: usize,
    alarms: usize,
    statistics: Vec<f64>,
}

impl Tally {
    fn add(&mut self, anomalous: &NetworkResult, quiet: &NetworkResult) {
        let planted = DemoConfig::default().synth.inflection_days_before;
        for found in primaries(anomalous) {
            self.stations += 1;
            self.found += usize::from(found.p_value <= 0.01);
            let dated = |days: f64| (days - planted).abs() <= 5.0;
            self.dated += usize::from(found.inflection_days_before_event.is_some_and(dated));
            self.statistics.push(found.statistic.value);
        }
        self.alarms += primaries(quiet).filter(|found| found.p_value <= 0.05).count();
    }

    fn row(&mut self, name: &str) -> String {
        self.statistics.sort_by(f64::total_cmp);
        let median = self.statistics.get(self.statistics.len() / 2).copied().unwrap_or(f64::NAN);
        format!(
            "| {name} | {} | {median:.1} | {} | {} |",
            share(self.found, self.stations),
            share(self.dated, self.stations),
            share(self.alarms, self.stations)
        )
    }
}

fn primaries(result: &NetworkResult) -> impl Iterator<Item = &sigmoid_stats::Analysis> {
    result.stations.iter().filter_map(StationResult::primary).map(|series| &series.analysis)
}
