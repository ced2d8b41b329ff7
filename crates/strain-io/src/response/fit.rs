use std::ops::Range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::config::{Driver, ResponseConfig};
use super::noise;
use super::report::{DriverResponse, Harmonic, LagCoefficient};
use super::rows::{Rows, TidalDesign, row_hours};
use super::tides::Tides;
use crate::tide::Group;
use crate::trimmed::{Trimmed, trimmed_least_squares};
use crate::{Recording, Result, StrainIoError};

/// The fitted response of one channel.
///
/// Serialised whole: what is read back predicts the same values to the last bit, where the format
/// keeps numbers (JSON with `float_roundtrip`, TOML), so that a correction can be undone elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResponseFit {
    /// The channel.
    pub channel: String,
    /// First sample of the fit span.
    pub start: Timestamp,
    /// Last sample of the fit span.
    pub end: Timestamp,
    /// Constituents that were fitted, and those inferred from them, in the order of their set.
    pub tides: Vec<Harmonic>,
    /// Constituents that the span can neither tell apart nor infer.
    pub left_out: Vec<String>,
    /// The response to other channels.
    pub drivers: Vec<DriverResponse>,
    /// Differences, from hour to hour, that were used.
    pub used: usize,
    /// Differences that the fit does not explain (steps, spikes, earthquakes) and that were left
    /// out.
    pub trimmed: usize,
    /// Standard deviation of the used differences' residuals, in the channel's unit.
    pub residual_std: f64,
    /// The tides' coefficients, from which they are predicted.
    pub(super) harmonics: Option<Tides>,
}

/// Fits tides and the responses to other channels together, on the samples `range`.
///
/// Harmonic analysis by least squares with the constituents' astronomical arguments (R. Ray's, as in
/// OTPS) and nodal corrections (Pugh, D. T. (1987), *Tides, Surges and Mean Sea-Level*, table 4:2),
/// on differences from hour to hour: a step is then one bad row, which trimming leaves out, and a
/// drift next to nothing. A masked sample is not used. Where the sampling interval does not divide an
/// hour, the differences are over the number of samples nearest to one, or over one sample.
///
/// A tide's standard error comes from the noise beside its own frequency, which in a borehole is
/// far from white; that of a driver's coefficient takes the residual differences as independent.
///
/// # Errors
///
/// [`StrainIoError::Config`], also for lags that are no whole number of samples and for tides from
/// samples more than three hours apart; [`StrainIoError::NoChannel`], [`StrainIoError::Range`],
/// [`StrainIoError::FitTooShort`] for fewer than three usable differences a coefficient, and
/// [`StrainIoError::LinearAlgebra`].
///
/// # Example
///
/// ```
/// use jiff::SignedDuration;
/// use strain_io::{
///     Channel, Driver, LoveNumbers, Recording, ResponseConfig, TideSite, TimeGrid, Unit,
///     fit_response, ndarray::Array2, solid_tide,
/// };
///
/// // Eight months of a gauge that sees the tide 1.3-fold and air pressure of an hour ago.
/// let grid = TimeGrid::new(
///     "2008-01-01T00:00:00Z".parse()?, SignedDuration::from_hours(1), 24 * 240)?;
/// let site = TideSite::new(30.1, 102.2);
/// let tide = solid_tide(&site, &grid, &LoveNumbers::default())?.along(51.0);
/// let air = |hour: usize| 850.0 + 5.0 * (0.031 * hour as f64).sin() + 3.0 * (0.4 * hour as f64).sin();
/// let values = Array2::from_shape_fn((grid.len(), 2), |(hour, column)| match column {
///     0 => 1.3 * tide[hour] - 1.5 * air(hour.saturating_sub(1)),
///     _ => air(hour),
/// });
/// let channels = vec![Channel::gauge("s1", 51.0), Channel::new("pressure", Unit::Hectopascal)];
/// let recording = Recording::new("X", grid, channels, values)?;
///
/// let config = ResponseConfig::default()
///     .with_driver(Driver::new("pressure").with_lags_hours([0, 1, 2]));
/// let fit = fit_response(&recording, "s1", 0..grid.len(), &config)?;
/// let lags = &fit.drivers[0].lags;
/// assert!(lags[0].coefficient.abs() < 0.05 && (lags[1].coefficient + 1.5).abs() < 0.05);
/// assert!(fit.tides.iter().any(|tide| tide.name == "O1" && tide.amplitude > 1.0));
/// // Taken out, what is left hardly moves; put back, it is the record again.
/// let clean = fit.correct(&recording)?;
/// let s1 = clean.channel("s1")?;
/// assert!((3..grid.len()).all(|hour| (s1[hour] - s1[hour - 1]).abs() < 0.5));
/// let again = fit.restore(&clean)?;
/// assert!((again.channel("s1")?[100] - recording.channel("s1")?[100]).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fit_response(
    recording: &Recording,
    channel: &str,
    range: Range<usize>,
    config: &ResponseConfig,
) -> Result<ResponseFit> {
    config.validate()?;
    let tides = config.tides.map(|set| TidalDesign::new(set, recording.grid(), range.clone()));
    fit_response_with(recording, channel, range, tides.transpose()?.as_ref(), &config.drivers)
}

