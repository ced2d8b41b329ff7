//! `analyze` as a whole: what it must find, what it must not, and what it must refuse.

// A helper that cannot make its input has failed its test.
#![allow(clippy::unwrap_used)]

use jiff::{Timestamp, civil::date};
use sigmoid_stats::{
    Analysis, AnalysisConfig, CountProcess, DailyCounts, InflectionProfile, StatsError, analyze,
    plant_sigmoid, quiet_periods,
};

/// Midnight after the last of `days` days from 2020-01-01.
fn event(days: usize) -> Timestamp {
    let first: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    Timestamp::from_second(first.as_second() + 86_400 * days as i64).unwrap()
}

fn record(counts: Vec<f64>) -> DailyCounts {
    DailyCounts::new(date(2020, 1, 1), counts.into_iter().map(Some).collect()).unwrap()
}

fn run(counts: &DailyCounts, draws: usize, seed: u64) -> Analysis {
    let config = AnalysisConfig::default().with_null_draws(draws);
    analyze(counts, event(counts.len()), None, &config, seed).unwrap()
}

/// The simulation of the design's last fact: mean 4, 720 days, 120 events, 37 days before.
fn planted(events: f64, seed: u64) -> DailyCounts {
    let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(720, seed).unwrap();
    plant_sigmoid(&mut counts, events, 0.12, 720.0 - 37.0, seed + 1000).unwrap();
    record(counts)
}

#[test]
fn a_planted_build_up_is_found_and_dated() {
    let found: Vec<Analysis> = (0..40).map(|seed| run(&planted(120.0, seed), 199, seed)).collect();
    let share = |what: &dyn Fn(&Analysis) -> bool| found.iter().filter(|a| what(a)).count();
    // Detection in 94 % or more, dating within five days in 89 %, intervals of 95 %: with fewer
    // than 33, 30 and 33 of 40 each of these would be refuted at a level below 0.5 %.
    assert!(share(&|a| a.p_value <= 0.01) >= 33);
    assert!(share(&|a| (a.inflection_days_before_event.unwrap() - 37.0).abs() <= 5.0) >= 30);
    assert!(
        share(&|a| {
            let [low, high] = a.inflection_interval.unwrap();
            low <= 37.0 && 37.0 <= high
        }) >= 33
    );
    let mean_excess = found.iter().map(|a| a.excess.number).sum::<f64>() / 40.0;
    // Nearly all of the 120 lie in the window; one estimate is good to about 25.
    assert!((mean_excess - 119.0).abs() < 15.0, "{mean_excess}");
}

#[test]
fn quiet_records_give_even_p_values() {
    let n = 100;
    let p: Vec<f64> = (0..n).map(|seed| run(&planted(0.0, seed), 99, seed).p_value).collect();
    // Binomial(100, 0.05), (100, 0.5): each bound is passed with probability below 1e-3.
    let at_most = |level: f64| p.iter().filter(|p| **p <= level + 1e-9).count();
    assert!(at_most(0.05) <= 13, "{}", at_most(0.05));
    assert!((34..=66).contains(&at_most(0.5)), "{}", at_most(0.5));
}

#[test]
fn slow_rates_do_not_pass_for_build_ups() {
    let process = CountProcess::LatentAr { mean: 4.0, sigma: 0.5, rho: 0.9 };
    let n = 60;
    let small = (0..n)
        .filter(|&seed| run(&record(process.draw(1095, seed).unwrap()), 99, seed).p_value <= 0.05)
        .count();
    // Were the true share 6 %, ten or more of 60 would come up with probability below 0.4 %.
    assert!(small <= 10, "{small}");
}

#[test]
fn json_has_the_command_s_keys_and_comes_back() {
    let mut analysis = run(&planted(120.0, 3), 199, 3);
    let json = serde_json::to_value(&analysis).unwrap();
    for key in [
        "sigmoid",
        "line",
        "ratio",
        "delta_aicc",
        "inflection_days_before_event",
        "inflection_interval",
        "statistic",
        "p_value",
        "ratio_p_value",
        "null_windows",
    ] {
        assert!(json.get(key).is_some_and(|v| !v.is_null()), "{key}");
    }
    for (of, keys) in [
        ("sigmoid", &["a", "b", "c", "d", "r2"][..]),
        ("line", &["slope", "intercept", "r2"]),
        ("statistic", &["name", "value"]),
        ("excess", &["number", "standard_error", "interval"]),
    ] {
        assert!(keys.iter().all(|key| json[of].get(key).is_some()), "{of}");
    }
    assert_eq!(analysis.null_values.len(), 199);
    assert_eq!(analysis.null.statistic_percentiles.len(), 101);
    let back: Analysis = serde_json::from_str(&serde_json::to_string(&analysis).unwrap()).unwrap();
    // What is not written: one gain for each day from 150 to 5 before the event.
    assert_eq!(analysis.inflection_profile.gain().len(), 146);
    analysis.null_values.clear();
    analysis.inflection_profile = InflectionProfile::default();
    assert_eq!(back, analysis);
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let counts = planted(60.0, 9);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&counts, 150, 9))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn windows_without_anything_to_judge_are_refused() {
    let config = AnalysisConfig::default();
    let refuse = |counts: DailyCounts, days: usize| {
        analyze(&counts, event(days), None, &config, 0).unwrap_err()
    };
    let constant = refuse(record(vec![3.0; 700]), 700);
    assert!(matches!(constant, StatsError::NoVariation { value: 3.0, .. }), "{constant}");
    let zero = refuse(record(vec![0.0; 700]), 700);
    assert!(matches!(zero, StatsError::NoVariation { value: 0.0, .. }), "{zero}");
    let short = refuse(record(vec![3.0; 200]), 200);
    assert!(matches!(short, StatsError::TooFewQuietDays { got: 20, .. }), "{short}");
    let tiny = refuse(record(vec![3.0; 5]), 5);
    assert!(matches!(tiny, StatsError::EventOutsideRecord { .. }), "{tiny}");
    let late = refuse(record(vec![3.0; 700]), 701);
    assert!(late.to_string().contains("from 2020-01-01 to 2021-11-30"), "{late}");
}

