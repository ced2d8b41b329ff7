use serde::{Deserialize, Serialize};

use crate::{Result, StrainIoError};

/// Semi-major axis of the WGS84 ellipsoid, metres, and the square of its eccentricity.
const SEMI_MAJOR: f64 = 6_378_137.0;
const ECCENTRICITY_2: f64 = 6.694_379_990_141e-3;
/// Normal gravity at the equator, m/s², and Somigliana's constant of WGS84.
const EQUATOR_GRAVITY: f64 = 9.780_325_335_9;
const SOMIGLIANA: f64 = 1.931_852_652_41e-3;
/// Fall of gravity with height, 1/s².
const FREE_AIR: f64 = 3.086e-6;

/// Where a tide is computed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TideSite {
    /// Geodetic latitude, degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Metres above the ellipsoid; 10 m change a tide by less than 5 parts in a million.
    #[serde(default)]
    pub elevation_m: f64,
}

/// A place as the tidal potential sees it.
pub(super) struct Position {
    /// Metres from the centre of mass.
    pub(super) radius: f64,
    /// m/s².
    pub(super) gravity: f64,
    /// Sine and cosine of the geocentric latitude.
    pub(super) latitude: (f64, f64),
    /// Radians east.
    pub(super) longitude: f64,
}

impl TideSite {
    /// A place at height zero: degrees north, degrees east.
    pub fn new(latitude: f64, longitude: f64) -> Self {
        Self { latitude, longitude, elevation_m: 0.0 }
    }

    /// Sets the height, metres.
    pub fn with_elevation_m(mut self, metres: f64) -> Self {
        self.elevation_m = metres;
        self
    }

    /// Checks the place.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for a place that is not near the Earth's surface.
    pub fn validate(&self) -> Result<()> {
        let bad = |name, value: f64, advice| {
            Err(StrainIoError::Config { name, value: value.to_string(), advice })
        };
        if !(-90.0..=90.0).contains(&self.latitude) {
            return bad("latitude", self.latitude, "give degrees from -90 to 90");
        }
        if !(-360.0..=360.0).contains(&self.longitude) {
            return bad("longitude", self.longitude, "give degrees from -360 to 360");
        }
        if !(-12_000.0..=9_000.0).contains(&self.elevation_m) {
            return bad("elevation_m", self.elevation_m, "give metres from -12000 to 9000");
        }
        Ok(())
    }

    pub(super) fn position(&self) -> Position {
        let (sin, cos) = self.latitude.to_radians().sin_cos();
        let curvature = SEMI_MAJOR / (1.0 - ECCENTRICITY_2 * sin * sin).sqrt();
        let axial = (curvature * (1.0 - ECCENTRICITY_2) + self.elevation_m) * sin;
        let equatorial = (curvature + self.elevation_m) * cos;
        let radius = axial.hypot(equatorial);
        let normal = EQUATOR_GRAVITY * (1.0 + SOMIGLIANA * sin * sin)
            / (1.0 - ECCENTRICITY_2 * sin * sin).sqrt();
        Position {
            radius,
            gravity: normal - FREE_AIR * self.elevation_m,
            latitude: (axial / radius, equatorial / radius),
            longitude: self.longitude.to_radians(),
        }
    }
}
