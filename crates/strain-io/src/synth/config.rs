use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::environment::{SynthPressure, SynthTide};
use super::parts::{SynthDrift, SynthFaults, SynthNoise};
use crate::{Result, StrainIoError};

pub(super) const NON_NEGATIVE: &str = "give a finite size that is not negative";

/// The most samples (of all channels of a station at one instant) that a network may have: at five
/// channels this is 2 GB.
const MOST_SAMPLES: u64 = 50_000_000;

/// What [`network`](crate::network) is to make.
///
/// The default is an hourly network of one quiet reference station and five targets at the
/// distances of the five stations published for the 2022 Luding earthquake, three years each.
///
/// ```
/// use strain_io::SynthConfig;
///
/// let quiet = SynthConfig::default().with_anomalous(false).with_target_days(240);
/// quiet.validate()?;
/// let error = quiet.with_interval_s(7).validate().unwrap_err().to_string();
/// assert!(error.starts_with("interval_s = 7: "), "{error}");
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SynthConfig {
    /// Seconds from one sample to the next, a whole number of them in a day: 3600 or 60, say.
    pub interval_s: u32,
    /// Length of the reference station's record, days.
    pub reference_days: u32,
    /// Length of the targets' records, days.
    pub target_days: u32,
    /// Epicentral distances of the targets, km.
    pub distances_km: Vec<f64>,
    /// Epicentral distance of the reference station, km.
    pub reference_distance_km: f64,
    /// Latitude and longitude of the epicentre, degrees.
    pub epicentre: [f64; 2],
    /// Magnitude of the event.
    pub magnitude: f64,
    /// Origin time of the event.
    pub event_time: Timestamp,
    /// Every record consists of whole UTC days; the last is the event's day or, with this setting,
    /// one so many days later. (No seismic waves and no coseismic steps are made.)
    pub end_days_after_event: u32,
    /// Whether the targets have anomalous transients. A quiet network of the same seed is the same
    /// to the last bit without them.
    pub anomalous: bool,
    /// When the rate of anomalous transients is largest, days before the event.
    pub inflection_days_before: f64,
    /// Steepness b of the sigmoid 1/(1 + e^(−b(t−c))) whose derivative the rate follows, per day.
    pub steepness_per_day: f64,
    /// The expected number at distance r is that at the nearest target, r0, times
    /// (r/r0)^−decay_exponent.
    pub decay_exponent: f64,
    /// Expected number of anomalous transients in the record of the nearest target.
    pub events_at_nearest: f64,
    /// Median size of an anomalous transient (root mean square of the gauges' peaks) in units of the
    /// station's noise between periods of 4 and 16 h: without noise there are none.
    pub transient_amplitude: f64,
    /// Standard deviation of the logarithm of transients' sizes.
    pub transient_spread: f64,
    /// Ordinary transients of the same shape a day, at every station at all times.
    pub background_rate_per_day: f64,
    /// Their median size, in the same units.
    pub background_amplitude: f64,
    /// Body tide.
    pub tide: SynthTide,
    /// Air pressure and the response to it.
    pub pressure: SynthPressure,
    /// Noise.
    pub noise: SynthNoise,
    /// Drift and gains.
    pub drift: SynthDrift,
    /// Gaps, spikes and steps.
    pub faults: SynthFaults,
}

impl Default for SynthConfig {
    fn default() -> Self {
        Self {
            interval_s: 3600,
            reference_days: 1095,
            target_days: 1095,
            distances_km: vec![23.5, 94.7, 199.2, 309.1, 353.0],
            reference_distance_km: 1142.0,
            epicentre: [29.59, 102.08],
            magnitude: 6.8,
            event_time: Timestamp::constant(1_662_353_520, 0), // 2022-09-05T04:52:00Z
            end_days_after_event: 0,
            anomalous: true,
            inflection_days_before: 39.0,
            steepness_per_day: 0.06,
            decay_exponent: 0.255,
            events_at_nearest: 150.0,
            transient_amplitude: 5.0,
            transient_spread: 0.3,
            background_rate_per_day: 0.3,
            background_amplitude: 2.0,
            tide: SynthTide::default(),
            pressure: SynthPressure::default(),
            noise: SynthNoise::default(),
            drift: SynthDrift::default(),
            faults: SynthFaults::default(),
        }
    }
}

