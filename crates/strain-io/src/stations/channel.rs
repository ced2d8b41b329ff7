use serde::{Deserialize, Serialize};

/// One channel of a list of stations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StationChannel {
    /// Network code; empty where the list has none.
    #[serde(default)]
    pub network_code: String,
    /// Station code, as in the names of CENC files.
    pub station_code: String,
    /// Measuring point within the station, or the location code of FDSN.
    pub point_code: String,
    /// Name of the station.
    pub station_name: String,
    /// What is measured: 2321 to 2324 are gauges 1 to 4 of a borehole strainmeter, as are the
    /// channels `?S1` to `?S4` of FDSN.
    pub item_code: String,
    /// What is measured, in words.
    pub item_name: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Metres above sea level, if known.
    pub elevation_m: Option<f64>,
    /// Direction of the sensor, degrees east of north, if known.
    pub azimuth_degrees: Option<f64>,
}
