use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::config::SynthConfig;
use super::faults::Faults;
use super::geometry::Site;
use super::network::SyntheticStation;
use super::noise::{add_flicker, add_random_walk, add_white};
use super::pressure::{Weather, air_pressure, measured};
use super::rate::Rate;
use super::record::Record;
use super::streams::{Purpose, Streams};
use super::tensor::{AZIMUTHS, Tensor};
use super::tide::CONSTITUENTS;
use super::transients::{self, Sizes};
use super::truth::{DriftTruth, PressureTruth, StationTruth, TideTruth};
use crate::{Channel, Recording, Result, Unit};

const NAMES: [&str; 4] = ["s1", "s2", "s3", "s4"];
const HOURS_PER_YEAR: f64 = 8766.0;

/// Everything that one station is made from.
pub(super) struct Plan<'a> {
    pub(super) config: &'a SynthConfig,
    pub(super) weather: &'a Weather,
    pub(super) record: Record,
    pub(super) site: Site,
    pub(super) streams: Streams,
    /// None at the reference.
    pub(super) rate: Option<Rate>,
}

impl Plan<'_> {
    /// Makes the station called `id`. Anomalous transients come last, so that all before them is the
    /// same in a quiet network.
    pub(super) fn build(&self, id: String) -> Result<SyntheticStation> {
        let gains = self.gains();
        let (tides, drift) = (self.tides(gains), self.drift(gains));
        let pressure = air_pressure(self.weather, &self.site, &self.record, self.streams);
        let response = self.response(gains, &pressure);
        let (level, band_noise) = self.noise_level();

        let mut gauges = self.noise(gains, level);
        self.add_tides(&mut gauges, &tides);
        self.add_drift(&mut gauges, &drift);
        for (gauge, coefficient) in gauges.iter_mut().zip(response.coefficients) {
            for (value, pressure) in gauge.iter_mut().zip(&pressure) {
                *value += coefficient * (pressure - response.mean);
            }
        }
        let faults = Faults::draw(&self.config.faults, &self.record, self.streams);
        faults.add_jumps(&mut gauges);
        let (background, anomalous) = self.transients(gains, band_noise);
        transients::add(&mut gauges, &background, &self.record);
        transients::add(&mut gauges, &anomalous, &self.record);

        let recording = self.recording(&id, gauges, &pressure, &faults)?;
        let days = self.record.days;
        let daily_rate = self.rate.map_or(vec![0.0; days as usize], |rate| rate.daily(days));
        let Site { latitude, longitude, distance_km } = self.site;
        let truth = StationTruth {
            band_noise,
            transients: anomalous,
            daily_rate,
            background,
            gaps: faults.gaps,
            spikes: faults.spikes,
            steps: faults.steps,
            tides,
            pressure: response,
            drift,
            gauge_gains: gains,
        };
        Ok(SyntheticStation { id, latitude, longitude, distance_km, recording, truth })
    }

    fn gains(&self) -> [f64; 4] {
        let mut rng = self.streams.get(Purpose::Coupling, 0);
        let spread = self.config.drift.gain_spread;
        // Three standard deviations at most: a gauge never loses its sign.
        [(); 4].map(|()| 1.0 + spread * rng.sample::<f64, _>(StandardNormal).clamp(-3.0, 3.0))
    }

    /// The body tide of the place; grout and topography change its areal and shear parts by up to
    /// a fifth.
    fn tides(&self, gains: [f64; 4]) -> Vec<TideTruth> {
        let mut rng = self.streams.get(Purpose::Coupling, 1);
        let [areal, shear] = [(); 2].map(|()| rng.random_range(0.8..1.2));
        let coupled = |t: Tensor| Tensor {
            areal: areal * t.areal,
            gamma1: shear * t.gamma1,
            gamma2: shear * t.gamma2,
        };
        let lines = CONSTITUENTS.iter().flat_map(|c| c.lines().iter().map(move |line| (c, *line)));
        lines
            .map(|(constituent, line)| {
                let strain = constituent.strain(self.site.latitude);
                let re = coupled(strain.re).on_gauges(gains).map(|part| line.1 * part);
                let im = coupled(strain.im).on_gauges(gains).map(|part| line.1 * part);
                let argument = constituent.argument(line, self.site.longitude);
                TideTruth {
                    name: constituent.line_name(line),
                    degrees_per_hour: constituent.rate(line),
                    amplitudes: std::array::from_fn(|g| re[g].hypot(im[g])),
                    phases_degrees: std::array::from_fn(|g| {
                        let phase = argument + im[g].atan2(re[g]).to_degrees();
                        phase - 360.0 * (phase / 360.0).round()
                    }),
                }
            })
            .collect()
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

    fn drift(&self, gains: [f64; 4]) -> DriftTruth {
        let config = &self.config.drift;
        let mut rng = self.streams.get(Purpose::Drift, 0);
        // Gauges see half the areal strain; shear is what differs between them.
        let mut tensor = |typical: f64| Tensor {
            areal: -2.0 * typical * rng.random_range(0.5..1.5),
            gamma1: typical * rng.random_range(-1.0..1.0),
            gamma2: typical * rng.random_range(-1.0..1.0),
        };
        let linear_per_year = tensor(config.linear).on_gauges(gains);
        // What is still to come is compression, so the term starts positive and vanishes.
        let exponential = tensor(-config.exponential).on_gauges(gains);
        let time_constant_days = config.time_constant_days * rng.random_range(0.7..1.4);
        DriftTruth { linear_per_year, exponential, time_constant_days }
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

    /// Barometric response: −0.4 to −1.5 nanostrain per hPa, a strain with areal and shear parts.
    fn response(&self, gains: [f64; 4], pressure: &[f64]) -> PressureTruth {
        let mut rng = self.streams.get(Purpose::Coupling, 2);
        let areal = -rng.random_range(1.5..2.3);
        let shear = rng.random_range(0.1..0.7);
        let (gamma2, gamma1) = rng.random_range(0.0..std::f64::consts::TAU).sin_cos();
        let tensor = Tensor { areal, gamma1: shear * gamma1, gamma2: shear * gamma2 };
        let mean = pressure.iter().sum::<f64>() / pressure.len() as f64;
        PressureTruth { coefficients: tensor.on_gauges(gains), mean }
    }

    /// The station's noise as a multiple of the configured one, and its level between 4 and 16 h.
    fn noise_level(&self) -> (f64, f64) {
        let normal: f64 = self.streams.get(Purpose::NoiseLevel, 0).sample(StandardNormal);
        let level = (self.config.noise.station_spread * normal).exp();
        (level, level * self.config.noise.band_level())
    }

    /// Noise of the strain as the gauges see it, and the gauges' own.
    fn noise(&self, gains: [f64; 4], level: f64) -> [Vec<f64>; 4] {
        let noise = &self.config.noise;
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
                .map(|unit| gains[g] * unit.along(AZIMUTHS[g]));
            for (sample, value) in gauge.iter_mut().enumerate() {
                *value += a * strain[0][sample] + b * strain[1][sample] + c * strain[2][sample];
            }
            gauge
        })
    }

    fn transients(
        &self,
        gains: [f64; 4],
        band_noise: f64,
    ) -> (Vec<super::Transient>, Vec<super::Transient>) {
        let config = self.config;
        let sizes = |amplitude| Sizes {
            median: amplitude * band_noise,
            spread: config.transient_spread,
            gains,
        };
        let background = transients::background(
            config.background_rate_per_day,
            &self.record,
            sizes(config.background_amplitude),
            &mut self.streams.get(Purpose::Background, 0),
        );
        let anomalous = self.rate.map_or_else(Vec::new, |rate| {
            let rng = &mut self.streams.get(Purpose::Anomalous, 0);
            transients::anomalous(&rate, &self.record, sizes(config.transient_amplitude), rng)
        });
        (background, anomalous)
    }

    fn recording(
        &self,
        id: &str,
        gauges: [Vec<f64>; 4],
        pressure: &[f64],
        faults: &Faults,
    ) -> Result<Recording> {
        let mut columns = gauges.to_vec();
        columns.push(measured(pressure, self.config.noise.pressure_white, self.streams));
        columns.iter_mut().for_each(|column| faults.cut_gaps(column));
        let values =
            Array2::from_shape_fn((self.record.len(), columns.len()), |(t, c)| columns[c][t]);
        let gauges =
            NAMES.iter().zip(AZIMUTHS).map(|(name, azimuth)| Channel::gauge(*name, azimuth));
        let channels = gauges.chain([Channel::new("pressure", Unit::Hectopascal)]).collect();
        Recording::new(id, self.record.grid, channels, values)
    }
}
