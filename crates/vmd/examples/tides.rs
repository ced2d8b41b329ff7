//! Decomposes two months of a synthetic hourly strain record, whole and then causally by windows of
//! a week, and prints the periods found.
//!
//! ```text
//! cargo run --release -p stmn-vmd --example tides
//! ```

use std::f64::consts::TAU;

use vmd::{SegmentedConfig, Solver, VmdConfig, decompose, decompose_segmented, period};

/// O1, K1, M2 and S2 on a slow drift, nanostrain.
fn strain(hour: usize) -> f64 {
    let t = hour as f64;
    let tide = |amplitude: f64, hours: f64| amplitude * (TAU * t / hours).cos();
    tide(10.0, 25.82)
        + tide(12.0, 23.93)
        + tide(20.0, 12.42)
        + tide(9.0, 12.0)
        + 0.01 * t
        + 5.0 * (TAU * t / 700.0).sin()
}

fn main() -> Result<(), vmd::VmdError> {
    let record: Vec<f64> = (0..1440).map(strain).collect();

    for solver in [Solver::Converged, Solver::Reference] {
        let config = VmdConfig::new(3, 2000.0).with_solver(solver);
        let found = decompose(&record, &config)?;
        println!(
            "{solver:?}: {} after {} iterations, stationarity {:.1e}",
            found.stop, found.iterations, found.stationarity
        );
        for (k, &frequency) in found.center_frequencies.iter().enumerate() {
            println!("  imf{}: period {:8.2} h", k + 1, period(frequency, 1.0));
        }
    }

    let config = SegmentedConfig::new(VmdConfig::new(3, 2000.0), 168, 24);
    let segmented = decompose_segmented(&record, &config)?;
    println!("{} weekly windows, samples {:?}", segmented.windows.len(), segmented.covered);
    for window in segmented.windows.iter().step_by(14) {
        let hours: Vec<String> = window
            .center_frequencies
            .iter()
            .map(|&frequency| format!("{:.2}", period(frequency, 1.0)))
            .collect();
        println!("  from hour {:4}: periods {} h", window.start, hours.join(", "));
    }
    Ok(())
}
