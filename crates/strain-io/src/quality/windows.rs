use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::assess::assess;
use super::config::QualityConfig;
use super::report::SelfConsistency;
use crate::{Recording, Result, StrainIoError};

/// How well four gauges agree in one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsistencyWindow {
    /// First sample of the window.
    pub start: Timestamp,
    /// Last sample of the window.
    pub end: Timestamp,
    /// The agreement in it.
    pub self_consistency: SelfConsistency,
}

/// The self-consistency of four gauges in windows of `window` samples every `step`: when an
/// instrument went wrong. A window depends on no sample outside of it.
///
/// # Errors
///
/// As [`assess`]; [`StrainIoError::Config`] for a window or step of no samples, and for a recording
/// without four gauges.
///
/// # Example
///
/// ```
/// use strain_io::{
///     Channel, QualityConfig, Recording, TimeGrid, consistency_series, ndarray::Array2,
/// };
///
/// // Gauge 3 fails after a hundred hours.
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 200)?;
/// let values = Array2::from_shape_fn((200, 4), |(hour, gauge)| {
///     if gauge == 2 && hour >= 100 { (hour * hour % 17) as f64 } else { (hour as f64 * 0.5).sin() }
/// });
/// let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * i as f64));
/// let recording = Recording::new("X", grid, channels.collect(), values)?;
/// let series = consistency_series(&recording, &QualityConfig::default(), 50, 50)?;
/// let correlation = |window: usize| series[window].self_consistency.correlation.unwrap();
/// assert!(correlation(1) > 0.999 && correlation(2) < 0.5);
/// assert_eq!(series[2].start, grid.time(100));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn consistency_series(
    recording: &Recording,
    config: &QualityConfig,
    window: usize,
    step: usize,
) -> Result<Vec<ConsistencyWindow>> {
    if window == 0 || step == 0 {
        return Err(StrainIoError::Config {
            name: "window, step",
            value: format!("{window}, {step}"),
            advice: "give at least one sample each",
        });
    }
    let mut series = Vec::new();
    let mut start = 0;
    while start + window <= recording.grid().len() {
        let report = assess(&recording.slice(start..start + window)?, config)?;
        let Some(self_consistency) = report.self_consistency else {
            return Err(StrainIoError::Config {
                name: "gauges",
                value: format!("{:?} of station {}", config.gauges, recording.station()),
                advice: "name the channels of four gauges at 45° steps",
            });
        };
        series.push(ConsistencyWindow { start: report.start, end: report.end, self_consistency });
        start += step;
    }
    Ok(series)
}
