use std::ops::Range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::config::{Driver, ResponseConfig};
use super::fit::{ResponseFit, fit_response_with};
use super::rows::TidalDesign;
use crate::tide::TidalSet;
use crate::{Recording, Result, StrainIoError};

/// A constituent as recorded against what theory says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TidalFactor {
    /// The constituent.
    pub name: String,
    /// First sample that it comes from.
    pub start: Timestamp,
    /// Last sample that it comes from.
    pub end: Timestamp,
    /// Recorded amplitude over theoretical.
    pub factor: f64,
    /// Its standard error.
    pub factor_error: f64,
    /// By how many degrees the record comes after theory, in −180..=180.
    pub lag_degrees: f64,
    /// Its standard error.
    pub lag_error_degrees: f64,
}

/// The tidal factors of all constituents that were fitted in both: a record's response and that of
/// its theoretical tide ([`solid_tide`](crate::solid_tide)), analysed alike.
///
/// ```
/// use jiff::SignedDuration;
/// use strain_io::{
///     Channel, LoveNumbers, Recording, ResponseConfig, TideSite, TimeGrid, fit_response,
///     ndarray::Array2, solid_tide, tidal_factors,
/// };
///
/// // A gauge that sees eight tenths of the tide.
/// let grid = TimeGrid::new("2008-01-01T00:00:00Z".parse()?, SignedDuration::from_hours(1), 1440)?;
/// let tide = solid_tide(&TideSite::new(30.1, 102.2), &grid, &LoveNumbers::default())?.along(51.0);
/// let values = Array2::from_shape_fn((1440, 2), |(hour, column)| [0.8, 1.0][column] * tide[hour]);
/// let channels = vec![Channel::gauge("s1", 51.0), Channel::gauge("theory", 51.0)];
/// let recording = Recording::new("X", grid, channels, values)?;
/// let config = ResponseConfig::default();
/// let observed = fit_response(&recording, "s1", 0..1440, &config)?;
/// let theory = fit_response(&recording, "theory", 0..1440, &config)?;
/// for factor in tidal_factors(&observed, &theory).iter().filter(|factor| factor.name == "M2") {
///     assert!((factor.factor - 0.8).abs() < 1e-6 && factor.lag_degrees.abs() < 1e-4);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tidal_factors(observed: &ResponseFit, theory: &ResponseFit) -> Vec<TidalFactor> {
    let fitted = observed.tides.iter().filter(|tide| tide.inferred_from.is_none());
    let pairs = fitted.filter_map(|tide| {
        let wanted = theory.tide(&tide.name)?;
        (wanted.inferred_from.is_none() && wanted.amplitude > 0.0).then_some((tide, wanted))
    });
    let factors = pairs.map(|(tide, wanted)| {
        let lag = tide.phase_degrees - wanted.phase_degrees;
        let relative = wanted.amplitude_error / wanted.amplitude;
        let factor = tide.amplitude / wanted.amplitude;
        TidalFactor {
            name: tide.name.clone(),
            start: observed.start,
            end: observed.end,
            factor,
            factor_error: (tide.amplitude_error / wanted.amplitude).hypot(factor * relative),
            lag_degrees: (lag + 540.0).rem_euclid(360.0) - 180.0,
            lag_error_degrees: tide.phase_error_degrees.hypot(wanted.phase_error_degrees),
        }
    });
    factors.collect()
}

/// The tidal factors of one channel against another, its theoretical tide, in windows of `window`
/// samples every `step` within `range`: how stable the instrument is.
///
/// A window with too few samples is left out; each one's factors are dated by its own first and
/// last sample, and depend on no other sample.
///
/// # Errors
///
/// As [`fit_response`](crate::fit_response), but for windows that are too short; [`StrainIoError::Config`] for a window
/// or step of no samples or a configuration without tides.
pub fn tidal_factor_series(
    recording: &Recording,
    channel: &str,
    theory: &str,
    range: Range<usize>,
    (window, step): (usize, usize),
    config: &ResponseConfig,
) -> Result<Vec<Vec<TidalFactor>>> {
    config.validate()?;
    recording.grid().slice(range.clone())?;
    let Some(set) = config.tides.filter(|_| window > 0 && step > 0) else {
        return Err(StrainIoError::Config {
            name: "window, step, tides",
            value: format!("{window}, {step}, {:?}", config.tides),
            advice: "give at least one sample each, and a tidal set",
        });
    };
    let mut series = Vec::new();
    let mut start = range.start;
    while start + window <= range.end {
        let part = TidalWindow::new(set, recording, start..start + window)?;
        series.extend(part.factors((recording, channel), (recording, theory), &config.drivers)?);
        start += step;
    }
    Ok(series)
}

/// A window of a recording, with the tidal columns that all its channels share.
pub(crate) struct TidalWindow {
    range: Range<usize>,
    tides: TidalDesign,
}

impl TidalWindow {
    pub(crate) fn new(set: TidalSet, recording: &Recording, range: Range<usize>) -> Result<Self> {
        Ok(Self { tides: TidalDesign::new(set, recording.grid(), range.clone())?, range })
    }

    /// The factors of one channel against that of its theory, which is of the same grid; nothing
    /// where too few samples are there.
    pub(crate) fn factors(
        &self,
        (recording, channel): (&Recording, &str),
        (theory, tide): (&Recording, &str),
        drivers: &[Driver],
    ) -> Result<Option<Vec<TidalFactor>>> {
        let fit = |recording, channel, drivers| {
            fit_response_with(recording, channel, self.range.clone(), Some(&self.tides), drivers)
        };
        match fit(recording, channel, drivers) {
            Ok(observed) => Ok(Some(tidal_factors(&observed, &fit(theory, tide, &[])?))),
            Err(StrainIoError::FitTooShort { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
