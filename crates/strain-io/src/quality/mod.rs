//! How good a recording is, and which station may serve as the reference.

mod assess;
mod config;
mod line;
#[cfg(feature = "plots")]
mod page;
mod reference;
mod report;
mod spectrum;
mod station;
#[cfg(test)]
mod tests;
mod windows;

pub use assess::{assess, assess_read};
pub use config::QualityConfig;
#[cfg(feature = "plots")]
pub use page::station_page;
pub use reference::{ReferenceCandidate, ReferenceRank, ReferenceRule, rank_references};
pub use report::{ChannelQuality, QualityReport, SelfConsistency};
pub use spectrum::{NoiseSpectrum, PowerLaw, SpectrumConfig, noise_spectrum};
pub use station::{GaugeQuality, StationContext, StationQuality, assess_station};
pub use windows::{ConsistencyWindow, consistency_series};
