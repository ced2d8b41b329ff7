use serde::{Deserialize, Serialize};
use sigmoid_stats::{Analysis, CommonInflection, InflectionProfile, Looks, PeriodFit, PowerLawFit};

use super::detect::{PRIMARY_SERIES, SeriesCounts};
use super::score::{Scores, StationScores};
use super::steps::{GaugeStep, all_steps};
use crate::remarks::Remarks;
use crate::store::StageKey;
use crate::{Context, PipelineError, Result};

/// What all stations of a network show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetworkResult {
    /// The targets, as configured.
    pub stations: Vec<StationResult>,
    /// The inflection that the stations' primary series share, if there is one: a date for the network
    /// *given* that there is a build-up.
    pub inflection: Option<CommonInflection>,
    /// Decay of the excess with distance, where two or more stations allow a fit.
    pub decay: Option<PowerLawFit>,
    /// Whether any station's primary series is anomalous at [`ALPHA`] after adjustment.
    pub anomaly: bool,
    /// The same in a sentence.
    pub verdict: String,
    /// What readers had to say about the files, where there was anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remarks>,
}

/// What one station shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StationResult {
    /// The station.
    pub id: String,
    /// Geodesic distance to the epicentre, km.
    pub distance_km: f64,
    /// Whether it lies within the event's Dobrovolsky radius.
    pub within_radius: bool,
    /// p of the primary series, adjusted over the stations (Holm).
    pub p_adjusted: f64,
    /// Lasting offsets that cleaning took out of the gauges.
    pub steps: Vec<GaugeStep>,
    /// All series; the first is the primary one.
    pub series: Vec<SeriesResult>,
}

/// What one series shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeriesResult {
    /// The series.
    pub name: String,
    /// p adjusted over every series of every station (Holm): for the series that were not chosen
    /// beforehand.
    pub p_adjusted_all: f64,
    /// The window before the event.
    #[serde(flatten)]
    pub analysis: Analysis,
    /// The same figures for every quiet period of the record.
    pub quiet_periods: Vec<PeriodFit>,
    /// The primary statistic of every null draw, for the figure.
    #[serde(skip)]
    pub null_values: Vec<f64>,
}

impl StationResult {
    /// The primary series: all four gauges together.
    pub fn primary(&self) -> Option<&SeriesResult> {
        self.series.iter().find(|series| series.name == PRIMARY_SERIES)
    }
}

/// Adjusted p up to which a station is called anomalous.
pub const ALPHA: f64 = 0.05;

#[derive(Serialize, Deserialize)]
struct Stored {
    analysis: Analysis,
    quiet_periods: Vec<PeriodFit>,
    null_values: Vec<f64>,
    inflection_profile: InflectionProfile,
}

/// Fits every series of every station and judges them against their null distributions.
///
/// # Errors
///
/// [`PipelineError::EventOutside`] where a station's scored days do not lead up to the event, and
/// [`PipelineError::Series`] naming the series that cannot be fitted.
pub fn analyze(scores: &Scores, context: &Context<'_>) -> Result<NetworkResult> {
    scores.stations.iter().try_for_each(|station| check_event(station, scores))?;
    let total: usize = scores.stations.iter().map(|station| station.series.len()).sum();
    let mut done = 0;
    let stored = context.stage("null distributions", total as u64, || {
        let mut all_reused = true;
        let mut stored = Vec::new();
        for station in &scores.stations {
            let mut of_station = Vec::new();
            for series in &station.series {
                let (analysis, reused) = one_series(station, series, scores, context)?;
                all_reused &= reused;
                of_station.push(analysis);
                done += 1;
                context.observer.reach(done);
            }
            stored.push(of_station);
        }
        Ok::<_, PipelineError>((stored, all_reused))
    })?;
    assemble(scores, stored)
}

fn check_event(station: &StationScores, scores: &Scores) -> Result<()> {
    let Some(primary) = station.primary() else { return Ok(()) };
    let days = scores.method.analysis.window_days;
    let event = crate::station::utc_day(scores.event.time);
    let counts = &primary.counts;
    let before = event.since((jiff::Unit::Day, counts.first_day()));
    let enough = before.is_ok_and(|span| i64::from(span.get_days()) >= days as i64);
    let after_last = event.since((jiff::Unit::Day, counts.last_day()));
    let reached = after_last.is_ok_and(|span| span.get_days() <= 1);
    if enough && reached {
        return Ok(());
    }
    Err(PipelineError::EventOutside {
        event: scores.event.time,
        station: station.id.clone(),
        first: counts.first_day(),
        last: counts.last_day(),
        window_days: days,
    })
}

