//! Draws a month of a synthetic hourly strain record and its modes, found whole by the converged
//! solver and by the reference's early stop, with the periods that each finds.
//!
//! ```text
//! cargo run --release -p stmn-vmd --example plot -- modes.svg
//! ```

use std::error::Error;
use std::f64::consts::TAU;

use plotters::prelude::*;
use vmd::{Decomposition, Solver, VmdConfig, decompose, period};

const HOURS: usize = 720;

/// O1, K1, M2 and S2 on a slow wave, and a shallow-water tide of a quarter of a day; nanostrain.
fn strain(hour: usize) -> f64 {
    let t = hour as f64;
    let tide = |amplitude: f64, hours: f64| amplitude * (TAU * t / hours).cos();
    tide(10.0, 25.82)
        + tide(12.0, 23.93)
        + tide(20.0, 12.42)
        + tide(9.0, 12.0)
        + tide(3.0, 6.21)
        + 15.0 * (TAU * t / 500.0).sin()
}

type Panel<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// One curve over time in days with a title.
fn curve(
    panel: &Panel<'_>,
    title: &str,
    color: RGBColor,
    values: &[f64],
) -> Result<(), Box<dyn Error>> {
    let reach = values.iter().fold(1.0_f64, |reach, value| reach.max(value.abs()));
    let days = HOURS as f64 / 24.0;
    let mut chart = ChartBuilder::on(panel)
        .caption(title, ("sans-serif", 13))
        .margin(4)
        .x_label_area_size(16)
        .y_label_area_size(40)
        .build_cartesian_2d(0.0..days, -reach..reach)?;
    chart.configure_mesh().disable_mesh().x_labels(7).y_labels(3).draw()?;
    let points = values.iter().enumerate().map(|(hour, value)| (hour as f64 / 24.0, *value));
    chart.draw_series(LineSeries::new(points, color))?;
    Ok(())
}

fn column(
    panels: &[Panel<'_>],
    name: &str,
    color: RGBColor,
    record: &[f64],
    found: &Decomposition,
) -> Result<(), Box<dyn Error>> {
    let title = format!("record, nanostrain ({name}: {})", found.stop);
    curve(&panels[0], &title, BLACK, record)?;
    let mut order: Vec<usize> = (0..found.center_frequencies.len()).collect();
    let frequencies = &found.center_frequencies;
    order.sort_by(|&a, &b| frequencies[a].total_cmp(&frequencies[b]));
    for (row, &k) in order.iter().enumerate() {
        let title = format!("IMF{}: {:.2} h", row + 1, period(frequencies[k], 1.0));
        curve(&panels[2 * (row + 1)], &title, color, &found.modes.row(k).to_vec())?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "modes.svg".to_owned());
    let record: Vec<f64> = (0..HOURS).map(strain).collect();
    let modes = 4;
    let root = SVGBackend::new(&path, (960, 620)).into_drawing_area();
    root.fill(&WHITE)?;
    let panels = root.split_evenly((modes + 1, 2));
    for (side, (solver, name, color)) in
        [(Solver::Converged, "converged", BLUE), (Solver::Reference, "reference", RED)]
            .into_iter()
            .enumerate()
    {
        let found = decompose(&record, &VmdConfig::new(modes, 2000.0).with_solver(solver))?;
        println!("{name}: {}, stationarity {:.1e}", found.stop, found.stationarity);
        column(&panels[side..], name, color, &record, &found)?;
    }
    root.present()?;
    println!("{path}");
    Ok(())
}
