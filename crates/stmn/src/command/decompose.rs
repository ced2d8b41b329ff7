use std::path::Path;
use std::time::Instant;

use ndarray::Array2;
use serde::Serialize;
use strain_io::{Channel, Recording};
use vmd::{Init, SegmentMode, SegmentedConfig, Solver, VmdConfig, decompose_segmented};

use super::column::{Column, read_column, write_columns};
use super::input::{read_options, write_recording};
use crate::cli::{DecomposeArgs, InitArg, SolverArg};
use crate::failure::Failure;
use crate::output::{number, print_json, print_text};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    /// Cycles per sample; of a segmented run the median over the windows.
    center_frequencies: Vec<f64>,
    /// Sweeps; of a segmented run over all windows.
    iterations: usize,
    converged: bool,
    stopped: String,
    stationarity: Option<f64>,
    /// The algorithm alone.
    seconds: f64,
    /// First and one past the last sample that have modes.
    covered: [usize; 2],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    windows: Vec<Window>,
    out: String,
}

#[derive(Serialize)]
struct Window {
    start: usize,
    center_frequencies: Vec<f64>,
    iterations: usize,
    converged: bool,
    stopped: String,
    stationarity: Option<f64>,
    swapped: bool,
}

pub(super) fn decompose(args: &DecomposeArgs, json: bool) -> Result<(), Failure> {
    let options = read_options(args.read.as_deref())?;
    let column = read_column(&args.input, &args.column, &options)?;
    if let Some(first) = column.values.iter().position(|value| value.is_nan()) {
        return Err(Failure::new(format!(
            "{}: column {} has no value at {} (sample {first}, {} in all are missing): fill or cut \
             gaps first",
            args.input.display(),
            args.column,
            column.place(first),
            column.values.iter().filter(|value| value.is_nan()).count()
        )));
    }
    let (document, modes) = match (args.window, args.step) {
        (Some(window), Some(step)) => segmented(args, &column.values, window, step),
        _ => whole(args, &column.values),
    }
    .map_err(|error| {
        Failure::of(format!("cannot decompose {} of {}", args.column, args.input.display()), error)
    })?;
    write(&args.out, &column, modes)?;
    if json {
        return print_json(&document);
    }
    print_text(&text(&document))
}

fn config(args: &DecomposeArgs) -> VmdConfig {
    let solver = match args.solver {
        SolverArg::Reference => Solver::Reference,
        SolverArg::Converged => Solver::Converged,
    };
    let init = match args.init {
        InitArg::Uniform => Init::Uniform,
        InitArg::Zero => Init::Zero,
        InitArg::Random => Init::Random { seed: args.seed },
    };
    let config = VmdConfig::new(args.modes, args.alpha)
        .with_solver(solver)
        .with_init(init)
        .with_tau(args.tau)
        .with_dc(args.dc);
    let config = args.tol.into_iter().fold(config, VmdConfig::with_tolerance);
    args.max_iterations.into_iter().fold(config, VmdConfig::with_max_iterations)
}

fn whole(args: &DecomposeArgs, values: &[f64]) -> Result<(Document, Array2<f64>), vmd::VmdError> {
    let start = Instant::now();
    let result = vmd::decompose(values, &config(args))?;
    let seconds = start.elapsed().as_secs_f64();
    let document = Document {
        schema: "stmn.decompose/1",
        center_frequencies: result.center_frequencies,
        iterations: result.iterations,
        converged: result.stop.converged(),
        stopped: result.stop.to_string(),
        stationarity: finite(result.stationarity),
        seconds,
        covered: [0, result.modes.ncols()],
        windows: Vec::new(),
        out: args.out.display().to_string(),
    };
    Ok((document, result.modes))
}

fn segmented(
    args: &DecomposeArgs,
    values: &[f64],
    window: usize,
    step: usize,
) -> Result<(Document, Array2<f64>), vmd::VmdError> {
    let mode = if args.causal { SegmentMode::Causal } else { SegmentMode::Blend };
    let segments = SegmentedConfig::new(config(args), window, step).with_mode(mode);
    let start = Instant::now();
    let result = decompose_segmented(values, &segments)?;
    let seconds = start.elapsed().as_secs_f64();
    let windows: Vec<Window> = result
        .windows
        .into_iter()
        .map(|window| Window {
            start: window.start,
            iterations: window.iterations,
            converged: window.stop.converged(),
            stopped: window.stop.to_string(),
            stationarity: finite(window.stationarity),
            swapped: window.swapped,
            center_frequencies: window.center_frequencies,
        })
        .collect();
    let converged = windows.iter().filter(|window| window.converged).count();
    let document = Document {
        schema: "stmn.decompose/1",
        center_frequencies: median_frequencies(&windows),
        iterations: windows.iter().map(|window| window.iterations).sum(),
        converged: converged == windows.len(),
        stopped: format!("{converged} of {} windows converged", windows.len()),
        stationarity: windows.iter().filter_map(|window| window.stationarity).reduce(f64::max),
        seconds,
        covered: [result.covered.start, result.covered.end],
        windows,
        out: args.out.display().to_string(),
    };
    Ok((document, result.modes))
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn median_frequencies(windows: &[Window]) -> Vec<f64> {
    let modes = windows.first().map_or(0, |window| window.center_frequencies.len());
    let median = |mode: usize| {
        let mut values: Vec<f64> =
            windows.iter().map(|window| window.center_frequencies[mode]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    (0..modes).map(median).collect()
}

fn write(path: &Path, column: &Column, modes: Array2<f64>) -> Result<(), Failure> {
    let names: Vec<String> = (1..=modes.nrows()).map(|mode| format!("imf{mode}")).collect();
    let values = modes.reversed_axes();
    let Some(grid) = &column.grid else { return write_columns(path, &names, &values) };
    // The reference algorithm drops the last sample of an odd record.
    let grid = grid.slice(0..values.nrows())?;
    let channels = names.into_iter().map(|name| Channel::new(name, column.unit.clone())).collect();
    let recording = Recording::new(&column.station, grid, channels, values)?;
    write_recording(&recording, path)
}

fn text(document: &Document) -> String {
    let mut text = String::from("mode  cycles per sample  period (samples)\n");
    for (index, frequency) in document.center_frequencies.iter().enumerate() {
        text.push_str(&format!(
            "imf{}  {:>17}  {:>16}\n",
            index + 1,
            number(*frequency, 6),
            number(vmd::period(*frequency, 1.0), 2)
        ));
    }
    text.push_str(&format!(
        "{} after {} sweeps in {:.3} s; modes written to {}\n",
        document.stopped, document.iterations, document.seconds, document.out
    ));
    text
}
