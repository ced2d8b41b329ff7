//! Borehole strain recordings, stations and catalogues: formats, cleaning, tides, quality, synthetic networks.
//!
//! A [`Recording`] holds the channels of one station on a uniform [`TimeGrid`], NaN where a value
//! is missing, with a [`Provenance`] for every sample. Times are UTC, strain is nanostrain
//! (positive in extension), pressure hPa.

mod error;
mod grid;
mod prepare;
mod provenance;
mod recording;
mod synth;
mod unit;

pub use error::{Result, StrainIoError};
pub use grid::TimeGrid;
pub use ndarray;
pub use provenance::Provenance;
pub use recording::{Channel, Recording};
pub use unit::Unit;
