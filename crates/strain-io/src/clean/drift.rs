use std::ops::Range;

use jiff::Timestamp;
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::drift_fit::{Curve, Days, fit_curve};
use crate::robust::block_medians;
use crate::{Provenance, Recording, Result, StrainIoError, TimeGrid};

const SECONDS_A_DAY: f64 = 86_400.0;
/// The highest degree: beyond it a curve of a few years follows weeks.
const HIGHEST_DEGREE: usize = 12;

/// The curve that [`fit_drift`] takes for a drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DriftConfig {
    /// The degree of the polynomial, 0 to 12. 1, a line, by default.
    pub degree: usize,
    /// Whether c·exp(−t/τ) is added: the curing of a new borehole.
    pub curing: bool,
    /// Whether days that the curve does not explain lose their weight: steps that were not repaired,
    /// disturbances. By default they do.
    pub robust: bool,
}

impl Default for DriftConfig {
    fn default() -> Self {
        Self { degree: 1, curing: false, robust: true }
    }
}

impl DriftConfig {
    /// Sets the degree of the polynomial.
    pub fn with_degree(mut self, degree: usize) -> Self {
        self.degree = degree;
        self
    }

    /// Sets whether the curing of a new borehole is added.
    pub fn with_curing(mut self, curing: bool) -> Self {
        self.curing = curing;
        self
    }

    /// Sets whether days that the curve does not explain lose their weight.
    pub fn with_robust(mut self, robust: bool) -> Self {
        self.robust = robust;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for a degree above 12.
    pub fn validate(&self) -> Result<()> {
        if self.degree > HIGHEST_DEGREE {
            return Err(StrainIoError::Config {
                name: "degree",
                value: self.degree.to_string(),
                advice: "give a degree from 0 to 12",
            });
        }
        Ok(())
    }
}

/// A fitted drift: a polynomial and, where it was asked for, an exponential, in days t from `start`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DriftFit {
    /// The channel.
    pub channel: String,
    /// First sample of the fit span.
    pub start: Timestamp,
    /// Last sample of the fit span.
    pub end: Timestamp,
    /// Factors of the Legendre polynomials P₀, P₁, … of 2t/T − 1, T the span's days, in the channel's
    /// unit: those of powers of t would be large numbers that cancel.
    pub polynomial: Vec<f64>,
    /// The exponential.
    pub curing: Option<Curing>,
    /// Days that had a value.
    pub days: usize,
    /// Days that the fit gave no weight.
    pub left_out: usize,
    /// Robust standard deviation about the curve of the daily medians that have weight, in the channel's
    /// unit.
    pub residual_std: f64,
}

/// amplitude · exp(−t / decay_days).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Curing {
    /// At the first sample of the fit span, in the channel's unit.
    pub amplitude: f64,
    /// The time constant τ, days.
    pub decay_days: f64,
}

/// Fits the slow drift of a channel on the samples `range`, through the medians of whole days.
///
/// By least squares, or robustly: least absolute deviations first, and from there, with their scale,
/// Tukey's biweight (Holland, P. W. and Welsch, R. E. (1977), *Commun. Stat. Theory Methods* 6,
/// 813–827). The time constant of the exponential is the one whose fit is nearest, from a day to the
/// span. No standard errors are given: what is left of a borehole's record is far from white.
///
/// Take steps and spikes out first where you know them. Later samples than those of `range` change
/// nothing, so that the drift of a past span may be taken out of what came after it.
///
/// # Errors
///
/// [`StrainIoError::Config`] for a degree above 12, [`StrainIoError::NoChannel`],
/// [`StrainIoError::Range`], [`StrainIoError::FitTooShort`] for fewer than twice as many days as the
/// curve has coefficients, and [`StrainIoError::LinearAlgebra`].
///
/// # Example
///
/// ```
/// use jiff::SignedDuration;
/// use strain_io::{Channel, DriftConfig, Recording, TimeGrid, fit_drift, ndarray::Array2};
///
/// // A curing borehole, and an offset of 40 days that nobody repaired.
/// let grid = TimeGrid::new("2008-01-01T00:00:00Z".parse()?, SignedDuration::from_hours(1), 7200)?;
/// let drift = |day: f64| 300.0 * (-day / 30.0).exp() - 0.4 * day;
/// let values = Array2::from_shape_fn((7200, 1), |(hour, _)| {
///     let tide = (hour as f64 * 0.506).sin();
///     drift(hour as f64 / 24.0) + tide + if (2400..3360).contains(&hour) { 90.0 } else { 0.0 }
/// });
/// let recording = Recording::new("X", grid, vec![Channel::gauge("s1", 51.0)], values)?;
/// let fit = fit_drift(&recording, "s1", 0..7200, &DriftConfig::default().with_curing(true))?;
/// let curing = fit.curing.ok_or("fitted")?;
/// assert!((curing.decay_days - 30.0).abs() < 1.0 && (curing.amplitude - 300.0).abs() < 5.0);
/// // The offset's days have no say, nor a few in which the tide's medians are extreme.
/// assert!((40..60).contains(&fit.left_out));
/// let flat = fit.remove(&recording)?;
/// assert!(flat.channel("s1")?[7100].abs() < 3.0);
/// let again = fit.restore(&flat)?;
/// assert!((again.channel("s1")?[7100] - recording.channel("s1")?[7100]).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fit_drift(
    recording: &Recording,
    channel: &str,
    range: Range<usize>,
    config: &DriftConfig,
) -> Result<DriftFit> {
    config.validate()?;
    let grid = recording.grid().slice(range.clone())?;
    let values = recording.channel(channel)?.to_vec();
    let day = grid.interval_seconds() / SECONDS_A_DAY;
    let per_day = ((1.0 / day).round() as usize).max(1);
    let medians = block_medians(&values[range], per_day);
    let needed = 2 * (config.degree + 1 + 2 * usize::from(config.curing));
    if medians.len() < needed {
        return Err(StrainIoError::FitTooShort {
            channel: channel.to_owned(),
            start: grid.start(),
            end: grid.end(),
            usable: medians.len(),
            needed,
        });
    }
    let days = Days {
        days: medians.iter().map(|(sample, _)| sample * day).collect(),
        values: medians.iter().map(|(_, median)| *median).collect(),
        span: (grid.len() - 1) as f64 * day,
    };
    let curve = fit_curve(&days, config).map_err(|source| StrainIoError::LinearAlgebra {
        what: format!("the drift of channel {channel}"),
        source,
    })?;
    let Shape { polynomial, curing, .. } = Shape::of(&curve, config.degree, days.span);
    Ok(DriftFit {
        channel: channel.to_owned(),
        start: grid.start(),
        end: grid.end(),
        polynomial,
        curing,
        days: days.days.len(),
        left_out: curve.left_out,
        residual_std: curve.residual_std,
    })
}

