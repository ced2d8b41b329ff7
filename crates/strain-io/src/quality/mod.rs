//! How good a recording is, and which station may serve as the reference.

mod assess;
mod config;
mod context;
mod differences;
mod earthquakes;
mod figures;
mod gauge;
mod line;
#[cfg(feature = "plots")]
mod page;
mod reference;
mod report;
mod rule;
mod spectrum;
#[cfg(test)]
mod spectrum_tests;
mod station;
mod station_table;
mod stream;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod tests;
mod windows;

pub use assess::{assess, assess_read};
pub use config::QualityConfig;
pub use context::StationContext;
pub use earthquakes::Earthquakes;
pub use gauge::GaugeQuality;
#[cfg(feature = "plots")]
pub use page::station_page;
pub use reference::{ReferenceCandidate, ReferenceRank, rank_references};
pub use report::{ChannelQuality, QualityReport, SelfConsistency};
pub use rule::ReferenceRule;
pub use spectrum::{NoiseSpectrum, PowerLaw, SpectrumConfig, noise_spectrum};
pub use station::{StationQuality, assess_station, assess_station_spectra};
pub use stream::AssessStream;
pub use windows::{ConsistencyWindow, consistency_series};
