use crate::{Catalogue, TideSite};

/// What [`assess_station`](crate::assess_station) is told beside the recording; by default nothing,
/// and what needs it stays unknown.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct StationContext<'a> {
    /// Where the station is; tidal factors and earthquakes need it.
    pub site: Option<TideSite>,
    /// Directions of gauges 1 to 4, degrees east of north, for channels that do not state their own.
    pub azimuths: [Option<f64>; 4],
    /// Earthquakes, of a time that spans the recording.
    pub catalogue: Option<&'a Catalogue>,
    /// The barometer's channel.
    pub pressure: Option<&'a str>,
}

impl<'a> StationContext<'a> {
    /// A station at a place.
    pub fn new(site: TideSite) -> Self {
        Self { site: Some(site), ..Self::default() }
    }

    /// Sets the directions of gauges 1 to 4, degrees east of north.
    pub fn with_azimuths(mut self, degrees: [Option<f64>; 4]) -> Self {
        self.azimuths = degrees;
        self
    }

    /// Sets the earthquakes.
    pub fn with_catalogue(mut self, catalogue: &'a Catalogue) -> Self {
        self.catalogue = Some(catalogue);
        self
    }

    /// Sets the barometer's channel.
    pub fn with_pressure(mut self, channel: &'a str) -> Self {
        self.pressure = Some(channel);
        self
    }
}
