//! Precursor text of the China Earthquake Networks Center (CENC) and its relatives.

mod file_name;
#[cfg(test)]
mod file_tests;
mod join;
mod line;
mod options;
mod read;
#[cfg(test)]
mod tests;
mod unnamed;

pub use file_name::CencFileName;
pub(crate) use line::{abutting, is_header};
pub use options::CencOptions;
pub use read::read_cenc_text;
