use super::config::SynthConfig;
use super::record::Record;

/// The expected number of anomalous transients of a station over its record: a share of the
/// logistic function 1/(1 + e^(−b(t−c))), scaled so that the record holds `expected`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub(super) expected: f64,
    steepness: f64,
    /// Days from the record's start to the inflection.
    inflection: f64,
    /// Values of the logistic function at both ends of the record.
    ends: [f64; 2],
}

impl Rate {
    pub(super) fn new(config: &SynthConfig, record: &Record, distance_km: f64) -> Self {
        let steepness = config.steepness_per_day;
        let inflection = -record.start / 24.0 - config.inflection_days_before;
        let logistic = |day: f64| 1.0 / (1.0 + (-steepness * (day - inflection)).exp());
        Self {
            expected: expected_at(config, distance_km),
            steepness,
            inflection,
            ends: [logistic(0.0), logistic(f64::from(record.days))],
        }
    }

    /// The day by which a share of the record's transients is to be expected.
    pub(super) fn day_of_share(&self, share: f64) -> f64 {
        let [low, high] = self.ends;
        let value = low + share * (high - low);
        self.inflection + (value / (1.0 - value)).ln() / self.steepness
    }

    /// Expected number in each day of the record.
    pub(super) fn daily(&self, days: u32) -> Vec<f64> {
        let [low, high] = self.ends;
        let logistic =
            |day: u32| 1.0 / (1.0 + (-self.steepness * (f64::from(day) - self.inflection)).exp());
        let scale = self.expected / (high - low);
        (0..days).map(|day| scale * (logistic(day + 1) - logistic(day))).collect()
    }
}

/// The expected number of anomalous transients in a target's record.
pub(super) fn expected_at(config: &SynthConfig, distance_km: f64) -> f64 {
    if !config.anomalous {
        return 0.0;
    }
    let nearest = config.distances_km.iter().copied().fold(f64::INFINITY, f64::min);
    config.events_at_nearest * (distance_km / nearest).powf(-config.decay_exponent)
}
