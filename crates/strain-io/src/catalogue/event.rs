use std::collections::HashSet;

use geographiclib_rs::{Geodesic, InverseGeodesic};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One earthquake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Event {
    /// Origin time.
    pub time: Timestamp,
    /// Epicentre's latitude, degrees north.
    pub latitude: f64,
    /// Epicentre's longitude, degrees east.
    pub longitude: f64,
    /// Depth in km, if known.
    #[serde(default)]
    pub depth_km: Option<f64>,
    /// Magnitude, on the scale of `magnitude_type`.
    pub magnitude: f64,
    /// Magnitude scale as the catalogue writes it (`Ms`, `ML`), if it does.
    #[serde(default)]
    pub magnitude_type: Option<String>,
    /// Region code or place name, if the catalogue has one.
    #[serde(default)]
    pub region: Option<String>,
}

impl Event {
    /// An event of which only origin time, epicentre (degrees) and magnitude are known.
    pub fn new(time: Timestamp, latitude: f64, longitude: f64, magnitude: f64) -> Self {
        Self {
            time,
            latitude,
            longitude,
            depth_km: None,
            magnitude,
            magnitude_type: None,
            region: None,
        }
    }

    /// Geodesic distance on the WGS84 ellipsoid from the epicentre to a point, km.
    ///
    /// Karney, C. F. F. (2013), Algorithms for geodesics, *J. Geod.* 87, 43–55,
    /// doi:10.1007/s00190-012-0578-z, as `geographiclib` computes it. NaN where a coordinate is.
    pub fn distance_km(&self, latitude: f64, longitude: f64) -> f64 {
        let metres: f64 =
            Geodesic::wgs84().inverse(self.latitude, self.longitude, latitude, longitude);
        metres / 1000.0
    }
}

/// Earthquakes in the order of their file.
///
/// ```
/// use strain_io::{Catalogue, Event};
///
/// let event = |time: &str, magnitude| Ok::<_, jiff::Error>(
///     Event::new(time.parse()?, 31.0, 103.4, magnitude));
/// let catalogue = Catalogue::new(vec![
///     event("2008-05-12T06:28:04Z", 8.0)?,
///     event("2008-05-12T06:28:04Z", 8.0)?,
///     event("2008-05-12T06:43:15Z", 6.0)?,
/// ]);
/// assert_eq!(catalogue.duplicates(), 1);
/// let large = catalogue.without_duplicates().min_magnitude(7.0);
/// assert_eq!(large.events().len(), 1);
/// // Guza lies about 150 km from the epicentre.
/// assert_eq!(large.within_radius(30.12, 102.17, 160.0).events().len(), 1);
/// assert_eq!(large.within_radius(30.12, 102.17, 140.0).events().len(), 0);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Catalogue {
    events: Vec<Event>,
}

impl Catalogue {
    /// A catalogue of these events.
    pub fn new(events: Vec<Event>) -> Self {
        Self { events }
    }

    /// The events.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The events that `keep` holds for.
    pub fn select(&self, mut keep: impl FnMut(&Event) -> bool) -> Self {
        Self { events: self.events.iter().filter(|event| keep(event)).cloned().collect() }
    }

    /// The events at or after `start` and before `end`.
    pub fn between(&self, start: Timestamp, end: Timestamp) -> Self {
        self.select(|event| start <= event.time && event.time < end)
    }

    /// The events of at least this magnitude.
    pub fn min_magnitude(&self, magnitude: f64) -> Self {
        self.select(|event| event.magnitude >= magnitude)
    }

    /// The events within a box of degrees, edges included.
    pub fn in_box(
        &self,
        latitudes: std::ops::RangeInclusive<f64>,
        longitudes: std::ops::RangeInclusive<f64>,
    ) -> Self {
        self.select(|e| latitudes.contains(&e.latitude) && longitudes.contains(&e.longitude))
    }

    /// The events at most `radius_km` from a point, by geodesic distance (see
    /// [`Event::distance_km`]).
    pub fn within_radius(&self, latitude: f64, longitude: f64, radius_km: f64) -> Self {
        self.select(|event| event.distance_km(latitude, longitude) <= radius_km)
    }

    /// How many events repeat one that stands before them: same origin time and same epicentre,
    /// whatever their magnitude, depth and region.
    pub fn duplicates(&self) -> usize {
        let mut seen = HashSet::new();
        self.events.iter().filter(|event| !seen.insert(identity(event))).count()
    }

    /// The catalogue without such repetitions; of each the first row is kept.
    pub fn without_duplicates(&self) -> Self {
        let mut seen = HashSet::new();
        self.select(|event| seen.insert(identity(event)))
    }
}

fn identity(event: &Event) -> (Timestamp, u64, u64) {
    // Adding zero makes -0.0 and 0.0 one.
    (event.time, (event.latitude + 0.0).to_bits(), (event.longitude + 0.0).to_bits())
}
