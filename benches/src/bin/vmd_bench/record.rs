use std::time::Instant;

use vmd::{EndGuard, SegmentedConfig, Solver, VmdConfig, decompose_segmented};

use crate::tide::strain;

const DAY: usize = 1_440;

/// Windows of seven days, a day apart, through records of one-minute samples.
pub(crate) fn run(years: usize) -> Result<(), String> {
    for solver in [Solver::Converged, Solver::Reference] {
        let vmd = VmdConfig::new(5, 2000.0).with_solver(solver);
        let config = SegmentedConfig::new(vmd, 7 * DAY, DAY).with_guard(EndGuard::None);
        let record = strain(365 * DAY * years, 1);
        let start = Instant::now();
        let found = decompose_segmented(&record, &config).map_err(|error| error.to_string())?;
        let seconds = start.elapsed().as_secs_f64();
        let converged = found.windows.iter().filter(|window| window.stop.converged()).count();
        println!(
            "{solver:?}: {years} years, {} windows, {converged} converged, {seconds:.2} s",
            found.windows.len()
        );
    }
    if let Some(peak) = peak_memory() {
        println!("peak memory with record and result: {peak}");
    }
    Ok(())
}

/// What Linux says.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
