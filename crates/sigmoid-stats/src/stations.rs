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
/// Each record has its `quiet` beside it, as in [`analyze`](crate::analyze), for example from
/// [`quiet_mask`](crate::quiet_mask): an earthquake near one station is not near all of them.
///
/// ```
/// use jiff::civil::date;
/// use sigmoid_stats::{AnalysisConfig, CountProcess, DailyCounts, matched_stations, plant_sigmoid};
///
/// let record = |events: f64, seed| {
///     let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(720, seed)?;
///     plant_sigmoid(&mut counts, events, 0.15, 680.0, seed)?;
///     counts[300..310].fill(90.0); // another earthquake
///     DailyCounts::new(date(2021, 1, 1), counts.into_iter().map(Some).collect())
/// };
/// let quiet: Vec<bool> = (0..720).map(|day| !(300..310).contains(&day)).collect();
/// let station = record(200.0, 1)?;
/// let others: Vec<DailyCounts> = (10..19).map(|seed| record(0.0, seed)).collect::<Result<_, _>>()?;
/// let others: Vec<_> = others.iter().map(|counts| (counts, Some(quiet.as_slice()))).collect();
/// let event = "2022-12-22T04:00:00Z".parse().unwrap();
/// let config = AnalysisConfig::default();
/// let p = matched_stations((&station, Some(&quiet)), &others, event, &config, 9)?;
/// assert_eq!(p.p_value, 0.1);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// As [`analyze`](crate::analyze) for the station itself; `matched` = 0; fewer than `matched` other stations
/// whose records have the window and enough observed and quiet days (those that have not are left out);
/// whatever else is wrong with another station, by its index: [`StatsError::OtherStation`].
pub fn matched_stations(
    station: (&DailyCounts, Option<&[bool]>),
    others: &[(&DailyCounts, Option<&[bool]>)],
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
    station: (&DailyCounts, Option<&[bool]>),
    others: &[(&DailyCounts, Option<&[bool]>)],
    event: Timestamp,
    config: &AnalysisConfig,
    matched: usize,
    of: impl Fn(&Statistics<'_>, &[f64]) -> T,
) -> Result<(T, Vec<T>)> {
    config.validate()?;
    if matched == 0 {
        return Err(StatsError::setting("matched", matched, "1 or more"));
    }
    let of = |(counts, quiet): (&DailyCounts, Option<&[bool]>)| -> Result<([f64; 2], T)> {
        let split = Split::before_event(counts, event, quiet, config)?;
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
        match of(*other) {
            Ok((traits, value)) => {
                found.push(((traits[0] - own[0]).hypot(traits[1] - own[1]), value));
            }
            Err(error) if has_not_the_days(&error) => {}
            Err(error) => {
                return Err(StatsError::OtherStation { index, source: Box::new(error) });
            }
        }
    }
    check_at_least("stations to match", found.len(), matched)?;
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok((value, found.into_iter().take(matched).map(|(_, value)| value).collect()))
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

    fn all_quiet(records: &[DailyCounts]) -> Vec<(&DailyCounts, Option<&[bool]>)> {
        records.iter().map(|counts| (counts, None)).collect()
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
            let others = all_quiet(&others);
            matched_stations((&counts, None), &others, event(&counts), &config, 19).unwrap().p_value
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
        let p = |others: &[DailyCounts]| {
            matched_stations((&station, None), &all_quiet(others), at, &config, 10)
        };
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

    /// Days that a mask leaves out have no say, at the station itself and at each of the others.
    #[test]
    fn excluded_days_are_not_quiet() {
        let plain: Vec<DailyCounts> = (1..8).map(|seed| record(60.0, seed)).collect();
        let shake = |counts: &DailyCounts| {
            let mut values = counts.as_slice().to_vec();
            values[500..520].fill(Some(200.0));
            DailyCounts::new(counts.first_day(), values).unwrap()
        };
        let shaken: Vec<DailyCounts> = plain.iter().map(shake).collect();
        let quiet: Vec<bool> = (0..1500).map(|day| !(500..520).contains(&day)).collect();
        let values = |records: &[DailyCounts], quiet: Option<&[bool]>| {
            let all: Vec<_> = records.iter().map(|counts| (counts, quiet)).collect();
            let of = |statistics: &Statistics<'_>, counts: &[f64]| statistics.filter_of(counts);
            let config = AnalysisConfig::default();
            matched_values(all[0], &all[1..], event(&plain[0]), &config, 6, of).unwrap()
        };
        let (own, others) = values(&shaken, Some(&quiet));
        assert_eq!((own, others.clone()), values(&plain, Some(&quiet)));
        let (unmasked, unmasked_others) = values(&shaken, None);
        assert!(own > 2.0 * unmasked, "{own} {unmasked}");
        assert!(others.iter().all(|value| !unmasked_others.contains(value)));
    }

    #[test]
    fn a_mask_of_another_length_and_no_station_to_match_are_refused() {
        let records: Vec<DailyCounts> = (1..4).map(|seed| record(0.0, seed)).collect();
        let short = [true; 30];
        let p = |own, other, matched| {
            let others = [(&records[1], None), (&records[2], other)];
            let config = AnalysisConfig::default();
            matched_stations((&records[0], own), &others, event(&records[0]), &config, matched)
        };
        assert!(p(None, None, 2).is_ok());
        assert!(matches!(p(Some(&short), None, 2), Err(StatsError::Length { got: 30, .. })));
        let other = p(None, Some(&short), 2).unwrap_err();
        assert!(matches!(other, StatsError::OtherStation { index: 1, .. }), "{other}");
        let none = p(None, None, 0).unwrap_err();
        assert!(matches!(none, StatsError::Setting { name: "matched", .. }), "{none}");
    }
}
