use serde::{Deserialize, Serialize};

use super::channel::StationChannel;

/// Item codes of the gauges 1 to 4 of a four-component borehole strainmeter.
pub(super) const GAUGE_ITEMS: [&str; 4] = ["2321", "2322", "2323", "2324"];

/// One borehole strainmeter: where it is and where its gauges point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BoreholeSite {
    /// Network code; empty where the list names none.
    #[serde(default)]
    pub network_code: String,
    /// Station code.
    pub station_code: String,
    /// Measuring point within the station.
    pub point_code: String,
    /// Name of the station.
    pub name: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Metres above sea level, if known.
    pub elevation_m: Option<f64>,
    /// Directions of gauges 1 to 4, degrees east of north; none where unknown or not installed.
    pub gauge_azimuths: [Option<f64>; 4],
}

/// The borehole strainmeters of a list of channels, in its order: one per network, station
/// and measuring point that has a gauge: an item from 2321 to 2324, or an FDSN channel of linear strain, `?S1` to
/// `?S4`. Coordinates are those of the first such channel; of several epochs of one gauge the last
/// that states a direction counts.
pub fn borehole_sites(channels: &[StationChannel]) -> Vec<BoreholeSite> {
    let mut sites: Vec<BoreholeSite> = Vec::new();
    for channel in channels {
        let Some(gauge) = gauge_of(&channel.item_code) else { continue };
        let same = |site: &BoreholeSite| {
            site.network_code == channel.network_code
                && site.station_code == channel.station_code
                && site.point_code == channel.point_code
        };
        let index = sites.iter().position(same).unwrap_or_else(|| {
            sites.push(BoreholeSite {
                network_code: channel.network_code.clone(),
                station_code: channel.station_code.clone(),
                point_code: channel.point_code.clone(),
                name: channel.station_name.clone(),
                latitude: channel.latitude,
                longitude: channel.longitude,
                elevation_m: channel.elevation_m,
                gauge_azimuths: [None; 4],
            });
            sites.len() - 1
        });
        let azimuth = &mut sites[index].gauge_azimuths[gauge];
        *azimuth = channel.azimuth_degrees.or(*azimuth);
    }
    sites
}

/// Which gauge an item or channel code is, from 0.
fn gauge_of(code: &str) -> Option<usize> {
    let item = GAUGE_ITEMS.iter().position(|item| *item == code);
    item.or_else(|| match code.as_bytes() {
        // The instrument code S is linear strain; gauges are numbered.
        [_, b'S', number @ b'1'..=b'4'] => Some(usize::from(number - b'1')),
        _ => None,
    })
}
