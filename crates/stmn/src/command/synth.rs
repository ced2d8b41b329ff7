use serde::Serialize;
use strain_io::{NetworkFormat, SynthConfig};

use crate::cli::SynthArgs;
use crate::failure::Failure;
use crate::output::{print_json, print_text};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    seed: u64,
    directory: String,
    stations: Vec<String>,
    event_time: jiff::Timestamp,
}

pub(super) fn synth(args: &SynthArgs, json: bool) -> Result<(), Failure> {
    let mut config = SynthConfig::default().with_anomalous(!args.without_anomaly);
    if args.one_minute {
        config = config.with_interval_s(60);
    }
    if let Some(days) = args.days {
        config = config.with_reference_days(days).with_target_days(days);
    }
    if let Some(days) = args.inflection {
        config = config.with_inflection_days_before(days);
    }
    let network = strain_io::network(&config, args.seed)?;
    strain_io::write_network(&args.out, &network, NetworkFormat::default())?;
    let stations = std::iter::once(&network.reference).chain(&network.targets);
    let document = Document {
        schema: "stmn.synth/1",
        seed: args.seed,
        directory: args.out.display().to_string(),
        stations: stations.map(|station| station.id.clone()).collect(),
        event_time: network.event_time,
    };
    if json {
        return print_json(&document);
    }
    print_text(&format!(
        "{} stations ({}) written to {}; the event is at {}\n",
        document.stations.len(),
        document.stations.join(", "),
        document.directory,
        document.event_time
    ))
}