/// A drift in days from the start of its fit span.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// Factors of the Legendre polynomials.
    pub(crate) polynomial: Vec<f64>,
    pub(crate) curing: Option<Curing>,
    /// Days of the span.
    span: f64,
}

impl Shape {
    pub(crate) fn of(curve: &Curve, degree: usize, span: f64) -> Self {
        let (polynomial, amplitude) = curve.coefficients.split_at(degree + 1);
        let curing = curve.decay_days.zip(amplitude.first());
        let curing = curing.map(|(decay_days, &amplitude)| Curing { amplitude, decay_days });
        Self { polynomial: polynomial.to_vec(), curing, span }
    }

    /// Value and slope a day; outside of the span the curve goes on straight.
    pub(crate) fn at(&self, day: f64) -> (f64, f64) {
        let inside = day.clamp(0.0, self.span);
        let (mut value, mut slope) = (0.0, 0.0);
        let place = 2.0 * inside / self.span - 1.0;
        for (factor, (p, turn)) in self.polynomial.iter().zip(legendre(place)) {
            value += factor * p;
            slope += factor * turn * 2.0 / self.span;
        }
        if let Some(Curing { amplitude, decay_days }) = self.curing {
            let part = amplitude * (-inside / decay_days).exp();
            value += part;
            slope -= part / decay_days;
        }
        (value + slope * (day - inside), slope)
    }
}

impl DriftFit {
    /// The drift at every sample of a grid, `[time]`, in the channel's unit; outside of the fit span it
    /// goes on straight, with the slope that it had at the span's end.
    pub fn predict(&self, grid: &TimeGrid) -> Array1<f64> {
        let span = self.end.duration_since(self.start).as_secs_f64() / SECONDS_A_DAY;
        let first = grid.start().duration_since(self.start).as_secs_f64() / SECONDS_A_DAY;
        let step = grid.interval_seconds() / SECONDS_A_DAY;
        let (polynomial, curing) = (self.polynomial.clone(), self.curing);
        let shape = Shape { polynomial, curing, span };
        Array1::from_shape_fn(grid.len(), |index| shape.at(first + index as f64 * step).0)
    }

    /// The recording with the drift taken out of the channel, all of its level with it; its values are
    /// flagged [`DETRENDED`](Provenance::DETRENDED).
    ///
    /// # Errors
    ///
    /// [`StrainIoError::NoChannel`] for a recording without the channel.
    pub fn remove(&self, recording: &Recording) -> Result<Recording> {
        self.add(recording, -1.0)
    }

    /// Undoes [`remove`](Self::remove) by adding the drift again, to rounding: 1e-9 of the larger of
    /// value and drift is far more than it can be off. The flag is cleared.
    ///
    /// # Errors
    ///
    /// As [`remove`](Self::remove).
    pub fn restore(&self, recording: &Recording) -> Result<Recording> {
        self.add(recording, 1.0)
    }

    fn add(&self, recording: &Recording, sign: f64) -> Result<Recording> {
        let column = recording.channel_index(&self.channel)?;
        let mut values = recording.values().to_owned();
        let mut flags = recording.provenance().to_owned();
        values.column_mut(column).scaled_add(sign, &self.predict(recording.grid()));
        for (set, value) in flags.column_mut(column).iter_mut().zip(values.column(column)) {
            if sign > 0.0 || !value.is_nan() {
                set.set(Provenance::DETRENDED, sign < 0.0);
            }
        }
        recording.with_values(values, flags)
    }
}

/// The Legendre polynomials at x and their derivatives, from P₀ on.
pub(super) fn legendre(x: f64) -> impl Iterator<Item = (f64, f64)> {
    let mut degree = 0.0;
    let (mut now, mut before) = ((1.0, 0.0), (0.0, 0.0));
    std::iter::from_fn(move || {
        let this = now;
        // (n + 1) Pₙ₊₁ = (2n + 1) x Pₙ − n Pₙ₋₁, and Pₙ₊₁′ = Pₙ₋₁′ + (2n + 1) Pₙ.
        let odd = 2.0 * degree + 1.0;
        let next = (odd * x * now.0 - degree * before.0) / (degree + 1.0);
        (now, before) = ((next, before.1 + odd * now.0), now);
        degree += 1.0;
        Some(this)
    })
}
