//! Recordings in CSV and its relatives.

mod choose;
#[cfg(test)]
mod file_tests;
mod layout;
mod options;
mod plain_row;
mod read;
mod row_parser;
mod rows;
mod spans;
#[cfg(test)]
mod spans_tests;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use choose::choose;
pub(crate) use layout::detect_delimiter;
pub use options::{ColumnSpec, CsvOptions, Header};
pub use read::read_csv;
pub(crate) use read::station_or_stem;
pub use spans::{CsvSpans, read_csv_spans};
pub use write::{CsvWriteOptions, write_csv, write_csv_with};
