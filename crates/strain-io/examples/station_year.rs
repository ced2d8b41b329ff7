//! Reads, cleans and assesses a recording of four gauges and air pressure, and prints the processor
//! time and the peak of memory of each step, of this one thread.
//!
//! `cargo run --release -p strain-io --example station_year -- year/T1.csv 29.76 102.23`
//!
//! A station-year at one minute comes from `stmn synth --out year --days 365 --one-minute --seed 5`.

use std::error::Error;

use cpu_time::ThreadTime;
use strain_io::{
    ColumnSpec, CsvOptions, PrepareConfig, QualityConfig, ReferenceRule, StationContext, TideSite,
    Unit, assess_station, prepare, read_csv,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, latitude, longitude] = arguments.as_slice() else {
        return Err("usage: station_year FILE LATITUDE LONGITUDE".into());
    };
    let site = TideSite::new(latitude.parse()?, longitude.parse()?);

    let all = ThreadTime::now();
    let begin = ThreadTime::now();
    let recording = read_csv(input, &columns())?.recording;
    let seconds = begin.elapsed().as_secs_f64();
    let samples = recording.grid().len();
    let megabytes = std::fs::metadata(input)?.len() as f64 / 1e6;
    println!("{samples} samples of {} channels, {megabytes:.0} MB", recording.channels().len());
    step("read", seconds);
    println!("{:.0} rows a second", samples as f64 / seconds);

    let begin = ThreadTime::now();
    let cleaned = prepare(&recording, &PrepareConfig::default(), 0..samples)?;
    step("clean", begin.elapsed().as_secs_f64());
    drop(cleaned);

    let begin = ThreadTime::now();
    let context = StationContext::new(site).with_pressure("pressure");
    let (config, rule) = (QualityConfig::default(), ReferenceRule::default());
    let quality = assess_station(&recording, &context, &config, &rule)?;
    step("assess", begin.elapsed().as_secs_f64());
    println!("{quality}");
    println!("in all: {:.2} s", all.elapsed().as_secs_f64());
    Ok(())
}

/// The columns as `stmn synth` writes them.
fn columns() -> CsvOptions {
    let gauge = |i: u32| {
        let name = format!("s{}", i + 1);
        ColumnSpec::new(name).with_unit(Unit::Nanostrain, 1.0).with_azimuth(f64::from(45 * i))
    };
    let pressure = ColumnSpec::new("pressure").with_unit(Unit::Hectopascal, 1.0);
    (0..4).map(gauge).chain([pressure]).fold(CsvOptions::default(), CsvOptions::with_column)
}

fn step(name: &str, seconds: f64) {
    match peak_mebibytes() {
        Some(peak) => println!("{name}: {seconds:.2} s, peak so far {peak:.0} MiB"),
        None => println!("{name}: {seconds:.2} s"),
    }
}

/// The most memory that this process has had resident, where the system tells.
fn peak_mebibytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024.0)
}
