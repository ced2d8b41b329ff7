use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::offsets::Offset;
use crate::seismicity::dobrovolsky_radius_km;
use crate::{Catalogue, Result, StrainIoError, TimeGrid};

/// What has a first sample that an earthquake may explain: an offset, a step of
/// [`prepare`](crate::prepare), or an instant alone.
pub trait Onset {
    /// The first sample that is changed.
    fn onset(&self) -> Timestamp;
}

impl Onset for Offset {
    fn onset(&self) -> Timestamp {
        self.time
    }
}

impl Onset for Timestamp {
    fn onset(&self) -> Timestamp {
        *self
    }
}

/// Speed of the slowest large waves, km/s: no coseismic offset comes later.
const SLOWEST: f64 = 2.5;

/// When an offset is taken to be an earthquake's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CoseismicRule {
    /// The greatest distance, in Dobrovolsky radii of the earthquake. 1 by default.
    pub radii: f64,
}

impl Default for CoseismicRule {
    fn default() -> Self {
        Self { radii: 1.0 }
    }
}

impl CoseismicRule {
    /// Sets the greatest distance, in Dobrovolsky radii.
    pub fn with_radii(mut self, radii: f64) -> Self {
        self.radii = radii;
        self
    }

    fn validate(&self) -> Result<()> {
        if !(self.radii > 0.0 && self.radii.is_finite()) {
            return Err(StrainIoError::Config {
                name: "radii",
                value: self.radii.to_string(),
                advice: "give a number above 0",
            });
        }
        Ok(())
    }
}

/// The earthquakes around a station, and which of their offsets reach it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CoseismicContext<'a> {
    /// The earthquakes.
    pub catalogue: &'a Catalogue,
    /// The station, degrees north and degrees east.
    pub site: (f64, f64),
    /// Which of them explain a step.
    pub rule: CoseismicRule,
}

impl<'a> CoseismicContext<'a> {
    /// The earthquakes of a catalogue, seen from a site (degrees north, degrees east).
    pub fn new(catalogue: &'a Catalogue, site: (f64, f64)) -> Self {
        Self { catalogue, site, rule: CoseismicRule::default() }
    }

    /// Sets which earthquakes explain a step.
    pub fn with_rule(mut self, rule: CoseismicRule) -> Self {
        self.rule = rule;
        self
    }

    pub(crate) fn validate(&self) -> Result<()> {
        self.rule.validate()
    }

    /// The earthquake that explains a change first seen at `onset`, in samples `interval` seconds apart.
    pub(crate) fn label(&self, onset: Timestamp, interval: f64) -> Option<Coseismic> {
        let found = (0..self.catalogue.events().len())
            .filter_map(|event| self.explains(onset, interval, event));
        found.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, coseismic)| coseismic)
    }

    /// Whether an event explains it, and how many of its radii there are to its distance.
    fn explains(&self, onset: Timestamp, interval: f64, event: usize) -> Option<(f64, Coseismic)> {
        let it = &self.catalogue.events()[event];
        let late = onset.duration_since(it.time).as_secs_f64();
        // Only what the waves can have reached is worth a geodesic.
        let farthest = self.rule.radii * dobrovolsky_radius_km(it.magnitude);
        if !(0.0..=interval + farthest / SLOWEST).contains(&late) {
            return None;
        }
        let distance_km = it.distance_km(self.site.0, self.site.1);
        let in_time = late <= interval + distance_km / SLOWEST;
        let reach = farthest / distance_km.max(1.0);
        (in_time && distance_km <= farthest).then_some((reach, Coseismic { event, distance_km }))
    }
}

/// An earthquake that explains an offset.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Coseismic {
    /// The event's index in the catalogue.
    pub event: usize,
    /// Its distance, km.
    pub distance_km: f64,
}

/// For each offset (or whatever else has an [`Onset`], as the steps of [`prepare`](crate::prepare)) the
/// earthquake that explains it, if one does: its origin is before the offset's first sample, by no more
/// than the sampling interval and the slowest waves' way, and the station (degrees north, degrees east)
/// is within reach. Of several the one with the most radii to its distance.
///
/// No later earthquake explains anything, but a catalogue's entry is later than the offset: this is not
/// known when it happens.
///
/// # Errors
///
/// [`StrainIoError::Config`] for a reach that is not above 0.
///
/// # Example
///
/// ```
/// use strain_io::{
///     Catalogue, Channel, CoseismicRule, Event, OffsetConfig, Recording, TimeGrid, find_offsets,
///     label_coseismic, ndarray::Array2, remove_offsets,
/// };
///
/// let grid = TimeGrid::new(
///     "2008-05-08T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 200)?;
/// // Wenchuan, and a step two days later that is no earthquake.
/// let step = |hour, from, size| if hour >= from { size } else { 0.0 };
/// let values = Array2::from_shape_fn((200, 1), |(hour, _)| {
///     ((hour * hour) as f64).sin() + step(hour, 103, -89.0) + step(hour, 151, 40.0)
/// });
/// let recording = Recording::new("51010", grid, vec![Channel::gauge("s1", 51.0)], values)?;
/// let offsets = find_offsets(&recording, "s1", &OffsetConfig::default())?;
/// let catalogue = Catalogue::new(vec![
///     Event::new("2008-05-12T06:28:04Z".parse()?, 30.95, 103.4, 8.0)]);
/// let labels = label_coseismic(
///     &offsets, recording.grid(), (30.12, 102.17), &catalogue, &CoseismicRule::default())?;
/// assert_eq!(labels[0].map(|it| it.event), Some(0));
/// assert_eq!(labels[1], None);
/// // Keep what the earth did and mend the rest.
/// let other: Vec<_> =
///     offsets.iter().zip(&labels).filter(|(_, l)| l.is_none()).map(|(o, _)| o.clone()).collect();
/// assert_eq!(remove_offsets(&recording, "s1", &other)?.changes.len(), 200 - 151);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn label_coseismic<T: Onset>(
    offsets: &[T],
    grid: &TimeGrid,
    site: (f64, f64),
    catalogue: &Catalogue,
    rule: &CoseismicRule,
) -> Result<Vec<Option<Coseismic>>> {
    let context = CoseismicContext::new(catalogue, site).with_rule(*rule);
    context.validate()?;
    let interval = grid.interval_seconds();
    Ok(offsets.iter().map(|offset| context.label(offset.onset(), interval)).collect())
}
