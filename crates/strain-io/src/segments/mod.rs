//! Recordings that are made of pieces: stretches of samples, each with a start of its own, laid on
//! one grid. What does not fit sample by sample is reported.

mod lay;
mod seam;
mod segment;
#[cfg(test)]
mod tests;
mod tolerance;

pub(crate) use lay::{Joined, lay};
pub use seam::{Seam, SeamKind};
pub(crate) use segment::Segment;
pub(crate) use tolerance::validate_tolerance;
