use std::path::PathBuf;

use clap::Args;

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
pub(crate) struct InspectArgs {
    /// Files, or folders of days.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) inputs: Vec<PathBuf>,
}
