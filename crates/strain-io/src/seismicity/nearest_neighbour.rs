use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cluster::{Clusters, Sphere, by_time, days_between};
use super::mixture::Mixture;
use crate::{Catalogue, Result, StrainIoError};

const DAYS_A_YEAR: f64 = 365.25;

/// Declustering by the distance to the nearest earlier event in time, space and magnitude.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct NearestNeighbour {
    /// The b-value of the magnitudes. 1 by default.
    pub b: f64,
    /// The fractal dimension of the epicentres. 1.6 by default.
    pub dimension: f64,
    /// Epicentres nearer than this, km, count as this far: the catalogue's accuracy. 0.1 by default.
    pub least_km: f64,
    /// log10 of the distance below which an event is a child of its nearest neighbour. By default
    /// where the two modes of the distances meet, which there have to be.
    pub threshold: Option<f64>,
}

impl Default for NearestNeighbour {
    fn default() -> Self {
        Self { b: 1.0, dimension: 1.6, least_km: 0.1, threshold: None }
    }
}

impl NearestNeighbour {
    /// Sets the b-value.
    pub fn with_b(mut self, b: f64) -> Self {
        self.b = b;
        self
    }

    /// Sets the fractal dimension of epicentres.
    pub fn with_dimension(mut self, dimension: f64) -> Self {
        self.dimension = dimension;
        self
    }

    /// Sets the least distance of epicentres, km.
    pub fn with_least_km(mut self, least_km: f64) -> Self {
        self.least_km = least_km;
        self
    }

    /// Sets log10 of the distance below which an event is a child.
    pub fn with_threshold(mut self, threshold: f64) -> Self {
        self.threshold = Some(threshold);
        self
    }

    fn validate(&self) -> Result<()> {
        let bad = |name, value: f64, advice| {
            Err(StrainIoError::Config { name, value: value.to_string(), advice })
        };
        if !(0.0..=3.0).contains(&self.b) {
            return bad("b", self.b, "give a b-value from 0 to 3, usually near 1");
        }
        if !(0.5..=3.0).contains(&self.dimension) {
            return bad("dimension", self.dimension, "give 0.5 to 3, for epicentres near 1.6");
        }
        if !(self.least_km > 0.0 && self.least_km <= 100.0) {
            return bad("least_km", self.least_km, "give km above 0, the accuracy of epicentres");
        }
        match self.threshold {
            Some(t) if !t.is_finite() => bad("threshold", t, "give log10 of a distance, as -5"),
            _ => Ok(()),
        }
    }
}

/// The nearest earlier event of one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Neighbour {
    /// Its index in the catalogue.
    pub parent: usize,
    /// log10 of the rescaled time T = t · 10^(−b m/2), t in years.
    pub log_time: f64,
    /// log10 of the rescaled distance R = r^d · 10^(−b m/2), r in km.
    pub log_distance: f64,
}

impl Neighbour {
    /// log10 of the distance η = T·R.
    pub fn log_eta(&self) -> f64 {
        self.log_time + self.log_distance
    }
}

/// What [`decluster_nearest_neighbour`] finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NearestNeighbours {
    /// Each event's nearest earlier one, in the catalogue's order; none for the first.
    pub neighbours: Vec<Option<Neighbour>>,
    /// log10 of the distance below which an event is a child.
    pub threshold: f64,
    /// Events linked by such distances.
    pub clusters: Clusters,
}

