//! How a channel answers to the tides and to what was recorded beside it: harmonic analysis, lagged
//! responses to pressure, water level and temperature, tidal factors.

mod config;
mod correct;
mod corrected;
mod factor;
mod fit;
mod noise;
mod report;
mod rows;
#[cfg(test)]
mod tests;
mod tides;
#[cfg(test)]
mod undo_tests;

pub use config::{Driver, ResponseConfig};
pub(crate) use config::{validate_drivers, validate_lags};
pub use corrected::Corrected;
pub(crate) use factor::TidalWindow;
pub use factor::{TidalFactor, tidal_factor_series, tidal_factors};
pub use fit::{ResponseFit, fit_response};
pub(crate) use fit::{driver_responses, fit_response_with};
pub use report::{DriverResponse, Harmonic, LagCoefficient, Transfer};
pub(crate) use rows::{TidalDesign, named_lag};
