//! Prepares the record of Guza (columns `time_utc`, `s1` to `s4` in 1e-10 strain, `pressure_hpa`),
//! prints what was done and, if a second path is given, writes the prepared gauges as CSV.
//!
//! `cargo run --release --example prepare -- guza_51010_yry4_hourly.csv.gz [OUT.csv]`. The models
//! are fitted on the first year, or on all of a shorter recording.

use std::error::Error;
use std::time::Instant;

use strain_io::{
    ColumnSpec, CsvOptions, PrepareConfig, Unit, prepare, read_csv, substitutions, write_csv,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args().skip(1);
    let input = paths.next().ok_or("usage: prepare IN [OUT.csv]")?;
    let mut options = CsvOptions::default().with_time_column("time_utc");
    for (name, azimuth) in [("s1", 51.0), ("s2", 96.0), ("s3", 141.0), ("s4", 6.0)] {
        let column = ColumnSpec::new(name).with_unit(Unit::Nanostrain, 0.1);
        options = options.with_column(column.with_azimuth(azimuth));
    }
    let barometer = ColumnSpec::new("pressure_hpa").with_name("pressure");
    options = options.with_column(barometer.with_unit(Unit::Hectopascal, 1.0));
    let recording = read_csv(&input, &options)?.recording;

    let year =
        365 * recording.grid().samples_per_day().ok_or("no whole number of samples a day")?;
    let fit = 0..year.min(recording.grid().len());
    let start = Instant::now();
    let prepared = prepare(&recording, &PrepareConfig::default(), fit)?;
    println!("prepared in {:.2} s", start.elapsed().as_secs_f64());
    for gauge in &prepared.report.gauges {
        println!("\n{}: {} gaps, {} samples filled", gauge.name, gauge.gaps.len(), gauge.filled);
        for stage in &gauge.stages {
            println!(
                "  after {:<9} std {:>10.3}, of changes {:>7.4} nanostrain",
                stage.name, stage.std, stage.difference_std
            );
        }
        for it in gauge.tide.iter().filter(|it| it.inferred_from.is_none()) {
            println!(
                "  {:<3} {:>8.3} ± {:.3} nanostrain, {:>6.1}°",
                it.name, it.amplitude, it.standard_error, it.phase_degrees
            );
        }
        if let Some(it) = &gauge.pressure {
            println!("  pressure {:.3} ± {:.3} nanostrain/hPa", it.coefficient, it.standard_error);
        }
        println!("  {} spikes, {} steps", gauge.spikes.len(), gauge.steps.len());
        for step in &gauge.steps {
            println!("    {} {:>9.1} {:?}", step.time, step.size, step.source);
        }
    }
    println!("{:?}", prepared.report.notes);
    if let Some(output) = paths.next() {
        write_csv(&prepared.recording, &output)?;
    }
    let strain = substitutions(&prepared.recording, ["s1", "s2", "s3", "s4"])?;
    println!("\nareal strain: {} hours missing", strain.missing_count("sa")?);
    Ok(())
}
