use std::path::PathBuf;

use clap::{Args, Subcommand};
use timesnet::ComputeDevice;

#[derive(Debug, Subcommand)]
pub(crate) enum ForecastCommand {
    /// Train a network on a table; started again, it goes on where it was stopped.
    #[command(after_help = "Example:\n  stmn forecast train etth1.toml --out etth1")]
    Train(ForecastTrainArgs),
    /// Judge a model by the rows that it has not seen, or by another table.
    #[command(after_help = "Example:\n  stmn forecast test etth1\n  \
                      stmn forecast test etth1.toml --checkpoint checkpoint.pth --out published")]
    Test(ForecastUseArgs),
    /// What comes after a table's end, what is missing or odd in it, or which class a record is of.
    #[command(after_help = "Example:\n  stmn forecast predict etth1 --input newer.csv --out newer")]
    Predict(ForecastUseArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ForecastTrainArgs {
    /// The configuration; it understands the published scripts' names.
    #[arg(value_name = "CONFIG.toml")]
    pub(crate) config: PathBuf,
    /// Folder for the model. [default: the configuration's name, in the current folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Every random draw comes from it. [default: the configuration's]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Where the network computes: `cpu`, `cuda` or `cuda:1` (a build with the feature `cuda`).
    #[arg(long, value_name = "NAME", default_value_t)]
    pub(crate) device: ComputeDevice,
}

#[derive(Debug, Args)]
pub(crate) struct ForecastUseArgs {
    /// A folder that `stmn forecast train` filled, or a configuration with `--checkpoint`.
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,
    /// Another table than the one that the model was trained on.
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// Weights that were trained elsewhere under the published names: `.pth` or safetensors.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Where the network computes: `cpu`, `cuda` or `cuda:1` (a build with the feature `cuda`).
    #[arg(long, value_name = "NAME", default_value_t)]
    pub(crate) device: ComputeDevice,
    /// Folder for the results. [default: the model's; of a configuration its name]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}
