//! From many samples to fewer, without aliasing: seconds to minutes to hours.

mod config;
mod filter;
mod minimum_phase;
mod run;
mod stream;
mod sums;
#[cfg(test)]
mod tests;

pub use config::{DecimateConfig, FilterPhase};
pub use filter::FirFilter;
pub use run::decimate;
pub use stream::DecimateStream;
