use serde::{Deserialize, Serialize};

use super::config::{NON_NEGATIVE, check};
use crate::Result;

/// Gaussian noise of a synthetic strainmeter, as one gauge sees it.
///
/// Flicker noise and random walk are strains: they have areal and shear components, so that
/// S1+S3 = S2+S4 holds for them; a share of each is a gauge's own. The defaults were set beside the
/// Guza record (51010), whose gauges have, tide and pressure removed, 0.3–0.6 nanostrain between
/// periods of 2 and 4 h, 0.9–1.4 between 4 and 16 h and 2.6–3.7 between 30 and 120 h: a random walk
/// of about 7 nanostrain per √day. The default is a somewhat better site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SynthNoise {
    /// Standard deviation of each sample of each gauge, nanostrain.
    pub white: f64,
    /// 1/f noise: standard deviation per factor e of frequency, nanostrain (one-sided spectral
    /// density flicker²/f).
    pub flicker: f64,
    /// Random walk, nanostrain per √day.
    pub random_walk: f64,
    /// Each gauge's own flicker noise and random walk as a share of the strain's.
    pub gauge_share: f64,
    /// Standard deviation of each sample of the barometer, hPa.
    pub pressure_white: f64,
    /// Standard deviation of the logarithm of a station's noise level: how far stations differ.
    pub station_spread: f64,
}

impl Default for SynthNoise {
    fn default() -> Self {
        Self {
            white: 0.1,
            flicker: 0.3,
            random_walk: 5.0,
            gauge_share: 0.2,
            pressure_white: 0.05,
            station_spread: 0.1,
        }
    }
}

impl SynthNoise {
    /// Sets the white noise, nanostrain.
    pub fn with_white(mut self, nanostrain: f64) -> Self {
        self.white = nanostrain;
        self
    }

    /// Sets the flicker noise, nanostrain per factor e of frequency.
    pub fn with_flicker(mut self, nanostrain: f64) -> Self {
        self.flicker = nanostrain;
        self
    }

    /// Sets the random walk, nanostrain per √day.
    pub fn with_random_walk(mut self, nanostrain: f64) -> Self {
        self.random_walk = nanostrain;
        self
    }

    /// Sets each gauge's own share of coloured noise.
    pub fn with_gauge_share(mut self, share: f64) -> Self {
        self.gauge_share = share;
        self
    }

    /// Sets the barometer's noise, hPa.
    pub fn with_pressure_white(mut self, hectopascal: f64) -> Self {
        self.pressure_white = hectopascal;
        self
    }

    /// Sets how far stations differ (standard deviation of the logarithm).
    pub fn with_station_spread(mut self, spread: f64) -> Self {
        self.station_spread = spread;
        self
    }

    /// Standard deviation of a gauge's noise between periods of 4 and 16 h, nanostrain, where white
    /// noise is that of hourly samples. Anomalous transients are measured in it.
    ///
    /// # Example
    ///
    /// ```
    /// let noise = strain_io::SynthNoise::default();
    /// assert!((0.8..1.0).contains(&noise.band_level()));
    /// ```
    pub fn band_level(&self) -> f64 {
        let (low, high) = (1.5_f64, 6.0_f64); // cycles per day
        let white = self.white * self.white * (high - low) / 12.0;
        let flicker = self.flicker * self.flicker * (high / low).ln();
        let q = self.random_walk / std::f64::consts::TAU;
        let walk = 2.0 * q * q * (1.0 / low - 1.0 / high);
        (white + (1.0 + self.gauge_share * self.gauge_share) * (flicker + walk)).sqrt()
    }

    pub(super) fn validate(&self) -> Result<()> {
        check("noise.white", self.white, 0.0..=1e6, NON_NEGATIVE)?;
        check("noise.flicker", self.flicker, 0.0..=1e6, NON_NEGATIVE)?;
        check("noise.random_walk", self.random_walk, 0.0..=1e6, NON_NEGATIVE)?;
        check("noise.gauge_share", self.gauge_share, 0.0..=1e3, NON_NEGATIVE)?;
        check("noise.pressure_white", self.pressure_white, 0.0..=1e3, NON_NEGATIVE)?;
        check("noise.station_spread", self.station_spread, 0.0..=3.0, "give 0 to 3, usually 0.1")
    }
}

