//! Recordings in memory to a folder with a report, twice: the second run finds what the first stored.
//! `cargo run --release -p stmn-pipeline --example resume -- FOLDER`

use std::error::Error;
use std::path::PathBuf;
use std::sync::Mutex;

use jiff::SignedDuration;
use stmn_pipeline::{
    Context, EventConfig, MethodConfig, Network, Observer, RunDirectory, Span, Station,
    run_network, write_report,
};
use strain_io::{SynthConfig, SyntheticStation, network};

/// Prints what each stage did.
#[derive(Default)]
struct Print(Mutex<String>);

impl Observer for Print {
    fn begin(&self, stage: &str, _steps: u64) {
        if let Ok(mut name) = self.0.lock() {
            stage.clone_into(&mut name);
        }
    }

    fn end(&self, reused: bool) {
        if let Ok(name) = self.0.lock() {
            println!("{name}: {}", if reused { "found" } else { "done" });
        }
    }
}

/// The first `days` are what tide, drift, spread and network are learnt from.
fn station(made: &SyntheticStation, days: i64) -> Result<Station, Box<dyn Error>> {
    let from = made.recording.grid().start();
    let fit = Span::new(from, from + SignedDuration::from_hours(24 * days))?;
    Ok(Station::new(&made.id, [made.latitude, made.longitude], &made.recording, fit)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    // Any `strain_io::Recording` with four gauges will do: `strain_io::read_csv` gives one.
    let mut config = SynthConfig::default().with_reference_days(150).with_target_days(500);
    config.distances_km = vec![23.5, 199.2];
    let made = network(&config, 7)?;
    let event =
        EventConfig::new(made.event_time, made.epicentre[0], made.epicentre[1], made.magnitude);
    let targets = made.targets.iter().map(|t| station(t, 120)).collect::<Result<Vec<_>, _>>()?;
    let network = Network::new(event, station(&made.reference, 120)?, targets)?;

    let mut method = MethodConfig::default();
    method.model.train.epochs = 3;
    method.analysis.window_days = 90;
    method.analysis.min_quiet_days = 120;
    method.analysis.null_draws = 499;

    let folder = std::env::args_os().nth(1).map_or_else(|| "resume-demo".into(), PathBuf::from);
    let observer = Print::default();
    for round in ["First run", "Second run"] {
        println!("{round}");
        let directory = RunDirectory::open(&folder)?;
        let context = Context::new(directory.store(), &observer, 7);
        let (scores, result) = run_network(&network, &method, &context)?;
        write_report(&directory, &scores, &result, &observer)?;
        println!("{}\n{}", result.verdict, directory.report().display());
    }
    Ok(())
}