impl SynthConfig {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] naming the first setting that makes no sense.
    pub fn validate(&self) -> Result<()> {
        self.validate_records()?;
        self.validate_place()?;
        self.validate_transients()?;
        self.tide.validate()?;
        self.pressure.validate()?;
        self.noise.validate()?;
        self.drift.validate()?;
        self.faults.validate()
    }

    fn validate_records(&self) -> Result<()> {
        if !(1..=3600).contains(&self.interval_s) || 86_400 % self.interval_s != 0 {
            let advice = "give 1 to 3600 seconds that divide a day, such as 3600 or 60";
            return Err(refused("interval_s", self.interval_s, advice));
        }
        let most = "give 1 to 36,500 days";
        check("reference_days", f64::from(self.reference_days), 1.0..=36_500.0, most)?;
        check("target_days", f64::from(self.target_days), 1.0..=36_500.0, most)?;
        let days = u64::from(self.reference_days)
            + u64::from(self.target_days) * self.distances_km.len() as u64;
        let samples = days * u64::from(86_400 / self.interval_s);
        if samples > MOST_SAMPLES {
            let advice = "shorten the records or lengthen the interval: all stations together may \
                          have 50 million samples";
            return Err(refused("interval_s", self.interval_s, advice));
        }
        check(
            "end_days_after_event",
            f64::from(self.end_days_after_event),
            0.0..=f64::from(self.target_days.min(self.reference_days) - 1),
            "the event must lie within the shortest record",
        )
    }

    fn validate_place(&self) -> Result<()> {
        let [latitude, longitude] = self.epicentre;
        check("epicentre", latitude, -89.0..=89.0, "give a latitude from −89 to 89 first")?;
        check("epicentre", longitude, -180.0..=360.0, "give a longitude from −180 to 360 second")?;
        check("magnitude", self.magnitude, -3.0..=10.0, "give a magnitude from −3 to 10")?;
        let far = "give kilometres, from 0.1 to 19,000";
        check("reference_distance_km", self.reference_distance_km, 0.1..=19_000.0, far)?;
        if self.distances_km.is_empty() || self.distances_km.len() > 10_000 {
            let number = format!("{} distances", self.distances_km.len());
            return Err(refused("distances_km", number, "give 1 to 10,000 targets"));
        }
        self.distances_km
            .iter()
            .try_for_each(|&r| check("distances_km", r, 0.1..=19_000.0, far))?;
        let farthest = SignedDuration::from_hours(24 * 100_000);
        let reachable = self.event_time.checked_add(farthest).is_ok()
            && self.event_time.checked_sub(farthest).is_ok();
        if reachable {
            return Ok(());
        }
        Err(refused("event_time", self.event_time, "give a time within ordinary calendars"))
    }

    fn validate_transients(&self) -> Result<()> {
        // Without an anomaly nothing turns, and a record may be as short as one likes.
        if self.anomalous {
            let first = f64::from(self.target_days - self.end_days_after_event - 1);
            check(
                "inflection_days_before",
                self.inflection_days_before,
                -f64::from(self.end_days_after_event)..=first,
                "the inflection must lie within the targets' records",
            )?;
        }
        let steepness = "give a rate a day from 0.0001 to 24, usually 0.06";
        check("steepness_per_day", self.steepness_per_day, 1e-4..=24.0, steepness)?;
        check("decay_exponent", self.decay_exponent, -5.0..=5.0, "give −5 to 5, usually 0.255")?;
        check("events_at_nearest", self.events_at_nearest, 0.0..=1e6, "give 0 to 1,000,000")?;
        check("transient_amplitude", self.transient_amplitude, 0.0..=1e6, NON_NEGATIVE)?;
        check("transient_spread", self.transient_spread, 0.0..=3.0, "give 0 to 3, usually 0.3")?;
        let often = "give 0 to 100 a day";
        check("background_rate_per_day", self.background_rate_per_day, 0.0..=100.0, often)?;
        check("background_amplitude", self.background_amplitude, 0.0..=1e6, NON_NEGATIVE)
    }
}

pub(super) fn check(
    name: &'static str,
    value: f64,
    range: RangeInclusive<f64>,
    advice: &'static str,
) -> Result<()> {
    // NaN is in no range.
    if range.contains(&value) { Ok(()) } else { Err(refused(name, value, advice)) }
}

fn refused(name: &'static str, value: impl ToString, advice: &'static str) -> StrainIoError {
    StrainIoError::Config { name, value: value.to_string(), advice }
}
