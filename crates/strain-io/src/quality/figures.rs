use super::gauge::GaugeQuality;
use super::rule::ReferenceRule;
use super::station::StationQuality;

/// What a station's worst gauge is like; none where one gauge's figure is not known.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) steps_per_year: Option<f64>,
    pub(super) m2_instability: Option<f64>,
    pub(super) noise_at_one_day: Option<f64>,
}

impl Figures {
    pub(super) fn of(quality: &StationQuality) -> Self {
        let worst = |figure: fn(&GaugeQuality) -> Option<f64>| {
            let figures: Option<Vec<f64>> = quality.gauges.iter().map(figure).collect();
            figures?.into_iter().reduce(f64::max)
        };
        Self {
            steps_per_year: worst(|gauge| gauge.steps_per_year),
            m2_instability: worst(|gauge| gauge.m2_instability),
            noise_at_one_day: worst(|gauge| gauge.noise.map(|noise| noise.at_one_day)),
        }
    }

    /// Which limits of the rule they do not keep.
    pub(super) fn against(&self, rule: &ReferenceRule) -> Vec<String> {
        let limits = [
            ("steps a year", self.steps_per_year, rule.max_steps_per_year),
            ("spread of the M2 factor", self.m2_instability, rule.max_m2_instability),
        ];
        let broken = limits.into_iter().filter_map(|(what, is, limit)| match (is, limit?) {
            (Some(is), limit) if is <= limit => None,
            (Some(is), limit) => Some(format!("{what}: {is:.3} of one gauge, above {limit}")),
            (None, limit) => Some(format!("{what}: not known, and {limit} is the limit")),
        });
        broken.collect()
    }

    /// What is known, in words.
    pub(super) fn in_favour(&self) -> Vec<String> {
        let said = [
            self.steps_per_year.map(|is| format!("at most {is:.1} steps a year")),
            self.m2_instability.map(|is| format!("spread of the M2 factor {:.1} %", 100.0 * is)),
            self.noise_at_one_day.map(|is| format!("noise at one cycle a day at most {is:.3}")),
        ];
        said.into_iter().flatten().collect()
    }
}
