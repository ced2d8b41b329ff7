use stmn_pipeline::{SeriesResult, StationResult, leading_steps};

use crate::output::{number, table};

const HEAD: [&str; 10] = [
    "",
    "km",
    "R² sigmoid",
    "R² line",
    "Ratio",
    "ΔAICc",
    "inflection (days before)",
    "p",
    "adj. p",
    "p of Ratio",
];

/// One line a station, of its primary series.
pub(super) fn station_table(stations: &[StationResult]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    for station in stations {
        if let Some(series) = station.primary() {
            let km = number(station.distance_km, 1);
            rows.push(row(&station.id, km, series, station.p_adjusted));
        }
    }
    table(&rows)
}

/// One line a series of a station; adjusted over all series.
pub(super) fn series_table(station: &StationResult) -> String {
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    for series in &station.series {
        rows.push(row(&series.name, String::new(), series, series.p_adjusted_all));
    }
    table(&rows)
}

/// One line a series and quiet period.
pub(super) fn quiet_table(station: &StationResult) -> String {
    let head = [
        "",
        "quiet period",
        "R² sigmoid",
        "R² line",
        "Ratio",
        "ΔAICc",
        "inflection (days before its end)",
        "p",
        "p of Ratio",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let periods = station
        .series
        .iter()
        .flat_map(|series| series.quiet_periods.iter().map(|period| (series.name.clone(), period)));
    for (name, period) in periods {
        rows.push(vec![
            name,
            format!("{} to {}", period.window.first_day, period.window.last_day),
            number(period.sigmoid.r2, 4),
            number(period.line.r2, 4),
            number(period.ratio, 4),
            number(period.delta_aicc, 1),
            days(
                period.inflection_days_before_end,
                period.inflection_interval,
                period.inflection_claimed,
            ),
            number(period.p_value, 4),
            number(period.ratio_p_value, 4),
        ]);
    }
    table(&rows)
}

/// Steps that are named one by one; configured ones are in any case.
const MOST_STEPS: usize = 4;

/// One line a gauge: what cleaning took for lasting offsets.
pub(super) fn step_lines(station: &StationResult) -> String {
    let mut gauges: Vec<&str> = station.steps.iter().map(|step| step.gauge.as_str()).collect();
    gauges.dedup();
    let mut text = String::new();
    for gauge in gauges {
        let of_gauge = station.steps.iter().filter(|step| step.gauge == gauge);
        let steps: Vec<_> = of_gauge.map(|step| &step.step).collect();
        let shown = leading_steps(steps.iter().copied(), MOST_STEPS);
        let named: Vec<String> = shown
            .iter()
            .map(|step| {
                let day = jiff::tz::Offset::UTC.to_datetime(step.time).date();
                format!("{day} {}", number(step.size, 1))
            })
            .collect();
        text.push_str(&format!("{gauge}  {}", named.join(", ")));
        match steps.len() - shown.len() {
            0 => text.push('\n'),
            more => text.push_str(&format!(" and {more} more\n")),
        }
    }
    text
}

/// What the brackets of [`days`] say.
pub(super) const BRACKETS: &str = "Inflection: its interval in round brackets; in square ones it claims no level \
(p above 0.01, an excess below five standard errors, or counts that remember).\n";

/// Days before an end with their interval, in square brackets where that claims no level.
fn days(value: Option<f64>, interval: Option<[f64; 2]>, claimed: bool) -> String {
    match (value, interval) {
        (Some(days), Some([low, high])) if claimed => format!("{days:.1} ({low:.1} to {high:.1})"),
        (Some(days), Some([low, high])) => format!("{days:.1} [{low:.1} to {high:.1}]"),
        (days, _) => number(days, 1),
    }
}

fn row(name: &str, km: String, series: &SeriesResult, p_adjusted: f64) -> Vec<String> {
    let analysis = &series.analysis;
    vec![
        name.to_owned(),
        km,
        number(analysis.sigmoid.r2, 4),
        number(analysis.line.r2, 4),
        number(analysis.ratio, 4),
        number(analysis.delta_aicc, 1),
        days(
            analysis.inflection_days_before_event,
            analysis.inflection_interval,
            analysis.inflection_claimed,
        ),
        number(analysis.p_value, 4),
        number(p_adjusted, 4),
        number(analysis.ratio_p_value, 4),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_that_claims_nothing_is_in_square_brackets() {
        let interval = Some([30.9, 41.62]);
        assert_eq!(days(Some(36.7), interval, true), "36.7 (30.9 to 41.6)");
        assert_eq!(days(Some(36.7), interval, false), "36.7 [30.9 to 41.6]");
        assert_eq!(days(None, None, false), number(None, 1));
    }
}
