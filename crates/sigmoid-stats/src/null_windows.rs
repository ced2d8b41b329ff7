use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::counts::DailyCounts;
use crate::error::{Result, StatsError, check_at_least, check_finite, check_length};
use crate::null::{EmpiricalP, Statistics, empirical_p};
use crate::split::{Split, utc_day, window_start};

/// A past earthquake near a station, for [`quiet_mask`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NearbyEvent {
    /// Its day, as an index into the record; it may lie outside.
    pub day: i64,
    /// Its distance from the station, km.
    pub distance_km: f64,
}

impl NearbyEvent {
    /// An event on a day at a distance.
    pub fn new(day: i64, distance_km: f64) -> Self {
        NearbyEvent { day, distance_km }
    }
}

/// Days of a record that are away from every event: neither within `before` days before one (what
/// could be its precursor) nor within `after` days after it, for events up to `radius_km` away.
///
/// ```
/// use sigmoid_stats::{NearbyEvent, quiet_mask};
///
/// let events = [NearbyEvent::new(5, 80.0), NearbyEvent::new(1, 900.0)];
/// let quiet = quiet_mask(9, &events, 300.0, 2, 1)?;
/// assert_eq!(quiet, [true, true, true, false, false, false, false, true, true]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// A distance that is not finite, a radius that is not positive.
pub fn quiet_mask(
    days: usize,
    events: &[NearbyEvent],
    radius_km: f64,
    before: usize,
    after: usize,
) -> Result<Vec<bool>> {
    check_finite("distance_km", &events.iter().map(|e| e.distance_km).collect::<Vec<_>>())?;
    if radius_km.is_nan() || radius_km <= 0.0 {
        return Err(StatsError::setting("radius_km", radius_km, "positive"));
    }
    let near: Vec<i64> =
        events.iter().filter(|e| e.distance_km <= radius_km).map(|e| e.day).collect();
    let quiet = |day: usize| {
        let day = day as i64;
        near.iter().all(|event| {
            !(event.saturating_sub(before as i64)..=event.saturating_add(after as i64))
                .contains(&day)
        })
    };
    Ok((0..days).map(quiet).collect())
}

/// The statistics of windows of the record itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NullWindows {
    /// First day of each window, as an index into the record.
    pub starts: Vec<usize>,
    /// p of the event's window among them by the primary statistic.
    pub statistic: EmpiricalP,
    /// The same by the Ratio.
    pub ratio: EmpiricalP,
    /// The same by R² of the sigmoid.
    pub r2: EmpiricalP,
    /// Whether any two windows share a day. Overlapping windows are no independent draws: in
    /// simulations p ≤ 0.05 came two to three times too often.
    pub overlapping: bool,
}

/// How windows are drawn from the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WindowDraw {
    /// Random windows that share no day; as many as asked for and as fit.
    Disjoint,
    /// Windows before random times, as if the event had been then (shuffled event times); they
    /// may overlap.
    EventTimes,
}

/// Compares the event's window with windows before random quiet times of the same record.
///
/// Each window is judged by the quiet days outside it and outside the event's. `quiet` as in
/// [`analyze`](crate::analyze), for example from [`quiet_mask`].
///
/// # Errors
/// As [`analyze`](crate::analyze), and a record without room for one window.
pub fn null_windows(
    counts: &DailyCounts,
    event: Timestamp,
    quiet: Option<&[bool]>,
    config: &AnalysisConfig,
    draw: WindowDraw,
    windows: usize,
    seed: u64,
) -> Result<NullWindows> {
    config.validate()?;
    if let Some(quiet) = quiet {
        check_length("quiet", quiet.len(), counts.len(), "day of the counts")?;
    }
    check_at_least("windows", windows, 1)?;
    let start = window_start(counts, utc_day(event), config.window_days)?;
    let tested = start..start + config.window_days + 1;
    let allowed = |i: usize| !tested.contains(&i) && quiet.is_none_or(|q| q[i]);
    let starts = draw_starts(counts, config, &allowed, draw, windows, seed);
    check_at_least("quiet windows of the record", starts.len(), 1)?;
    let filled = Background::filled(counts);
    let of = |start: usize| {
        let split = Split::new(counts, start, config, allowed)?;
        Ok(Statistics::new(counts.len(), &split, config)?.of(&filled))
    };
    let own = of(start)?;
    let all = starts.par_iter().map(|&s| of(s)).collect::<Result<Vec<_>>>()?;
    let p = |value: fn(&crate::null::Values) -> f64| {
        empirical_p(value(&own), &all.iter().map(value).collect::<Vec<_>>())
    };
    let mut sorted = starts.clone();
    sorted.sort_unstable();
    Ok(NullWindows {
        statistic: p(|v| v.filter),
        ratio: p(|v| v.ratio),
        r2: p(|v| v.r2),
        overlapping: sorted.windows(2).any(|pair| pair[1] < pair[0] + config.window_days),
        starts,
    })
}

