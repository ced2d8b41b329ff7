use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use vmd::{EndGuard, SegmentedConfig, SegmentedStream, Solver, VmdConfig};

use crate::tide::Strain;

const DAY: usize = 1_440;
/// Days that are handed over at a time.
const PIECE: usize = 64;

/// Windows of seven days, a day apart, through records of one-minute samples that are made as they
/// are needed and forgotten when they are decomposed, so that memory can be seen not to grow.
pub(crate) fn run(years: &[usize]) -> Result<(), String> {
    println!(
        "| solver | years | windows | converged | seconds | of processor | a year | peak memory |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for solver in [Solver::Reference, Solver::Converged] {
        for &years in years {
            let passed = through(solver, years).map_err(|error| error.to_string())?;
            let busy = passed.processor.as_secs_f64();
            println!(
                "| {solver:?} | {years} | {} | {} | {:.2} | {busy:.2} | {:.2} | {} |",
                passed.windows,
                passed.converged,
                passed.clock.as_secs_f64(),
                busy / years as f64,
                peak_memory("self").unwrap_or_default()
            );
        }
    }
    Ok(())
}

#[derive(Default)]
struct Passed {
    windows: usize,
    converged: usize,
    clock: Duration,
    /// Of all threads.
    processor: Duration,
}

fn through(solver: Solver, years: usize) -> Result<Passed, vmd::VmdError> {
    let vmd = VmdConfig::new(5, 2000.0).with_solver(solver);
    let config = SegmentedConfig::new(vmd, 7 * DAY, DAY).with_guard(EndGuard::None);
    let mut stream = SegmentedStream::new(config)?;
    let mut record = Strain::new(1).take(365 * DAY * years);
    let mut passed = Passed::default();
    loop {
        let piece: Vec<f64> = record.by_ref().take(PIECE * DAY).collect();
        if piece.is_empty() {
            return Ok(passed);
        }
        let (clock, processor) = (Instant::now(), ProcessTime::now());
        let steps = stream.push(&piece)?;
        passed.clock += clock.elapsed();
        passed.processor += processor.elapsed();
        passed.windows += steps.len();
        passed.converged += steps.iter().filter(|step| step.report.stop.converged()).count();
    }
}

/// The most that a process has held so far, as Linux says.
pub(crate) fn peak_memory(process: &str) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(format!("{:.1} MB", kilobytes as f64 / 1024.0))
}
