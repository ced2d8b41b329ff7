use ndarray::ArrayView2;

use super::config::QualityConfig;
use super::line::line;
use super::report::{ChannelQuality, QualityReport, SelfConsistency};
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
    config.validate()?;
    let grid = recording.grid();
    let gauges = config.find_gauges(recording)?;
    let values = recording.values();
    let channels = recording.channels().iter().zip(values.columns());
    let channels = channels.map(|(channel, values)| {
        let (samples, missing) = (values.len(), values.iter().filter(|v| v.is_nan()).count());
        ChannelQuality {
            name: channel.name.clone(),
            rows: None,
            samples,
            missing,
            continuity: 1.0 - missing as f64 / samples as f64,
        }
    });
    Ok(QualityReport {
        station: recording.station().to_owned(),
        start: grid.start(),
        end: grid.end(),
        interval_s: grid.interval_seconds(),
        channels: channels.collect(),
        self_consistency: gauges
            .map(|gauges| self_consistency(recording, gauges, config.step_share)),
    })
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

fn self_consistency(recording: &Recording, gauges: [usize; 4], share: f64) -> SelfConsistency {
    let values = recording.values();
    let strain: Vec<Option<[f64; 4]>> =
        (0..values.nrows()).map(|time| complete(values, gauges, time)).collect();
    let raw: Vec<_> = strain.iter().flatten().map(areal).collect();
    let differences: Vec<[f64; 4]> = strain
        .windows(2)
        .filter_map(|pair| {
            let (before, after) = (pair[0]?, pair[1]?);
            Some(std::array::from_fn(|gauge| after[gauge] - before[gauge]))
        })
        .collect();
    let limits: [f64; 4] = std::array::from_fn(|gauge| {
        largest_kept(differences.iter().map(|d| d[gauge].abs()).collect(), share)
    });
    let kept: Vec<_> = differences
        .iter()
        .filter(|difference| (0..4).all(|gauge| difference[gauge].abs() <= limits[gauge]))
        .map(areal)
        .collect();
    let (raw, steps) = (line(&raw), line(&kept));
    SelfConsistency {
        gauges: gauges.map(|index| recording.channels()[index].name.clone()),
        correlation: raw.as_ref().map(|line| line.correlation),
        slope: raw.as_ref().map(|line| line.slope),
        difference_correlation: steps.as_ref().map(|line| line.correlation),
        difference_slope: steps.as_ref().map(|line| line.slope),
        differences_used: kept.len(),
        differences_left_out: differences.len() - kept.len(),
    }
}

/// The four gauges at one instant, if all have a value.
fn complete(values: ArrayView2<'_, f64>, gauges: [usize; 4], time: usize) -> Option<[f64; 4]> {
    let strain = gauges.map(|gauge| values[[time, gauge]]);
    strain.iter().all(|value| !value.is_nan()).then_some(strain)
}

/// (S2+S4, S1+S3): the abscissa and the ordinate of the line whose slope is k.
fn areal(gauges: &[f64; 4]) -> (f64, f64) {
    (gauges[1] + gauges[3], gauges[0] + gauges[2])
}

/// The largest of `sizes` once the given share of them, rounded up, has been taken off the top.
fn largest_kept(mut sizes: Vec<f64>, share: f64) -> f64 {
    let off = (sizes.len() as f64 * share).ceil() as usize;
    let Some(index) = sizes.len().checked_sub(off + 1) else { return f64::INFINITY };
    *sizes.select_nth_unstable_by(index, f64::total_cmp).1
}
