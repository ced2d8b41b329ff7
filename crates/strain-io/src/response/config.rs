use serde::{Deserialize, Serialize};

use crate::tide::TidalSet;
use crate::{Result, StrainIoError};

/// The longest lag, hours: half a year.
const LONGEST_LAG: u32 = 4_380;

/// What a channel is taken to answer to.
///
/// ```
/// use strain_io::{Driver, ResponseConfig};
///
/// let config = ResponseConfig::default()
///     .with_driver(Driver::new("pressure").with_lags_hours([0, 1, 2, 4, 8]))
///     .with_driver(Driver::new("water_level"));
/// config.validate()?;
/// let error = ResponseConfig::default()
///     .with_driver(Driver::new("pressure").with_lags_hours([2, 1]))
///     .validate()
///     .unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "drivers.lags_hours = [2, 1] of pressure: give ascending hours from 0 to 4380, at least one"
/// );
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ResponseConfig {
    /// The tidal constituents, fitted together with all else; none fits no tide. By default all
    /// that the span tells apart, those of long period among them.
    pub tides: Option<TidalSet>,
    /// Other channels that the channel answers to.
    pub drivers: Vec<Driver>,
}

impl Default for ResponseConfig {
    fn default() -> Self {
        Self { tides: Some(TidalSet::Resolved), drivers: Vec::new() }
    }
}

/// A channel (air pressure, water level, temperature) whose past another one answers to:
/// Σ bₖ · driver(t − lag k).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Driver {
    /// The channel.
    pub channel: String,
    /// The lags, ascending, hours. 0 alone is a single coefficient; several make the response
    /// depend on frequency.
    #[serde(default = "at_once")]
    pub lags_hours: Vec<u32>,
}

fn at_once() -> Vec<u32> {
    vec![0]
}

impl Driver {
    /// A channel that is answered at once, with one coefficient.
    pub fn new(channel: impl Into<String>) -> Self {
        Self { channel: channel.into(), lags_hours: at_once() }
    }

    /// Sets the lags, ascending, hours.
    pub fn with_lags_hours(mut self, hours: impl IntoIterator<Item = u32>) -> Self {
        self.lags_hours = hours.into_iter().collect();
        self
    }
}

impl ResponseConfig {
    /// Sets the tidal constituents.
    pub fn with_tides(mut self, set: TidalSet) -> Self {
        self.tides = Some(set);
        self
    }

    /// Leaves the tides out.
    pub fn without_tides(mut self) -> Self {
        self.tides = None;
        self
    }

    /// Adds a channel that is answered to.
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.drivers.push(driver);
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for lags that do not ascend, a driver named twice, and where
    /// nothing is to be fitted.
    pub fn validate(&self) -> Result<()> {
        let bad = |name, value, advice| Err(StrainIoError::Config { name, value, advice });
        if self.tides.is_none() && self.drivers.is_empty() {
            return bad("tides", "none".to_owned(), "name a tidal set or at least one driver");
        }
        validate_drivers(&self.drivers)
    }
}

/// Checks the lags, and that no channel is named twice.
pub(crate) fn validate_drivers(drivers: &[Driver]) -> Result<()> {
    for (index, driver) in drivers.iter().enumerate() {
        validate_lags(driver, "drivers.lags_hours")?;
        if drivers[..index].iter().any(|other| other.channel == driver.channel) {
            return Err(StrainIoError::Config {
                name: "drivers.channel",
                value: driver.channel.clone(),
                advice: "name each channel once, with all its lags",
            });
        }
    }
    Ok(())
}

/// Checks the lags of the setting `name`.
pub(crate) fn validate_lags(driver: &Driver, name: &'static str) -> Result<()> {
    let lags = &driver.lags_hours;
    let ascend = lags.windows(2).all(|pair| pair[0] < pair[1]);
    if ascend && lags.last().is_some_and(|&last| last <= LONGEST_LAG) {
        return Ok(());
    }
    let value = format!("{lags:?} of {}", driver.channel);
    let advice = "give ascending hours from 0 to 4380, at least one";
    Err(StrainIoError::Config { name, value, advice })
}
