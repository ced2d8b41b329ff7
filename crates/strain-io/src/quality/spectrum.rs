use std::f64::consts::TAU;

use ndarray::{Array1, Array2};
use realfft::RealFftPlanner;
use serde::{Deserialize, Serialize};
use stmn_linalg::default_backend;

use crate::{Recording, Result, StrainIoError, TimeGrid};

/// Half the width, in cycles a day, of what is left out around whole cycles a day: tides.
const TIDAL_BAND: f64 = 0.2;
/// Bins of equal width in the logarithm of frequency, a decade.
const BINS_A_DECADE: f64 = 8.0;
const SECONDS_A_DAY: f64 = 86_400.0;

/// How [`noise_spectrum`] looks at a record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SpectrumConfig {
    /// Days of one segment; segments overlap by half. 30 by default.
    pub segment_days: f64,
    /// Whether one, two and three cycles a day are left out of the power law.
    pub leave_out_tides: bool,
    /// The share of a segment that may be missing, 0 by default; a straight line stands in its place, which
    /// takes about this share off the density of what is faster than the gaps are long.
    pub max_missing: f64,
}

impl Default for SpectrumConfig {
    fn default() -> Self {
        Self { segment_days: 30.0, leave_out_tides: true, max_missing: 0.0 }
    }
}

impl SpectrumConfig {
    /// Sets the days of a segment.
    pub fn with_segment_days(mut self, days: f64) -> Self {
        self.segment_days = days;
        self
    }

    /// Sets the share of a segment that may be missing.
    pub fn with_max_missing(mut self, share: f64) -> Self {
        self.max_missing = share;
        self
    }

    /// Sets whether tides are left out of the power law.
    pub fn with_leave_out_tides(mut self, leave_out: bool) -> Self {
        self.leave_out_tides = leave_out;
        self
    }
}

/// The power spectral density of a channel and the power law through it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoiseSpectrum {
    /// Frequencies, cycles per day, without zero.
    pub cycles_per_day: Vec<f64>,
    /// One-sided density, channel's unit squared per cycle per day.
    pub density: Vec<f64>,
    /// Segments that were averaged.
    pub segments: usize,
    /// density = at_one_day · (cycles per day)^−index.
    pub power_law: PowerLaw,
}

/// A power law of noise: 0 for white, 1 for flicker, 2 for random walk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PowerLaw {
    /// Density at one cycle per day, channel's unit squared per cycle per day.
    pub at_one_day: f64,
    /// The spectral index.
    pub index: f64,
    /// Its standard error.
    pub index_error: f64,
}

/// The noise spectrum of a channel by Welch's method (Hann windows of complete segments, each less
/// its line, overlapping by half), and the power law by least squares on its logarithm in bins of
/// equal logarithmic width, from two cycles a segment to four fifths of the Nyquist frequency.
///
/// Welch, P. D. (1967), *IEEE Trans. Audio Electroacoust.* 15, 70–73, doi:10.1109/TAU.1967.1161901;
/// Agnew, D. C. (1992), The time-domain behavior of power-law noises, *Geophys. Res. Lett.* 19,
/// 333–336, doi:10.1029/91GL02832. Take steps out first: one step is a random walk to a spectrum.
///
/// # Errors
///
/// [`StrainIoError::NoChannel`]; [`StrainIoError::Config`] for a segment of fewer than 64 samples, or a share
/// that may be missing which is not in 0..=0.5;
/// [`StrainIoError::FitTooShort`] (of samples on end) without one complete segment, [`StrainIoError::Still`] where those that
/// there are have one value only.
///
/// # Example
///
/// ```
/// use strain_io::{Channel, Recording, SpectrumConfig, TimeGrid, ndarray::Array2, noise_spectrum};
///
/// // A walk of steps ±1 nanostrain from a simple generator.
/// let grid = TimeGrid::new(
///     "2008-01-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 24 * 360)?;
/// let (mut state, mut level) = (1_u64, 0.0);
/// let values = Array2::from_shape_fn((grid.len(), 1), |_| {
///     state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
///     level += if state >> 63 == 0 { 1.0 } else { -1.0 };
///     level
/// });
/// let recording = Recording::new("X", grid, vec![Channel::gauge("s1", 51.0)], values)?;
/// let spectrum = noise_spectrum(&recording, "s1", &SpectrumConfig::default())?;
/// assert!((spectrum.power_law.index - 1.9).abs() < 0.2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn noise_spectrum(
    recording: &Recording,
    channel: &str,
    config: &SpectrumConfig,
) -> Result<NoiseSpectrum> {
    spectrum_of(&recording.channel(channel)?.to_vec(), recording.grid(), channel, config)
}

/// The same of values on a grid.
pub(super) fn spectrum_of(
    values: &[f64],
    grid: &TimeGrid,
    channel: &str,
    config: &SpectrumConfig,
) -> Result<NoiseSpectrum> {
    let interval_days = grid.interval_seconds() / SECONDS_A_DAY;
    let segment = (config.segment_days / interval_days).round();
    if !(64.0..=1e8).contains(&segment) {
        return Err(StrainIoError::Config {
            name: "segment_days",
            value: format!("{} ({segment} samples)", config.segment_days),
            advice: "give days of at least 64 samples",
        });
    }
    if !(0.0..=0.5).contains(&config.max_missing) {
        return Err(StrainIoError::Config {
            name: "max_missing",
            value: config.max_missing.to_string(),
            advice: "give a share from 0 to 0.5",
        });
    }
    let segment = segment as usize;
    let (channel, start, end) = (channel.to_owned(), grid.start(), grid.end());
    let Welch { density, segments, varies } =
        welch(values, segment, interval_days, config.max_missing);
    if segments == 0 {
        let runs = values.split(|value| value.is_nan());
        let (usable, needed) = (runs.map(<[f64]>::len).max().unwrap_or(0), segment);
        return Err(StrainIoError::FitTooShort { channel, start, end, usable, needed });
    }
    if !varies {
        return Err(StrainIoError::Still { channel, start, end });
    }
    let step = 1.0 / (segment as f64 * interval_days);
    let cycles_per_day: Vec<f64> = (1..=density.len()).map(|k| k as f64 * step).collect();
    let power_law = power_law(&cycles_per_day, &density, config.leave_out_tides);
    let power_law = power_law.ok_or_else(|| StrainIoError::Config {
        name: "segment_days",
        value: config.segment_days.to_string(),
        advice: "too few frequencies are left for a power law; give longer segments",
    })?;
    Ok(NoiseSpectrum { cycles_per_day, density, segments, power_law })
}