fn draw_starts(
    counts: &DailyCounts,
    config: &AnalysisConfig,
    allowed: &impl Fn(usize) -> bool,
    draw: WindowDraw,
    windows: usize,
    seed: u64,
) -> Vec<usize> {
    let days = counts.as_slice();
    let fits = |start: &usize| {
        let mut window = *start..*start + config.window_days;
        let observed = days[window.clone()].iter().flatten().count();
        window.all(allowed) && observed >= config.days_needed()
    };
    let last = days.len().saturating_sub(config.window_days);
    let mut free: Vec<usize> = (0..=last).filter(fits).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut starts = Vec::new();
    while starts.len() < windows && !free.is_empty() {
        let start = free[rng.random_range(0..free.len())];
        starts.push(start);
        if draw == WindowDraw::Disjoint {
            free.retain(|s| s.abs_diff(start) >= config.window_days);
        }
    }
    starts
}

/// p of a decay with distance from an epicentre among random epicentres: how often do stations
/// seem to decay from a place where nothing happened?
///
/// Statistic: minus the correlation of the excess with the logarithm of the distance. Epicentres
/// are drawn evenly from the circle of `radius_km` about the network's middle. `stations` and
/// `epicentre` are kilometres on a plane.
///
/// ```
/// let stations = [[0.0, 0.0], [50.0, 0.0], [0.0, 90.0], [200.0, 0.0], [0.0, 300.0], [90.0, 90.0]];
/// let excess = [90.0, 60.0, 48.0, 22.0, 10.0, 40.0];
/// let p = sigmoid_stats::shifted_epicentres(&stations, &excess, [5.0, 5.0], 400.0, 999, 1)?;
/// assert!(p.p_value < 0.1);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Fewer than four stations, unequal lengths, values that are not finite, an excess that does not
/// vary, a radius that is not positive, fewer than 99 draws.
pub fn shifted_epicentres(
    stations: &[[f64; 2]],
    excess: &[f64],
    epicentre: [f64; 2],
    radius_km: f64,
    draws: usize,
    seed: u64,
) -> Result<EmpiricalP> {
    check_at_least("stations", stations.len(), 4)?;
    check_length("excess", excess.len(), stations.len(), "station")?;
    check_finite("station", &stations.concat())?;
    check_finite("excess", excess)?;
    check_finite("epicentre", &epicentre)?;
    if !(radius_km > 0.0 && radius_km.is_finite()) {
        return Err(StatsError::setting("radius_km", radius_km, "positive and finite"));
    }
    if draws < 99 {
        return Err(StatsError::setting("draws", draws, "99 or more"));
    }
    let n = stations.len() as f64;
    let middle = [0, 1].map(|k| stations.iter().map(|s| s[k]).sum::<f64>() / n);
    let mean = excess.iter().sum::<f64>() / n;
    if excess.iter().all(|e| *e == excess[0]) {
        return Err(StatsError::NoVariation { what: "the excess", value: excess[0] });
    }
    let decay = |place: [f64; 2]| {
        let x: Vec<f64> = stations
            .iter()
            .map(|s| (s[0] - place[0]).hypot(s[1] - place[1]).max(1e-3).ln())
            .collect();
        let x_mean = x.iter().sum::<f64>() / n;
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in x.iter().zip(excess) {
            xx += (x - x_mean).powi(2);
            xy += (x - x_mean) * (y - mean);
            yy += (y - mean).powi(2);
        }
        if xx > 0.0 { -xy / (xx * yy).sqrt() } else { 0.0 }
    };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let drawn: Vec<f64> = (0..draws)
        .map(|_| {
            let r = radius_km * rng.random::<f64>().sqrt();
            let angle = std::f64::consts::TAU * rng.random::<f64>();
            decay([middle[0] + r * angle.cos(), middle[1] + r * angle.sin()])
        })
        .collect();
    Ok(empirical_p(decay(epicentre), &drawn))
}

