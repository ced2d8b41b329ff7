use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::assess::assess;
use super::config::QualityConfig;
use super::context::StationContext;
use super::earthquakes::Earthquakes;
use super::gauge::{Assessed, Bench, GaugeQuality};
use super::report::QualityReport;
use super::rule::ReferenceRule;
use super::spectrum::NoiseSpectrum;
use crate::prepare::calibration_alpha;
use crate::{LoveNumbers, Recording, Result, SolidTide, StrainIoError, solid_tide};

/// All that a station is judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StationQuality {
    /// Continuity and self-consistency.
    pub report: QualityReport,
    /// α of the relative calibration of the gauges by their tides; none where a gauge has no figures.
    pub calibration_alpha: Option<f64>,
    /// The gauges, each on its own.
    pub gauges: Vec<GaugeQuality>,
    /// Earthquakes while it recorded; none where the place is not known, or no catalogue that spans
    /// the recording.
    pub earthquakes: Option<Earthquakes>,
}

/// Assesses a station with four gauges in all that this crate can tell: continuity, self-consistency,
/// calibration, noise, steps, response to pressure, stability of tidal factors, earthquakes around.
///
/// A gauge that has too few samples, or samples too far apart to show a tide, has no figures and says
/// why; the others have theirs. Where the barometer has too few, pressure is not taken out.
///
/// # Errors
///
/// As [`assess`] and [`solid_tide`]; [`StrainIoError::NoChannel`] for a barometer that is not there,
/// [`StrainIoError::Config`] for a recording without four gauges.
///
/// # Example
///
/// ```
/// use strain_io::{
///     QualityConfig, ReferenceRule, StationContext, SynthConfig, TideSite, assess_station, network,
/// };
///
/// let config = SynthConfig::default().with_reference_days(150).with_target_days(60);
/// let recording = network(&config, 3)?.reference.recording;
/// let context = StationContext::new(TideSite::new(30.0, 102.0)).with_pressure("pressure");
/// let (config, rule) = (QualityConfig::default(), ReferenceRule::default());
/// let quality = assess_station(&recording, &context, &config, &rule)?;
/// println!("{quality}"); // a table, one line a gauge
/// assert_eq!(quality.gauges.len(), 4);
/// assert!(quality.gauges.iter().all(|gauge| gauge.pressure.is_some()));
/// assert_eq!(quality.earthquakes, None); // no catalogue was given
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
pub fn assess_station(
    recording: &Recording,
    context: &StationContext<'_>,
    config: &QualityConfig,
    rule: &ReferenceRule,
) -> Result<StationQuality> {
    Ok(assess_station_spectra(recording, context, config, rule)?.0)
}

/// As [`assess_station`], with the noise spectra behind the power laws: one a gauge, none where the
/// record has no complete segment.
///
/// # Errors
///
/// As [`assess_station`].
pub fn assess_station_spectra(
    recording: &Recording,
    context: &StationContext<'_>,
    config: &QualityConfig,
    rule: &ReferenceRule,
) -> Result<(StationQuality, Vec<Option<NoiseSpectrum>>)> {
    rule.validate()?;
    let report = assess(recording, config)?;
    let Some(agreement) = &report.self_consistency else {
        return Err(StrainIoError::Config {
            name: "gauges",
            value: format!("{:?} of station {}", config.gauges, recording.station()),
            advice: "name the channels of four gauges at 45° steps",
        });
    };
    let names = agreement.gauges.each_ref().map(String::as_str);
    let (tide, azimuths) = tide_and_azimuths(recording, names, context)?;
    let bench = match Bench::new(recording, context.pressure) {
        Err(error @ StrainIoError::Config { .. }) => Err(error),
        bench => Ok(bench?),
    };
    let (mut gauges, mut spectra, mut tides) = (Vec::new(), Vec::new(), Vec::new());
    for (name, azimuth) in names.into_iter().zip(azimuths) {
        let found = match &bench {
            Ok(bench) => bench.assess(name, tide.as_ref().zip(azimuth))?,
            Err(error) => Assessed::none(name, error),
        };
        gauges.push(found.quality);
        spectra.push(found.spectrum);
        tides.extend(found.tide);
    }
    let calibration_alpha = alpha(&tides);
    let earthquakes = Earthquakes::known(&report, context.site, context.catalogue, rule);
    Ok((StationQuality { report, calibration_alpha, gauges, earthquakes }, spectra))
}

/// The theoretical tide, and where each gauge points, as far as they are known.
fn tide_and_azimuths(
    recording: &Recording,
    names: [&str; 4],
    context: &StationContext<'_>,
) -> Result<(Option<SolidTide>, [Option<f64>; 4])> {
    let mut azimuths = context.azimuths;
    for (name, azimuth) in names.into_iter().zip(&mut azimuths) {
        let column = recording.channel_index(name)?;
        *azimuth = recording.channels()[column].azimuth_degrees.or(*azimuth);
    }
    let site = context.site.filter(|_| azimuths.iter().any(Option::is_some));
    let tide = site.map(|site| solid_tide(&site, recording.grid(), &LoveNumbers::default()));
    Ok((tide.transpose()?, azimuths))
}

/// α by the tides of four gauges, which all of them see: drift and steps are each one's own.
fn alpha(tides: &[Array1<f64>]) -> Option<f64> {
    let [a, b, c, d] = tides else { return None };
    let rows: Vec<[f64; 4]> = (0..a.len()).map(|row| [a[row], b[row], c[row], d[row]]).collect();
    calibration_alpha(&rows).ok().filter(|alpha| alpha.is_finite())
}
