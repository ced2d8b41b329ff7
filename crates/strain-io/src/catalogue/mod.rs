//! Earthquake catalogues.

mod csv;
mod eqt;
mod event;
#[cfg(test)]
mod tests;

pub use csv::{CatalogueOptions, read_catalogue_csv, read_catalogue_csv_skipping};
pub use eqt::{read_eqt, read_eqt_skipping};
pub use event::{Catalogue, Event};
