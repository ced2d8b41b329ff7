//! The stages, each a pure function of its input, its settings and a seed.

pub(crate) mod analyze;
pub(crate) mod decompose;
pub(crate) mod detect;
pub(crate) mod features;
pub(crate) mod prepare;
pub(crate) mod quiet;
pub(crate) mod score;
pub(crate) mod spatial;
pub(crate) mod steps;
pub(crate) mod train;
pub(crate) mod transfer;
mod verdict;
