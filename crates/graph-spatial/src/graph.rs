use ndarray::{Array2, ArrayView2};

use crate::{Neighbour, Result, Site, SiteIndex, SpatialError, distance_matrix_km};

/// The stations of a network and all distances between them.
///
/// Edges are not fixed: each method that needs edges says which it makes (by radius, by nearest
/// neighbours, by a Gaussian of distance), as a weight matrix `[station, station]`.
///
/// ```
/// use graph_spatial::{Site, StationGraph};
///
/// let graph = StationGraph::new(&[
///     Site::new("a", 30.0, 102.0)?,
///     Site::new("b", 30.5, 102.0)?,
///     Site::new("c", 33.0, 102.0)?,
/// ])?;
/// let near = graph.neighbours(0, 100.0)?;
/// assert_eq!(near.len(), 1);
/// assert_eq!((near[0].index, near[0].distance_km.round()), (1, 55.0));
/// assert_eq!(graph.nearest(2, 1)?[0].index, 1);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
#[derive(Debug, Clone)]
pub struct StationGraph {
    index: SiteIndex,
    distances: Array2<f64>,
}

impl StationGraph {
    /// A network of at least one station; names must be unique. Costs n(n-1)/2 geodesics.
    ///
    /// # Errors
    ///
    /// [`SpatialError::TooFewStations`], [`SpatialError::DuplicateSite`],
    /// [`SpatialError::Coordinate`].
    pub fn new(sites: &[Site]) -> Result<Self> {
        if sites.is_empty() {
            return Err(SpatialError::TooFewStations {
                what: "a station graph",
                needed: 1,
                got: 0,
            });
        }
        refuse_duplicates(sites)?;
        Ok(Self { index: SiteIndex::new(sites)?, distances: distance_matrix_km(sites) })
    }

    /// The stations, in the order of all indices.
    pub fn sites(&self) -> &[Site] {
        self.index.sites()
    }

    /// Number of stations.
    pub fn len(&self) -> usize {
        self.sites().len()
    }

    /// Never: a graph has at least one station.
    pub fn is_empty(&self) -> bool {
        self.sites().is_empty()
    }

    /// Distances in kilometres, `[station, station]`, symmetric with zero diagonal.
    pub fn distances_km(&self) -> ArrayView2<'_, f64> {
        self.distances.view()
    }

    /// The other stations within a radius in kilometres, nearest first.
    ///
    /// # Errors
    ///
    /// [`SpatialError::NoSuchStation`], or [`SpatialError::Setting`] for a negative radius.
    pub fn neighbours(&self, station: usize, radius_km: f64) -> Result<Vec<Neighbour>> {
        let mut found = self.index.within(self.site(station)?, radius_km)?;
        found.retain(|n| n.index != station);
        Ok(found)
    }

    /// The `k` nearest other stations (all where there are fewer), nearest first.
    ///
    /// # Errors
    ///
    /// [`SpatialError::NoSuchStation`].
    pub fn nearest(&self, station: usize, k: usize) -> Result<Vec<Neighbour>> {
        let place = self.site(station)?;
        let mut found = self.index.nearest(place, k.saturating_add(1))?;
        // Stations at the same place may push the station itself off the list.
        found.retain(|n| n.index != station);
        found.truncate(k);
        Ok(found)
    }

    /// Unit weights between all pairs of stations within a radius, zero diagonal.
    ///
    /// # Errors
    ///
    /// [`SpatialError::Setting`] for a radius that is negative or NaN.
    pub fn radius_weights(&self, radius_km: f64) -> Result<Array2<f64>> {
        if radius_km.is_nan() || radius_km < 0.0 {
            let requirement = "a distance of at least 0 km";
            return Err(SpatialError::Setting { name: "radius_km", value: radius_km, requirement });
        }
        let mut weights = self.distances.mapv(|d| if d <= radius_km { 1.0 } else { 0.0 });
        weights.diag_mut().fill(0.0);
        Ok(weights)
    }

    /// Unit weights between stations of which one is among the other's `k` nearest: symmetric,
    /// zero diagonal.
    ///
    /// # Errors
    ///
    /// [`SpatialError::Setting`] for `k` = 0.
    pub fn nearest_weights(&self, k: usize) -> Result<Array2<f64>> {
        if k == 0 {
            let requirement = "at least 1";
            return Err(SpatialError::Setting { name: "k", value: 0.0, requirement });
        }
        let mut weights = Array2::zeros((self.len(), self.len()));
        for i in 0..self.len() {
            for neighbour in self.nearest(i, k)? {
                weights[[i, neighbour.index]] = 1.0;
                weights[[neighbour.index, i]] = 1.0;
            }
        }
        Ok(weights)
    }

    /// exp(−d²/2τ²) of the distance d between stations, with 1 on the diagonal.
    ///
    /// # Errors
    ///
    /// [`SpatialError::Setting`] for a τ that is not a positive number.
    pub fn gaussian_weights(&self, tau_km: f64) -> Result<Array2<f64>> {
        check_tau(tau_km)?;
        Ok(self.distances.mapv(|d| gaussian(d, tau_km)))
    }

    fn site(&self, station: usize) -> Result<&Site> {
        let missing = SpatialError::NoSuchStation { index: station, stations: self.len() };
        self.sites().get(station).ok_or(missing)
    }
}