/// A mean periodogram.
struct Welch {
    /// One-sided, at whole cycles a segment from one on.
    density: Vec<f64>,
    /// Segments that were complete.
    segments: usize,
    /// Whether one of them had more than one value.
    varies: bool,
}

fn welch(values: &[f64], segment: usize, interval_days: f64, max_missing: f64) -> Welch {
    let forward = RealFftPlanner::<f64>::new().plan_fft_forward(segment);
    let mut spectrum = forward.make_output_vec();
    let place = |index: usize| TAU * index as f64 / segment as f64;
    let window: Vec<f64> = (0..segment).map(|index| 0.5 - 0.5 * place(index).cos()).collect();
    let power: f64 = window.iter().map(|weight| weight * weight).sum();
    let mut density = vec![0.0; spectrum.len() - 1];
    let (mut segments, mut varies) = (0_u32, false);
    let mut start = 0;
    while start + segment <= values.len() {
        let part = &values[start..start + segment];
        start += segment / 2;
        let missing = part.iter().filter(|value| value.is_nan()).count();
        if missing as f64 > max_missing * segment as f64 {
            continue;
        }
        let part = bridged(part);
        let still = part.iter().all(|value| *value == part[0]);
        let mut part = without_line(&part);
        part.iter_mut().zip(&window).for_each(|(value, weight)| *value *= weight);
        // The lengths are the plan's own, so that this cannot fail.
        if forward.process(&mut part, &mut spectrum).is_err() {
            continue;
        }
        segments += 1;
        varies |= !still;
        for (sum, value) in density.iter_mut().zip(&spectrum[1..]) {
            *sum += 2.0 * interval_days * value.norm_sqr() / power;
        }
    }
    density.iter_mut().for_each(|sum| *sum /= f64::from(segments.max(1)));
    Welch { density, segments: segments as usize, varies }
}

/// The values with straight lines over the gaps, and the nearest value before and after all.
fn bridged(values: &[f64]) -> Vec<f64> {
    let mut bridged = values.to_vec();
    let known: Vec<usize> = (0..values.len()).filter(|&index| !values[index].is_nan()).collect();
    let (Some(&first), Some(&last)) = (known.first(), known.last()) else { return bridged };
    bridged[..first].fill(values[first]);
    bridged[last..].fill(values[last]);
    for pair in known.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let slope = (values[to] - values[from]) / (to - from) as f64;
        for (index, value) in bridged.iter_mut().enumerate().take(to).skip(from + 1) {
            *value = values[from] + slope * (index - from) as f64;
        }
    }
    bridged
}

fn without_line(values: &[f64]) -> Vec<f64> {
    let middle = (values.len() as f64 - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let (mut along, mut square) = (0.0, 0.0);
    for (index, value) in values.iter().enumerate() {
        let t = index as f64 - middle;
        along += t * (value - mean);
        square += t * t;
    }
    let slope = along / square;
    let line = |index: usize| mean + slope * (index as f64 - middle);
    values.iter().enumerate().map(|(index, value)| value - line(index)).collect()
}

fn power_law(frequencies: &[f64], density: &[f64], leave_out_tides: bool) -> Option<PowerLaw> {
    let (first, last) = (2.0 * frequencies.first()?, 0.8 * frequencies.last()?);
    let tidal =
        |f: f64| leave_out_tides && (0.8..3.3).contains(&f) && (f - f.round()).abs() < TIDAL_BAND;
    let bin = |f: f64| (f.log10() * BINS_A_DECADE).floor() as i64;
    // Mean density and mean logarithm of frequency of each bin, ascending.
    let mut points: Vec<(f64, f64)> = Vec::new();
    let (mut current, mut sums) = (i64::MIN, (0.0, 0.0, 0.0));
    let mut close = |sums: (f64, f64, f64)| {
        if sums.0 > 0.0 && sums.2 > 0.0 {
            points.push((sums.1 / sums.0, (sums.2 / sums.0).ln()));
        }
    };
    for (&f, &power) in frequencies.iter().zip(density) {
        if f < first || f > last || tidal(f) {
            continue;
        }
        if bin(f) != current {
            close(sums);
            (current, sums) = (bin(f), (0.0, 0.0, 0.0));
        }
        sums = (sums.0 + 1.0, sums.1 + f.ln(), sums.2 + power);
    }
    close(sums);
    if points.len() < 3 {
        return None;
    }
    let design =
        Array2::from_shape_fn((points.len(), 2), |(i, j)| if j == 0 { 1.0 } else { points[i].0 });
    let target: Array1<f64> = points.iter().map(|point| point.1).collect();
    let fit = default_backend().least_squares(design.view(), target.view()).ok()?;
    Some(PowerLaw {
        at_one_day: fit.solution[0].exp(),
        index: -fit.solution[1],
        index_error: fit.standard_errors()?[1],
    })
}
