use std::fmt;

use serde::{Deserialize, Serialize};

use super::assess::assess;
use super::config::QualityConfig;
use super::reference::ReferenceRule;
use super::report::QualityReport;
use super::spectrum::{PowerLaw, SpectrumConfig, noise_spectrum};
use crate::clean::{OffsetConfig, find_offsets};
use crate::response::{Driver, LagCoefficient, ResponseConfig, fit_response, tidal_factor_series};
use crate::{
    Catalogue, Channel, LoveNumbers, Recording, Result, StrainIoError, TideSite, Unit, calibrate,
    solid_tide,
};

/// Days of a window in which tidal factors are taken.
const TIDAL_WINDOW_DAYS: f64 = 60.0;

/// What [`assess_station`] is told beside the recording.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StationContext<'a> {
    /// Where the station is.
    pub site: TideSite,
    /// Earthquakes, of a time that spans the recording.
    pub catalogue: Option<&'a Catalogue>,
    /// The barometer's channel.
    pub pressure: Option<&'a str>,
}

impl<'a> StationContext<'a> {
    /// A station at a place.
    pub fn new(site: TideSite) -> Self {
        Self { site, catalogue: None, pressure: None }
    }

    /// Sets the earthquakes.
    pub fn with_catalogue(mut self, catalogue: &'a Catalogue) -> Self {
        self.catalogue = Some(catalogue);
        self
    }

    /// Sets the barometer's channel.
    pub fn with_pressure(mut self, channel: &'a str) -> Self {
        self.pressure = Some(channel);
        self
    }
}

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
    /// Earthquakes from the rule's magnitude on within its two radii while it recorded.
    pub earthquakes: Option<(usize, usize)>,
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
    let mut gauges = Vec::new();
    let mut mended = recording.clone();
    for name in names {
        let (quality, without_steps) = gauge(&mended, name, context)?;
        gauges.push(quality);
        mended = without_steps;
    }
    let earthquakes = context.catalogue.map(|catalogue| {
        let then = |event: &crate::Event| report.start <= event.time && event.time <= report.end;
        let large = catalogue.min_magnitude(rule.magnitude).select(then);
        let within = |km| {
            large.within_radius(context.site.latitude, context.site.longitude, km).events().len()
        };
        (within(rule.radius_km), within(rule.wide_radius_km))
    });
    // Steps are not strain, and would decide what the tide should.
    let alpha = calibrate(&mended, names, 0..recording.grid().len());
    let calibration_alpha = alpha.ok().map(|found| found.alpha).filter(|alpha| alpha.is_finite());
    Ok(StationQuality { report, calibration_alpha, gauges, earthquakes })
}

/// One gauge, and the recording with its steps taken out.
fn gauge(
    recording: &Recording,
    name: &str,
    context: &StationContext<'_>,
) -> Result<(GaugeQuality, Recording)> {
    let grid = recording.grid();
    let mut config = ResponseConfig::default();
    if let Some(pressure) = context.pressure {
        config = config.with_driver(Driver::new(pressure));
    }
    let fit = fit_response(recording, name, 0..grid.len(), &config)?;
    let residual = fit.correct(recording)?;
    let offsets = find_offsets(&residual, name, &OffsetConfig::default())?;
    let quiet = crate::clean::remove_offsets(&residual, name, &offsets)?.recording;
    let noise = noise_spectrum(&quiet, name, &SpectrumConfig::default());
    let years = grid.len() as f64 * grid.interval_seconds() / (365.25 * 86_400.0);
    let factors = m2_factors(recording, name, context, &config)?;
    let mean = factors.iter().sum::<f64>() / factors.len() as f64;
    let square = factors.iter().map(|factor| (factor - mean).powi(2)).sum::<f64>();
    let deviation = (square / (factors.len() as f64 - 1.0)).sqrt();
    let quality = GaugeQuality {
        name: name.to_owned(),
        noise: noise.ok().map(|spectrum| spectrum.power_law),
        steps_per_year: offsets.len() as f64 / years,
        pressure: fit.drivers.first().and_then(|driver| driver.lags.first()).copied(),
        m2_factor: (!factors.is_empty()).then_some(mean),
        m2_instability: (factors.len() > 1).then_some(deviation / mean),
    };
    let mended = crate::clean::remove_offsets(recording, name, &offsets)?.recording;
    Ok((quality, mended))
}

/// The factors of M2 in windows of 60 days; none where the gauge's direction is not known or the
/// record is too short.
fn m2_factors(
    recording: &Recording,
    name: &str,
    context: &StationContext<'_>,
    config: &ResponseConfig,
) -> Result<Vec<f64>> {
    const THEORY: &str = "theoretical tide along the gauge";
    let grid = recording.grid();
    let column = recording.channel_index(name)?;
    let Some(azimuth) = recording.channels()[column].azimuth_degrees else {
        return Ok(Vec::new());
    };
    let tide = solid_tide(&context.site, grid, &LoveNumbers::default())?.along(azimuth);
    let names: Vec<&str> = std::iter::once(name).chain(context.pressure).collect();
    let picked = recording.select(&names)?;
    let mut channels = picked.channels().to_vec();
    channels.push(Channel::new(THEORY, Unit::Nanostrain));
    let count = names.len();
    let values = ndarray::Array2::from_shape_fn((grid.len(), count + 1), |(t, c)| {
        if c < count { picked.values()[[t, c]] } else { tide[t] }
    });
    let both = Recording::new(recording.station(), *grid, channels, values)?;
    let window = (TIDAL_WINDOW_DAYS * 86_400.0 / grid.interval_seconds()).round() as usize;
    let windows = (window.max(1), window.max(1));
    let series = tidal_factor_series(&both, name, THEORY, 0..grid.len(), windows, config)?;
    let m2 = series.iter().filter_map(|factors| factors.iter().find(|it| it.name == "M2"));
    Ok(m2.map(|factor| factor.factor).collect())
}

impl fmt::Display for StationQuality {
    /// A table for a terminal, one line a gauge.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let agreement = self.report.self_consistency.as_ref();
        writeln!(
            f,
            "{}: {} to {}, k {}, correlation {}, alpha {}",
            self.report.station,
            self.report.start,
            self.report.end,
            number(agreement.and_then(|it| it.slope), 3),
            number(agreement.and_then(|it| it.correlation), 4),
            number(self.calibration_alpha, 3),
        )?;
        writeln!(
            f,
            "{:<10} {:>10} {:>9} {:>11} {:>10} {:>10} {:>9} {:>10}",
            "gauge", "continuity", "steps/a", "noise@1/d", "index", "ne/hPa", "M2", "M2 spread"
        )?;
        for gauge in &self.gauges {
            let channel = self.report.channels.iter().find(|channel| channel.name == gauge.name);
            writeln!(
                f,
                "{:<10} {:>10} {:>9.1} {:>11} {:>10} {:>10} {:>9} {:>10}",
                gauge.name,
                number(channel.map(|channel| channel.continuity), 4),
                gauge.steps_per_year,
                number(gauge.noise.map(|noise| noise.at_one_day), 3),
                number(gauge.noise.map(|noise| noise.index), 2),
                number(gauge.pressure.map(|pressure| pressure.coefficient), 3),
                number(gauge.m2_factor, 3),
                number(gauge.m2_instability, 3),
            )?;
        }
        match self.earthquakes {
            Some((near, wide)) => writeln!(f, "earthquakes: {near} near, {wide} around"),
            None => writeln!(f, "earthquakes: no catalogue"),
        }
    }
}
