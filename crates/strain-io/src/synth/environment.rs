use serde::{Deserialize, Serialize};

use super::config::{NON_NEGATIVE, check};
use crate::Result;

/// Body tide of a synthetic network.
///
/// ```
/// use strain_io::{SynthConfig, SynthTide, network};
///
/// let config = SynthConfig::default().with_reference_days(2).with_target_days(60);
/// let none = network(&config.with_tide(SynthTide::default().with_scale(0.0)), 1)?;
/// assert!(none.reference.truth.tides.iter().all(|tide| tide.amplitudes == [0.0; 4]));
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SynthTide {
    /// Multiple of the body tide of a spherical Earth; 0 is none.
    pub scale: f64,
    /// How far grout and topography change the tide's areal and shear part at each station: by a
    /// factor from 1 − spread to 1 + spread, any as likely.
    pub coupling_spread: f64,
}

impl Default for SynthTide {
    fn default() -> Self {
        Self { scale: 1.0, coupling_spread: 0.2 }
    }
}

impl SynthTide {
    /// Sets the multiple of the body tide.
    pub fn with_scale(mut self, scale: f64) -> Self {
        self.scale = scale;
        self
    }

    /// Sets how far stations' tides differ from the body tide.
    pub fn with_coupling_spread(mut self, spread: f64) -> Self {
        self.coupling_spread = spread;
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        check("tide.scale", self.scale, 0.0..=1e3, NON_NEGATIVE)?;
        let spread = "give 0 to 0.9, usually 0.2";
        check("tide.coupling_spread", self.coupling_spread, 0.0..=0.9, spread)
    }
}

/// Air pressure of a synthetic network and the gauges' response to it. All parts at 0, the
/// barometer shows the mean of the place and its own noise
/// ([`SynthNoise::pressure_white`](crate::SynthNoise::pressure_white)).
///
/// ```
/// use strain_io::{SynthConfig, SynthPressure, network};
///
/// let config = SynthConfig::default().with_reference_days(2).with_target_days(60);
/// let deaf = network(&config.with_pressure(SynthPressure::default().with_response(0.0)), 1)?;
/// assert!(deaf.reference.truth.pressure.coefficients.iter().all(|c| *c == 0.0));
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SynthPressure {
    /// Multiple of the gauges' response, which at 1 is −0.4 to −1.5 nanostrain per hPa.
    pub response: f64,
    /// Standard deviation of the weather that near stations share, hPa.
    pub synoptic: f64,
    /// Standard deviation of what only one station sees, hPa.
    pub local: f64,
    /// Multiple of the seasons' amplitude, which at 1 is 3 to 6 hPa.
    pub seasons: f64,
    /// Multiple of the solar air tides, which at 1 are 0.4 to 0.9 hPa once a day and about 1 hPa
    /// twice a day, less towards the poles.
    pub air_tides: f64,
}

impl Default for SynthPressure {
    fn default() -> Self {
        Self { response: 1.0, synoptic: 4.5, local: 0.8, seasons: 1.0, air_tides: 1.0 }
    }
}

impl SynthPressure {
    /// Sets the multiple of the gauges' response.
    pub fn with_response(mut self, scale: f64) -> Self {
        self.response = scale;
        self
    }

    /// Sets the standard deviations of shared and of local weather, hPa.
    pub fn with_weather(mut self, synoptic: f64, local: f64) -> Self {
        self.synoptic = synoptic;
        self.local = local;
        self
    }

    /// Sets the multiple of the seasons.
    pub fn with_seasons(mut self, scale: f64) -> Self {
        self.seasons = scale;
        self
    }

    /// Sets the multiple of the air tides.
    pub fn with_air_tides(mut self, scale: f64) -> Self {
        self.air_tides = scale;
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        check("pressure.response", self.response, 0.0..=1e3, NON_NEGATIVE)?;
        check("pressure.synoptic", self.synoptic, 0.0..=1e3, NON_NEGATIVE)?;
        check("pressure.local", self.local, 0.0..=1e3, NON_NEGATIVE)?;
        check("pressure.seasons", self.seasons, 0.0..=1e3, NON_NEGATIVE)?;
        check("pressure.air_tides", self.air_tides, 0.0..=1e3, NON_NEGATIVE)
    }
}