/// Declusters by nearest-neighbour distances η = t · r^d · 10^(−b m), t years and r km from an earlier
/// event of magnitude m. Background and clustered events make two modes of log η; where they meet,
/// if no threshold is given, a link is cut.
///
/// Zaliapin, I. and Ben-Zion, Y. (2013), Earthquake clusters in southern California I,
/// *J. Geophys. Res. Solid Earth* 118, 2847–2864, doi:10.1002/jgrb.50179; the distance is that of
/// Baiesi, M. and Paczuski, M. (2004), *Phys. Rev. E* 69, 066106.
///
/// An event's parent depends on no later event; the threshold that is found, and which of a cluster
/// is the main shock, do.
///
/// # Complexity
///
/// All pairs are compared: n²/2 distances for n events.
///
/// # Errors
///
/// [`StrainIoError::Config`] for settings that make no sense, and where no threshold is given and
/// distances that are fewer than ten or not of two modes, as those of a catalogue without clusters,
/// give none.
///
/// # Example
///
/// ```
/// use strain_io::{Catalogue, Event, NearestNeighbour, decluster_nearest_neighbour};
///
/// let event = |time: &str, longitude, magnitude| Ok::<_, jiff::Error>(
///     Event::new(time.parse()?, 31.0, longitude, magnitude));
/// let catalogue = Catalogue::new(vec![
///     event("2008-05-12T06:28:04Z", 103.4, 8.0)?,
///     event("2008-05-12T06:43:15Z", 103.6, 6.0)?, // an aftershock
///     event("2012-05-12T07:00:00Z", 110.0, 4.0)?, // far away and late
/// ]);
/// let config = NearestNeighbour::default().with_threshold(-5.0);
/// let found = decluster_nearest_neighbour(&catalogue, &config)?;
/// assert_eq!(found.clusters.main_shock, [0, 0, 2]);
/// assert_eq!(found.neighbours[1].map(|neighbour| neighbour.parent), Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decluster_nearest_neighbour(
    catalogue: &Catalogue,
    config: &NearestNeighbour,
) -> Result<NearestNeighbours> {
    config.validate()?;
    let (sphere, order) = (Sphere::new(catalogue), by_time(catalogue));
    let found: Vec<Option<Neighbour>> = (0..order.len())
        .into_par_iter()
        .map(|at| nearest(catalogue, &sphere, &order[..at], order[at], config))
        .collect();
    let mut neighbours = vec![None; order.len()];
    order.iter().zip(found).for_each(|(&index, neighbour)| neighbours[index] = neighbour);
    let etas: Vec<f64> = neighbours.iter().flatten().map(Neighbour::log_eta).collect();
    let mixture = || Mixture::fit(&etas)?.boundary(&etas);
    let threshold = config.threshold.or_else(mixture).ok_or_else(|| StrainIoError::Config {
        name: "threshold",
        value: format!("none, with {} distances", etas.len()),
        advice: "too few or not of two modes, so that none is found; give a threshold",
    })?;
    let clusters = link(catalogue, &order, &neighbours, threshold);
    Ok(NearestNeighbours { neighbours, threshold, clusters })
}

/// The nearest of the `earlier` events; those of the same instant are not earlier.
fn nearest(
    catalogue: &Catalogue,
    sphere: &Sphere,
    earlier: &[usize],
    event: usize,
    config: &NearestNeighbour,
) -> Option<Neighbour> {
    let neighbour = |&parent: &usize| {
        let days = days_between(catalogue, parent, event);
        let half = config.b * catalogue.events()[parent].magnitude / 2.0;
        let km = sphere.distance_km(parent, event).max(config.least_km);
        (days > 0.0).then(|| Neighbour {
            parent,
            log_time: (days / DAYS_A_YEAR).log10() - half,
            log_distance: config.dimension * km.log10() - half,
        })
    };
    let candidates = earlier.iter().filter_map(neighbour);
    candidates.min_by(|a, b| a.log_eta().total_cmp(&b.log_eta()))
}

fn link(
    catalogue: &Catalogue,
    order: &[usize],
    neighbours: &[Option<Neighbour>],
    threshold: f64,
) -> Clusters {
    let magnitude = |index: usize| catalogue.events()[index].magnitude;
    // A parent comes before its children, so its root is known.
    let mut root: Vec<usize> = (0..neighbours.len()).collect();
    let mut largest = root.clone();
    for &event in order {
        if let Some(neighbour) = neighbours[event].filter(|it| it.log_eta() < threshold) {
            root[event] = root[neighbour.parent];
        }
        let best = &mut largest[root[event]];
        if magnitude(event) > magnitude(*best) {
            *best = event;
        }
    }
    Clusters { main_shock: root.iter().map(|&root| largest[root]).collect() }
}
