//! The tide: constituents, their astronomical arguments, and which of them a span can tell apart.

mod astronomy;
mod constituent;
mod groups;
mod wave;

pub use groups::TidalSet;

pub(super) use groups::TidalGroups;
