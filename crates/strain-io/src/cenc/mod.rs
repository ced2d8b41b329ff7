//! Precursor text of the China Earthquake Networks Center (CENC) and its relatives.

mod file_name;
mod join;
mod options;
mod read;
#[cfg(test)]
mod tests;

pub use file_name::CencFileName;
pub use options::CencOptions;
pub use read::read_cenc_text;
