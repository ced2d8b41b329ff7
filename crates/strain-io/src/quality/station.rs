use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::assess::assess;
use super::config::QualityConfig;
use super::context::StationContext;
use super::report::QualityReport;
use super::rule::ReferenceRule;
use super::spectrum::{NoiseSpectrum, PowerLaw, SpectrumConfig, noise_spectrum};
use crate::clean::{Offset, OffsetConfig, find_offsets};
use crate::response::{Driver, LagCoefficient, ResponseConfig, fit_response, tidal_factor_series};
use crate::{
    Catalogue, Channel, LoveNumbers, Recording, Result, StrainIoError, Unit, calibrate, solid_tide,
};

/// Days of a window in which tidal factors are taken.
const TIDAL_WINDOW_DAYS: f64 = 60.0;

/// All that a station is judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StationQuality {
    /// Continuity and self-consistency.
    pub report: QualityReport,
    /// α of the relative calibration of the gauges, tides in; none where it cannot be told.
    pub calibration_alpha: Option<f64>,
    /// The gauges, each on its own.
    pub gauges: Vec<GaugeQuality>,
    /// Earthquakes while it recorded; none where place or catalogue is not known.
    pub earthquakes: Option<Earthquakes>,
}

/// How many earthquakes from a magnitude on there were within two radii.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Earthquakes {
    /// The smallest magnitude that counts.
    pub magnitude: f64,
    /// The radius in km.
    pub radius_km: f64,
    /// Earthquakes within it.
    pub near: usize,
    /// The wider radius in km.
    pub wide_radius_km: f64,
    /// Earthquakes within that one, the near ones included.
    pub wide: usize,
}

/// What one gauge is judged by, tide and pressure taken out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GaugeQuality {
    /// The channel.
    pub name: String,
    /// Noise, lasting offsets taken out.
    pub noise: Option<PowerLaw>,
    /// Lasting offsets a year.
    pub steps_per_year: f64,
    /// The response to air pressure, nanostrain per hPa.
    pub pressure: Option<LagCoefficient>,
    /// The factor of M2 against the theoretical tide along the gauge: its mean over windows of 60 days.
    pub m2_factor: Option<f64>,
    /// The standard deviation of those factors over their mean: how stable the gauge is.
    pub m2_instability: Option<f64>,
}

/// Assesses a station with four gauges in all that this crate can tell: continuity, self-consistency,
/// calibration, noise, steps, response to pressure, stability of tidal factors, earthquakes around.
///
/// # Errors
///
/// As [`assess`] and [`fit_response`]; [`StrainIoError::Config`] for a recording without four gauges.
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
    let tides = tides_along(recording, names, context)?;
    let (mut gauges, mut spectra) = (Vec::new(), Vec::new());
    let mut mended = recording.select(&names)?;
    for (name, tide) in names.into_iter().zip(tides) {
        // A year of minutes is large: copies hold no more than the gauge and its barometer.
        let own: Vec<&str> = std::iter::once(name).chain(context.pressure).collect();
        let found = gauge(&recording.select(&own)?, name, tide, context)?;
        gauges.push(found.quality);
        spectra.push(found.spectrum);
        mended = crate::clean::remove_offsets(&mended, name, &found.offsets)?.recording;
    }
    // Steps are not strain, and would decide what the tide should.
    let alpha = calibrate(&mended, names, 0..recording.grid().len());
    let calibration_alpha = alpha.ok().map(|found| found.alpha).filter(|alpha| alpha.is_finite());
    let earthquakes = earthquakes(&report, context, rule);
    Ok((StationQuality { report, calibration_alpha, gauges, earthquakes }, spectra))
}

fn earthquakes(
    report: &QualityReport,
    context: &StationContext<'_>,
    rule: &ReferenceRule,
) -> Option<Earthquakes> {
    let (site, catalogue) = (context.site?, context.catalogue?);
    let then = |event: &crate::Event| report.start <= event.time && event.time <= report.end;
    let large: Catalogue = catalogue.min_magnitude(rule.magnitude).select(then);
    let within = |km| large.within_radius(site.latitude, site.longitude, km).events().len();
    Some(Earthquakes {
        magnitude: rule.magnitude,
        radius_km: rule.radius_km,
        near: within(rule.radius_km),
        wide_radius_km: rule.wide_radius_km,
        wide: within(rule.wide_radius_km),
    })
}