/// Drift of a borehole: the rock and grout around a gauge yield for years, mostly in compression,
/// and faster at first. A strain like any other, with areal and shear components.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SynthDrift {
    /// Typical linear drift of a gauge, nanostrain per year (in compression).
    pub linear: f64,
    /// Typical exponential drift of a gauge still to come at the start of the record, nanostrain.
    pub exponential: f64,
    /// Typical time constant of the exponential, days.
    pub time_constant_days: f64,
    /// Standard deviation of the gauges' gains, which makes relative calibration necessary.
    pub gain_spread: f64,
}

impl Default for SynthDrift {
    fn default() -> Self {
        Self { linear: 1500.0, exponential: 1500.0, time_constant_days: 200.0, gain_spread: 0.02 }
    }
}

impl SynthDrift {
    /// Sets the typical linear drift, nanostrain per year.
    pub fn with_linear(mut self, nanostrain_per_year: f64) -> Self {
        self.linear = nanostrain_per_year;
        self
    }

    /// Sets the typical exponential drift, nanostrain, and its time constant, days.
    pub fn with_exponential(mut self, nanostrain: f64, time_constant_days: f64) -> Self {
        self.exponential = nanostrain;
        self.time_constant_days = time_constant_days;
        self
    }

    /// Sets the standard deviation of the gauges' gains.
    pub fn with_gain_spread(mut self, spread: f64) -> Self {
        self.gain_spread = spread;
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        check("drift.linear", self.linear, 0.0..=1e9, NON_NEGATIVE)?;
        check("drift.exponential", self.exponential, 0.0..=1e9, NON_NEGATIVE)?;
        let days = self.time_constant_days;
        check("drift.time_constant_days", days, 0.01..=1e6, "give days, usually some hundred")?;
        check("drift.gain_spread", self.gain_spread, 0.0..=0.2, "give 0 to 0.2, usually 0.02")
    }
}

/// What goes wrong with an instrument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SynthFaults {
    /// Outages of a station a year; all its channels are missing.
    pub gaps_per_year: f64,
    /// Mean length of an outage, hours.
    pub gap_hours: f64,
    /// Single wild samples of each gauge a year.
    pub spikes_per_year: f64,
    /// Median size of a spike, nanostrain.
    pub spike_size: f64,
    /// Lasting offsets of a station a year, of one gauge (three in four) or of all.
    pub steps_per_year: f64,
    /// Median size of a step, nanostrain.
    pub step_size: f64,
}

impl Default for SynthFaults {
    fn default() -> Self {
        Self {
            gaps_per_year: 4.0,
            gap_hours: 6.0,
            spikes_per_year: 4.0,
            spike_size: 100.0,
            steps_per_year: 3.0,
            step_size: 150.0,
        }
    }
}

impl SynthFaults {
    /// An instrument that never fails.
    ///
    /// ```
    /// assert_eq!(strain_io::SynthFaults::none().gaps_per_year, 0.0);
    /// ```
    pub fn none() -> Self {
        Self { gaps_per_year: 0.0, spikes_per_year: 0.0, steps_per_year: 0.0, ..Self::default() }
    }

    /// Sets the outages a year and their mean length, hours.
    pub fn with_gaps(mut self, per_year: f64, mean_hours: f64) -> Self {
        self.gaps_per_year = per_year;
        self.gap_hours = mean_hours;
        self
    }

    /// Sets the spikes a year of each gauge and their median size, nanostrain.
    pub fn with_spikes(mut self, per_year: f64, nanostrain: f64) -> Self {
        self.spikes_per_year = per_year;
        self.spike_size = nanostrain;
        self
    }

    /// Sets the steps a year of each station and their median size, nanostrain.
    pub fn with_steps(mut self, per_year: f64, nanostrain: f64) -> Self {
        self.steps_per_year = per_year;
        self.step_size = nanostrain;
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        const RATE: &str = "give a number a year, 0 to 10,000";
        check("faults.gaps_per_year", self.gaps_per_year, 0.0..=1e4, RATE)?;
        check("faults.gap_hours", self.gap_hours, 0.0..=8760.0, "give hours, up to a year")?;
        check("faults.spikes_per_year", self.spikes_per_year, 0.0..=1e4, RATE)?;
        check("faults.spike_size", self.spike_size, 0.0..=1e9, NON_NEGATIVE)?;
        check("faults.steps_per_year", self.steps_per_year, 0.0..=1e4, RATE)?;
        check("faults.step_size", self.step_size, 0.0..=1e9, NON_NEGATIVE)
    }
}
