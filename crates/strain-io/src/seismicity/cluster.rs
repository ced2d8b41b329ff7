use serde::{Deserialize, Serialize};

use crate::Catalogue;

/// Mean radius of the Earth, km.
const RADIUS: f64 = 6_371.0;

/// Which events of a catalogue belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Clusters {
    /// For each event, in the catalogue's order, the index of its cluster's main shock: the largest
    /// event of the cluster, the first of equals. A single event is its own.
    pub main_shock: Vec<usize>,
}

impl Clusters {
    /// Whether an event is a main shock or single.
    pub fn is_main(&self, index: usize) -> bool {
        self.main_shock.get(index) == Some(&index)
    }

    /// The number of clusters, single events among them.
    pub fn count(&self) -> usize {
        (0..self.main_shock.len()).filter(|&index| self.is_main(index)).count()
    }

    /// The catalogue's main shocks and single events, in its order.
    pub fn main_shocks(&self, catalogue: &Catalogue) -> Catalogue {
        let mut index = 0;
        catalogue.select(|_| {
            index += 1;
            self.is_main(index - 1)
        })
    }
}

/// Epicentres as unit vectors: distances on a sphere, within 0.6 % of those on the ellipsoid and far
/// quicker, for all pairs are compared.
pub(super) struct Sphere {
    places: Vec<[f64; 3]>,
}

impl Sphere {
    pub(super) fn new(catalogue: &Catalogue) -> Self {
        let place = |event: &crate::Event| {
            let (sin_lat, cos_lat) = event.latitude.to_radians().sin_cos();
            let (sin_lon, cos_lon) = event.longitude.to_radians().sin_cos();
            [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
        };
        Self { places: catalogue.events().iter().map(place).collect() }
    }

    /// Great-circle distance between two events, km.
    pub(super) fn distance_km(&self, a: usize, b: usize) -> f64 {
        let square = |(a, b): (&f64, &f64)| (a - b) * (a - b);
        let chord = self.places[a].iter().zip(&self.places[b]).map(square).sum::<f64>().sqrt();
        2.0 * RADIUS * (chord / 2.0).min(1.0).asin()
    }
}

/// Events by origin time, the first of equals first.
pub(super) fn by_time(catalogue: &Catalogue) -> Vec<usize> {
    let mut order: Vec<usize> = (0..catalogue.events().len()).collect();
    order.sort_by_key(|&index| catalogue.events()[index].time);
    order
}

/// Days from an event to another.
pub(super) fn days_between(catalogue: &Catalogue, from: usize, to: usize) -> f64 {
    let nanos = |index: usize| catalogue.events()[index].time.as_nanosecond();
    (nanos(to) - nanos(from)) as f64 / 86_400e9
}
