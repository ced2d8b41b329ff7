//! Recordings in Parquet.

mod cells;
mod columns;
mod days;
mod fields;
mod pages;
mod read;
mod source;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use cells::read_cells;
pub(crate) use days::stations;
pub use days::{ParquetDays, read_parquet_days, write_parquet_days};
pub use read::read_parquet;
pub use write::write_parquet;

use std::path::Path;

use parquet::errors::ParquetError;

use crate::StrainIoError;

/// Wraps an error of the Parquet library, whose type is not part of our interface.
fn failed(path: &Path) -> impl Fn(ParquetError) -> StrainIoError + '_ {
    |source| StrainIoError::Parquet { file: path.to_owned(), source: Box::new(source) }
}
