//! Writes a record of four gauges and a barometer, a sample a minute, to a CSV file; keeps it as an
//! archive of days, as it is and cleaned, and assesses it, a month at a time; and prints the peak of memory
//! until then after each step.
//!
//! `cargo run --release -p strain-io --example ten_years -- 10`

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use strain_io::{
    AssessStream, ColumnSpec, CsvOptions, CsvSpans, DecimateConfig, DecimateStream, ParquetDays,
    PrepareConfig, PrepareStream, QualityConfig, Recording, ReferenceRule, StationContext,
    TideSite, Unit, assess_station, read_csv_spans,
};

const MINUTES_A_DAY: usize = 1440;
/// A fit of all tides takes memory with the samples that it is of.
const HOURS_A_YEAR: usize = 8766;
/// The models are fitted on the first year.
const FIT: usize = 365 * MINUTES_A_DAY;
/// What is read at a time.
const SPAN: SignedDuration = SignedDuration::from_hours(30 * 24);

fn main() -> Result<(), Box<dyn Error>> {
    let Some(years) = std::env::args().nth(1) else { return Err("usage: ten_years YEARS".into()) };
    let days = (years.parse::<f64>()? * 365.25).ceil() as usize;
    let folder = tempfile::tempdir()?;
    let csv = folder.path().join("T1.csv");
    write(&csv, days * MINUTES_A_DAY)?;
    let megabytes = std::fs::metadata(&csv)?.len() as f64 / 1e6;
    step(&format!("write {megabytes:.0} MB of CSV"));

    let spans = read_csv_spans(&csv, &columns(), SPAN)?;
    println!("{} samples of {} channels", spans.grid().len(), spans.channels().len());
    step("go through the CSV");
    keep(spans, &folder.path().join("raw"))?;
    step("keep it as it is");
    clean(read_csv_spans(&csv, &columns(), SPAN)?, &folder.path().join("cleaned"))?;
    assess(read_csv_spans(&csv, &columns(), SPAN)?)
}

/// What `stmn convert` does.
fn keep(spans: CsvSpans, archive: &Path) -> Result<(), Box<dyn Error>> {
    let mut days = ParquetDays::new(archive, spans.station(), spans.channels(), spans.grid())?;
    for piece in spans {
        days.write(&piece?)?;
    }
    Ok(())
}

/// Reads, cleans and keeps the pieces.
fn clean(mut spans: CsvSpans, archive: &Path) -> Result<(), Box<dyn Error>> {
    let head = head(&mut spans)?;
    step("read the first year");
    let (mut stream, first) = PrepareStream::start(&head, &PrepareConfig::default(), 0..FIT)?;
    drop(head);
    let mut days = ParquetDays::new(archive, first.station(), first.channels(), spans.grid())?;
    let mut files = days.write(&first)?.len();
    drop(first);
    step("fit and clean the first year");
    while let Some(piece) = spans.next().transpose()? {
        files += days.write(&stream.push(&piece)?)?.len();
    }
    step("read, clean and keep the rest");
    let report = stream.finish();
    let steps: usize = report.gauges.iter().map(|gauge| gauge.steps.len()).sum();
    println!("{files} files of a day, {steps} steps taken out");
    Ok(())
}

/// Continuity and agreement by the minute; tides, noise and steps by the hour.
fn assess(spans: CsvSpans) -> Result<(), Box<dyn Error>> {
    let config = QualityConfig::default();
    let mut minutes = AssessStream::new(spans.station(), spans.channels(), spans.grid(), &config)?;
    let mut hours = DecimateStream::new(&DecimateConfig::new(60).with_max_missing(0.1))?;
    let mut kept = Vec::new();
    for piece in spans {
        let piece = piece?;
        minutes.push(&piece)?;
        kept.extend(hours.push(&piece)?);
    }
    kept.extend(hours.finish()?);
    let report = minutes.finish()?;
    let agreement = report.self_consistency.and_then(|agreement| agreement.difference_correlation);
    println!("continuity {:.4}, agreement {agreement:.4?}", report.channels[0].continuity);
    step("assess by the minute");
    let hours = Recording::concatenate(&kept)?;
    let context = StationContext::new(TideSite::new(38.0, -122.0)).with_pressure("pressure");
    let (all, years) = (hours.grid().len(), (hours.grid().len() / HOURS_A_YEAR).max(1));
    for year in 0..years {
        let last = if year + 1 == years { all } else { (year + 1) * HOURS_A_YEAR };
        let year = hours.slice(year * HOURS_A_YEAR..last)?;
        let quality = assess_station(&year, &context, &config, &ReferenceRule::default())?;
        println!("{quality}");
    }
    step(&format!("assess {all} hours, a year at a time"));
    Ok(())
}

/// The pieces that the models are fitted on, as one.
fn head(spans: &mut CsvSpans) -> Result<Recording, Box<dyn Error>> {
    let (mut pieces, mut samples) = (Vec::new(), 0);
    while samples < FIT {
        let Some(piece) = spans.next().transpose()? else { break };
        samples += piece.grid().len();
        pieces.push(piece);
    }
    Ok(Recording::concatenate(&pieces)?)
}

/// A tide of two lines, air pressure, noise that wanders, a step a month and a gap of an hour a week.
fn write(path: &Path, samples: usize) -> Result<(), Box<dyn Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
    let start: Timestamp = "2010-01-01T00:00:00Z".parse()?;
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "time,s1,s2,s3,s4,pressure")?;
    let (mut air, mut wander) = (0.0, [0.0; 4]);
    for minute in 0..samples {
        air = 0.9995 * air + 0.1 * draw();
        let hour = minute as f64 / 60.0;
        let turn = |period: f64| (std::f64::consts::TAU * hour / period).cos();
        let tide = 10.0 * turn(12.420_601_2) + 6.0 * turn(23.934_469_6);
        for value in &mut wander {
            *value += 0.05 * draw();
        }
        if minute % (30 * MINUTES_A_DAY) == 20 * MINUTES_A_DAY {
            wander[minute / (30 * MINUTES_A_DAY) % 4] += 50.0;
        }
        write!(file, "{}", start + SignedDuration::from_mins(i64::try_from(minute)?))?;
        let missing = minute % (7 * MINUTES_A_DAY) < 60;
        for value in wander {
            if missing {
                write!(file, ",")?;
            } else {
                write!(file, ",{:.3}", tide - 1.3 * air + value)?;
            }
        }
        writeln!(file, ",{:.3}", 850.0 + air)?;
    }
    Ok(file.flush()?)
}

fn columns() -> CsvOptions {
    let gauges = (0..4).map(|gauge| {
        ColumnSpec::new(format!("s{}", gauge + 1))
            .with_unit(Unit::Nanostrain, 1.0)
            .with_azimuth(45.0 * f64::from(gauge))
    });
    let pressure = ColumnSpec::new("pressure").with_unit(Unit::Hectopascal, 1.0);
    gauges.chain([pressure]).fold(CsvOptions::default(), CsvOptions::with_column)
}

/// Says the most memory that was resident until now.
fn step(name: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<f64>().ok());
    match kib {
        Some(kib) => println!("{name}: peak {:.0} MiB", kib / 1024.0),
        None => println!("{name}"),
    }
}
