use stmn_pipeline::{SeriesResult, StationResult};

use crate::output::{number, table};

const HEAD: [&str; 10] = [
    "", "km", "R² sigmoid", "R² line", "Ratio", "ΔAICc", "inflection (days before)", "p", "adj. p",
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

/// One line a quiet period of the primary series.
pub(super) fn quiet_table(station: &StationResult) -> String {
    let head = ["quiet period", "R² sigmoid", "R² line", "Ratio", "ΔAICc", "statistic"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for period in station.primary().iter().flat_map(|series| &series.quiet_periods) {
        rows.push(vec![
            format!("{} to {}", period.window.first_day, period.window.last_day),
            number(period.sigmoid.r2, 4),
            number(period.line.r2, 4),
            number(period.ratio, 4),
            number(period.delta_aicc, 1),
            number(period.statistic.value, 2),
        ]);
    }
    table(&rows)
}

fn row(name: &str, km: String, series: &SeriesResult, p_adjusted: f64) -> Vec<String> {
    let analysis = &series.analysis;
    let inflection = match (analysis.inflection_days_before_event, analysis.inflection_interval) {
        (Some(days), Some([low, high])) => format!("{days:.1} ({low:.1} to {high:.1})"),
        (Some(days), None) => number(days, 1),
        _ => number(None, 1),
    };
    vec![
        name.to_owned(),
        km,
        number(analysis.sigmoid.r2, 4),
        number(analysis.line.r2, 4),
        number(analysis.ratio, 4),
        number(analysis.delta_aicc, 1),
        inflection,
        number(analysis.p_value, 4),
        number(p_adjusted, 4),
        number(analysis.ratio_p_value, 4),
    ]
}
