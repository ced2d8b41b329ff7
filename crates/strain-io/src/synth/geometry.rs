use geographiclib_rs::{DirectGeodesic, Geodesic};
use rand::RngExt;

use super::streams::{Purpose, Streams};
use crate::Event;

/// Where a station stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) distance_km: f64,
}

/// A site on the geodesic that leaves the epicentre in a random direction, at the wanted distance on
/// the WGS84 ellipsoid (the direct problem, Karney 2013). The distance told is computed anew from
/// the coordinates.
pub(super) fn place(epicentre: [f64; 2], distance_km: f64, streams: Streams) -> Site {
    let azimuth = streams.get(Purpose::Site, 0).random_range(-180.0..180.0);
    let [latitude, longitude] = epicentre;
    let (latitude, longitude): (f64, f64) =
        Geodesic::wgs84().direct(latitude, longitude, azimuth, distance_km * 1000.0);
    let event = Event::new(jiff::Timestamp::UNIX_EPOCH, epicentre[0], epicentre[1], 0.0);
    Site { latitude, longitude, distance_km: event.distance_km(latitude, longitude) }
}
