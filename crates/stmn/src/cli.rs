mod decompose;
mod evaluate;
mod forecast;
mod recording;
mod run;

use std::num::NonZeroUsize;

use clap::{Parser, Subcommand};

pub(crate) use decompose::{DecomposeArgs, InitArg, SolverArg};
pub(crate) use evaluate::{EvaluateArgs, FitArgs};
pub(crate) use forecast::{ForecastCommand, ForecastTrainArgs, ForecastUseArgs};
pub(crate) use recording::{ConvertArgs, InspectArgs, QualityArgs, ReadArgs, SynthArgs};
pub(crate) use run::{AnalyzeArgs, DemoArgs, RunArgs, TransferArgs};

/// Learn how the crust breathes at a quiet station, carry the model unchanged to stations near an
/// earthquake, and say honestly whether anything anomalous built up there.
#[derive(Debug, Parser)]
#[command(name = "stmn", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print one JSON document on the standard output instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Threads to work with; the results do not depend on it. [default: all cores]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Log more on stderr; `STMN_LOG` filters in detail.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole main job on a synthetic network whose truth is known.
    #[command(after_help = "Example:\n  stmn demo --out demo --seed 7")]
    Demo(DemoArgs),
    /// The whole main job on your recordings; started again, it goes on where it was stopped.
    #[command(after_help = "Example:\n  stmn run examples/guza-wenchuan.toml --out guza")]
    Run(RunArgs),
    /// What recordings are worth: completeness, agreement, noise, steps, tides; and which may serve as a reference.
    #[command(after_help = "Example:\n  stmn quality guza.csv.gz --json\n  \
                      stmn quality a.csv b.csv --stations stations.csv --catalogue events.csv --out pages")]
    Quality(QualityArgs),
    /// Variational mode decomposition of one column of a CSV, Parquet or Arrow file.
    #[command(
        after_help = "Example:\n  stmn decompose guza.csv.gz --column s1 --modes 5 --alpha 2000 \
                      --window 168 --step 24 --causal --out s1-modes.csv"
    )]
    Decompose(DecomposeArgs),
    /// First step of a run: train on the reference station.
    #[command(after_help = "Example:\n  stmn train run.toml --out run")]
    Train(RunArgs),
    /// Second step: carry trained weights to the targets and count their anomalous samples.
    #[command(
        after_help = "Example:\n  stmn transfer run.toml --checkpoint run/model.safetensors --out run"
    )]
    Transfer(TransferArgs),
    /// Third step: fits, null distributions and report of a folder that `transfer` filled.
    #[command(after_help = "Example:\n  stmn analyze run")]
    Analyze(AnalyzeArgs),
    /// Sigmoid against line on daily counts, with a null distribution.
    #[command(
        after_help = "Example:\n  stmn fit counts.csv --event-time 2022-09-05T04:52:00Z --json"
    )]
    Fit(FitArgs),
    /// TimesNet on any regular table: forecasts, imputation, anomalies, classes of records.
    #[command(subcommand, arg_required_else_help = true)]
    Forecast(ForecastCommand),
    /// What alarms were worth on a catalogue: ROC, Molchan's diagram, R-value.
    #[command(
        after_help = "Example:\n  stmn evaluate --freeze protocol.json --from 2030-01-01 --to 2030-12-31 --period 90\n  \
                      stmn evaluate alarms.csv --catalogue events.csv --protocol protocol.json --out evaluation.svg"
    )]
    Evaluate(EvaluateArgs),
    /// Write a synthetic network, for tests and teaching.
    #[command(after_help = "Example:\n  stmn synth --out network --seed 7 --days 400")]
    Synth(SynthArgs),
    /// Rewrite a recording as CSV (`.csv`, `.csv.gz`), text with tabs (`.tsv`, `.tsv.gz`), Parquet (`.parquet`) or Arrow (`.arrow`, `.feather`).
    #[command(
        after_help = "Example:\n  stmn convert guza.csv.gz --read read.toml --out guza.parquet"
    )]
    Convert(ConvertArgs),
    /// Say what files are, recordings, catalogues or lists of stations, and what told.
    #[command(after_help = "Example:\n  stmn inspect 51010.csv events.txt stations.xml")]
    Inspect(InspectArgs),
}
