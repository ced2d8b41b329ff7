use std::path::PathBuf;

use thiserror::Error;

/// This crate's result.
pub type Result<T, E = SineError> = std::result::Result<T, E>;

/// What can go wrong.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SineError {
    /// A setting out of its range.
    #[error("{name} = {value} is not usable: it must be {requirement}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        requirement: &'static str,
    },
    /// An event window whose stations do not fit together.
    #[error(
        "station {id} (number {station}) has {what} {got} where the first station has {expected}: \
         cut all stations to one window"
    )]
    Mismatch {
        /// Index of the station.
        station: usize,
        /// Its name.
        id: String,
        /// What differs.
        what: &'static str,
        /// The first station's.
        expected: String,
        /// This station's.
        got: String,
    },
    /// A sample that is not a number.
    #[error("station {id}: sample {sample} is {value}; fill or cut gaps first")]
    NotFinite {
        /// The station.
        id: String,
        /// Index of the sample.
        sample: usize,
        /// Its value.
        value: f32,
    },
    /// An input of another size than the network was built for.
    #[error("{what}: shape {got:?}, but the network was built for {expected}")]
    Shape {
        /// The input.
        what: &'static str,
        /// What the network takes.
        expected: String,
        /// What was given.
        got: Vec<usize>,
    },
    /// A place that is not on Earth.
    #[error(transparent)]
    Site(#[from] graph_spatial::SpatialError),
    /// A parameter file that could not be read.
    #[error("cannot read parameters from {path}", path = path.display())]
    Parameters {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// candle failed: a parameter is missing or of another shape, or the device refused.
    #[error("{stage} failed")]
    Network {
        /// What was being done.
        stage: &'static str,
        /// candle's own words.
        #[source]
        source: Box<candle_core::Error>,
    },
}

impl SineError {
    pub(crate) fn network(stage: &'static str) -> impl FnOnce(candle_core::Error) -> Self {
        move |source| Self::Network { stage, source: Box::new(source) }
    }
}
