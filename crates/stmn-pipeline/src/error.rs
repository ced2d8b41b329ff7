use std::path::PathBuf;

use jiff::Timestamp;
use thiserror::Error;

/// The result of every fallible function of this crate.
pub type Result<T, E = PipelineError> = std::result::Result<T, E>;

/// What can go wrong between recordings and a report.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// A setting that cannot be.
    #[error("{name} = {value}: {advice}")]
    Config {
        /// The setting.
        name: String,
        /// Its value.
        value: String,
        /// What it must be.
        advice: String,
    },
    /// A configuration file that is not one.
    #[error("{file}:{line}:{column}: {message}{advice}")]
    ConfigFile {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// What to do, where that is known.
        advice: String,
    },
    /// A file that cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A stored file whose content cannot be used.
    #[error("{} cannot be used: {problem}; remove it and run again", path.display())]
    Stored {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A line of a table, of daily counts or alarms, that cannot be used.
    #[error("{}:{line}: {problem}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A folder that does not hold what a step needs.
    #[error("{} holds no scored days: run `stmn transfer` or `stmn run` into it first", path.display())]
    NoScores {
        /// The folder.
        path: PathBuf,
    },
    /// A sampling interval that days cannot be made of.
    #[error(
        "station {station} is sampled every {interval_s} s, which does not divide a day: resample it first"
    )]
    UnevenDay {
        /// The station.
        station: String,
        /// Its interval, seconds.
        interval_s: f64,
    },
    /// A sampling interval that the network's cannot be made of.
    #[error(
        "station {station} is sampled every {interval_s} s, of which the network's interval \
         ({network_minutes} min) is no multiple: set model.interval_minutes to one"
    )]
    Interval {
        /// The station.
        station: String,
        /// Its interval, seconds.
        interval_s: f64,
        /// The network's interval, minutes.
        network_minutes: usize,
    },
    /// A recording with too little in it for a stage.
    #[error("station {station}: {what} from {from} to {to} {problem}; {advice}")]
    TooLittle {
        /// The station.
        station: String,
        /// Which part.
        what: &'static str,
        /// Its start.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
        /// What there is too little of.
        problem: String,
        /// What to do.
        advice: &'static str,
    },
    /// An event that the scored days do not lead up to.
    #[error(
        "the event at {event} lies outside the scored days of station {station}, {first} to \
         {last}: the fit needs {window_days} scored days before it"
    )]
    EventOutside {
        /// The event.
        event: Timestamp,
        /// The station.
        station: String,
        /// First scored day.
        first: jiff::civil::Date,
        /// Last scored day.
        last: jiff::civil::Date,
        /// Days of the fit's window.
        window_days: usize,
    },
    /// A checkpoint of another network than the configuration asks for.
    #[error("checkpoint {} does not fit the configuration: {problem}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What differs.
        problem: String,
    },
    /// Reading, cleaning, assessing or inventing recordings.
    #[error(transparent)]
    StrainIo(#[from] strain_io::StrainIoError),
    /// Cleaning a station's recording.
    #[error("cleaning the recording of station {station}")]
    Prepare {
        /// The station.
        station: String,
        /// Why not.
        source: strain_io::StrainIoError,
    },
    /// Decomposing a channel.
    #[error("decomposing {channel} of station {station}")]
    Decompose {
        /// The station.
        station: String,
        /// The channel.
        channel: String,
        /// Why not.
        source: vmd::VmdError,
    },
    /// The network.
    #[error("the network")]
    TimesNet(#[from] timesnet::TimesNetError),
    /// Stations in space.
    #[error(transparent)]
    Spatial(#[from] graph_spatial::SpatialError),
    /// Thresholds, fits and null distributions.
    #[error(transparent)]
    Stats(#[from] sigmoid_stats::StatsError),
    /// The same of one series of one station.
    #[error("series {series} of station {station}")]
    Series {
        /// The station.
        station: String,
        /// The series.
        series: String,
        /// Why not.
        source: sigmoid_stats::StatsError,
    },
    /// A figure that could not be drawn.
    #[error("drawing {figure}: {problem}")]
    Figure {
        /// The figure.
        figure: String,
        /// Why not.
        problem: String,
    },
}
