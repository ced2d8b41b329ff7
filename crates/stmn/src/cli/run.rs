use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the results.
    #[arg(long, value_name = "DIR", default_value = "stmn-demo")]
    pub(crate) out: PathBuf,
    /// Every random draw comes from it.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) seed: u64,
    /// Sample the network every minute instead of every hour.
    #[arg(long)]
    pub(crate) one_minute: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The configuration.
    #[arg(value_name = "CONFIG.toml")]
    pub(crate) config: PathBuf,
    /// Folder for the results. [default: the configuration's name, in the current folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Folder that the recordings are read from. [default: the configuration's own]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TransferArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// The trained weights: `model.safetensors` of `stmn train`.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    /// A folder that `stmn transfer` or `stmn run` filled.
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}
