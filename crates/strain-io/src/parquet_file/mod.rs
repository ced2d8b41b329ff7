//! Recordings in Parquet.

mod cells;
mod columns;
mod days;
mod layout;
mod metadata;
mod options;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use cells::read_cells;
pub(crate) use days::stations;
pub use days::{ParquetDays, read_parquet_days, write_parquet_days};
pub use options::ParquetOptions;
pub use read::read_parquet;
pub use write::write_parquet;

use std::path::Path;

use parquet::errors::ParquetError;

use crate::StrainIoError;

/// The column of times, and what is put behind a channel's name for its column of flags.
const TIME: &str = "time";
const PROVENANCE: &str = ".provenance";

/// Wraps an error of the Parquet library, whose type is not part of our interface.
fn failed(path: &Path) -> impl Fn(ParquetError) -> StrainIoError + '_ {
    |source| StrainIoError::Parquet { file: path.to_owned(), source: Box::new(source) }
}
