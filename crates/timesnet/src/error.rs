//! Everything that can go wrong, with the numbers that say where.

use std::path::PathBuf;

/// Why a call was refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimesNetError {
    /// A setting is outside what the network is defined for.
    #[error("setting `{name}` = {value}: {advice}")]
    Config {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What to do.
        advice: String,
    },
    /// A device that there is not.
    #[error("device `{name}`: {problem}")]
    Device {
        /// The name given.
        name: String,
        /// Why not, and what to do.
        problem: String,
    },
    /// A tensor or array does not have the shape the network was built for.
    #[error("{what} has shape {got:?}, needed is {expected}")]
    Shape {
        /// Which input.
        what: &'static str,
        /// Shape needed, in words (`[batch, 96, 7]`).
        expected: String,
        /// Shape received.
        got: Vec<usize>,
    },
    /// An input that this task needs was not given.
    #[error("{task} needs `{what}`: set it on the input")]
    MissingInput {
        /// The task.
        task: &'static str,
        /// The missing part of the input.
        what: &'static str,
    },
    /// A value is NaN or infinite inside a window.
    #[error(
        "series {series}: value at row {row}, channel {channel} is {value}, inside the window that \
         starts at row {start}; leave that window out or fill the value"
    )]
    NotFinite {
        /// Index of the series in the list given; zero for a single one.
        series: usize,
        /// Row (time).
        row: usize,
        /// Channel.
        channel: usize,
        /// First row of the first window that holds it.
        start: usize,
        /// The value.
        value: f32,
    },
    /// A network that takes time features was given a series without.
    #[error(
        "the network takes {features} time features, series {series} has none: give them, or build \
         the network with `time_features` 0"
    )]
    NoMarks {
        /// Index of the series in the list given; zero for a single one.
        series: usize,
        /// How many the network takes.
        features: usize,
    },
    /// A time feature is not finite, or a mask holds something other than 0 and 1.
    #[error("{what}: {value} at row {row}, column {column} of sample {sample}; {needed}")]
    Side {
        /// Which input.
        what: &'static str,
        /// Sample of the batch; zero for a series.
        sample: usize,
        /// Row (time).
        row: usize,
        /// Channel or feature.
        column: usize,
        /// The value.
        value: f32,
        /// What it may be.
        needed: &'static str,
    },
    /// A window reaches past the end of its series.
    #[error(
        "the window that starts at row {start} (start number {index}) needs {window} rows, the \
         series has {rows}"
    )]
    WindowPastEnd {
        /// Position in the list of starts.
        index: usize,
        /// First row of the window.
        start: usize,
        /// Length of a window.
        window: usize,
        /// Rows of the series.
        rows: usize,
    },
    /// A part of a series is shorter than one window.
    #[error(
        "the {part} part has {rows} rows, one window takes {window}: give a longer series or \
         shorter windows"
    )]
    TooShort {
        /// `training`, `validation` or `test`.
        part: &'static str,
        /// Rows that its windows may use.
        rows: usize,
        /// Rows of a window.
        window: usize,
    },
    /// A channel never changes, so it cannot be scaled.
    #[error(
        "channel {channel} never changes (it is {value}): leave it out, or choose \
         `ConstantChannels::Center`"
    )]
    ConstantChannel {
        /// Channel.
        channel: usize,
        /// Its value.
        value: f64,
    },
    /// A time frequency that no calendar features are defined for.
    #[error("unknown time frequency `{name}`: give one of s, t, h, d, b, w, m")]
    UnknownFrequency {
        /// The name given.
        name: String,
    },
    /// There is nothing to work on.
    #[error("no windows {purpose}: give at least one start")]
    NoWindows {
        /// What they were needed for.
        purpose: &'static str,
    },
    /// The objective asks for something other than what the network was built for.
    #[error("the objective does not fit the network: {problem}; build it with `model_config_for`")]
    Objective {
        /// What does not fit.
        problem: String,
    },
    /// A checkpoint holds other tensors than the network; all differences at once.
    #[error(
        "{}: the checkpoint does not fit the network; missing: {}; extra: {}; of another shape: {}; \
         not of f16, bf16, f32 or f64: {}",
        path.display(), list(missing), list(extra), list(misshapen), list(mistyped)
    )]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Names the network has and the file has not.
        missing: Vec<String>,
        /// Names the file has and the network has not.
        extra: Vec<String>,
        /// Names with both shapes.
        misshapen: Vec<String>,
        /// Names of another type than numbers with a fraction, with that type.
        mistyped: Vec<String>,
    },
    /// Weights of a checkpoint are NaN or infinite.
    #[error(
        "{}: values of {} are NaN or infinite: the training that wrote them diverged, or the file is \
         damaged", path.display(), names.join(", ")
    )]
    WeightsNotFinite {
        /// The file.
        path: PathBuf,
        /// All such tensors.
        names: Vec<String>,
    },
    /// A network gave NaN or infinity for finite input.
    #[error(
        "the network's output is {value} (sample {sample}, row {row}, channel {channel}): scale the \
         series first; values of 1e18 and more overflow inside"
    )]
    OutputNotFinite {
        /// Sample of the batch.
        sample: usize,
        /// Row (time); zero in classification.
        row: usize,
        /// Channel or class.
        channel: usize,
        /// The value.
        value: f32,
    },
    /// A loss that no step can be taken along.
    #[error("no step can be taken: {problem}")]
    Loss {
        /// Why not, and what to do.
        problem: String,
    },
    /// A channel has no value at all in the training part.
    #[error("channel {channel} has no value in the training part: leave it out")]
    EmptyChannel {
        /// Channel.
        channel: usize,
    },
    /// A file is not what its name says.
    #[error("{}: {problem}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A training state belongs to another run.
    #[error(
        "{}: this training state was written with other data, settings, seed or initial weights; \
         choose another path or delete it to start again", path.display()
    )]
    OtherRun {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: std::io::Error,
    },
    /// A tensor operation failed.
    #[error("tensor operation failed")]
    Candle(#[from] candle_core::Error),
}

/// Result of this crate.
pub type Result<T, E = TimesNetError> = std::result::Result<T, E>;

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl TimesNetError {
    pub(crate) fn config(name: &'static str, value: impl ToString, advice: &str) -> Self {
        Self::Config { name, value: value.to_string(), advice: advice.to_owned() }
    }
}
