use std::fmt;

use super::station::StationQuality;

impl fmt::Display for StationQuality {
    /// A table for a terminal, one line a gauge.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let agreement = self.report.self_consistency.as_ref();
        writeln!(
            f,
            "{}: {} to {}, k {}, correlation {}, alpha {}",
            self.report.station,
            self.report.start,
            self.report.end,
            number(agreement.and_then(|it| it.slope), 3),
            number(agreement.and_then(|it| it.correlation), 4),
            number(self.calibration_alpha, 3),
        )?;
        writeln!(
            f,
            "{:<10} {:>10} {:>9} {:>11} {:>10} {:>10} {:>9} {:>10}",
            "gauge", "continuity", "steps/a", "noise@1/d", "index", "ne/hPa", "M2", "M2 spread"
        )?;
        for gauge in &self.gauges {
            let channel = self.report.channels.iter().find(|channel| channel.name == gauge.name);
            writeln!(
                f,
                "{:<10} {:>10} {:>9.1} {:>11} {:>10} {:>10} {:>9} {:>10}",
                gauge.name,
                number(channel.map(|channel| channel.continuity), 4),
                gauge.steps_per_year,
                number(gauge.noise.map(|noise| noise.at_one_day), 3),
                number(gauge.noise.map(|noise| noise.index), 2),
                number(gauge.pressure.map(|pressure| pressure.coefficient), 3),
                number(gauge.m2_factor, 3),
                number(gauge.m2_instability, 3),
            )?;
        }
        match &self.earthquakes {
            Some(found) => writeln!(
                f,
                "earthquakes of M >= {}: {} within {} km, {} within {} km",
                found.magnitude, found.near, found.radius_km, found.wide, found.wide_radius_km
            ),
            None => writeln!(f, "earthquakes: no catalogue"),
        }
    }
}
