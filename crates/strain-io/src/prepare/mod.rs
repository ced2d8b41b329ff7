//! From a recording as it was observed to one that a model may see.

mod anchors;
mod calibrate;
mod calibrate_errors;
mod config;
mod drivers;
mod gauge;
mod history;
mod jump_config;
mod jumps;
mod models;
mod piece;
mod relevel;
mod report;
mod response;
mod run;
mod setup;
mod stages;
mod stream;
mod substitute;
mod sweep;
#[cfg(test)]
mod tests;
mod threshold;
mod trend;
mod trend_config;
#[cfg(test)]
mod trend_tests;
mod undo;

pub(crate) use calibrate::calibration_alpha;
pub use calibrate::{Calibration, calibrate};
pub use config::{PrepareConfig, Refit, Span};
pub use jump_config::{KnownStep, SpikeConfig, StepConfig};
pub use piece::PreparedPiece;
pub use report::{
    Gap, GaugeReport, PrepareReport, PressureResponse, Spike, Stage, Step, StepSource,
    TidalConstituent, Trend,
};
pub use run::{Prepared, prepare, prepare_with_catalogue};
pub use stream::PrepareStream;
pub use substitute::substitutions;
pub use trend_config::{TrendConfig, TrendModel};
