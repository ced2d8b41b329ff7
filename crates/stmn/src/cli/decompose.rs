use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which solution of the decomposition.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SolverArg {
    /// As the reference implementation stops.
    Reference,
    /// To the fixed point.
    Converged,
}

/// Where the frequencies start.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum InitArg {
    /// Evenly over 0 to 0.5.
    Uniform,
    /// All at zero.
    Zero,
    /// Log-uniform draws from the seed.
    Random,
}

#[derive(Debug, Args)]
pub(crate) struct DecomposeArgs {
    /// CSV (also `.gz`), Parquet or Arrow.
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    /// The column.
    #[arg(long, value_name = "NAME")]
    pub(crate) column: String,
    /// Number of modes K.
    #[arg(long, value_name = "K")]
    pub(crate) modes: usize,
    /// Bandwidth penalty α of the reference implementation.
    #[arg(long, value_name = "A")]
    pub(crate) alpha: f64,
    /// Which solution.
    #[arg(long, value_enum, default_value = "converged")]
    pub(crate) solver: SolverArg,
    /// Dual ascent step τ; 0 leaves noise in the residual.
    #[arg(long, value_name = "T", default_value_t = 0.0)]
    pub(crate) tau: f64,
    /// Tolerance of the stopping rule. [default: the solver's]
    #[arg(long, value_name = "E")]
    pub(crate) tol: Option<f64>,
    /// Where the frequencies start.
    #[arg(long, value_enum, default_value = "uniform")]
    pub(crate) init: InitArg,
    /// Seed of `--init random`.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Keep the first mode at frequency zero.
    #[arg(long)]
    pub(crate) dc: bool,
    /// Cap on the sweeps. [default: the solver's]
    #[arg(long, value_name = "N")]
    pub(crate) max_iterations: Option<usize>,
    /// Window of the segmented form, samples.
    #[arg(long, value_name = "W", requires = "step")]
    pub(crate) window: Option<usize>,
    /// From one window to the next, samples.
    #[arg(long, value_name = "S", requires = "window")]
    pub(crate) step: Option<usize>,
    /// Keep only the newest step of each window, so that no sample sees later ones.
    #[arg(long, requires = "window")]
    pub(crate) causal: bool,
    /// How to read the input: a TOML file with the keys of a configuration's `read`.
    #[arg(long, value_name = "READ.toml")]
    pub(crate) read: Option<PathBuf>,
    /// Where the modes go, one column each: `.csv`, `.tsv` (also `.gz`), `.parquet`, `.arrow` or `.feather`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}
