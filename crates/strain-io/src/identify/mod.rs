//! One entry for files of whichever kind: recordings, catalogues, lists of stations.

mod kind;
mod tell;
#[cfg(test)]
mod tests;

pub use kind::{FileKind, Identified};
pub use tell::identify;
