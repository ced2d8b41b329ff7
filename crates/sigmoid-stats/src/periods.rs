use jiff::Timestamp;

use crate::analysis::{PeriodFit, Statistic, Window};
use crate::analysis_config::AnalysisConfig;
use crate::counts::DailyCounts;
use crate::error::{Result, StatsError, check_length};
use crate::judge::Judgement;
use crate::reliability::interval_claimed;
use crate::split::{Split, utc_day, window_start};

/// The figures of [`analyze`](crate::analyze) for every quiet period of the record: windows of
/// `window_days` days that overlap neither each other nor the event's window nor its day, and
/// that hold no day that `quiet` excludes, from the record's start on.
///
/// Each is judged as the event's window is, by the quiet days outside it: those after it too, which
/// is no claim about what could have been said at the time. They show what the method says where
/// there is nothing to find; they are too few to be a null distribution. A period with too few
/// observed days, or none where the filter searches, or that leaves too few quiet ones (for blocks of
/// the length asked for, too), is passed over.
///
/// # Errors
/// As [`analyze`](crate::analyze); a record without room for a period gives an empty list.
pub fn quiet_periods(
    counts: &DailyCounts,
    event: Timestamp,
    quiet: Option<&[bool]>,
    config: &AnalysisConfig,
    seed: u64,
) -> Result<Vec<PeriodFit>> {
    config.validate()?;
    if let Some(quiet) = quiet {
        check_length("quiet", quiet.len(), counts.len(), "day of the counts")?;
    }
    let start = window_start(counts, utc_day(event), config.window_days)?;
    let tested = start..start + config.window_days + 1;
    let allowed = |i: usize| !tested.contains(&i) && quiet.is_none_or(|q| q[i]);
    let seen = |i: &usize| counts.as_slice()[*i].is_some();
    config.null.check_days((0..counts.len()).filter(|i| allowed(*i)).filter(seen).count())?;
    let mut periods = Vec::new();
    for (index, start) in period_starts(counts, config, allowed).into_iter().enumerate() {
        let seed = seed.wrapping_add(1 + index as u64);
        let split = Split::new(counts, start, config, allowed);
        match split.and_then(|split| period(counts, &split, config, seed)) {
            Ok(period) => periods.push(period),
            Err(
                StatsError::TooFewQuietDays { .. }
                | StatsError::BlindFilter { .. }
                | StatsError::BlockTooLong { .. },
            ) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(periods)
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
    split: &Split,
    config: &AnalysisConfig,
    seed: u64,
) -> Result<PeriodFit> {
    let judged = Judgement::new(counts, split, config, config.period_draws, seed)?;
    let inflection_claimed = interval_claimed(&judged, split.quiet.len());
    let Judgement { fits, p, rate, .. } = judged;
    let end = config.window_days as f64;
    Ok(PeriodFit {
        window: Window::of(counts, split),
        sigmoid: fits.sigmoid,
        line: fits.line,
        ratio: fits.ratio,
        delta_aicc: fits.delta_aicc,
        bound: fits.bound,
        inflection_days_before_end: rate.as_ref().map(|r| end - r.c),
        inflection_interval: rate.as_ref().map(|r| [end - r.c_interval[1], end - r.c_interval[0]]),
        inflection_claimed,
        statistic: Statistic::matched_filter(judged.values.filter),
        p_value: p.p_value,
        p_value_error: p.error,
        ratio_p_value: judged.ratio_p.p_value,
    })
}
