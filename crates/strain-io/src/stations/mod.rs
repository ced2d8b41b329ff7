//! Lists of stations: where instruments are and where their sensors point.

mod channel;
mod csv;
mod fdsn;
mod gtsm;
mod read;
mod site;
mod station_xml;
#[cfg(test)]
mod tests;

pub use channel::StationChannel;
pub use csv::{read_stations_csv, read_stations_csv_skipping};
pub use gtsm::{GtsmSite, read_gtsm_sites, read_gtsm_sites_skipping};
pub use read::{StationFormat, StationsRead, read_stations};
pub use site::{BoreholeSite, borehole_sites};
