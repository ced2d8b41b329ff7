use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use sigmoid_stats::{Analysis, AnalysisConfig, DailyCounts, PeriodFit};

use crate::cli::FitArgs;
use crate::command::CALENDAR;
use crate::failure::Failure;
use crate::output::{number, print_json, print_text, table};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    #[serde(flatten)]
    analysis: Analysis,
    quiet_periods: Vec<PeriodFit>,
}

pub(super) fn fit(args: &FitArgs, json: bool) -> Result<(), Failure> {
    let counts = stmn_pipeline::read_counts_csv(&args.counts)?;
    let config = AnalysisConfig::default()
        .with_window_days(args.window)
        .with_null_draws(args.draws)
        .with_min_quiet_days(args.min_quiet_days);
    let name = || format!("cannot fit {}", args.counts.display());
    let quiet = quiet(&counts, args.event_time, args.days_after_event);
    let quiet = Some(quiet.as_slice());
    let analysis = sigmoid_stats::analyze(&counts, args.event_time, quiet, &config, args.seed)
        .map_err(|error| Failure::of(name(), error))?;
    let quiet_periods =
        sigmoid_stats::quiet_periods(&counts, args.event_time, quiet, &config, args.seed)
            .map_err(|error| Failure::of(name(), error))?;
    let document = Document { schema: "stmn.fit/1", analysis, quiet_periods };
    if json {
        return print_json(&document);
    }
    print_text(&text(&document))
}

/// Aftershocks are no normal days: neither the event's day nor so many after it.
fn quiet(counts: &DailyCounts, event: Timestamp, days_after: i64) -> Vec<bool> {
    let event = TimeZone::UTC.to_datetime(event).date();
    let last = event.saturating_add(days_after.clamp(0, CALENDAR).days());
    (0..counts.len()).map(|day| !(event..=last).contains(&counts.date(day))).collect()
}

fn text(document: &Document) -> String {
    let fit = &document.analysis;
    let line = |name: &str, value: String| vec![name.to_owned(), value];
    let inflection = match (fit.inflection_days_before_event, fit.inflection_interval) {
        (Some(days), Some([low, high])) => {
            let claimed = if fit.inflection_claimed { "" } else { ", which claims no level" };
            format!("{days:.1} ({low:.1} to {high:.1}{claimed})")
        }
        (days, _) => number(days, 1),
    };
    let rows = [
        line("window", format!("{} to {}", fit.window.first_day, fit.window.last_day)),
        line("R² of the sigmoid", number(fit.sigmoid.r2, 4)),
        line("R² of the line", number(fit.line.r2, 4)),
        line("Ratio", number(fit.ratio, 4)),
        line("ΔAICc (line − sigmoid)", number(fit.delta_aicc, 1)),
        line("inflection, days before the event", inflection),
        line(&fit.statistic.name, number(fit.statistic.value, 3)),
        line("p", format!("{:.4} ± {:.4}", fit.p_value, fit.p_value_error)),
        line("p of Ratio", number(fit.ratio_p_value, 4)),
        line("null draws", fit.null_windows.to_string()),
    ];
    let mut text = table(&rows);
    for warning in &fit.warnings {
        text.push_str(&format!("note: {warning}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn aftershocks_are_no_normal_days() {
        let counts = DailyCounts::new(date(2022, 8, 1), vec![Some(1.0); 100]).unwrap();
        // Late on the fifth of September, which is the sixth further east.
        let quiet = quiet(&counts, "2022-09-06T05:00:00+08:00".parse().unwrap(), 10);
        let not: Vec<_> = (0..100).filter(|day| !quiet[*day]).map(|day| counts.date(day)).collect();
        assert_eq!((not.first(), not.last()), (Some(&date(2022, 9, 5)), Some(&date(2022, 9, 15))));
        assert_eq!(not.len(), 11);
    }

    #[test]
    fn no_day_after_the_event_need_be_normal() {
        let counts = DailyCounts::new(date(2022, 8, 1), vec![Some(1.0); 100]).unwrap();
        for days in [7_304_485, i64::MAX] {
            let quiet = quiet(&counts, "2022-09-06T05:00:00Z".parse().unwrap(), days);
            assert_eq!(quiet.iter().filter(|quiet| **quiet).count(), 36);
        }
    }
}
