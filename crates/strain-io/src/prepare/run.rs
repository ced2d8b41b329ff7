use std::ops::Range;

use super::config::PrepareConfig;
use super::report::PrepareReport;
use super::stream::PrepareStream;
use super::undo::Undo;
use crate::{CoseismicContext, Recording, Result};

/// The result of [`prepare`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Prepared {
    /// The four gauges, nanostrain, NaN where missing, with a flag for whatever was changed.
    pub recording: Recording,
    /// What was done.
    pub report: PrepareReport,
    pub(super) undo: Undo,
}

/// Takes tide, air pressure and other drivers, spikes, steps, short gaps and drift out of the four gauges.
///
/// Per gauge and in this order:
///
/// 1. Tide, pressure response and the responses to [`drivers`](PrepareConfig::drivers) are fitted together,
///    by trimmed least squares on differences from hour to hour within the samples `fit`, and taken out
///    everywhere. The tide is a sum of constituents with astronomical arguments and nodal corrections;
///    those that the span cannot tell apart follow their larger neighbour in the ratio of the tidal
///    potential. A response is Σ bₖ · driver(t − lag k). A sample with a driver missing at one of its lags
///    for longer than `max_fill_hours`, or not recorded yet, is withheld.
/// 2. A change from one sample to the next beyond the threshold of [`StepConfig`](crate::StepConfig)
///    is a jump: it is taken out at once, and given back if the record returns within a few
///    samples (it was a spike, not a step). Known steps are taken out at their time. The sample of a
///    jump itself holds the last level.
/// 3. Gaps hold the last level for `max_fill_hours`; what is missing beyond stays missing.
/// 4. The drift curve fitted on `fit`, and then the trailing median level, are taken out.
///
/// Samples are flagged [`RESPONSE_CORRECTED`](crate::Provenance::RESPONSE_CORRECTED) where tide or
/// drivers were taken out of their own value, [`DETRENDED`](crate::Provenance::DETRENDED) where drift or
/// level was, and for jumps and gaps. [`Prepared::undo`] gives the recorded gauges back.
///
/// # Causality
///
/// After the fit span a value and its flags depend on samples up to its own and on the fit span,
/// never on what comes later. Give as `fit` the training span, and no detector downstream can see
/// the future.
///
/// # Errors
///
/// [`StrainIoError::Config`](crate::StrainIoError::Config) for settings that make no sense,
/// also for a lag that is no whole number of samples,
/// [`Range`](crate::StrainIoError::Range) where `fit` is not a part of the recording,
/// [`NoChannel`](crate::StrainIoError::NoChannel) for a gauge, barometer or driver that is not there,
/// [`WrongUnit`](crate::StrainIoError::WrongUnit) for gauges that are not in nanostrain or pressure
/// that is not in hPa, and [`FitTooShort`](crate::StrainIoError::FitTooShort).
///
/// # Example
///
/// ```
/// use strain_io::{Channel, PrepareConfig, Recording, TimeGrid, ndarray::Array2, prepare};
///
/// // Two months of an M2 tide, and a step of 300 nanostrain in gauge 2.
/// let len = 60 * 24;
/// let grid = TimeGrid::new(
///     "2008-03-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), len)?;
/// let values = Array2::from_shape_fn((len, 4), |(hour, gauge)| {
///     let tide = 10.0 * (std::f64::consts::TAU * hour as f64 / 12.4206012).cos();
///     tide + if gauge == 1 && hour >= 1000 { 300.0 } else { 0.0 }
/// });
/// let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * i as f64));
/// let recording = Recording::new("X", grid, channels.collect(), values)?;
///
/// let config = PrepareConfig::default().without_pressure();
/// let prepared = prepare(&recording, &config, 0..720)?;
/// let report = &prepared.report.gauges[1];
/// assert_eq!(report.steps[0].time, grid.time(1000));
/// assert!((report.steps[0].size - 300.0).abs() < 2.0);
/// let m2 = report.tide.iter().find(|constituent| constituent.name == "M2").unwrap();
/// assert!((m2.amplitude - 10.0).abs() < 0.5);
/// assert!(prepared.recording.channel("s2")?.iter().all(|value| value.abs() < 3.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prepare(
    recording: &Recording,
    config: &PrepareConfig,
    fit: Range<usize>,
) -> Result<Prepared> {
    run(recording, config, fit, None)
}

/// As [`prepare`], and names the earthquakes that explain steps
/// ([`Step::coseismic`](crate::Step::coseismic)); with
/// [`keep_coseismic`](crate::StepConfig::keep_coseismic) a detected step that one explains is left in.
///
/// # Causality
///
/// A sample depends on earthquakes before it only, so that after the fit span no later sample goes in
/// here either. But a catalogue's entry is later than the waves: minutes for an automatic location, days
/// for a final one. What is computed at once knows no earthquake, takes the step out, and differs from
/// what is computed with the catalogue afterwards. For a detector that is to see what could be seen then,
/// give the catalogue as it was then, or leave the step out.
///
/// # Errors
///
/// As [`prepare`], and [`StrainIoError::Config`](crate::StrainIoError::Config) for a rule of no reach.
///
/// # Example
///
/// ```
/// use strain_io::{
///     Catalogue, Channel, CoseismicContext, Event, PrepareConfig, Recording, StepConfig, TimeGrid,
///     ndarray::Array2, prepare_with_catalogue,
/// };
///
/// // Two months, Wenchuan's step and another one.
/// let grid = TimeGrid::new(
///     "2008-04-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 60 * 24)?;
/// let values = Array2::from_shape_fn((grid.len(), 4), |(hour, _)| {
///     let step = |from, size| if hour >= from { size } else { 0.0 };
///     ((hour * hour) as f64).sin() + step(41 * 24 + 7, -89.0) + step(50 * 24, 40.0)
/// });
/// let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * i as f64));
/// let recording = Recording::new("51010", grid, channels.collect(), values)?;
/// let catalogue = Catalogue::new(vec![
///     Event::new("2008-05-12T06:28:04Z".parse()?, 30.95, 103.4, 8.0)]);
///
/// let config = PrepareConfig::default()
///     .without_pressure()
///     .with_steps(StepConfig::default().with_keep_coseismic(true));
/// let around = CoseismicContext::new(&catalogue, (30.12, 102.17));
/// let prepared = prepare_with_catalogue(&recording, &config, 0..720, &around)?;
/// let gauge = &prepared.report.gauges[0];
/// assert_eq!(gauge.kept_steps[0].time, "2008-05-12T07:00:00Z".parse()?);
/// assert!(gauge.kept_steps[0].significance().is_some_and(|times| times > 15.0));
/// assert_eq!((gauge.steps.len(), gauge.steps[0].coseismic), (1, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prepare_with_catalogue(
    recording: &Recording,
    config: &PrepareConfig,
    fit: Range<usize>,
    earthquakes: &CoseismicContext<'_>,
) -> Result<Prepared> {
    run(recording, config, fit, Some(earthquakes))
}

fn run(
    recording: &Recording,
    config: &PrepareConfig,
    fit: Range<usize>,
    earthquakes: Option<&CoseismicContext<'_>>,
) -> Result<Prepared> {
    let (stream, whole) = PrepareStream::start_undoable(recording, config, fit, earthquakes)?;
    Ok(Prepared { recording: whole.recording, report: stream.finish(), undo: whole.undo })
}
