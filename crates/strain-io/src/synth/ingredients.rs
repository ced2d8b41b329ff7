use serde::{Deserialize, Serialize};

use super::noise::{add_flicker, add_random_walk, add_white};
use super::station::{Drawn, Plan};
use super::streams::Purpose;
use super::tensor::{AZIMUTHS, Tensor};
use super::transients;
use super::truth::{DriftTruth, PressureTruth, TideTruth};

const HOURS_PER_YEAR: f64 = 8766.0;

/// What is laid over each other in the gauges of a synthetic station. Gaps are cut into the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ingredient {
    /// White noise, flicker noise and random walk.
    Noise,
    /// The body tide.
    Tide,
    /// Drift of the borehole.
    Drift,
    /// The response to air pressure.
    Pressure,
    /// Lasting offsets.
    Steps,
    /// Single wild samples.
    Spikes,
    /// Ordinary transients.
    Background,
    /// Anomalous transients.
    Anomaly,
}

impl Ingredient {
    /// All of them, in the order in which they are added.
    pub const ALL: [Self; 8] = [
        Self::Noise,
        Self::Tide,
        Self::Drift,
        Self::Pressure,
        Self::Steps,
        Self::Spikes,
        Self::Background,
        Self::Anomaly,
    ];
}

impl Plan<'_> {
    /// Adds an ingredient to the gauges.
    pub(super) fn lay(&self, ingredient: Ingredient, drawn: &Drawn, gauges: &mut [Vec<f64>; 4]) {
        match ingredient {
            Ingredient::Noise => {
                for (gauge, noise) in gauges.iter_mut().zip(self.noise(drawn)) {
                    gauge.iter_mut().zip(noise).for_each(|(value, noise)| *value += noise);
                }
            }
            Ingredient::Tide => self.add_tides(gauges, &drawn.tides),
            Ingredient::Drift => self.add_drift(gauges, &drawn.drift),
            Ingredient::Pressure => add_response(gauges, &drawn.response, &drawn.pressure),
            Ingredient::Steps => drawn.faults.add_steps(gauges),
            Ingredient::Spikes => drawn.faults.add_spikes(gauges),
            Ingredient::Background => transients::add(gauges, &drawn.background, &self.record),
            Ingredient::Anomaly => transients::add(gauges, &drawn.anomalous, &self.record),
        }
    }

    /// Noise of the strain as the gauges see it, and the gauges' own.
    pub(super) fn noise(&self, drawn: &Drawn) -> [Vec<f64>; 4] {
        let (noise, level) = (&self.config.noise, drawn.noise_level);
        let coloured = |purpose, part, scale: f64, white: f64| {
            let mut rng = self.streams.get(purpose, part);
            let mut values = vec![0.0; self.record.len()];
            add_flicker(&mut values, scale * noise.flicker, &mut rng);
            add_random_walk(&mut values, scale * noise.random_walk, self.record.step, &mut rng);
            add_white(&mut values, white, &mut rng);
            values
        };
        // With √2 in each component the gauges have, half of each added, the configured level.
        let strain = [0, 1, 2].map(|part| {
            coloured(Purpose::TensorNoise, part, level * std::f64::consts::SQRT_2, 0.0)
        });
        std::array::from_fn(|g| {
            let (scale, white) = (level * noise.gauge_share, level * noise.white);
            let mut gauge = coloured(Purpose::GaugeNoise, g, scale, white);
            let [a, b, c] = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]
                .map(|(areal, gamma1, gamma2)| Tensor { areal, gamma1, gamma2 })
                .map(|unit| drawn.gains[g] * unit.along(AZIMUTHS[g]));
            for (sample, value) in gauge.iter_mut().enumerate() {
                *value += a * strain[0][sample] + b * strain[1][sample] + c * strain[2][sample];
            }
            gauge
        })
    }

    fn add_tides(&self, gauges: &mut [Vec<f64>; 4], tides: &[TideTruth]) {
        // A rotation a sample instead of a sine, begun anew before rounding errors add up.
        const ANEW: usize = 1024;
        for tide in tides {
            let rate = tide.degrees_per_hour.to_radians();
            let (sin, cos) = (rate * self.record.step).sin_cos();
            let parts: [(f64, f64); 4] = std::array::from_fn(|g| {
                let (sin, cos) = tide.phases_degrees[g].to_radians().sin_cos();
                (tide.amplitudes[g] * cos, tide.amplitudes[g] * sin)
            });
            for start in (0..self.record.len()).step_by(ANEW) {
                let hours = self.record.since_j2000() + start as f64 * self.record.step;
                let (mut s, mut c) = (rate * hours).sin_cos();
                for sample in start..(start + ANEW).min(self.record.len()) {
                    for (gauge, (re, im)) in gauges.iter_mut().zip(parts) {
                        gauge[sample] += re * c - im * s;
                    }
                    (c, s) = (c * cos - s * sin, s * cos + c * sin);
                }
            }
        }
    }

    fn add_drift(&self, gauges: &mut [Vec<f64>; 4], drift: &DriftTruth) {
        let constant = 24.0 * drift.time_constant_days;
        for sample in 0..self.record.len() {
            let hours = sample as f64 * self.record.step;
            let (years, decay) = (hours / HOURS_PER_YEAR, (-hours / constant).exp());
            for (g, gauge) in gauges.iter_mut().enumerate() {
                gauge[sample] += drift.linear_per_year[g] * years + drift.exponential[g] * decay;
            }
        }
    }
}

fn add_response(gauges: &mut [Vec<f64>; 4], response: &PressureTruth, pressure: &[f64]) {
    for (gauge, coefficient) in gauges.iter_mut().zip(response.coefficients) {
        for (value, pressure) in gauge.iter_mut().zip(pressure) {
            *value += coefficient * (pressure - response.mean);
        }
    }
}
