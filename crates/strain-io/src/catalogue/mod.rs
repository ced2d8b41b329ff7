//! Earthquake catalogues.

mod cenc;
mod csv;
mod duplicates;
#[cfg(test)]
mod duplicates_tests;
mod eqt;
mod event;
mod fault;
mod fdsn;
#[cfg(test)]
mod format_tests;
mod quakeml;
mod read;
#[cfg(test)]
mod tests;
mod zmap;

pub(crate) use csv::is_catalogue_header;
pub use csv::{CatalogueOptions, read_catalogue_csv, read_catalogue_csv_skipping};
pub use duplicates::DuplicateTolerance;
pub use eqt::{read_eqt, read_eqt_skipping};
pub use event::{Catalogue, Event};
pub use read::{CatalogueFormat, CatalogueRead, ReadCatalogueOptions, read_catalogue};
pub(crate) use read::{told_by_head, told_by_line};
