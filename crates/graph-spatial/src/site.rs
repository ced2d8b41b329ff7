use serde::{Deserialize, Serialize};

use crate::{Result, SpatialError};

/// A named place: a station or an epicentre.
///
/// # Units
///
/// WGS84 degrees, north and east positive; latitude in -90..=90, longitude in -180..=180.
///
/// ```
/// use graph_spatial::Site;
///
/// let guza = Site::new("51010", 30.11722, 102.1728)?;
/// assert_eq!(guza.latitude, 30.11722);
/// let error = Site::new("51010", 102.1728, 30.11722).unwrap_err();
/// assert!(error.to_string().starts_with("site 51010: latitude 102.1728 is outside -90..=90"));
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedSite")]
pub struct Site {
    /// The station's code or the event's name.
    pub id: String,
    /// Degrees, north positive.
    pub latitude: f64,
    /// Degrees, east positive.
    pub longitude: f64,
}

impl Site {
    /// A site at checked coordinates.
    ///
    /// # Errors
    ///
    /// [`SpatialError::Coordinate`] for a coordinate that is not finite or out of range.
    pub fn new(id: impl Into<String>, latitude: f64, longitude: f64) -> Result<Self> {
        let site = Self { id: id.into(), latitude, longitude };
        site.check()?;
        Ok(site)
    }

    /// The fields are public, so whatever stores sites checks them again.
    pub(crate) fn check(&self) -> Result<()> {
        let ranges = [("latitude", self.latitude, 90.0), ("longitude", self.longitude, 180.0)];
        for (coordinate, value, high) in ranges {
            if !(-high..=high).contains(&value) {
                let id = self.id.clone();
                return Err(SpatialError::Coordinate { id, coordinate, value, low: -high, high });
            }
        }
        Ok(())
    }
}

/// What a file may hold; becomes a [`Site`] only through its checks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedSite {
    id: String,
    latitude: f64,
    longitude: f64,
}

impl TryFrom<UncheckedSite> for Site {
    type Error = SpatialError;

    fn try_from(site: UncheckedSite) -> Result<Self> {
        Self::new(site.id, site.latitude, site.longitude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_on_earth_and_says_which_coordinate() {
        for (latitude, longitude, coordinate) in [
            (90.1, 0.0, "latitude"),
            (f64::NAN, 0.0, "latitude"),
            (0.0, 200.0, "longitude"),
            (0.0, f64::NEG_INFINITY, "longitude"),
        ] {
            let error = Site::new("x", latitude, longitude).unwrap_err();
            assert!(error.to_string().contains(coordinate), "{error}");
        }
    }

    #[test]
    fn serde_goes_through_the_same_checks() {
        let site: Site =
            serde_json::from_str(r#"{"id":"a","latitude":1.5,"longitude":-2}"#).unwrap();
        assert_eq!(site, Site::new("a", 1.5, -2.0).unwrap());
        let error = serde_json::from_str::<Site>(r#"{"id":"a","latitude":95,"longitude":0}"#);
        assert!(error.unwrap_err().to_string().contains("latitude 95"));
    }
}