/// p of the event's window at one station among the same days at other stations, the `matched`
/// ones whose quiet days are most like its own (mean and spread of the counts, in logarithms).
///
/// What a region does at once (storms, an instrument update) is in all of them; what only this
/// station shows stands out. The smallest p is 1/(matched + 1).
///
/// # Errors
/// As [`analyze`](crate::analyze) for the station itself; fewer than `matched` other stations that
/// cover the days.
pub fn matched_stations(
    station: &DailyCounts,
    others: &[DailyCounts],
    event: Timestamp,
    config: &AnalysisConfig,
    matched: usize,
) -> Result<EmpiricalP> {
    config.validate()?;
    let of = |counts: &DailyCounts| -> Result<([f64; 2], f64)> {
        let split = Split::before_event(counts, event, None, config)?;
        let filled = Background::filled(counts);
        let quiet: Vec<f64> = split.quiet.iter().map(|&i| filled[i]).collect();
        let n = quiet.len() as f64;
        let mean = quiet.iter().sum::<f64>() / n;
        let spread = (quiet.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n).sqrt();
        let statistic = Statistics::new(counts.len(), &split, config)?.filter_of(&filled);
        Ok(([(mean + 0.5).ln(), (spread + 0.5).ln()], statistic))
    };
    let (own, value) = of(station)?;
    let mut found: Vec<(f64, f64)> = others
        .iter()
        .filter_map(|other| of(other).ok())
        .map(|(traits, value)| ((traits[0] - own[0]).hypot(traits[1] - own[1]), value))
        .collect();
    check_at_least("stations to match", found.len(), matched.max(1))?;
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let values: Vec<f64> = found.iter().take(matched.max(1)).map(|(_, value)| *value).collect();
    Ok(empirical_p(value, &values))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{CountProcess, plant_sigmoid};

    fn record(events: f64, seed: u64) -> DailyCounts {
        let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(1500, seed).unwrap();
        plant_sigmoid(&mut counts, events, 0.12, 1460.0, seed).unwrap();
        DailyCounts::new(date(2018, 1, 1), counts.into_iter().map(Some).collect()).unwrap()
    }

    fn event(counts: &DailyCounts) -> Timestamp {
        format!("{}T00:00:00Z", counts.date(counts.len())).parse().unwrap()
    }

    #[test]
    fn windows_keep_off_each_other_the_event_and_excluded_days() {
        let counts = record(200.0, 1);
        let events = [NearbyEvent::new(700, 10.0)];
        let quiet = quiet_mask(counts.len(), &events, 100.0, 100, 50).unwrap();
        let config = AnalysisConfig::default();
        let of = |draw| {
            null_windows(&counts, event(&counts), Some(&quiet), &config, draw, 30, 2).unwrap()
        };
        let disjoint = of(WindowDraw::Disjoint);
        assert!(!disjoint.overlapping && disjoint.starts.len() >= 3);
        for start in &disjoint.starts {
            assert!((*start..start + 180).all(|i| quiet[i] && i < 1320));
        }
        assert_eq!(disjoint.statistic.p_value, 1.0 / (1.0 + disjoint.starts.len() as f64));
        let times = of(WindowDraw::EventTimes);
        assert!(times.overlapping && times.starts.len() == 30);
        assert!(times.statistic.p_value < 0.05);
    }

    #[test]
    fn a_station_stands_out_among_its_like() {
        let others: Vec<DailyCounts> = (10..30).map(|seed| record(0.0, seed)).collect();
        let config = AnalysisConfig::default();
        let p = |events| {
            let counts = record(events, 1);
            matched_stations(&counts, &others, event(&counts), &config, 19).unwrap().p_value
        };
        assert_eq!(p(200.0), 0.05);
        assert!(p(0.0) > 0.05);
    }

    #[test]
    fn random_epicentres_are_even_for_excess_without_a_place() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let mut place = || [0, 1].map(|_| 200.0 * rng.random::<f64>());
        let stations: Vec<[f64; 2]> = (0..12).map(|_| place()).collect();
        let mut small = 0;
        for seed in 0..200u64 {
            let mut rng = ChaCha8Rng::seed_from_u64(1000 + seed);
            let excess: Vec<f64> = (0..12).map(|_| rng.random()).collect();
            let p = shifted_epicentres(&stations, &excess, [100.0, 100.0], 200.0, 99, seed);
            small += usize::from(p.unwrap().p_value <= 0.1);
        }
        // Binomial(200, 0.1) exceeds 36 with probability 2e-4. The middle is no random place, so
        // that the lower side is left open.
        assert!(small <= 36, "{small}");
        assert!(shifted_epicentres(&stations[..3], &[0.0; 3], [0.0; 2], 1.0, 99, 0).is_err());
    }
}
