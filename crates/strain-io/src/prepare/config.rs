use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::jump_config::{SpikeConfig, StepConfig};
use super::trend_config::TrendConfig;
use crate::response::{validate_drivers, validate_lags};
use crate::tide::TidalSet;
use crate::{Driver, Result, StrainIoError};

/// How [`prepare`](crate::prepare) turns a recording into one that a model may see.
///
/// ```
/// use strain_io::{Driver, KnownStep, PrepareConfig, StepConfig};
///
/// let steps = StepConfig::default()
///     .with_known(KnownStep::new("2007-03-05T01:00:00Z".parse()?).with_gauge("s4"));
/// let config = PrepareConfig::default().with_steps(steps).with_max_fill_hours(6.0);
/// config.validate()?;
///
/// // Gauges that answer to the air of the last three hours and to a well, at once and after six hours.
/// let config = config
///     .with_pressure_lags_hours([0, 1, 2, 3])
///     .with_driver(Driver::new("water_level").with_lags_hours([0, 6]));
/// config.validate()?;
///
/// let error = PrepareConfig::default().with_max_fill_hours(-1.0).validate().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "max_fill_hours = -1: give hours of at least 0 (0 fills nothing)"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct PrepareConfig {
    /// The channels that are gauges 1 to 4, nanostrain, in order.
    pub gauges: [String; 4],
    /// The barometer's channel, hPa. Not read where `pressure_correction` is off.
    pub pressure: Option<String>,
    /// The hours for which a gap is bridged by tide and pressure models on the last level, and a
    /// missing pressure or other driver by its last value. What a gap lasts beyond is left missing.
    pub max_fill_hours: f64,
    /// Spikes.
    pub spikes: SpikeConfig,
    /// Steps.
    pub steps: StepConfig,
    /// Whether to take out the tide.
    pub tide: bool,
    /// Which tidal constituents are used.
    pub tidal_set: TidalSet,
    /// Whether to take out the response to air pressure.
    pub pressure_correction: bool,
    /// The lags of that response, ascending, hours: 0 alone is a single coefficient.
    pub pressure_lags_hours: Vec<u32>,
    /// Other channels that the gauges answer to (water level, temperature), of any unit.
    pub drivers: Vec<Driver>,
    /// The slow drift.
    pub trend: TrendConfig,
    /// Whether tide and pressure models are renewed after the fit span, from trailing samples.
    pub refit: Option<Refit>,
    /// Spans that are kept from every fit and flagged [`MASKED`](crate::Provenance::MASKED), such
    /// as the first weeks of a new borehole. Their values are prepared like all others.
    pub exclude: Vec<Span>,
}

impl Default for PrepareConfig {
    fn default() -> Self {
        Self {
            gauges: ["s1", "s2", "s3", "s4"].map(str::to_owned),
            pressure: Some("pressure".to_owned()),
            max_fill_hours: 3.0,
            spikes: SpikeConfig::default(),
            steps: StepConfig::default(),
            tide: true,
            tidal_set: TidalSet::default(),
            pressure_correction: true,
            pressure_lags_hours: vec![0],
            drivers: Vec::new(),
            trend: TrendConfig::default(),
            refit: None,
            exclude: Vec::new(),
        }
    }
}

impl PrepareConfig {
    /// Names the channels that are gauges 1 to 4.
    pub fn with_gauges(mut self, gauges: [&str; 4]) -> Self {
        self.gauges = gauges.map(str::to_owned);
        self
    }

    /// Names the barometer's channel.
    pub fn with_pressure(mut self, name: &str) -> Self {
        self.pressure = Some(name.to_owned());
        self
    }

    /// Says that there is no barometer: no channel of that name, no correction.
    pub fn without_pressure(mut self) -> Self {
        self.pressure = None;
        self.pressure_correction = false;
        self
    }

    /// Sets the hours for which a gap is bridged.
    pub fn with_max_fill_hours(mut self, hours: f64) -> Self {
        self.max_fill_hours = hours;
        self
    }

    /// Sets how spikes are treated.
    pub fn with_spikes(mut self, spikes: SpikeConfig) -> Self {
        self.spikes = spikes;
        self
    }

    /// Sets how steps are treated.
    pub fn with_steps(mut self, steps: StepConfig) -> Self {
        self.steps = steps;
        self
    }

