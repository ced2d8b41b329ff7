use jiff::Timestamp;

use crate::analysis::{PeriodFit, Statistic, Window};
use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::counts::DailyCounts;
use crate::curve_fits::CurveFits;
use crate::error::{Result, check_length};
use crate::null::Statistics;
use crate::split::{Split, utc_day, window_start};

/// The figures of [`analyze`](crate::analyze) for every quiet period of the record: windows of
/// `window_days` days that overlap neither each other nor the event's window nor its day, and
/// that hold no day that `quiet` excludes, from the record's start on.
///
/// Each is judged by the quiet days outside it. They are for comparison with the event's window as
/// published; a record has too few of them for a p-value, which [`analyze`](crate::analyze) takes
/// from surrogates. A period with too few observed days is passed over.
///
/// # Errors
/// As [`analyze`](crate::analyze); a record without room for a period gives an empty list.
pub fn quiet_periods(
    counts: &DailyCounts,
    event: Timestamp,
    quiet: Option<&[bool]>,
    config: &AnalysisConfig,
) -> Result<Vec<PeriodFit>> {
    config.validate()?;
    if let Some(quiet) = quiet {
        check_length("quiet", quiet.len(), counts.len(), "day of the counts")?;
    }
    let start = window_start(counts, utc_day(event), config.window_days)?;
    let tested = start..start + config.window_days + 1;
    let allowed = |i: usize| !tested.contains(&i) && quiet.is_none_or(|q| q[i]);
    period_starts(counts, config, allowed)
        .into_iter()
        .map(|start| period(counts, start, config, allowed))
        .collect()
}

/// First days of the periods, each as early as the one before it lets it be.
fn period_starts(
    counts: &DailyCounts,
    config: &AnalysisConfig,
    allowed: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let days = counts.as_slice();
    let (mut starts, mut start) = (Vec::new(), 0);
    while start + config.window_days <= days.len() {
        let window = start..start + config.window_days;
        if let Some(excluded) = window.clone().rfind(|i| !allowed(*i)) {
            start = excluded + 1;
        } else if days[window.clone()].iter().flatten().count() < config.days_needed() {
            start += 1;
        } else {
            starts.push(start);
            start = window.end;
        }
    }
    starts
}

fn period(
    counts: &DailyCounts,
    start: usize,
    config: &AnalysisConfig,
    allowed: impl Fn(usize) -> bool,
) -> Result<PeriodFit> {
    let split = Split::new(counts, start, config, allowed)?;
    let fits = CurveFits::new(split.window(counts), &config.sigmoid)?;
    let background = Background::filled(counts);
    let value = Statistics::new(counts.len(), &split, config)?.filter_of(&background);
    Ok(PeriodFit {
        window: Window::of(counts, &split),
        sigmoid: fits.sigmoid,
        line: fits.line,
        ratio: fits.ratio,
        delta_aicc: fits.delta_aicc,
        bound: fits.bound,
        statistic: Statistic::matched_filter(value),
    })
}