/// The same with tidal columns of that range that are there already, as for another channel.
pub(crate) fn fit_response_with(
    recording: &Recording,
    channel: &str,
    range: Range<usize>,
    tides: Option<&TidalDesign>,
    drivers: &[Driver],
) -> Result<ResponseFit> {
    let grid = recording.grid().slice(range.clone())?;
    let row_hours = row_hours(&grid);
    let span_rows = range.len() as f64 * grid.interval_seconds() / 3600.0 / row_hours;
    let rows = Rows::new(recording, channel, range, tides, drivers)?;
    let needed = (3 * rows.design.ncols()).max(24);
    if rows.changes.len() < needed {
        return Err(StrainIoError::FitTooShort {
            channel: channel.to_owned(),
            start: grid.start(),
            end: grid.end(),
            usable: rows.changes.len(),
            needed,
        });
    }
    let fit = trimmed_least_squares(&rows.design, &rows.changes).map_err(|source| {
        let what = format!("the response of channel {channel}");
        StrainIoError::LinearAlgebra { what, source }
    })?;
    let residuals: Vec<(usize, f64)> =
        fit.kept.iter().map(|&(row, residual)| (rows.ends[row], residual)).collect();
    let groups = tides.map(|tides| tides.groups.clone());
    let left_out = groups.as_ref().map_or(&[][..], |groups| &groups.left_out);
    Ok(ResponseFit {
        channel: channel.to_owned(),
        start: grid.start(),
        end: grid.end(),
        tides: groups.as_ref().map_or(Vec::new(), |it| {
            harmonics(it.groups(), &fit, &residuals, (row_hours, span_rows))
        }),
        left_out: left_out.iter().map(|&name| name.to_owned()).collect(),
        drivers: driver_responses(
            drivers,
            &fit,
            groups.as_ref().map_or(0, |g| 2 * g.groups().len()),
        ),
        used: residuals.len(),
        trimmed: rows.changes.len() - residuals.len(),
        residual_std: fit.variance.sqrt(),
        harmonics: groups.map(|groups| Tides::new(groups, &fit.coefficients)),
    })
}

fn harmonics(
    groups: &[Group],
    fit: &Trimmed,
    residuals: &[(usize, f64)],
    (row_hours, span_rows): (f64, f64),
) -> Vec<Harmonic> {
    // Cycles a row.
    let lines: Vec<f64> = groups.iter().map(|group| group.frequency() / 24.0 * row_hours).collect();
    let mut harmonics = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let (a, b) = (fit.coefficients[2 * index], fit.coefficients[2 * index + 1]);
        let noise = noise::beside(residuals, lines[index], &lines, span_rows);
        let ratio = noise.filter(|_| fit.variance > 0.0).map_or(1.0, |noise| noise / fit.variance);
        let covariance =
            |i: usize, j: usize| ratio * fit.covariance[[2 * index + i, 2 * index + j]];
        let amplitude = a.hypot(b);
        // Along and across the vector (a, b).
        let (cos, sin) = if amplitude > 0.0 { (a / amplitude, b / amplitude) } else { (1.0, 0.0) };
        let (caa, cab, cbb) = (covariance(0, 0), covariance(0, 1), covariance(1, 1));
        let along = cos * cos * caa + 2.0 * cos * sin * cab + sin * sin * cbb;
        let across = sin * sin * caa - 2.0 * cos * sin * cab + cos * cos * cbb;
        let turn = across.max(0.0).sqrt().atan2(amplitude).to_degrees();
        for (name, period_hours, share) in group.members() {
            harmonics.push(Harmonic {
                name: name.to_owned(),
                period_hours,
                amplitude: share * amplitude,
                amplitude_error: share * along.max(0.0).sqrt(),
                phase_degrees: b.atan2(a).to_degrees().rem_euclid(360.0),
                phase_error_degrees: turn,
                inferred_from: (name != group.name()).then(|| group.name().to_owned()),
            });
        }
    }
    harmonics
}

/// The responses to the drivers, whose coefficients begin with that of column `first`.
pub(crate) fn driver_responses(
    drivers: &[Driver],
    fit: &Trimmed,
    mut first: usize,
) -> Vec<DriverResponse> {
    let mut responses = Vec::new();
    for driver in drivers {
        let columns = first..first + driver.lags_hours.len();
        first = columns.end;
        let lags = columns.clone().zip(&driver.lags_hours).map(|(column, &hours)| LagCoefficient {
            hours,
            coefficient: fit.coefficients[column],
            standard_error: fit.errors[column],
        });
        let row = |i: usize| columns.clone().map(|j| fit.covariance[[i, j]]).collect();
        responses.push(DriverResponse {
            channel: driver.channel.clone(),
            lags: lags.collect(),
            covariance: columns.clone().map(row).collect(),
        });
    }
    responses
}
