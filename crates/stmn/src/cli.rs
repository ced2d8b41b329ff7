mod forecast;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::{Timestamp, civil::Date};

pub(crate) use forecast::{ForecastCommand, ForecastTrainArgs, ForecastUseArgs};

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
        after_help = "Example:\n  stmn evaluate --freeze protocol.json --from 2022-01-01 --to 2022-12-31 --period 90\n  \
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

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the results.
    #[arg(long, value_name = "DIR", default_value = "stmn-demo")]
    pub(crate) out: PathBuf,
    /// Every random draw comes from it.
    #[arg(long, value_name = "N", default_value_t = 1)]
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

#[derive(Debug, Args)]
pub(crate) struct QualityArgs {
    /// Recordings: CSV, Parquet, Arrow, CENC text, PBO bottles and level-2 text, GNSS `.neu`, miniSEED.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Stations with their coordinates (CSV, FDSN text, StationXML): tidal factors need them, and the ranking of reference stations.
    #[arg(long, value_name = "FILE")]
    pub(crate) stations: Option<PathBuf>,
    /// How to read them: a TOML file that names the format and, under `csv`, the columns.
    #[arg(long, value_name = "READ.toml", requires = "stations")]
    pub(crate) stations_read: Option<PathBuf>,
    /// Earthquakes (EQT, CENC text, CSV, FDSN text, QuakeML, ZMAP), to rank the recordings as reference stations.
    #[arg(long, value_name = "FILE", requires = "stations")]
    pub(crate) catalogue: Option<PathBuf>,
    /// Smallest magnitude of an earthquake that counts.
    #[arg(long, value_name = "M", default_value_t = 3.0, allow_negative_numbers = true)]
    pub(crate) min_magnitude: f64,
    /// The barometer's channel. [default: the only channel in hPa, else the one called `pressure`]
    #[arg(long, value_name = "NAME")]
    pub(crate) pressure: Option<String>,
    /// Draw one SVG page a station into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// How recordings are read.
#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// How to read them: a TOML file with the keys of a configuration's `read`.
    #[arg(long, value_name = "READ.toml")]
    pub(crate) read: Option<PathBuf>,
    /// Count and pass over rows and records that cannot be used, of every file given, instead of
    /// stopping at the first.
    #[arg(long)]
    pub(crate) skip_bad_rows: bool,
}

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

#[derive(Debug, Args)]
pub(crate) struct FitArgs {
    /// CSV with the columns `date,count`: one row a day, empty = unobserved.
    #[arg(value_name = "COUNTS.csv")]
    pub(crate) counts: PathBuf,
    /// Time of the event, with its zone.
    #[arg(long, value_name = "T")]
    pub(crate) event_time: Timestamp,
    /// Days before the event that are fitted.
    #[arg(long, value_name = "DAYS", default_value_t = 180)]
    pub(crate) window: usize,
    /// Seed of the null draws.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Null draws.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub(crate) draws: usize,
    /// Observed days outside the window that the null distribution needs at least.
    #[arg(long, value_name = "DAYS", default_value_t = 180)]
    pub(crate) min_quiet_days: usize,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// CSV with the columns `start,end` and perhaps `level`: one alarm a row; days or times.
    #[arg(value_name = "ALARMS.csv", required_unless_present = "freeze")]
    pub(crate) alarms: Option<PathBuf>,
    /// CSV of the earthquakes: time, latitude, longitude, magnitude.
    #[arg(long, value_name = "FILE", required_unless_present = "freeze")]
    pub(crate) catalogue: Option<PathBuf>,
    /// Count and pass over rows of the catalogue that cannot be used, instead of stopping at the first.
    #[arg(long)]
    pub(crate) skip_bad_rows: bool,
    /// First UTC day of the test span.
    #[arg(long, value_name = "DATE", required_unless_present = "protocol")]
    pub(crate) from: Option<Date>,
    /// Last UTC day of the test span.
    #[arg(long, value_name = "DATE", required_unless_present = "protocol")]
    pub(crate) to: Option<Date>,
    /// Days that an alarm lasts at least, from its first. [default: 30]
    #[arg(long, value_name = "DAYS")]
    pub(crate) period: Option<usize>,
    /// Smallest level of an alarm that counts. [default: every alarm]
    #[arg(long, value_name = "LEVEL", allow_negative_numbers = true)]
    pub(crate) threshold: Option<f64>,
    /// Smallest magnitude of an earthquake that counts. [default: every earthquake]
    #[arg(long, value_name = "M", allow_negative_numbers = true)]
    pub(crate) min_magnitude: Option<f64>,
    /// Place that earthquakes have to be near, degrees: `LATITUDE,LONGITUDE`.
    #[arg(long, value_name = "LAT,LON", value_parser = place, allow_hyphen_values = true)]
    pub(crate) near: Option<[f64; 2]>,
    /// Largest distance from `--near`, km.
    #[arg(long, value_name = "KM")]
    pub(crate) radius: Option<f64>,
    /// Choices frozen beforehand; an option given beside it is a later choice and is called one.
    #[arg(long, value_name = "FILE")]
    pub(crate) protocol: Option<PathBuf>,
    /// Write the choices and their hash to this file and evaluate nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["protocol", "alarms", "catalogue", "out"])]
    pub(crate) freeze: Option<PathBuf>,
    /// Draw one SVG page.
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of the bootstrap.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct SynthArgs {
    /// Folder for the network.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Every random draw comes from it.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Days of every recording. [default: three years]
    #[arg(long, value_name = "DAYS")]
    pub(crate) days: Option<u32>,
    /// Sample every minute instead of every hour.
    #[arg(long)]
    pub(crate) one_minute: bool,
    /// Plant no anomaly.
    #[arg(long, conflicts_with = "inflection")]
    pub(crate) without_anomaly: bool,
    /// When the rate of planted transients is largest, days before the event. [default: 39]
    #[arg(long, value_name = "DAYS")]
    pub(crate) inflection: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// The recording; of bottles, level-2 text, miniSEED and CENC text all files of it.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Where it goes: `.csv`, `.tsv` (also `.gz`), `.parquet`, `.arrow`, `.feather`, or a folder (`archive/`)
    /// that gets one Parquet file a station and day.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Files, or folders of days.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) inputs: Vec<PathBuf>,
}

/// Latitude and longitude, degrees.
fn place(text: &str) -> Result<[f64; 2], String> {
    let number = |part: &str| part.trim().parse::<f64>().ok().filter(|v| v.is_finite());
    text.split_once(',')
        .and_then(|(latitude, longitude)| Some([number(latitude)?, number(longitude)?]))
        .ok_or_else(|| "give latitude and longitude in degrees, as 31.0,103.4".to_owned())
}
