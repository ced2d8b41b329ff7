use super::config::QualityConfig;
use super::report::QualityReport;
use super::stream::AssessStream;
use crate::{Read, Recording, Result};

/// Measures how complete a recording is and how well its four gauges agree.
///
/// The self-consistency of a four-gauge borehole strainmeter is that of the two areal strains
/// S1+S3 and S2+S4 (Qiu, Z., Tang, L., Zhang, B. and Guo, Y. (2013), In situ calibration of and
/// algorithm for strain monitoring using four-gauge borehole strainmeters (FGBS), *J. Geophys. Res.
/// Solid Earth* 118, 1609–1618, doi:10.1002/jgrb.50112), as recorded
/// and on differences from sample to sample, where a common drift cannot feign agreement.
///
/// # Errors
///
/// [`StrainIoError::Config`](crate::StrainIoError::Config) for a configuration that makes no sense,
/// [`StrainIoError::NoChannel`](crate::StrainIoError::NoChannel) for a gauge that is not there.
///
/// # Example
///
/// ```
/// use strain_io::{Channel, QualityConfig, Recording, TimeGrid, assess, ndarray::Array2};
///
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 100)?;
/// // Gauges of one areal strain and one shear strain agree perfectly.
/// let values = Array2::from_shape_fn((100, 4), |(hour, gauge)| {
///     let (areal, shear) = ((hour as f64 * 0.5).sin(), (hour as f64 * 0.3).cos());
///     areal + if gauge < 2 { shear } else { -shear }
/// });
/// let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * i as f64));
/// let recording = Recording::new("X", grid, channels.collect(), values)?;
/// let report = assess(&recording, &QualityConfig::default())?;
/// assert_eq!(report.channels[0].continuity, 1.0);
/// let agreement = report.self_consistency.unwrap();
/// assert!((agreement.slope.unwrap() - 1.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn assess(recording: &Recording, config: &QualityConfig) -> Result<QualityReport> {
    let (station, grid) = (recording.station(), recording.grid());
    let mut stream = AssessStream::new(station, recording.channels(), grid, config)?;
    stream.push(recording)?;
    stream.finish()
}

/// As [`assess`], with the number of lines that the reader read for each channel.
///
/// # Errors
///
/// As [`assess`].
pub fn assess_read(read: &Read, config: &QualityConfig) -> Result<QualityReport> {
    let mut report = assess(&read.recording, config)?;
    for (channel, &rows) in report.channels.iter_mut().zip(&read.rows) {
        channel.rows = Some(rows);
    }
    Ok(report)
}
