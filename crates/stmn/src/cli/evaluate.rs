use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::{Timestamp, civil::Date};

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
    /// Days after the event that are no normal days.
    #[arg(long, value_name = "DAYS", default_value_t = 60)]
    pub(crate) days_after_event: i64,
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
    /// CSV with the columns `start,end` and perhaps `level`: one alarm a row; days or times with their zone.
    #[arg(value_name = "ALARMS.csv", required_unless_present = "freeze")]
    pub(crate) alarms: Option<PathBuf>,
    /// Earthquakes (CSV with time, latitude, longitude, magnitude; EQT, CENC text, FDSN text, QuakeML, ZMAP).
    #[arg(long, value_name = "FILE", required_unless_present = "freeze")]
    pub(crate) catalogue: Option<PathBuf>,
    /// How to read them: a TOML file that names the format, the zone of times without one and, under `csv`, the columns.
    #[arg(long, value_name = "READ.toml", requires = "catalogue")]
    pub(crate) catalogue_read: Option<PathBuf>,
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
    /// Count main shocks only, told from the whole catalogue.
    #[arg(long, value_name = "METHOD")]
    pub(crate) decluster: Option<Decluster>,
    /// Choices frozen beforehand; an option given beside it is a later choice and is called one.
    #[arg(long, value_name = "FILE")]
    pub(crate) protocol: Option<PathBuf>,
    /// The hash that was published, which the protocol must have.
    #[arg(long, value_name = "HASH", requires = "protocol")]
    pub(crate) expect_hash: Option<String>,
    /// Write the choices, the time and the hash of both to this new file and evaluate nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["protocol", "alarms", "catalogue", "out"])]
    pub(crate) freeze: Option<PathBuf>,
    /// Draw one SVG page.
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of the bootstrap.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

/// How main shocks are told.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Decluster {
    /// Windows in time and space that grow with the magnitude.
    GardnerKnopoff,
    /// Distances to the nearest earlier earthquake in time, space and magnitude.
    NearestNeighbour,
}

impl From<Decluster> for sigmoid_stats::Declustering {
    fn from(method: Decluster) -> Self {
        match method {
            Decluster::GardnerKnopoff => Self::GardnerKnopoff,
            Decluster::NearestNeighbour => Self::NearestNeighbour,
        }
    }
}

/// Latitude and longitude, degrees.
fn place(text: &str) -> Result<[f64; 2], String> {
    let number = |part: &str| part.trim().parse::<f64>().ok().filter(|v| v.is_finite());
    text.split_once(',')
        .and_then(|(latitude, longitude)| Some([number(latitude)?, number(longitude)?]))
        .ok_or_else(|| "give latitude and longitude in degrees, as 31.0,103.4".to_owned())
}
