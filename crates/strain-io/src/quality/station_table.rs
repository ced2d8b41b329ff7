use std::fmt;

use super::gauge::GaugeQuality;
use super::station::StationQuality;

/// The heads of the table; a column is as wide as its head, which no figure exceeds.
const HEADS: [&str; 9] = [
    "gauge     ",
    "continuity",
    "steps/year",
    "noise at 1/day",
    "   index",
    " per hPa",
    "M2 factor",
    "M2 spread",
    "windows",
];

impl StationQuality {
    /// What the gauges are worth, one line a gauge beneath a head, then what is not known and why, the
    /// calibration, and the earthquakes around.
    pub fn gauge_table(&self) -> String {
        let mut lines = vec![HEADS.join("  ")];
        lines.extend(self.gauges.iter().map(|gauge| self.line(gauge)));
        for gauge in &self.gauges {
            lines.extend(gauge.not_assessed.as_ref().map(|why| format!("{}: {why}", gauge.name)));
        }
        lines.push(format!(
            "calibration of the gauges: alpha {}",
            number(self.calibration_alpha, 4)
        ));
        lines.push(match &self.earthquakes {
            Some(found) => format!(
                "earthquakes of M >= {}: {} within {} km, {} within {} km",
                found.magnitude, found.near, found.radius_km, found.wide, found.wide_radius_km
            ),
            None => "earthquakes: no place, or no catalogue that spans the recording".to_owned(),
        });
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    fn line(&self, gauge: &GaugeQuality) -> String {
        let channel = self.report.channels.iter().find(|channel| channel.name == gauge.name);
        let cells = [
            gauge.name.clone(),
            number(channel.map(|channel| channel.continuity), 5),
            number(gauge.steps_per_year, 1),
            number(gauge.noise.map(|noise| noise.at_one_day), 3),
            number(gauge.noise.map(|noise| noise.index), 2),
            number(gauge.pressure.map(|pressure| pressure.coefficient), 3),
            number(gauge.m2_factor, 3),
            number(gauge.m2_instability, 4),
            gauge.m2_windows.to_string(),
        ];
        let mut line = String::new();
        for (index, (cell, head)) in cells.iter().zip(HEADS).enumerate() {
            let width = head.chars().count();
            line += &match index {
                0 => format!("{cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            };
        }
        line
    }
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

impl fmt::Display for StationQuality {
    /// What is known of the station, for a terminal: a line about it and
    /// [`gauge_table`](Self::gauge_table).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (report, agreement) = (&self.report, self.report.self_consistency.as_ref());
        writeln!(
            f,
            "{}: {} to {}, k {}, correlation {}",
            report.station,
            report.start,
            report.end,
            number(agreement.and_then(|it| it.slope), 3),
            number(agreement.and_then(|it| it.correlation), 4),
        )?;
        f.write_str(&self.gauge_table())
    }
}
