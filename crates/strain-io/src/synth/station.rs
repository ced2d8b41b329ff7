use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::config::SynthConfig;
use super::faults::Faults;
use super::geometry::Site;
use super::ingredients::Ingredient;
use super::network::SyntheticStation;
use super::pressure::{Weather, air_pressure, measured};
use super::rate::Rate;
use super::record::Record;
use super::station_parts::StationParts;
use super::streams::{Purpose, Streams};
use super::tensor::{AZIMUTHS, Tensor};
use super::tide::CONSTITUENTS;
use super::transients::{self, Sizes};
use super::truth::{DriftTruth, PressureTruth, StationTruth, TideCoupling, TideTruth, Transient};
use crate::{Channel, Recording, Result, Unit};

const NAMES: [&str; 4] = ["s1", "s2", "s3", "s4"];

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

/// What one station is made of, before any of it is laid on the gauges.
pub(super) struct Drawn {
    pub(super) gains: [f64; 4],
    /// Noise as a multiple of the configured one.
    pub(super) noise_level: f64,
    band_noise: f64,
    coupling: TideCoupling,
    pub(super) tides: Vec<TideTruth>,
    /// What the air does, hPa at each sample; the barometer adds noise.
    pub(super) pressure: Vec<f64>,
    pub(super) response: PressureTruth,
    pub(super) drift: DriftTruth,
    pub(super) faults: Faults,
    pub(super) background: Vec<Transient>,
    pub(super) anomalous: Vec<Transient>,
}

impl Plan<'_> {
    /// Makes the station called `id`.
    pub(super) fn build(&self, id: String) -> Result<SyntheticStation> {
        self.assemble(id, self.draw())
    }

    /// The station called `id` and what it is made of, each ingredient on its own.
    pub(super) fn build_with_parts(&self, id: String) -> Result<(SyntheticStation, StationParts)> {
        let drawn = self.draw();
        let parts = StationParts::of(self, &drawn);
        Ok((self.assemble(id, drawn)?, parts))
    }

    fn draw(&self) -> Drawn {
        let gains = self.gains();
        let coupling = self.tide_coupling();
        let pressure = air_pressure(
            &self.config.pressure,
            self.weather,
            &self.site,
            &self.record,
            self.streams,
        );
        let (noise_level, band_noise) = self.noise_level();
        let (background, anomalous) = self.transients(gains, band_noise);
        Drawn {
            gains,
            noise_level,
            band_noise,
            coupling,
            tides: self.tides(gains, coupling),
            response: self.response(gains, &pressure),
            pressure,
            drift: self.drift(gains),
            faults: Faults::draw(&self.config.faults, &self.record, self.streams),
            background,
            anomalous,
        }
    }

    /// Lays all ingredients over each other, anomalous transients last, so that all before them is
    /// the same in a quiet network.
    fn assemble(&self, id: String, drawn: Drawn) -> Result<SyntheticStation> {
        let mut gauges = self.noise(&drawn);
        for ingredient in Ingredient::ALL.into_iter().filter(|i| *i != Ingredient::Noise) {
            self.lay(ingredient, &drawn, &mut gauges);
        }
        let recording = self.recording(&id, gauges, &drawn)?;
        let days = self.record.days;
        let daily_rate = self.rate.map_or(vec![0.0; days as usize], |rate| rate.daily(days));
        let Site { latitude, longitude, distance_km } = self.site;
        let truth = StationTruth {
            noise_level: drawn.noise_level,
            band_noise: drawn.band_noise,
            transients: drawn.anomalous,
            daily_rate,
            background: drawn.background,
            gaps: drawn.faults.gaps,
            spikes: drawn.faults.spikes,
            steps: drawn.faults.steps,
            tides: drawn.tides,
            tide_coupling: drawn.coupling,
            pressure: drawn.response,
            drift: drawn.drift,
            gauge_gains: drawn.gains,
        };
        Ok(SyntheticStation { id, latitude, longitude, distance_km, recording, truth })
    }

    fn gains(&self) -> [f64; 4] {
        let mut rng = self.streams.get(Purpose::Coupling, 0);
        let spread = self.config.drift.gain_spread;
        // Three standard deviations at most: a gauge never loses its sign.
        [(); 4].map(|()| 1.0 + spread * rng.sample::<f64, _>(StandardNormal).clamp(-3.0, 3.0))
    }

    /// What grout and topography make of the tide's areal and shear parts.
    fn tide_coupling(&self) -> TideCoupling {
        let mut rng = self.streams.get(Purpose::Coupling, 1);
        // Drawn for a spread of 0.2 and scaled: at that spread the factor is the number drawn.
        let scale = self.config.tide.coupling_spread / 0.2;
        let [areal, shear] = [(); 2].map(|()| 1.0 + scale * (rng.random_range(0.8..1.2) - 1.0));
        TideCoupling { areal, shear }
    }

    /// The body tide of the place.
    fn tides(&self, gains: [f64; 4], coupling: TideCoupling) -> Vec<TideTruth> {
        let TideCoupling { areal, shear } = coupling;
        let scale = self.config.tide.scale;
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
                    amplitudes: std::array::from_fn(|g| scale * re[g].hypot(im[g])),
                    phases_degrees: std::array::from_fn(|g| {
                        let phase = argument + im[g].atan2(re[g]).to_degrees();
                        phase - 360.0 * (phase / 360.0).round()
                    }),
                }
            })
            .collect()
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

    /// Barometric response: at scale 1 −0.4 to −1.5 nanostrain per hPa, a strain with areal and
    /// shear parts.
    fn response(&self, gains: [f64; 4], pressure: &[f64]) -> PressureTruth {
        let mut rng = self.streams.get(Purpose::Coupling, 2);
        let areal = -rng.random_range(1.5..2.3);
        let shear = rng.random_range(0.1..0.7);
        let (gamma2, gamma1) = rng.random_range(0.0..std::f64::consts::TAU).sin_cos();
        let tensor = Tensor { areal, gamma1: shear * gamma1, gamma2: shear * gamma2 };
        let mean = pressure.iter().sum::<f64>() / pressure.len() as f64;
        let scale = self.config.pressure.response;
        PressureTruth { coefficients: tensor.on_gauges(gains).map(|c| scale * c), mean }
    }

    /// The station's noise as a multiple of the configured one, and its level between 4 and 16 h.
    fn noise_level(&self) -> (f64, f64) {
        let normal: f64 = self.streams.get(Purpose::NoiseLevel, 0).sample(StandardNormal);
        let level = (self.config.noise.station_spread * normal).exp();
        (level, level * self.config.noise.band_level())
    }

    fn transients(&self, gains: [f64; 4], band_noise: f64) -> (Vec<Transient>, Vec<Transient>) {
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

    fn recording(&self, id: &str, gauges: [Vec<f64>; 4], drawn: &Drawn) -> Result<Recording> {
        let mut columns = gauges.to_vec();
        columns.push(measured(&drawn.pressure, self.config.noise.pressure_white, self.streams));
        columns.iter_mut().for_each(|column| drawn.faults.cut_gaps(column));
        let values =
            Array2::from_shape_fn((self.record.len(), columns.len()), |(t, c)| columns[c][t]);
        let gauges =
            NAMES.iter().zip(AZIMUTHS).map(|(name, azimuth)| Channel::gauge(*name, azimuth));
        let channels = gauges.chain([Channel::new("pressure", Unit::Hectopascal)]).collect();
        Recording::new(id, self.record.grid, channels, values)
    }
}