fn one_series(
    station: &StationScores,
    series: &SeriesCounts,
    scores: &Scores,
    context: &Context<'_>,
) -> Result<(Stored, bool)> {
    let config = &scores.method.analysis;
    let seed = context.seed_for(&format!("analysis/{}/{}", station.id, series.name));
    let subject = format!("{}-{}", station.id, series.name);
    let key = StageKey::of("analysis", &subject)
        .with(&series.counts)
        .with(&station.quiet)
        .with(&scores.event.time)
        .with(config)
        .with(&seed);
    let wrap = |source| PipelineError::Series {
        station: station.id.clone(),
        series: series.name.clone(),
        source,
    };
    context.store.document(&key, || {
        let event = scores.event.time;
        let quiet = Some(station.quiet.as_slice());
        let mut analysis =
            sigmoid_stats::analyze(&series.counts, event, quiet, config, seed).map_err(wrap)?;
        let quiet_periods =
            sigmoid_stats::quiet_periods(&series.counts, event, quiet, config, seed)
                .map_err(wrap)?;
        let null_values = std::mem::take(&mut analysis.null_values);
        let inflection_profile = std::mem::take(&mut analysis.inflection_profile);
        Ok(Stored { analysis, quiet_periods, null_values, inflection_profile })
    })
}

fn assemble(scores: &Scores, stored: Vec<Vec<Stored>>) -> Result<NetworkResult> {
    // Stations by their primary series, and every series of every station.
    let (mut primary, mut every) = (Looks::new(), Looks::new());
    for (station, of_station) in scores.stations.iter().zip(&stored) {
        for (at, (series, stored)) in station.series.iter().zip(of_station).enumerate() {
            let look = [station.id.as_str(), series.name.as_str()];
            every.add(look, stored.analysis.p_value)?;
            if at == 0 {
                primary.add(look, stored.analysis.p_value)?;
            }
        }
    }
    let adjusted = primary.holm()?;
    let mut adjusted_all = every.holm()?.into_iter();
    let profiles: Vec<InflectionProfile> =
        stored.iter().map(|series| series[0].inflection_profile.clone()).collect();
    let confidence = scores.method.analysis.confidence;
    let inflection = sigmoid_stats::common_inflection(&profiles, confidence)?;
    let radius = scores.event.radius_km();
    let mut stations = Vec::new();
    for ((station, of_station), p_adjusted) in scores.stations.iter().zip(stored).zip(adjusted) {
        let series = station
            .series
            .iter()
            .zip(of_station)
            .zip(&mut adjusted_all)
            .map(|((counts, stored), p_adjusted_all)| SeriesResult {
                name: counts.name.clone(),
                p_adjusted_all,
                analysis: stored.analysis,
                quiet_periods: stored.quiet_periods,
                null_values: stored.null_values,
            })
            .collect();
        stations.push(StationResult {
            id: station.id.clone(),
            distance_km: station.distance_km,
            within_radius: station.distance_km <= radius,
            p_adjusted,
            steps: all_steps(&station.prepare.gauges),
            series,
        });
    }
    let decay = decay(&stations, confidence);
    let (anomaly, verdict) = super::verdict::verdict(&stations, scores);
    let remarks = scores.remarks();
    Ok(NetworkResult { stations, inflection, decay, anomaly, verdict, remarks })
}

/// I(r) = A·r^(−b) of the primary series' excess; `None` where the stations do not allow a fit.
fn decay(stations: &[StationResult], confidence: f64) -> Option<PowerLawFit> {
    let mut distance = Vec::new();
    let mut excess = Vec::new();
    let mut error = Vec::new();
    for station in stations {
        let found = &station.primary()?.analysis.excess;
        if station.distance_km > 0.0 && found.standard_error > 0.0 {
            distance.push(station.distance_km);
            excess.push(found.number);
            error.push(found.standard_error);
        }
    }
    // Two stations on one circle, or one station, have no decay: that is no error of the run.
    sigmoid_stats::power_law(&distance, &excess, &error, confidence).ok()
}
