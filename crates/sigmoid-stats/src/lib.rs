//! Is there an anomaly, when did it turn, and would chance do the same? Thresholds, sigmoid fits and null distributions.

mod accumulate;
mod counts;
mod error;
mod information;
mod levenberg_marquardt;
mod line;
mod projection;
mod sigmoid;
mod sigmoid_curve;
mod sigmoid_errors;
mod sigmoid_plan;
mod threshold;

pub use accumulate::daily_counts;
pub use counts::DailyCounts;
pub use error::{Result, StatsError};
pub use information::{aicc, bic, delta_aicc, ratio};
pub use levenberg_marquardt::Stop;
pub use line::{LineFit, fit_line};
pub use ndarray;
pub use sigmoid::{Bound, SigmoidFit, SigmoidOptions, fit_sigmoid};
pub use sigmoid_curve::{sigmoid, sigmoid_rate};
pub use sigmoid_plan::SigmoidPlan;
pub use threshold::{SigmaRule, Thresholds, exceedances};
