use jiff::Timestamp;

use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::counts::DailyCounts;
use crate::error::{Result, StatsError, check_at_least};
use crate::marginal::Marginal;
use crate::null::{EmpiricalP, Statistics, empirical_p};
use crate::split::Split;

/// p of the event's window at one station among the same days at other stations, the `matched`
/// ones whose quiet days are most like its own (mean and spread of the counts, in logarithms).
///
/// What a region does at once (storms, an instrument update) is in all of them; what only this
/// station shows stands out. The smallest p is 1/(matched + 1).
///
/// # Errors
/// As [`analyze`](crate::analyze) for the station itself; fewer than `matched` other stations whose
/// records have the window and enough observed and quiet days (those that have not are left out);
/// whatever else is wrong with another station, by its index: [`StatsError::OtherStation`].
pub fn matched_stations(
    station: &DailyCounts,
    others: &[DailyCounts],
    event: Timestamp,
    config: &AnalysisConfig,
    matched: usize,
) -> Result<EmpiricalP> {
    let of = |statistics: &Statistics<'_>, counts: &[f64]| statistics.filter_of(counts);
    let (own, values) = matched_values(station, others, event, config, matched, of)?;
    Ok(empirical_p(own, &values))
}

/// What `of` gives of the station's record and of those of the matched ones.
pub(crate) fn matched_values<T: Copy>(
    station: &DailyCounts,
    others: &[DailyCounts],
    event: Timestamp,
    config: &AnalysisConfig,
    matched: usize,
    of: impl Fn(&Statistics<'_>, &[f64]) -> T,
) -> Result<(T, Vec<T>)> {
    config.validate()?;
    let of = |counts: &DailyCounts| -> Result<([f64; 2], T)> {
        let split = Split::before_event(counts, event, None, config)?;
        let filled = Background::filled(counts);
        let quiet: Vec<f64> = split.quiet.iter().map(|&i| filled[i]).collect();
        Marginal::new(&quiet)?; // refuses days that are all the same
        let n = quiet.len() as f64;
        let mean = quiet.iter().sum::<f64>() / n;
        let spread = (quiet.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n).sqrt();
        let value = of(&Statistics::new(counts.len(), &split, config)?, &filled);
        Ok(([(mean + 0.5).ln(), (spread + 0.5).ln()], value))
    };
    let (own, value) = of(station)?;
    let mut found: Vec<(f64, T)> = Vec::with_capacity(others.len());
    for (index, other) in others.iter().enumerate() {
        match of(other) {
            Ok((traits, value)) => {
                found.push(((traits[0] - own[0]).hypot(traits[1] - own[1]), value));
            }
            Err(error) if has_not_the_days(&error) => {}
            Err(error) => {
                return Err(StatsError::OtherStation { index, source: Box::new(error) });
            }
        }
    }
    check_at_least("stations to match", found.len(), matched.max(1))?;
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok((value, found.into_iter().take(matched.max(1)).map(|(_, value)| value).collect()))
}

/// A station that did not record when this one did is none to match; any other error is the caller's to
/// see.
fn has_not_the_days(error: &StatsError) -> bool {
    matches!(
        error,
        StatsError::EventOutsideRecord { .. }
            | StatsError::WindowCoverage { .. }
            | StatsError::TooFewQuietDays { .. }
            | StatsError::BlindFilter { .. }
    )
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
    fn stations_without_the_days_are_left_out_and_other_failures_are_told() {
        let station = record(0.0, 1);
        let at = event(&station);
        let config = AnalysisConfig::default();
        let all: Vec<DailyCounts> = (10..20).map(|seed| record(0.0, seed)).collect();
        let p = |others: &[DailyCounts]| matched_stations(&station, others, at, &config, 10);
        let with = |first: DailyCounts| [vec![first], all.clone()].concat();
        let days = |first_day, counts| DailyCounts::new(first_day, counts).unwrap();
        let start = station.first_day();

        // It ends before the event; it has the window and too few quiet days; the window is a gap.
        let values = station.as_slice();
        let ended = days(start, values[..900].to_vec());
        let began_late = days(station.date(1300), values[1300..].to_vec());
        let mut gap = values.to_vec();
        gap[1350..].fill(None);
        for short in [ended, began_late, days(start, gap)] {
            assert_eq!(p(&with(short)).unwrap(), p(&all).unwrap());
        }

        let still = days(start, vec![Some(2.0); station.len()]);
        let error = p(&with(still)).unwrap_err();
        assert!(error.to_string().starts_with("others[0]"), "{error}");
        let StatsError::OtherStation { index: 0, source } = error else { panic!("{error}") };
        assert!(matches!(*source, StatsError::NoVariation { .. }), "{source}");
    }
}
