//! How good a recording is, and which station may serve as the reference.

mod assess;
mod config;
mod line;
mod reference;
mod report;
#[cfg(test)]
mod tests;

pub use assess::{assess, assess_read};
pub use config::QualityConfig;
pub use reference::{ReferenceCandidate, ReferenceRank, ReferenceRule, rank_references};
pub use report::{ChannelQuality, QualityReport, SelfConsistency};
