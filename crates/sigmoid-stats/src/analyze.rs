use jiff::Timestamp;

use crate::analysis::{Analysis, Statistic, Window};
use crate::analysis_config::AnalysisConfig;
use crate::common_inflection::InflectionProfile;
use crate::counts::DailyCounts;
use crate::error::Result;
use crate::judge::Judgement;
use crate::reliability::{interval_claimed, warnings};
use crate::split::{Split, days_to};

/// Tests the window before an event against what the station's quiet days do by chance.
///
/// The window is the `window_days` UTC days that end before the event's day. `quiet` says for each
/// day of the record whether it may be used for background and null distribution (`None`: every
/// day); the window's days, the event's day and unobserved days never are.
///
/// - Primary statistic: the largest excess of daily counts under a bank of sigmoid rates
///   ([`FilterGrid`](crate::FilterGrid)), in units of the quiet days' own filtered spread.
/// - Null: whole records of a rate with a fast and a slow memory beside noise, whose shares and times are
///   uncertain as far as the quiet days leave them so, counted with Poisson noise and given the
///   quiet days' distribution of counts. Every draw goes through the same computation as the data, gaps included.
/// - p: the share of the draws, mapped to what it is worth where counts remember
///   ([`detect`](crate::detect)).
/// - Inflection, excess and their intervals: likelihood of the daily counts, a build-up beside the same
///   [`Baseline`](crate::Baseline) that the test takes out, both fitted to quiet days and window together.
///   What quiet days scatter beyond Poisson is theirs, a build-up adds Poisson events; the errors know the
///   counts' autocorrelation, and a scatter that is larger still.
/// - Sigmoid, line, Ratio and ΔAICc of the cumulative curve as published, the Ratio with its p
///   from the same draws.
///
/// Results depend on `seed`, not on the number of threads. Cost: about 0.15 ms a draw for three
/// years of days.
///
/// ```
/// use jiff::civil::date;
/// use sigmoid_stats::{AnalysisConfig, CountProcess, DailyCounts, analyze, plant_sigmoid};
///
/// let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(720, 1)?;
/// plant_sigmoid(&mut counts, 150.0, 0.15, 720.0 - 40.0, 2)?; // turns 40 days before the end
/// let counts = DailyCounts::new(date(2021, 1, 1), counts.into_iter().map(Some).collect())?;
/// let event = "2022-12-22T04:00:00Z".parse().unwrap(); // the day after the record's last
/// let config = AnalysisConfig::default().with_null_draws(499);
/// let found = analyze(&counts, event, None, &config, 7)?;
/// assert!(found.p_value < 0.01);
/// let [low, high] = found.inflection_interval.unwrap();
/// assert!(low < 40.0 && 40.0 < high);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Settings out of range; a window that is not inside the record; too few observed days in the
/// window or outside it; quiet days that are all the same; blocks of more than a third of the quiet days.
///
/// # References
/// Theiler et al. 1992, Physica D 58, 77–94 (surrogates); Davison & Hinkley 1997, §4.2 (p-values);
/// Sykulski et al. 2019, Biometrika 106, 251–266 (likelihood of the memory); White 1982 (errors).
pub fn analyze(
    counts: &DailyCounts,
    event: Timestamp,
    quiet: Option<&[bool]>,
    config: &AnalysisConfig,
    seed: u64,
) -> Result<Analysis> {
    config.validate()?;
    let split = Split::before_event(counts, event, quiet, config)?;
    let window = Window::of(counts, &split);
    let judged = Judgement::new(counts, &split, config, config.null_draws, seed)?;
    let Judgement { fits, background, p, ratio_p, rate, .. } = &judged;
    let event_time = days_to(window.first_day, event);
    let (days, gain) = judged.profile.iter().map(|(c, gain)| (event_time - c, *gain)).unzip();
    Ok(Analysis {
        window,
        sigmoid: fits.sigmoid,
        line: fits.line,
        ratio: fits.ratio,
        delta_aicc: fits.delta_aicc,
        bound: fits.bound,
        inflection_days_before_event: rate.as_ref().map(|r| event_time - r.c),
        inflection_interval: rate
            .as_ref()
            .map(|r| [event_time - r.c_interval[1], event_time - r.c_interval[0]]),
        inflection_claimed: interval_claimed(&judged, split.quiet.len()),
        statistic: Statistic::matched_filter(judged.values.filter),
        p_value: p.p_value,
        p_value_error: p.error,
        drawn_p_value: judged.drawn_p.p_value,
        ratio_p_value: ratio_p.p_value,
        ratio_p_value_error: ratio_p.error,
        r2_p_value: judged.r2_p.p_value,
        unsupported_p_value: (*p != judged.raw_p).then_some(judged.raw_p.p_value),
        independent_days: judged.independent_days,
        null_windows: config.null_draws,
        quiet_days: split.quiet.len(),
        background_mean: background.mean,
        excess: judged.excess,
        rate: rate.clone(),
        null: judged.draws.summary(&background.posterior),
        warnings: warnings(&window, &judged, &split, config),
        null_values: judged.draws.filter,
        inflection_profile: InflectionProfile::new(days, gain)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::strategies;

    /// Noon of the day after the record's last.
    fn event(counts: &DailyCounts) -> Timestamp {
        let day = counts.date(counts.len());
        format!("{day}T12:00:00Z").parse().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn every_figure_is_in_its_range(counts in strategies::daily_counts(), seed: u64) {
            let config = AnalysisConfig::default().with_null_draws(99);
            let a = analyze(&counts, event(&counts), None, &config, seed).unwrap();
            prop_assert_eq!(a.window.last_day, counts.last_day());
            prop_assert!(a.p_value >= 0.01 && a.p_value <= 1.0);
            prop_assert!(a.ratio >= 1.0 - 1e-9 && a.ratio.is_finite());
            prop_assert!(a.sigmoid.r2 <= 1.0 && a.sigmoid.r2 >= a.line.r2 - 1e-9);
            prop_assert!(a.null_values.iter().all(|v| v.is_finite()));
            prop_assert!(a.null.statistic_percentiles.is_sorted());
            prop_assert!(a.excess.number >= 0.0 && a.excess.standard_error > 0.0);
            if let (Some(days), Some([low, high])) =
                (a.inflection_days_before_event, a.inflection_interval)
            {
                prop_assert!(low <= days && days <= high);
            }
        }
    }
}
