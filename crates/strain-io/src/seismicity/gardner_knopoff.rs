use serde::{Deserialize, Serialize};

use super::cluster::{Clusters, Sphere, by_time, days_between};
use crate::{Catalogue, Result, StrainIoError};

/// Declustering with windows in space and time that grow with the main shock's magnitude.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct GardnerKnopoff {
    /// The share of the time window that reaches back, for foreshocks. 1 by default.
    pub foreshock_share: f64,
}

impl Default for GardnerKnopoff {
    fn default() -> Self {
        Self { foreshock_share: 1.0 }
    }
}

impl GardnerKnopoff {
    /// Sets the share of the time window that reaches back.
    pub fn with_foreshock_share(mut self, share: f64) -> Self {
        self.foreshock_share = share;
        self
    }

    /// The radius of the window, km: 10^(0.1238 M + 0.983).
    pub fn radius_km(magnitude: f64) -> f64 {
        10.0_f64.powf(0.1238 * magnitude + 0.983)
    }

    /// The length of the window, days: 10^(0.5409 M − 0.547) below M 6.5, 10^(0.032 M + 2.7389)
    /// from there on.
    pub fn days(magnitude: f64) -> f64 {
        let exponent =
            if magnitude < 6.5 { 0.5409 * magnitude - 0.547 } else { 0.032 * magnitude + 2.7389 };
        10.0_f64.powf(exponent)
    }
}

/// Declusters a catalogue: from the largest event down, whatever smaller one is not yet in a cluster
/// and lies in the window of one that is not either belongs to it.
///
/// Gardner, J. K. and Knopoff, L. (1974), Is the sequence of earthquakes in Southern California, with
/// aftershocks removed, Poissonian?, *Bull. Seism. Soc. Am.* 64, 1363–1367; the windows as fitted by
/// van Stiphout, T., Zhuang, J. and Marsan, D. (2012), Seismicity declustering, *CORSSA*,
/// doi:10.5078/corssa-52382934.
///
/// An event's fate depends on later ones: a foreshock is one only when the main shock has come.
///
/// # Errors
///
/// [`StrainIoError::Config`] for a share that is not in 0..=1.
///
/// # Example
///
/// ```
/// use strain_io::{Catalogue, Event, GardnerKnopoff, decluster_gardner_knopoff};
///
/// let event = |time: &str, longitude, magnitude| Ok::<_, jiff::Error>(
///     Event::new(time.parse()?, 31.0, longitude, magnitude));
/// let catalogue = Catalogue::new(vec![
///     event("2008-05-12T06:28:04Z", 103.4, 8.0)?,
///     event("2008-05-12T06:43:15Z", 103.6, 6.0)?, // an aftershock
///     event("2008-05-12T07:00:00Z", 110.0, 4.0)?, // far away
/// ]);
/// let clusters = decluster_gardner_knopoff(&catalogue, &GardnerKnopoff::default())?;
/// assert_eq!(clusters.main_shock, [0, 0, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decluster_gardner_knopoff(
    catalogue: &Catalogue,
    config: &GardnerKnopoff,
) -> Result<Clusters> {
    if !(0.0..=1.0).contains(&config.foreshock_share) {
        return Err(StrainIoError::Config {
            name: "foreshock_share",
            value: config.foreshock_share.to_string(),
            advice: "give a share from 0 to 1",
        });
    }
    let events = catalogue.events();
    let (sphere, order) = (Sphere::new(catalogue), by_time(catalogue));
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, &index)| place[index] = at);
    let mut largest = order.clone();
    largest.sort_by(|&a, &b| events[b].magnitude.total_cmp(&events[a].magnitude));

    let mut main_shock: Vec<Option<usize>> = vec![None; events.len()];
    for main in largest {
        if main_shock[main].is_some() {
            continue;
        }
        main_shock[main] = Some(main);
        let magnitude = events[main].magnitude;
        let (radius, days) =
            (GardnerKnopoff::radius_km(magnitude), GardnerKnopoff::days(magnitude));
        let after = order[place[main] + 1..]
            .iter()
            .take_while(|&&other| days_between(catalogue, main, other) <= days);
        let before = order[..place[main]].iter().rev().take_while(|&&other| {
            days_between(catalogue, other, main) <= days * config.foreshock_share
        });
        for &other in after.chain(before) {
            if main_shock[other].is_none() && sphere.distance_km(main, other) <= radius {
                main_shock[other] = Some(main);
            }
        }
    }
    // Every event has been visited, and is its own main shock where it was no one else's.
    let main_shock = main_shock.into_iter().enumerate().map(|(i, main)| main.unwrap_or(i));
    Ok(Clusters { main_shock: main_shock.collect() })
}
