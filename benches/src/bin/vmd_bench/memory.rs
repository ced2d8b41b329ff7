use vmd::{Solver, VmdConfig, VmdPlan};

use crate::tide::strain;

/// What a plan and its result take, counted by the allocator, against (K + 3) numbers a sample.
pub(crate) fn run() -> Result<(), String> {
    println!(
        "| samples | modes | solver | plan, working | result | (K + 3) N numbers | transforms |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (len, modes) in [(1_000, 3), (10_080, 5), (100_000, 8)] {
        let signal = strain(len, 1);
        for solver in [Solver::Reference, Solver::Converged] {
            let config = VmdConfig::new(modes, 2000.0).with_solver(solver);
            let (mut plan, mut result) = (None, None);
            let planned = allocation_counter::measure(|| {
                plan = VmdPlan::<f64>::new(len, &config).ok();
            });
            let plan = plan.as_mut().ok_or("no plan")?;
            let given = allocation_counter::measure(|| {
                result = Some(plan.output());
            });
            let result = result.as_mut().ok_or("no result")?;
            let worked = allocation_counter::measure(|| {
                if let Err(error) = plan.decompose_into(&signal, result) {
                    println!("{error}");
                }
            });
            let kept = planned.bytes_current.max(0) as u64 + worked.bytes_max;
            let numbers = 8 * (modes as u64 + 3) * len as u64;
            println!(
                "| {len} | {modes} | {solver:?} | {} | {} | {} | {} |",
                kilobytes(kept),
                kilobytes(given.bytes_max),
                kilobytes(numbers),
                kilobytes(kept.saturating_sub(numbers))
            );
        }
    }
    Ok(())
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.0} kB", bytes as f64 / 1e3)
}