    /// Sets whether the tide is taken out.
    pub fn with_tide(mut self, tide: bool) -> Self {
        self.tide = tide;
        self
    }

    /// Sets which tidal constituents are used.
    pub fn with_tidal_set(mut self, set: TidalSet) -> Self {
        self.tidal_set = set;
        self
    }

    /// Sets whether the response to air pressure is taken out.
    pub fn with_pressure_correction(mut self, correction: bool) -> Self {
        self.pressure_correction = correction;
        self
    }

    /// Sets the lags of the response to air pressure, ascending, hours.
    pub fn with_pressure_lags_hours(mut self, hours: impl IntoIterator<Item = u32>) -> Self {
        self.pressure_lags_hours = hours.into_iter().collect();
        self
    }

    /// Adds a channel that the gauges answer to beside air pressure.
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.drivers.push(driver);
        self
    }

    /// Sets how the slow drift is treated.
    pub fn with_trend(mut self, trend: TrendConfig) -> Self {
        self.trend = trend;
        self
    }

    /// Renews tide and pressure models after the fit span.
    pub fn with_refit(mut self, refit: Refit) -> Self {
        self.refit = Some(refit);
        self
    }

    /// Keeps one more span from every fit.
    pub fn with_excluded(mut self, span: Span) -> Self {
        self.exclude.push(span);
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`], naming the first setting that makes no sense.
    pub fn validate(&self) -> Result<()> {
        let bad = |name, value: String, advice| Err(StrainIoError::Config { name, value, advice });
        if !(self.max_fill_hours >= 0.0 && self.max_fill_hours.is_finite()) {
            let value = self.max_fill_hours.to_string();
            return bad("max_fill_hours", value, "give hours of at least 0 (0 fills nothing)");
        }
        if self.pressure_correction && self.pressure.is_none() {
            let advice = "name the barometer's channel, or set pressure_correction = false";
            return bad("pressure", "none".to_owned(), advice);
        }
        if let Some(refit) = &self.refit
            && (refit.every_days == 0 || refit.span_days < 15)
        {
            let advice = "renew every 1 or more days, from a span of at least 15 days";
            return bad("refit", format!("{refit:?}"), advice);
        }
        if let Some(span) = self.exclude.iter().find(|span| span.start >= span.end) {
            let value = format!("{} to {}", span.start, span.end);
            return bad("exclude", value, "a span must start before it ends");
        }
        self.validate_drivers()?;
        self.spikes.validate()?;
        self.steps.validate(&self.gauges)?;
        self.trend.validate()
    }

    /// All that the gauges answer to beside the tide, air pressure first.
    pub(super) fn all_drivers(&self) -> Vec<Driver> {
        let pressure = self.pressure.iter().filter(|_| self.pressure_correction);
        let lags = &self.pressure_lags_hours;
        pressure
            .map(|name| Driver::new(name).with_lags_hours(lags.iter().copied()))
            .chain(self.drivers.iter().cloned())
            .collect()
    }

    fn validate_drivers(&self) -> Result<()> {
        let drivers = self.all_drivers();
        if self.pressure_correction {
            drivers.iter().take(1).try_for_each(|it| validate_lags(it, "pressure_lags_hours"))?;
        }
        validate_drivers(&drivers)?;
        match self.drivers.iter().find(|driver| self.gauges.contains(&driver.channel)) {
            Some(driver) => Err(StrainIoError::Config {
                name: "drivers.channel",
                value: driver.channel.clone(),
                advice: "a gauge does not answer to a gauge; name what drives it",
            }),
            None => Ok(()),
        }
    }
}

/// Renewal of the tide and pressure models after the fit span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Refit {
    /// Days from one renewal to the next.
    pub every_days: u32,
    /// Days of trailing samples that a renewal is fitted on.
    pub span_days: u32,
}

impl Refit {
    /// A renewal every `every_days` on the `span_days` before it.
    pub fn new(every_days: u32, span_days: u32) -> Self {
        Self { every_days, span_days }
    }
}

/// The instants from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// First instant.
    pub start: Timestamp,
    /// The instant at which it is over.
    pub end: Timestamp,
}

impl Span {
    /// From `start` to before `end`.
    pub fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end }
    }
}
