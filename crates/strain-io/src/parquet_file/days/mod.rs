//! Recordings kept as a folder of one Parquet file a station and day.

mod join;
mod layout;
mod merge;
mod part;
mod pieces;
#[cfg(test)]
mod pieces_tests;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use pieces::ParquetDays;
pub use read::read_parquet_days;
pub use write::write_parquet_days;

pub(crate) use layout::stations;
