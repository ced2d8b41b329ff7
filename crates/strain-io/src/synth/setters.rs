use jiff::Timestamp;

use super::config::SynthConfig;
use super::environment::{SynthPressure, SynthTide};
use super::parts::{SynthDrift, SynthFaults, SynthNoise};

/// Setters, one per field; [`SynthConfig::validate`] judges the values.
impl SynthConfig {
    /// Sets the sampling interval, seconds.
    pub fn with_interval_s(mut self, seconds: u32) -> Self {
        self.interval_s = seconds;
        self
    }

    /// Sets the length of the reference's record, days.
    pub fn with_reference_days(mut self, days: u32) -> Self {
        self.reference_days = days;
        self
    }

    /// Sets the length of the targets' records, days.
    pub fn with_target_days(mut self, days: u32) -> Self {
        self.target_days = days;
        self
    }

    /// Sets the targets by their epicentral distances, km.
    pub fn with_distances_km(mut self, distances: impl Into<Vec<f64>>) -> Self {
        self.distances_km = distances.into();
        self
    }

    /// Sets the reference's epicentral distance, km.
    pub fn with_reference_distance_km(mut self, distance: f64) -> Self {
        self.reference_distance_km = distance;
        self
    }

    /// Sets time, latitude and longitude (degrees) and magnitude of the event.
    pub fn with_event(mut self, time: Timestamp, epicentre: [f64; 2], magnitude: f64) -> Self {
        self.event_time = time;
        self.epicentre = epicentre;
        self.magnitude = magnitude;
        self
    }

    /// Sets how many whole days the records go on after the event's day.
    pub fn with_end_days_after_event(mut self, days: u32) -> Self {
        self.end_days_after_event = days;
        self
    }

    /// Sets whether the targets have anomalous transients.
    pub fn with_anomalous(mut self, anomalous: bool) -> Self {
        self.anomalous = anomalous;
        self
    }

    /// Sets when the rate of anomalous transients is largest, days before the event.
    pub fn with_inflection_days_before(mut self, days: f64) -> Self {
        self.inflection_days_before = days;
        self
    }

    /// Sets the steepness of the sigmoid, per day.
    pub fn with_steepness_per_day(mut self, steepness: f64) -> Self {
        self.steepness_per_day = steepness;
        self
    }

    /// Sets how fast the number of anomalous transients decays with distance.
    pub fn with_decay_exponent(mut self, exponent: f64) -> Self {
        self.decay_exponent = exponent;
        self
    }

    /// Sets the expected number of anomalous transients at the nearest target.
    pub fn with_events_at_nearest(mut self, number: f64) -> Self {
        self.events_at_nearest = number;
        self
    }

    /// Sets the median size of anomalous transients, in units of local noise.
    pub fn with_transient_amplitude(mut self, amplitude: f64) -> Self {
        self.transient_amplitude = amplitude;
        self
    }

    /// Sets the standard deviation of the logarithm of transients' sizes.
    pub fn with_transient_spread(mut self, spread: f64) -> Self {
        self.transient_spread = spread;
        self
    }

    /// Sets the rate of ordinary transients, a day, and their median size in units of local noise.
    pub fn with_background(mut self, rate_per_day: f64, amplitude: f64) -> Self {
        self.background_rate_per_day = rate_per_day;
        self.background_amplitude = amplitude;
        self
    }

    /// Sets the body tide.
    pub fn with_tide(mut self, tide: SynthTide) -> Self {
        self.tide = tide;
        self
    }

    /// Sets air pressure and the response to it.
    pub fn with_pressure(mut self, pressure: SynthPressure) -> Self {
        self.pressure = pressure;
        self
    }

    /// Sets the noise.
    pub fn with_noise(mut self, noise: SynthNoise) -> Self {
        self.noise = noise;
        self
    }

    /// Sets drift and gains.
    pub fn with_drift(mut self, drift: SynthDrift) -> Self {
        self.drift = drift;
        self
    }

    /// Sets gaps, spikes and steps.
    pub fn with_faults(mut self, faults: SynthFaults) -> Self {
        self.faults = faults;
        self
    }
}
