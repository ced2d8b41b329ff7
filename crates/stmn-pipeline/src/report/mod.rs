//! The page that a run ends with, and its figures: one file that needs no other.

mod cleaning;
mod demo_page;
mod explain;
mod figures;
mod number;
mod origin;
mod page;
mod quality;
mod stations;
#[cfg(test)]
mod tests;
mod training;
mod write;

pub(crate) use write::write_demo_page;
pub use write::write_report;