#[test]
fn a_window_of_zeros_after_a_busy_record_has_no_excess() {
    let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(720, 2).unwrap();
    counts[540..].fill(0.0);
    let analysis = run(&record(counts), 199, 2);
    assert!(analysis.p_value > 0.9, "{}", analysis.p_value);
    assert_eq!((analysis.rate, analysis.inflection_days_before_event), (None, None));
    assert_eq!((analysis.ratio, analysis.sigmoid.a, analysis.excess.number), (1.0, 0.0, 0.0));
}

#[test]
fn a_record_of_rare_counts_stays_finite() {
    let mut counts = vec![0.0; 720];
    [40, 200, 333, 610].iter().for_each(|&i| counts[i] = 1.0);
    let analysis = run(&record(counts), 199, 4);
    assert!(analysis.null_values.iter().all(|v| v.is_finite()));
    assert!(analysis.p_value > 0.05);
}

#[test]
fn days_named_as_not_quiet_are_left_out() {
    let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(900, 6).unwrap();
    let allowed: Vec<bool> = (0..900).map(|i| !(100..200).contains(&i)).collect();
    counts[100..200].iter_mut().for_each(|y| *y += 40.0);
    let counts = record(counts);
    let config = AnalysisConfig::default().with_null_draws(199);
    let with = analyze(&counts, event(900), Some(&allowed), &config, 1).unwrap();
    assert_eq!(with.quiet_days, 620);
    assert!((with.background_mean - 4.0).abs() < 0.4);
    assert!(run(&counts, 199, 1).background_mean > 8.0);
    let periods = quiet_periods(&counts, event(900), Some(&allowed), &config, 3).unwrap();
    let starts: Vec<String> = periods.iter().map(|p| p.window.first_day.to_string()).collect();
    assert_eq!(starts, ["2020-07-19", "2021-01-15"]); // days 200 and 380
}

#[test]
fn quiet_periods_overlap_neither_each_other_nor_the_window() {
    let counts = planted(120.0, 5);
    let config = AnalysisConfig::default().with_window_days(90);
    let periods = quiet_periods(&counts, event(500), None, &config, 3).unwrap();
    // Four periods of 90 days before day 410, two after day 500, the event's own.
    assert_eq!(periods.len(), 6);
    for pair in periods.windows(2) {
        assert!(pair[0].window.last_day < pair[1].window.first_day);
    }
    assert!(periods.iter().all(|p| {
        p.window.last_day < counts.date(410) || p.window.first_day > counts.date(500)
    }));
    assert!(periods.iter().all(|p| p.ratio >= 1.0 - 1e-9 && p.window.observed_days == 90));
}

/// What was planted in a quiet period is found there, and the one beside it stays quiet.
#[test]
fn quiet_periods_are_judged_as_the_event_s_window_is() {
    let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(720, 8).unwrap();
    plant_sigmoid(&mut counts, 200.0, 0.15, 320.0, 9).unwrap(); // in days 180 to 360
    let counts = record(counts);
    let config = AnalysisConfig::default().with_period_draws(199);
    let periods = quiet_periods(&counts, event(720), None, &config, 1).unwrap();
    assert_eq!(periods.len(), 3);
    assert!(periods[1].p_value <= 0.01, "{}", periods[1].p_value);
    assert!((periods[1].inflection_days_before_end.unwrap() - 40.0).abs() < 8.0);
    assert!(periods[0].p_value > 0.05 && periods[2].p_value > 0.05);
    // The same seed, the same figures; another seed, other draws.
    assert_eq!(quiet_periods(&counts, event(720), None, &config, 1).unwrap(), periods);
    assert_ne!(quiet_periods(&counts, event(720), None, &config, 2).unwrap(), periods);
}

#[test]
fn a_period_that_leaves_too_few_quiet_days_is_passed_over() {
    let counts = record(CountProcess::Poisson { mean: 4.0 }.draw(500, 8).unwrap());
    let config = AnalysisConfig::default().with_null_draws(99);
    // Outside the window there are 320 days: enough for it, not for a period of 180 of them.
    assert_eq!(analyze(&counts, event(500), None, &config, 1).unwrap().quiet_days, 320);
    assert_eq!(quiet_periods(&counts, event(500), None, &config, 1).unwrap(), []);
}
