//! Earthquake catalogues.

mod csv;
mod eqt;
mod event;
#[cfg(test)]
mod tests;

pub use csv::{CatalogueOptions, read_catalogue_csv};
pub use eqt::read_eqt;
pub use event::{Catalogue, Event};
