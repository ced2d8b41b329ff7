//! From a recording as it was observed to one that a model may see.

mod calibrate;
mod config;
mod gauge;
mod input;
mod jump_config;
mod jumps;
mod models;
mod relevel;
mod report;
mod response;
mod run;
mod stages;
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

pub(crate) use calibrate::calibrate_rows;
pub use calibrate::{Calibration, calibrate};
pub use config::{PrepareConfig, Refit, Span};
pub use jump_config::{KnownStep, SpikeConfig, StepConfig};
pub use report::{
    Gap, GaugeReport, PrepareReport, PressureResponse, Spike, Stage, Step, StepSource,
    TidalConstituent, Trend,
};
pub use run::{Prepared, prepare, prepare_with_catalogue};
pub use substitute::substitutions;
pub use trend_config::{TrendConfig, TrendModel};
