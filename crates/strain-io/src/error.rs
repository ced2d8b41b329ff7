use std::path::PathBuf;

use jiff::Timestamp;
use thiserror::Error;

use crate::BadRow;

/// The result of every fallible function of this crate.
pub type Result<T, E = StrainIoError> = std::result::Result<T, E>;

/// What can go wrong between a file and a recording that a model may see.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StrainIoError {
    /// A time grid that cannot be.
    #[error("{problem}: {advice}")]
    Grid {
        /// What is wrong.
        problem: String,
        /// What to do.
        advice: &'static str,
    },
    /// A range of samples that is empty or reaches past the end.
    #[error("samples {start}..{end} are not a part of a recording of {samples} samples")]
    Range {
        /// First sample asked for.
        start: usize,
        /// One past the last sample asked for.
        end: usize,
        /// Samples there are.
        samples: usize,
    },
    /// A span of time in which a station has no sample.
    #[error(
        "station {station} has no sample from {start} to before {end}: it was recorded from \
         {first} to {last}"
    )]
    Span {
        /// The station.
        station: String,
        /// Start asked for.
        start: Timestamp,
        /// End asked for, not included.
        end: Timestamp,
        /// First sample there is.
        first: Timestamp,
        /// Last sample there is.
        last: Timestamp,
    },
    /// An array that does not fit grid and channels.
    #[error(
        "{what} of station {station} is {got:?} where grid and channels ask for {expected:?} \
         ([time, channel])"
    )]
    Shape {
        /// The station.
        station: String,
        /// Which array.
        what: &'static str,
        /// Samples and channels expected.
        expected: (usize, usize),
        /// What was given.
        got: (usize, usize),
    },
    /// A recording without a channel.
    #[error("station {station} would have no channel: name at least one")]
    NoChannels {
        /// The station.
        station: String,
    },
    /// Two channels of one name.
    #[error("station {station} would have two channels called `{name}`: rename one")]
    DuplicateChannel {
        /// The station.
        station: String,
        /// The name.
        name: String,
    },
    /// A channel that is not there.
    #[error("station {station} has no channel `{name}`: it has {}", available.join(", "))]
    NoChannel {
        /// The station.
        station: String,
        /// The name asked for.
        name: String,
        /// The names there are.
        available: Vec<String>,
    },
    /// An infinite value.
    #[error(
        "station {station}, channel {channel}: the value of sample {sample} ({time}) is infinite; \
         use NaN for a missing value"
    )]
    Infinite {
        /// The station.
        station: String,
        /// The channel.
        channel: String,
        /// Index of the first such sample.
        sample: usize,
        /// Its instant.
        time: Timestamp,
    },
    /// A file that cannot be opened, read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried (`open`, `read`, `write`).
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A line of a file that cannot be used.
    #[error("{0}")]
    Row(BadRow),
    /// More rows that cannot be used than are worth listing.
    #[error(
        "{}: more than {limit} rows cannot be used, this one too: {last}; check the format",
        last.file.display()
    )]
    TooManyBadRows {
        /// How many are listed at most.
        limit: usize,
        /// The first that is one too many.
        last: BadRow,
    },
    /// A line that does not end.
    #[error(
        "{}, line {line}: no line break within {limit} bytes, so this is not a text file of rows; \
         check the format",
        file.display()
    )]
    LineTooLong {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The longest line that is read, bytes.
        limit: u64,
    },
    /// A column that is not there.
    #[error(
        "{}, line {line}: there is no column `{name}`; the columns are {}",
        file.display(),
        found.join(", ")
    )]
    NoColumn {
        /// The file.
        file: PathBuf,
        /// The line that was searched, usually the header.
        line: u64,
        /// The column asked for.
        name: String,
        /// The columns there are.
        found: Vec<String>,
    },
    /// A file without a row that can be used.
    #[error("{} holds no row of data: check that it is the right file", file.display())]
    NoRows {
        /// The file.
        file: PathBuf,
    },
    /// A file without a column of numbers.
    #[error("{} holds no column of numbers: name the columns to read", file.display())]
    NoNumbers {
        /// The file.
        file: PathBuf,
    },
    /// A single row, from which no sampling interval can be told.
    #[error("{} holds one row only: name the sampling interval", file.display())]
    NoInterval {
        /// The file.
        file: PathBuf,
    },
    /// Rows so far apart that the grid between them would fill the memory.
    #[error(
        "{}: {rows} rows span {samples} samples of {interval_s} s; look for a wrong date or name \
         the sampling interval",
        file.display()
    )]
    TooSparse {
        /// The file.
        file: PathBuf,
        /// Rows there are.
        rows: usize,
        /// Grid points from the first to the last.
        samples: i128,
        /// The sampling interval, seconds.
        interval_s: f64,
    },
    /// Files that cannot be channels of one recording.
    #[error("{} cannot be joined with {}: {problem}", file.display(), other.display())]
    Join {
        /// The file that does not fit.
        file: PathBuf,
        /// The file that it does not fit to.
        other: PathBuf,
        /// Why, and what to do.
        problem: String,
    },
    /// A file of another kind than was expected.
    #[error("{}: {problem}; {advice}", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What was found.
        problem: String,
        /// What to do.
        advice: &'static str,
    },
    /// A Parquet file that cannot be read.
    #[cfg(feature = "parquet")]
    #[error("{} cannot be read as Parquet", file.display())]
    Parquet {
        /// The file.
        file: PathBuf,
        /// What the Parquet library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An Arrow file that cannot be read.
    #[cfg(feature = "arrow")]
    #[error("{} cannot be read as Arrow", file.display())]
    Arrow {
        /// The file.
        file: PathBuf,
        /// What the Arrow library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A configuration value that makes no sense.
    #[error("{name} = {value}: {advice}")]
    Config {
        /// Name of the setting.
        name: &'static str,
        /// What it was set to.
        value: String,
        /// What it should be.
        advice: &'static str,
    },
    /// A span with too few samples for a fit.
    #[error(
        "channel {channel}: {usable} usable samples or changes from {start} to {end} where the fit \
         needs {needed}; give a longer span or switch a part of the model off"
    )]
    FitTooShort {
        /// The channel, or the channels.
        channel: String,
        /// First sample of the span.
        start: Timestamp,
        /// Last sample of the span.
        end: Timestamp,
        /// What could be used.
        usable: usize,
        /// What would be needed at least.
        needed: usize,
    },
    /// A channel that has one value only.
    #[error("channel {channel} does not vary from {start} to {end}: check that it was recorded")]
    Still {
        /// The channel.
        channel: String,
        /// First sample looked at.
        start: Timestamp,
        /// Last sample looked at.
        end: Timestamp,
    },
    /// A channel whose unit is not the one that is needed.
    #[error(
        "station {station}, channel {channel}: the unit is `{unit}` where {expected} is needed; \
         name the file's unit when reading"
    )]
    WrongUnit {
        /// The station.
        station: String,
        /// The channel.
        channel: String,
        /// Its unit.
        unit: crate::Unit,
        /// The unit needed.
        expected: crate::Unit,
    },
    /// A picture that cannot be drawn.
    #[cfg(feature = "plots")]
    #[error("the picture cannot be drawn: {problem}")]
    Drawing {
        /// What the plotting library said.
        problem: String,
    },
    /// A least-squares fit or decomposition that failed.
    #[error("the fit of {what} failed")]
    LinearAlgebra {
        /// What was fitted.
        what: String,
        /// Why it failed.
        source: stmn_linalg::LinalgError,
    },
}
