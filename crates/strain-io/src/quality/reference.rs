use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::earthquakes::{Earthquakes, spans};
use super::figures::Figures;
use super::report::QualityReport;
use super::rule::ReferenceRule;
use super::station::StationQuality;
use crate::{Catalogue, Result};

/// A station that might be the reference.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ReferenceCandidate<'a> {
    /// Its recording's quality.
    pub report: &'a QualityReport,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What its gauges are worth, where that was assessed.
    pub quality: Option<&'a StationQuality>,
}

impl<'a> ReferenceCandidate<'a> {
    /// A station of which completeness and agreement are known: its place in degrees north and east.
    pub fn new(report: &'a QualityReport, latitude: f64, longitude: f64) -> Self {
        Self { report, latitude, longitude, quality: None }
    }

    /// Adds what its gauges are worth, as [`assess_station`](crate::assess_station) found it.
    pub fn with_quality(mut self, quality: &'a StationQuality) -> Self {
        self.quality = Some(quality);
        self
    }
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
    /// Steps a year of the gauge that has most, where that was assessed.
    pub steps_per_year: Option<f64>,
    /// The spread of the M2 factor over its mean, of the least stable gauge.
    pub m2_instability: Option<f64>,
    /// Noise at one cycle a day of the noisiest gauge, nanostrain² per cycle per day.
    pub noise_at_one_day: Option<f64>,
    /// Why it is not suitable, or what speaks for it; never empty.
    pub reasons: Vec<String>,
}

/// Ranks stations as the reference: suitable ones first, then by fewest earthquakes near, fewest
/// in the wide radius, the smallest sum of places, highest continuity, and name.
///
/// A station's places are those by continuity, by steps a year, by the stability of the tidal factor
/// and by noise at one cycle a day, each of its worst gauge; equal stations share a place, and one of
/// which a figure is not known comes behind those of which it is. Without any
/// [quality](ReferenceCandidate::with_quality) continuity alone is left to decide.
///
/// # Errors
///
/// [`StrainIoError::Config`](crate::StrainIoError::Config) for a rule that makes no sense.
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
/// let candidate = ReferenceCandidate::new(&report, 39.41, 99.81);
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
    let ranks: Vec<_> =
        candidates.iter().map(|candidate| rank(candidate, catalogue, rule)).collect();
    let sums = sums_of_places(&ranks);
    let mut placed: Vec<_> = sums.into_iter().zip(ranks).collect();
    placed.sort_by(|(a_sum, a), (b_sum, b)| {
        let suitable = b.suitable.cmp(&a.suitable);
        let events = (a.events_near, a.events_wide).cmp(&(b.events_near, b.events_wide));
        let continuity = b.continuity.total_cmp(&a.continuity);
        [suitable, events, a_sum.cmp(b_sum), continuity]
            .into_iter()
            .fold(Ordering::Equal, Ordering::then)
            .then_with(|| a.station.cmp(&b.station))
    });
    Ok(placed.into_iter().map(|(_, rank)| rank).collect())
}

/// For each station the sum over the figures of how many others are better in it.
fn sums_of_places(ranks: &[ReferenceRank]) -> Vec<usize> {
    let unknown = |figure: Option<f64>| figure.unwrap_or(f64::INFINITY);
    let figures = |rank: &ReferenceRank| {
        [
            -rank.continuity,
            unknown(rank.steps_per_year),
            unknown(rank.m2_instability),
            unknown(rank.noise_at_one_day),
        ]
    };
    let all: Vec<[f64; 4]> = ranks.iter().map(figures).collect();
    let better = |own: &[f64; 4]| {
        let ahead = |other: &[f64; 4]| other.iter().zip(own).filter(|(o, own)| o < own).count();
        all.iter().map(ahead).sum()
    };
    all.iter().map(better).collect()
}

fn rank(
    candidate: &ReferenceCandidate<'_>,
    catalogue: &Catalogue,
    rule: &ReferenceRule,
) -> ReferenceRank {
    let report = candidate.report;
    let place = (candidate.latitude, candidate.longitude);
    let earthquakes = Earthquakes::count(report, place, catalogue, rule);
    let (events_near, events_wide) = (earthquakes.near, earthquakes.wide);
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
    if !spans(catalogue, report) {
        against.push("the catalogue does not span its recording".to_owned());
    }
    let figures = candidate.quality.map(Figures::of).unwrap_or_default();
    against.extend(figures.against(rule));
    let suitable = against.is_empty();
    let reasons = if suitable {
        let mut reasons = vec![
            format!("continuity {continuity:.3}"),
            format!("k = {:.3}", k.unwrap_or(f64::NAN)),
            format!("no M >= {} within {} km", rule.magnitude, rule.radius_km),
            format!("{events_wide} within {} km", rule.wide_radius_km),
        ];
        reasons.extend(figures.in_favour());
        reasons
    } else {
        against
    };
    ReferenceRank {
        station: report.station.clone(),
        suitable,
        continuity,
        k,
        events_near,
        events_wide,
        steps_per_year: figures.steps_per_year,
        m2_instability: figures.m2_instability,
        noise_at_one_day: figures.noise_at_one_day,
        reasons,
    }
}

fn lowest_continuity(report: &QualityReport) -> f64 {
    let gauges = report.self_consistency.as_ref().map(|agreement| &agreement.gauges);
    let counts = |name: &String| gauges.is_none_or(|gauges| gauges.contains(name));
    let channels = report.channels.iter().filter(|channel| counts(&channel.name));
    channels.map(|channel| channel.continuity).fold(1.0, f64::min)
}