/// The theoretical tide along each gauge, where place and direction are known.
fn tides_along(
    recording: &Recording,
    names: [&str; 4],
    context: &StationContext<'_>,
) -> Result<[Option<Array1<f64>>; 4]> {
    let mut azimuths = context.azimuths;
    for (name, azimuth) in names.into_iter().zip(&mut azimuths) {
        let column = recording.channel_index(name)?;
        *azimuth = recording.channels()[column].azimuth_degrees.or(*azimuth);
    }
    let Some(site) = context.site.filter(|_| azimuths.iter().any(Option::is_some)) else {
        return Ok(Default::default());
    };
    let tide = solid_tide(&site, recording.grid(), &LoveNumbers::default())?;
    Ok(azimuths.map(|azimuth| Some(tide.along(azimuth?))))
}

/// One gauge, its noise and its steps.
struct OneGauge {
    quality: GaugeQuality,
    spectrum: Option<NoiseSpectrum>,
    offsets: Vec<Offset>,
}

fn gauge(
    recording: &Recording,
    name: &str,
    tide: Option<Array1<f64>>,
    context: &StationContext<'_>,
) -> Result<OneGauge> {
    let grid = recording.grid();
    let mut config = ResponseConfig::default();
    if let Some(pressure) = context.pressure {
        config = config.with_driver(Driver::new(pressure));
    }
    let fit = fit_response(recording, name, 0..grid.len(), &config)?;
    let residual = fit.correct(recording)?;
    let offsets = find_offsets(&residual, name, &OffsetConfig::default())?;
    let quiet = crate::clean::remove_offsets(&residual, name, &offsets)?.recording;
    let spectrum = noise_spectrum(&quiet, name, &SpectrumConfig::default()).ok();
    let years = grid.len() as f64 * grid.interval_seconds() / (365.25 * 86_400.0);
    drop(residual);
    drop(quiet);
    let factors = match tide {
        Some(tide) => m2_factors(recording, name, &tide, &config)?,
        None => Vec::new(),
    };
    let mean = factors.iter().sum::<f64>() / factors.len() as f64;
    let square = factors.iter().map(|factor| (factor - mean).powi(2)).sum::<f64>();
    let deviation = (square / (factors.len() as f64 - 1.0)).sqrt();
    let quality = GaugeQuality {
        name: name.to_owned(),
        noise: spectrum.as_ref().map(|spectrum| spectrum.power_law),
        steps_per_year: offsets.len() as f64 / years,
        pressure: fit.drivers.first().and_then(|driver| driver.lags.first()).copied(),
        m2_factor: (!factors.is_empty()).then_some(mean),
        m2_instability: (factors.len() > 1).then_some(deviation / mean),
    };
    Ok(OneGauge { quality, spectrum, offsets })
}

/// The factors of M2 in windows of 60 days; none where the record is too short. `recording` holds the
/// gauge and its barometer.
fn m2_factors(
    recording: &Recording,
    name: &str,
    tide: &Array1<f64>,
    config: &ResponseConfig,
) -> Result<Vec<f64>> {
    const THEORY: &str = "theoretical tide along the gauge";
    let grid = recording.grid();
    let mut channels = recording.channels().to_vec();
    channels.push(Channel::new(THEORY, Unit::Nanostrain));
    let count = recording.channels().len();
    let values = Array2::from_shape_fn((grid.len(), count + 1), |(t, c)| {
        if c < count { recording.values()[[t, c]] } else { tide[t] }
    });
    let both = Recording::new(recording.station(), *grid, channels, values)?;
    let window = (TIDAL_WINDOW_DAYS * 86_400.0 / grid.interval_seconds()).round() as usize;
    let windows = (window.max(1), window.max(1));
    let series = tidal_factor_series(&both, name, THEORY, 0..grid.len(), windows, config)?;
    let m2 = series.iter().filter_map(|factors| factors.iter().find(|it| it.name == "M2"));
    Ok(m2.map(|factor| factor.factor).collect())
}
