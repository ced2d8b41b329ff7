use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::analysis_config::AnalysisConfig;
use crate::counts::{DailyCounts, days_between};
use crate::error::{Result, StatsError, check_length};

/// The record taken apart: the days under test and the days they are judged by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Split {
    /// Index of the window's first day.
    pub(crate) start: usize,
    /// Whether each day of the window has a count.
    pub(crate) observed: Vec<bool>,
    /// Indices of the observed quiet days, rising.
    pub(crate) quiet: Vec<usize>,
}

impl Split {
    /// The window that ends before the event's UTC day; quiet is what the caller allows (all days
    /// by default) outside the window and the event's day.
    pub(crate) fn before_event(
        counts: &DailyCounts,
        event: Timestamp,
        quiet: Option<&[bool]>,
        config: &AnalysisConfig,
    ) -> Result<Split> {
        if let Some(quiet) = quiet {
            check_length("quiet", quiet.len(), counts.len(), "day of the counts")?;
        }
        let event_day = utc_day(event);
        let start = window_start(counts, event_day, config.window_days)?;
        // The event itself shakes instruments: its day is neither window nor quiet.
        let tested = start..start + config.window_days + 1;
        let allowed = |i: usize| !tested.contains(&i) && quiet.is_none_or(|q| q[i]);
        Split::new(counts, start, config, allowed)
    }

    /// The window of the configured length from day `start`, judged by the allowed days.
    pub(crate) fn new(
        counts: &DailyCounts,
        start: usize,
        config: &AnalysisConfig,
        allowed: impl Fn(usize) -> bool,
    ) -> Result<Split> {
        let all = counts.as_slice();
        let window = start..start + config.window_days;
        let observed: Vec<bool> = all[window.clone()].iter().map(Option::is_some).collect();
        let seen = observed.iter().filter(|o| **o).count();
        let needed = config.days_needed();
        if seen < needed {
            let window_days = config.window_days;
            return Err(StatsError::WindowCoverage { observed: seen, window_days, needed });
        }
        let quiet: Vec<usize> = (0..all.len())
            .filter(|i| all[*i].is_some() && !window.contains(i) && allowed(*i))
            .collect();
        if quiet.len() < config.min_quiet_days {
            let (needed, got) = (config.min_quiet_days, quiet.len());
            return Err(StatsError::TooFewQuietDays { needed, got });
        }
        Ok(Split { start, observed, quiet })
    }

    /// The window's counts.
    pub(crate) fn window<'a>(&self, counts: &'a DailyCounts) -> &'a [Option<f64>] {
        &counts.as_slice()[self.start..self.start + self.observed.len()]
    }
}

/// Days from 00:00 UTC of a day to a time.
pub(crate) fn days_to(day: Date, time: Timestamp) -> f64 {
    let clock = TimeZone::UTC.to_datetime(time);
    let whole = days_between(day, clock.date()) as f64;
    let hours = i32::from(clock.hour());
    let minutes = 60 * hours + i32::from(clock.minute());
    let seconds = f64::from(60 * minutes + i32::from(clock.second()));
    whole + (seconds + f64::from(clock.subsec_nanosecond()) * 1e-9) / 86_400.0
}

pub(crate) fn utc_day(time: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(time).date()
}

/// Index of the first of the `window_days` days before the event's day.
pub(crate) fn window_start(
    counts: &DailyCounts,
    event_day: Date,
    window_days: usize,
) -> Result<usize> {
    let after_end = days_between(counts.first_day(), event_day);
    usize::try_from(after_end)
        .ok()
        .filter(|end| *end <= counts.len())
        .and_then(|end| end.checked_sub(window_days))
        .ok_or_else(|| StatsError::EventOutsideRecord {
            event_day,
            window_days,
            first_day: counts.first_day(),
            last_day: counts.last_day(),
        })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn record(days: usize) -> DailyCounts {
        let counts = (0..days).map(|i| (i % 10 != 3).then_some(i as f64)).collect();
        DailyCounts::new(date(2022, 1, 1), counts).unwrap()
    }

    #[test]
    fn the_window_ends_before_the_event_s_day_and_shares_no_day_with_the_quiet_ones() {
        let counts = record(400);
        let config = AnalysisConfig::default().with_window_days(50);
        // 2022-11-11 is day 314.
        for time in ["2022-11-11T00:00:00Z", "2022-11-11T23:59:59Z"] {
            let split = Split::before_event(&counts, time.parse().unwrap(), None, &config).unwrap();
            assert_eq!(split.start, 264);
            assert_eq!(split.observed.len(), 50);
            assert_eq!(split.quiet.len(), 400 - 40 - 45 - 1);
            assert!(split.quiet.iter().all(|i| !(264..=314).contains(i) && i % 10 != 3));
        }
    }

    /// Seconds of a timestamp before 1970 are rounded towards it, a clock's are not.
    #[test]
    fn a_fraction_of_a_second_moves_a_time_by_itself() {
        let days = |time: &str| days_to(date(1969, 10, 24), time.parse().unwrap());
        let whole = days("1969-12-31T23:59:59Z");
        assert_eq!(whole, 68.0 + 86_399.0 / 86_400.0);
        assert!((days("1969-12-31T23:59:59.5Z") - whole - 0.5 / 86_400.0).abs() < 1e-12);
        let after = days("1970-01-01T00:00:00.5Z");
        assert!((after - 69.0 - 0.5 / 86_400.0).abs() < 1e-12, "{after}");
    }

    #[test]
    fn only_allowed_days_are_quiet() {
        let counts = record(400);
        let config = AnalysisConfig::default().with_window_days(50);
        let allowed: Vec<bool> = (0..400).map(|i| i < 210).collect();
        let event = "2022-11-11T10:00:00Z".parse().unwrap();
        let split = Split::before_event(&counts, event, Some(&allowed), &config).unwrap();
        assert_eq!(split.quiet.len(), 189);
        let short = Split::before_event(&counts, event, Some(&allowed[1..]), &config);
        assert!(short.unwrap_err().to_string().contains("399 values where 400 are needed"));
    }

    #[test]
    fn a_window_outside_the_record_or_empty_is_refused() {
        let config = AnalysisConfig::default().with_window_days(50);
        let event = |time: &str| {
            Split::before_event(&record(400), time.parse().unwrap(), None, &config).unwrap_err()
        };
        for outside in ["2022-02-19T10:00:00Z", "2023-02-06T00:00:00Z", "2021-06-01T00:00:00Z"] {
            assert!(event(outside).to_string().contains("is not inside the record"), "{outside}");
        }
        let empty = DailyCounts::new(date(2022, 1, 1), vec![None; 400]).unwrap();
        let error =
            Split::before_event(&empty, "2022-11-11T10:00:00Z".parse().unwrap(), None, &config);
        assert!(matches!(error, Err(StatsError::WindowCoverage { observed: 0, .. })));
    }

    #[test]
    fn an_event_on_the_day_after_the_last_is_inside() {
        let config = AnalysisConfig::default().with_window_days(50);
        let event = "2023-02-05T12:00:00Z".parse().unwrap(); // day 400 of a record of 400 days
        assert_eq!(Split::before_event(&record(400), event, None, &config).unwrap().start, 350);
    }
}
