use std::f64::consts::TAU;

use rand::RngExt;
use rand_distr::StandardNormal;

use super::environment::SynthPressure;
use super::geometry::Site;
use super::noise::add_white;
use super::record::Record;
use super::streams::{Purpose, Streams};

/// Plane waves that the weather is made of.
const WAVES: usize = 8;
/// Correlation time of synoptic pressure, hours.
const SYNOPTIC_HOURS: f64 = 28.0;
/// The same of what only one station sees.
const LOCAL_HOURS: f64 = 10.0;
/// Kilometres a degree of latitude.
const DEGREE_KM: f64 = 111.2;

/// Air pressure over the whole region: random plane waves of 1,500 to 5,000 km whose amplitudes
/// change within days, so that near stations see nearly the same weather.
///
/// The amplitudes are a function of time that is smooth enough to be kept at whole hours: they do
/// not depend on the sampling interval, nor, as they are drawn backwards from the records' common
/// end, on how long the records are.
pub(super) struct Weather {
    waves: Vec<Wave>,
}

struct Wave {
    /// Radians per degree of latitude and of longitude.
    wave_number: [f64; 2],
    /// Cosine and sine amplitudes, hPa, by hours before the records' end.
    amplitudes: Vec<[f64; 2]>,
}

impl Weather {
    /// `sigma` is the standard deviation, hPa.
    pub(super) fn new(
        epicentre_latitude: f64,
        sigma: f64,
        longest_days: u32,
        region: Streams,
    ) -> Self {
        let mut rng = region.get(Purpose::Waves, 0);
        let shrink = epicentre_latitude.to_radians().cos();
        let waves = (0..WAVES).map(|part| {
            let length_km = 1500.0 * (5000.0_f64 / 1500.0).powf(rng.random::<f64>());
            let (east, north) = (TAU * rng.random::<f64>()).sin_cos();
            let number = TAU * DEGREE_KM / length_km;
            let hours = 24 * longest_days as usize + 1;
            Wave {
                wave_number: [number * north, number * east * shrink],
                amplitudes: smooth_pairs(hours, sigma, part, region),
            }
        });
        Self { waves: waves.collect() }
    }

    /// Synoptic pressure at a site, hPa, at each sample.
    fn at(&self, site: &Site, record: &Record) -> Vec<f64> {
        // Knots first: one sum over waves per hour, whatever the interval.
        let phases: Vec<_> = self
            .waves
            .iter()
            .map(|w| w.wave_number[0] * site.latitude + w.wave_number[1] * site.longitude)
            .map(f64::sin_cos)
            .collect();
        let hours = 24 * record.days as usize;
        let knots: Vec<f64> = (0..=hours)
            .map(|hour| {
                let terms = self.waves.iter().zip(&phases).map(|(wave, (sin, cos))| {
                    let [a, b] = wave.amplitudes[hour];
                    a * cos + b * sin
                });
                terms.sum()
            })
            .collect();
        (0..record.len())
            .map(|sample| {
                let before_end = record.hours() - sample as f64 * record.step;
                let knot = (before_end as usize).min(hours - 1);
                let share = before_end - knot as f64;
                knots[knot] * (1.0 - share) + knots[knot + 1] * share
            })
            .collect()
    }
}

/// Two independent smooth stationary series: an autoregression of order two with a double root,
/// which is an exponential correlation smoothed by itself.
fn smooth_pairs(len: usize, sigma: f64, part: usize, region: Streams) -> Vec<[f64; 2]> {
    let mut rng = region.get(Purpose::Synoptic, part);
    let root = (-1.0 / SYNOPTIC_HOURS).exp();
    let square = root * root;
    // Variance of x_t = 2ρ x_{t−1} − ρ² x_{t−2} + ε is σ_ε² (1 + ρ²)/(1 − ρ²)³.
    let shock = sigma / (WAVES as f64).sqrt() * ((1.0 - square).powi(3) / (1.0 + square)).sqrt();
    let warm_up = (20.0 * SYNOPTIC_HOURS) as usize;
    let (mut last, mut before) = ([0.0; 2], [0.0; 2]);
    let mut series = Vec::with_capacity(len);
    for step in 0..warm_up + len {
        let next = std::array::from_fn(|i| {
            let normal: f64 = rng.sample(StandardNormal);
            2.0 * root * last[i] - square * before[i] + shock * normal
        });
        (before, last) = (last, next);
        if step >= warm_up {
            series.push(next);
        }
    }
    series
}

/// Air pressure at a site, hPa, at each sample: a mean by elevation, the seasons, the weather of the
/// region, what only this place sees, and the solar air tides S1 and S2.
pub(super) fn air_pressure(
    config: &SynthPressure,
    weather: &Weather,
    site: &Site,
    record: &Record,
    streams: Streams,
) -> Vec<f64> {
    let mut values = weather.at(site, record);
    add_local(&mut values, config.local, record, streams);
    let mut rng = streams.get(Purpose::PressureSite, 0);
    let mean = rng.random_range(750.0..950.0);
    let annual = config.seasons * rng.random_range(3.0..6.0);
    let s1 = config.air_tides * rng.random_range(0.4..0.9);
    let cube = site.latitude.to_radians().cos().powi(3);
    let s2 = config.air_tides * (1.3 * cube * rng.random_range(0.9..1.1));
    let midnight = record.since_j2000() + 12.0; // hours, UTC
    for (sample, value) in values.iter_mut().enumerate() {
        let utc = midnight + sample as f64 * record.step;
        let local = (utc + site.longitude / 15.0) / 24.0; // days
        // Highest in January; S1 in the morning, S2 at about ten o'clock (Ray & Ponte 2003).
        *value += mean
            + annual * (TAU * (local - 15.0) / 365.25).cos()
            + s1 * (TAU * (local - 7.0 / 24.0)).cos()
            + s2 * (2.0 * TAU * (local - 9.8 / 24.0)).cos();
    }
    values
}

/// Pressure of small systems: an Ornstein–Uhlenbeck process, exact at any interval.
fn add_local(values: &mut [f64], sigma: f64, record: &Record, streams: Streams) {
    let mut rng = streams.get(Purpose::PressureLocal, 0);
    let root = (-record.step / LOCAL_HOURS).exp();
    let shock = sigma * (1.0 - root * root).sqrt();
    let first: f64 = rng.sample(StandardNormal);
    let mut level = sigma * first;
    for value in values {
        *value += level;
        let normal: f64 = rng.sample(StandardNormal);
        level = root * level + shock * normal;
    }
}

/// What the barometer makes of it.
pub(super) fn measured(pressure: &[f64], white: f64, streams: Streams) -> Vec<f64> {
    let mut values = pressure.to_vec();
    add_white(&mut values, white, &mut streams.get(Purpose::PressureSensor, 0));
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weather_has_the_stated_spread() {
        let region = Streams::of_region(5);
        let mut square = 0.0;
        for part in 0..40 {
            let series = smooth_pairs(20_000, 4.5, part, region);
            square += series.iter().map(|[a, b]| a * a + b * b).sum::<f64>() / 40_000.0;
        }
        let sigma = (square / 40.0 * WAVES as f64).sqrt();
        // About 80 series of 20,000/100 independent values: standard error below 1 %.
        assert!((sigma / 4.5 - 1.0).abs() < 0.04, "{sigma}");
    }
}
