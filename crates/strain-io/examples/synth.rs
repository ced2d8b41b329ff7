//! Makes a synthetic network, prints what was planted and, if a folder is given, writes it there.
//!
//! `cargo run --release --example synth -- SEED [INTERVAL_S] [DIR]`

use std::error::Error;
use std::time::Instant;

use strain_io::{NetworkFormat, SynthConfig, network, write_network};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let seed = arguments.next().ok_or("usage: synth SEED [INTERVAL_S] [DIR]")?.parse()?;
    let mut config = SynthConfig::default();
    if let Some(interval) = arguments.next() {
        config = config.with_interval_s(interval.parse()?);
    }
    let begin = Instant::now();
    let network = network(&config, seed)?;
    let seconds = begin.elapsed().as_secs_f64();

    println!("M {} at {}, made in {seconds:.2} s", network.magnitude, network.event_time);
    println!(
        "{:>4} {:>8} {:>8} {:>8} {:>10} {:>6} {:>6} {:>6} {:>6}",
        "", "km", "samples", "planted", "background", "gaps", "spikes", "steps", "noise"
    );
    for station in network.stations() {
        let truth = &station.truth;
        println!(
            "{:>4} {:>8.1} {:>8} {:>8} {:>10} {:>6} {:>6} {:>6} {:>6.2}",
            station.id,
            station.distance_km,
            station.recording.grid().len(),
            truth.transients.len(),
            truth.background.len(),
            truth.gaps.len(),
            truth.spikes.len(),
            truth.steps.len(),
            truth.band_noise
        );
    }
    if let Some(dir) = arguments.next() {
        for file in write_network(dir, &network, NetworkFormat::CsvGz)? {
            println!("{}", file.display());
        }
    }
    Ok(())
}
