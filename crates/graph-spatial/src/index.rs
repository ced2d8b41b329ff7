use rstar::RTree;
use rstar::primitives::GeomWithData;

use crate::{Result, Site, SpatialError, distance_km};

/// A site found by a search, and how far away it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Index of the site in the order in which the sites were given.
    pub index: usize,
    /// Geodesic distance in kilometres.
    pub distance_km: f64,
}

type Point = GeomWithData<[f64; 3], usize>;

/// Exact nearest-neighbour and radius search by geodesic distance over many sites.
///
/// An R-tree holds the sites as points in space (kilometres from the Earth's centre). A straight
/// line through the Earth is never longer than the path along its surface, so candidates in order
/// of straight distance can be cut off exactly; the geodesic decides among them. Built in
/// O(n log n); a search takes O(log n + found) and needs no distance matrix, so that a whole
/// earthquake catalogue can be searched around a station.
///
/// ```
/// use graph_spatial::{Site, SiteIndex};
///
/// let events = [
///     Site::new("a", 30.0, 102.0)?,
///     Site::new("b", 31.0, 102.0)?,
///     Site::new("c", 45.0, 102.0)?,
/// ];
/// let index = SiteIndex::new(&events)?;
/// let here = Site::new("station", 30.4, 102.0)?;
/// let near: Vec<_> = index.within(&here, 200.0)?.iter().map(|n| n.index).collect();
/// assert_eq!(near, [0, 1]); // nearest first
/// assert_eq!(index.nearest(&here, 1)?[0].index, 0);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SiteIndex {
    sites: Vec<Site>,
    tree: RTree<Point>,
}

/// A micrometre: more than rounding can move a straight distance.
const SLACK_KM: f64 = 1e-9;

impl SiteIndex {
    /// Indexes the sites; indices in results are positions in this slice.
    ///
    /// # Errors
    ///
    /// [`SpatialError::Coordinate`] for a site that is not on Earth.
    pub fn new(sites: &[Site]) -> Result<Self> {
        sites.iter().try_for_each(Site::check)?;
        let points = sites.iter().enumerate().map(|(i, s)| Point::new(geocentric_km(s), i));
        Ok(Self { tree: RTree::bulk_load(points.collect()), sites: sites.to_vec() })
    }

    /// The sites, in the order of the indices.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// The `k` sites nearest to a place (all where there are fewer), nearest first; of equally
    /// distant ones the lower index first.
    ///
    /// # Errors
    ///
    /// [`SpatialError::Coordinate`] for a place that is not on Earth.
    pub fn nearest(&self, place: &Site, k: usize) -> Result<Vec<Neighbour>> {
        place.check()?;
        let mut best: Vec<Neighbour> = Vec::new();
        for (point, squared) in
            self.tree.nearest_neighbor_iter_with_distance_2(geocentric_km(place))
        {
            let worst = best.get(k.wrapping_sub(1)).map_or(f64::INFINITY, |n| n.distance_km);
            if k == 0 || squared.sqrt() > worst + SLACK_KM {
                break;
            }
            best.push(self.neighbour(place, point.data));
            sort(&mut best);
            best.truncate(k);
        }
        Ok(best)
    }

    /// Every site within a radius in kilometres (its edge included), nearest first.
    ///
    /// # Errors
    ///
    /// [`SpatialError::Coordinate`] for a place that is not on Earth, [`SpatialError::Setting`] for
    /// a radius that is negative or NaN.
    pub fn within(&self, place: &Site, radius_km: f64) -> Result<Vec<Neighbour>> {
        place.check()?;
        if radius_km.is_nan() || radius_km < 0.0 {
            let requirement = "a distance of at least 0 km";
            return Err(SpatialError::Setting { name: "radius_km", value: radius_km, requirement });
        }
        let straight = radius_km + SLACK_KM;
        let candidates =
            self.tree.locate_within_distance(geocentric_km(place), straight * straight);
        let mut found: Vec<_> = candidates
            .map(|point| self.neighbour(place, point.data))
            .filter(|neighbour| neighbour.distance_km <= radius_km)
            .collect();
        sort(&mut found);
        Ok(found)
    }

    fn neighbour(&self, place: &Site, index: usize) -> Neighbour {
        Neighbour { index, distance_km: distance_km(place, &self.sites[index]) }
    }
}

fn sort(neighbours: &mut [Neighbour]) {
    neighbours.sort_by(|a, b| a.distance_km.total_cmp(&b.distance_km).then(a.index.cmp(&b.index)));
}

/// Position relative to the Earth's centre (WGS84 semi-major axis and flattening).
fn geocentric_km(site: &Site) -> [f64; 3] {
    const AXIS_KM: f64 = 6378.137;
    const FLATTENING: f64 = 1.0 / 298.257_223_563;
    let squared_eccentricity = FLATTENING * (2.0 - FLATTENING);
    let (sin_latitude, cos_latitude) = site.latitude.to_radians().sin_cos();
    let (sin_longitude, cos_longitude) = site.longitude.to_radians().sin_cos();
    let normal = AXIS_KM / (1.0 - squared_eccentricity * sin_latitude * sin_latitude).sqrt();
    [
        normal * cos_latitude * cos_longitude,
        normal * cos_latitude * sin_longitude,
        normal * (1.0 - squared_eccentricity) * sin_latitude,
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::strategies;

    /// The oracle: every geodesic, sorted.
    fn all_by_distance(sites: &[Site], place: &Site) -> Vec<Neighbour> {
        let distance = |(index, site)| Neighbour { index, distance_km: distance_km(place, site) };
        let mut all: Vec<_> = sites.iter().enumerate().map(distance).collect();
        sort(&mut all);
        all
    }

    proptest! {
        #[test]
        fn searches_agree_with_looking_at_every_site(
            sites in prop_oneof![strategies::networks(1..=40), strategies::regional_networks(1..=40)],
            place in strategies::sites(),
            k in 0_usize..10,
            radius in 0.0..25_000.0_f64,
        ) {
            let index = SiteIndex::new(&sites).unwrap();
            for place in [&place, &sites[0]] {
                let all = all_by_distance(&sites, place);
                prop_assert_eq!(&index.nearest(place, k).unwrap()[..], &all[..k.min(all.len())]);
                let inside: Vec<_> =
                    all.into_iter().take_while(|n| n.distance_km <= radius).collect();
                prop_assert_eq!(index.within(place, radius).unwrap(), inside);
            }
        }
    }

    #[test]
    fn refuses_a_radius_that_is_none() {
        let index = SiteIndex::new(&[Site::new("a", 0.0, 0.0).unwrap()]).unwrap();
        let place = Site::new("b", 0.0, 0.0).unwrap();
        let error = index.within(&place, f64::NAN).unwrap_err();
        assert!(error.to_string().contains("radius_km = NaN"), "{error}");
        assert_eq!(index.within(&place, f64::INFINITY).unwrap().len(), 1);
    }
}
