use serde::{Deserialize, Serialize};

use super::report::QualityReport;
use super::rule::ReferenceRule;
use crate::{Catalogue, Event, TideSite};

/// How many earthquakes from a magnitude on there were within two radii.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Earthquakes {
    /// The smallest magnitude that counts.
    pub magnitude: f64,
    /// The radius in km.
    pub radius_km: f64,
    /// Earthquakes within it.
    pub near: usize,
    /// The wider radius in km.
    pub wide_radius_km: f64,
    /// Earthquakes within that one, the near ones included.
    pub wide: usize,
}

impl Earthquakes {
    /// Those of a catalogue while a station recorded.
    pub(super) fn count(
        report: &QualityReport,
        (latitude, longitude): (f64, f64),
        catalogue: &Catalogue,
        rule: &ReferenceRule,
    ) -> Self {
        let then = |event: &&Event| {
            event.magnitude >= rule.magnitude
                && report.start <= event.time
                && event.time <= report.end
        };
        let distances: Vec<f64> = catalogue
            .events()
            .iter()
            .filter(then)
            .map(|event| event.distance_km(latitude, longitude))
            .collect();
        let within = |km: f64| distances.iter().filter(|&&distance| distance <= km).count();
        Self {
            magnitude: rule.magnitude,
            radius_km: rule.radius_km,
            near: within(rule.radius_km),
            wide_radius_km: rule.wide_radius_km,
            wide: within(rule.wide_radius_km),
        }
    }

    /// The same, where the place is known and the catalogue reaches over the recording.
    pub(super) fn known(
        report: &QualityReport,
        site: Option<TideSite>,
        catalogue: Option<&Catalogue>,
        rule: &ReferenceRule,
    ) -> Option<Self> {
        let (site, catalogue) = (site?, catalogue.filter(|it| spans(it, report))?);
        Some(Self::count(report, (site.latitude, site.longitude), catalogue, rule))
    }
}

/// Whether a catalogue has an event before a recording and one after it: the silence of one that does
/// not reach is no quiet.
pub(super) fn spans(catalogue: &Catalogue, report: &QualityReport) -> bool {
    let times = || catalogue.events().iter().map(|event| event.time);
    times().min().is_some_and(|first| first <= report.start)
        && times().max().is_some_and(|last| last >= report.end)
}