pub(crate) fn gaussian(distance_km: f64, tau_km: f64) -> f64 {
    (-0.5 * (distance_km / tau_km).powi(2)).exp()
}

pub(crate) fn check_tau(tau_km: f64) -> Result<()> {
    if tau_km.is_finite() && tau_km > 0.0 {
        return Ok(());
    }
    let requirement = "a positive distance in kilometres";
    Err(SpatialError::Setting { name: "tau_km", value: tau_km, requirement })
}

fn refuse_duplicates(sites: &[Site]) -> Result<()> {
    let mut seen = std::collections::HashMap::new();
    for (second, site) in sites.iter().enumerate() {
        if let Some(first) = seen.insert(site.id.as_str(), second) {
            return Err(SpatialError::DuplicateSite { id: site.id.clone(), first, second });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::strategies;

    #[test]
    fn refuses_two_stations_of_one_name() {
        let a = Site::new("51010", 30.0, 102.0).unwrap();
        let error = StationGraph::new(&[a.clone(), a]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "stations 0 and 1 are both named \"51010\": names must be unique"
        );
        assert!(StationGraph::new(&[]).unwrap_err().to_string().contains("at least 1"));
    }

    #[test]
    fn refuses_a_station_that_does_not_exist() {
        let graph = StationGraph::new(&[Site::new("a", 0.0, 0.0).unwrap()]).unwrap();
        let expected = SpatialError::NoSuchStation { index: 1, stations: 1 };
        assert_eq!(graph.neighbours(1, 5.0).unwrap_err(), expected);
        assert_eq!(graph.nearest(1, 5).unwrap_err(), expected);
        assert!(graph.nearest(0, usize::MAX).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn neighbours_never_contain_the_station_and_agree_with_the_matrix(
            sites in strategies::networks(1..=20), k in 0_usize..25, radius in 0.0..20_000.0_f64,
        ) {
            let graph = StationGraph::new(&sites).unwrap();
            for i in 0..sites.len() {
                let nearest = graph.nearest(i, k).unwrap();
                prop_assert_eq!(nearest.len(), k.min(sites.len() - 1));
                let inside = graph.neighbours(i, radius).unwrap();
                for n in nearest.iter().chain(&inside) {
                    prop_assert!(n.index != i);
                    prop_assert!((n.distance_km - graph.distances_km()[[i, n.index]]).abs() < 1e-8);
                }
                let row = graph.radius_weights(radius).unwrap().row(i).sum() as usize;
                prop_assert_eq!(row, inside.len());
            }
        }

        #[test]
        fn gaussian_weights_fall_from_one(sites in strategies::networks(1..=10), tau in 1.0..5e3_f64) {
            let weights = StationGraph::new(&sites).unwrap().gaussian_weights(tau).unwrap();
            prop_assert!(weights.iter().all(|w| (0.0..=1.0).contains(w)));
            prop_assert!(weights.diag().iter().all(|&w| w == 1.0));
            prop_assert_eq!(&weights, &weights.t());
        }
    }
}
