//! Lists of stations: where instruments are and where their sensors point.

mod channel;
mod csv;
#[cfg(test)]
mod csv_tests;
mod fdsn;
mod gtsm;
mod options;
mod read;
mod site;
mod station_xml;
#[cfg(test)]
mod tests;

pub use channel::StationChannel;
pub(crate) use csv::is_station_header;
pub use csv::{read_stations_csv, read_stations_csv_skipping, read_stations_csv_with};
pub(crate) use gtsm::is_gtsm_header;
pub use gtsm::{GtsmSite, read_gtsm_sites, read_gtsm_sites_skipping};
pub use options::StationOptions;
pub use read::{
    ReadStationsOptions, StationFormat, StationsRead, read_stations, read_stations_with,
};
pub(crate) use read::{fdsn_header, station_xml_root};
pub use site::{BoreholeSite, borehole_sites};
