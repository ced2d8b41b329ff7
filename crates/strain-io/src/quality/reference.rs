use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::report::QualityReport;
use crate::{Catalogue, Result, StrainIoError};

/// What a reference station must fulfil. The default is the method's own rule: continuity above
/// 90 %, k at least 0.95, no earthquake of magnitude 3 within 50 km while it recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ReferenceRule {
    /// The continuity that every gauge must exceed.
    pub continuity_above: f64,
    /// The least k of S1+S3 = k (S2+S4); a k above 1 is as far off as its inverse.
    pub min_k: f64,
    /// The magnitude from which an earthquake counts.
    pub magnitude: f64,
    /// The radius in km within which none may have been.
    pub radius_km: f64,
    /// A wider radius in km; earthquakes there rank a station lower.
    pub wide_radius_km: f64,
}

impl Default for ReferenceRule {
    fn default() -> Self {
        Self {
            continuity_above: 0.90,
            min_k: 0.95,
            magnitude: 3.0,
            radius_km: 50.0,
            wide_radius_km: 200.0,
        }
    }
}

impl ReferenceRule {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for a radius that is negative or not finite, or a wide one that is
    /// the smaller.
    pub fn validate(&self) -> Result<()> {
        if self.radius_km >= 0.0 && (self.radius_km..f64::INFINITY).contains(&self.wide_radius_km) {
            return Ok(());
        }
        Err(StrainIoError::Config {
            name: "radius_km, wide_radius_km",
            value: format!("{}, {}", self.radius_km, self.wide_radius_km),
            advice: "give finite radii in km, the wide one at least as large",
        })
    }
}

/// A station that might be the reference.
#[derive(Debug, Clone, Copy)]
pub struct ReferenceCandidate<'a> {
    /// Its recording's quality.
    pub report: &'a QualityReport,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// How a station does as the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReferenceRank {
    /// The station.
    pub station: String,
    /// Whether it fulfils the rule.
    pub suitable: bool,
    /// The lowest continuity of its gauges, or of all channels where it has not four gauges.
    pub continuity: f64,
    /// k of S1+S3 = k (S2+S4) as recorded.
    pub k: Option<f64>,
    /// Earthquakes within the radius while it recorded.
    pub events_near: usize,
    /// Earthquakes within the wide radius while it recorded.
    pub events_wide: usize,
    /// Why it is not suitable, or what speaks for it; never empty.
    pub reasons: Vec<String>,
}

/// Ranks stations as the reference: suitable ones first, then by fewest earthquakes near, fewest
/// in the wide radius, highest continuity, and name.
///
/// # Errors
///
/// [`StrainIoError::Config`] for a rule that makes no sense.
///
/// # Example
///
/// ```
/// # use strain_io::{Channel, QualityConfig, Recording, TimeGrid, assess, ndarray::Array2};
/// # let grid = TimeGrid::new(
/// #     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 100)?;
/// # let values = Array2::from_shape_fn((100, 4), |(hour, _)| (hour as f64 * 0.5).sin());
/// # let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * i as f64));
/// # let recording = Recording::new("62003", grid, channels.collect(), values)?;
/// use strain_io::{Catalogue, Event, ReferenceCandidate, ReferenceRule, rank_references};
///
/// let report = assess(&recording, &QualityConfig::default())?;
/// let candidate = ReferenceCandidate { report: &report, latitude: 39.41, longitude: 99.81 };
/// let catalogue = Catalogue::new(vec![
///     Event::new("2008-04-30T00:00:00Z".parse()?, 20.0, 100.0, 4.0),
///     Event::new("2008-05-02T00:00:00Z".parse()?, 39.5, 99.8, 3.2),
///     Event::new("2008-06-01T00:00:00Z".parse()?, 20.0, 100.0, 4.0),
/// ]);
/// let ranks = rank_references(&[candidate], &catalogue, &ReferenceRule::default())?;
/// assert!(!ranks[0].suitable);
/// assert_eq!(ranks[0].reasons, ["1 earthquake of M >= 3 within 50 km while it recorded"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rank_references(
    candidates: &[ReferenceCandidate<'_>],
    catalogue: &Catalogue,
    rule: &ReferenceRule,
) -> Result<Vec<ReferenceRank>> {
    rule.validate()?;
    let large = catalogue.min_magnitude(rule.magnitude);
    let mut ranks: Vec<_> =
        candidates.iter().map(|candidate| rank(candidate, catalogue, &large, rule)).collect();
    ranks.sort_by(|a, b| {
        let suitable = b.suitable.cmp(&a.suitable);
        let events = (a.events_near, a.events_wide).cmp(&(b.events_near, b.events_wide));
        let continuity = b.continuity.total_cmp(&a.continuity);
        [suitable, events, continuity]
            .into_iter()
            .fold(Ordering::Equal, Ordering::then)
            .then_with(|| a.station.cmp(&b.station))
    });
    Ok(ranks)
}

fn rank(
    candidate: &ReferenceCandidate<'_>,
    all: &Catalogue,
    large: &Catalogue,
    rule: &ReferenceRule,
) -> ReferenceRank {
    let report = candidate.report;
    let within = |radius: f64| {
        let here =
            |e: &&crate::Event| e.distance_km(candidate.latitude, candidate.longitude) <= radius;
        let then = |e: &&crate::Event| report.start <= e.time && e.time <= report.end;
        large.events().iter().filter(then).filter(here).count()
    };
    let (events_near, events_wide) = (within(rule.radius_km), within(rule.wide_radius_km));
    let continuity = lowest_continuity(report);
    let k = report.self_consistency.as_ref().and_then(|agreement| agreement.slope);

    let mut against = Vec::new();
    if continuity <= rule.continuity_above {
        let (is, limit) = (continuity, rule.continuity_above);
        against.push(format!("continuity {is:.3} is not above {limit}"));
    }
    match k {
        Some(k) if k.min(1.0 / k) >= rule.min_k => {}
        Some(k) => against.push(format!(
            "k = {k:.3} is not between {} and {:.3}",
            rule.min_k,
            1.0 / rule.min_k
        )),
        None => against.push("k is not known: it has not four gauges that vary".to_owned()),
    }
    if events_near > 0 {
        let s = if events_near == 1 { "" } else { "s" };
        against.push(format!(
            "{events_near} earthquake{s} of M >= {} within {} km while it recorded",
            rule.magnitude, rule.radius_km
        ));
    }
    let times = || all.events().iter().map(|event| event.time);
    if times().min().is_none_or(|t| t > report.start)
        || times().max().is_none_or(|t| t < report.end)
    {
        // Silence of a catalogue that does not reach is no quiet.
        against.push("the catalogue does not span its recording".to_owned());
    }
    let suitable = against.is_empty();
    let reasons = if suitable {
        vec![
            format!("continuity {continuity:.3}"),
            format!("k = {:.3}", k.unwrap_or(f64::NAN)),
            format!("no M >= {} within {} km", rule.magnitude, rule.radius_km),
            format!("{events_wide} within {} km", rule.wide_radius_km),
        ]
    } else {
        against
    };
    let station = report.station.clone();
    ReferenceRank { station, suitable, continuity, k, events_near, events_wide, reasons }
}

fn lowest_continuity(report: &QualityReport) -> f64 {
    let gauges = report.self_consistency.as_ref().map(|agreement| &agreement.gauges);
    let counts = |name: &String| gauges.is_none_or(|gauges| gauges.contains(name));
    let channels = report.channels.iter().filter(|channel| counts(&channel.name));
    channels.map(|channel| channel.continuity).fold(1.0, f64::min)
}
