use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, Open01, Poisson, StandardNormal};

use super::rate::Rate;
use super::record::Record;
use super::tensor::{AZIMUTHS, Tensor};
use super::truth::Transient;

/// Range of transients' periods and durations, hours: what modes 3 to 5 of five hold of a week of
/// hourly samples after the tide.
const PERIODS: (f64, f64) = (4.0, 16.0);
const DURATIONS: (f64, f64) = (6.0, 24.0);

/// How large the transients of one kind are at one station.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Median, nanostrain.
    pub(super) median: f64,
    /// Standard deviation of the logarithm.
    pub(super) spread: f64,
    pub(super) gains: [f64; 4],
}

/// Anomalous transients: a Poisson number, at times that are independent of each other and
/// distributed as the rate.
pub(super) fn anomalous(
    rate: &Rate,
    record: &Record,
    sizes: Sizes,
    rng: &mut ChaCha8Rng,
) -> Vec<Transient> {
    let number = Poisson::new(rate.expected).map_or(0, |poisson| poisson.sample(rng) as usize);
    let mut transients: Vec<_> = (0..number)
        .map(|_| {
            let share: f64 = rng.sample(Open01);
            draw(24.0 * rate.day_of_share(share), record, sizes, rng)
        })
        .collect();
    transients.sort_by(|a, b| a.centre_hours.total_cmp(&b.centre_hours));
    transients
}

/// Ordinary transients at a constant rate, drawn backwards from the record's end.
pub(super) fn background(
    per_day: f64,
    record: &Record,
    sizes: Sizes,
    rng: &mut ChaCha8Rng,
) -> Vec<Transient> {
    let mut transients = Vec::new();
    let mut time = record.hours() - wait(per_day, rng);
    while time >= 0.0 {
        transients.push(draw(time, record, sizes, rng));
        time -= wait(per_day, rng);
    }
    transients.reverse();
    transients
}

/// Hours to the next of a Poisson process; forever at rate zero.
fn wait(per_day: f64, rng: &mut ChaCha8Rng) -> f64 {
    let wait: f64 = rng.sample(Exp1);
    24.0 * wait / per_day
}

/// A transient at a time, of random period, duration, phase, polarisation and size.
fn draw(centre_hours: f64, record: &Record, sizes: Sizes, rng: &mut ChaCha8Rng) -> Transient {
    let (shortest, longest) = PERIODS;
    let period_hours = shortest * (longest / shortest).powf(rng.random::<f64>());
    let cycles = rng.random_range(1.2..1.8);
    let duration_hours = f64::clamp(cycles * period_hours, DURATIONS.0, DURATIONS.1);
    let phase_degrees = 360.0 * rng.random::<f64>();
    let mut normal = || rng.sample::<f64, _>(StandardNormal);
    let size = sizes.median * (sizes.spread * normal()).exp();
    let direction = Tensor { areal: normal(), gamma1: normal(), gamma2: normal() };
    let on_gauges = AZIMUTHS.map(|azimuth| direction.along(azimuth));
    let rms = (on_gauges.iter().map(|e| e * e).sum::<f64>() / 4.0).sqrt();
    let onset = (centre_hours - duration_hours / 2.0) / record.step;
    Transient {
        onset: (onset.ceil().max(0.0) as usize).min(record.len() - 1),
        centre_hours,
        period_hours,
        duration_hours,
        phase_degrees,
        gauge_amplitudes: std::array::from_fn(|g| sizes.gains[g] * size * on_gauges[g] / rms),
    }
}

/// Adds transients to the gauges, each over the samples where its envelope is above 4e-6.
pub(super) fn add(gauges: &mut [Vec<f64>; 4], transients: &[Transient], record: &Record) {
    for transient in transients {
        let reach = 1.25 * transient.duration_hours;
        let first = ((transient.centre_hours - reach) / record.step).ceil().max(0.0) as usize;
        let last = ((transient.centre_hours + reach) / record.step).floor().max(0.0) as usize;
        for sample in first..=last.min(record.len() - 1) {
            let shape = transient.shape(sample as f64 * record.step);
            for (gauge, amplitude) in gauges.iter_mut().zip(transient.gauge_amplitudes) {
                gauge[sample] += amplitude * shape;
            }
        }
    }
}
