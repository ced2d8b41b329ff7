use serde::{Deserialize, Serialize};

use crate::{Result, SineError};

/// Size of a [`Picker`](crate::Picker).
///
/// ```
/// use sine::PickerConfig;
///
/// let config = PickerConfig::default();
/// assert_eq!((config.channels, config.samples), (1, 1_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PickerConfig {
    /// Components per station: 1 as published (vertical).
    pub channels: usize,
    /// Samples of a window, at least 128 (seven halvings): 1,000 as published, 10 s at 100 Hz.
    pub samples: usize,
}

impl Default for PickerConfig {
    fn default() -> Self {
        Self { channels: 1, samples: 1_000 }
    }
}

impl PickerConfig {
    /// Sets the number of components.
    #[must_use]
    pub fn with_channels(mut self, channels: usize) -> Self {
        self.channels = channels;
        self
    }

    /// Sets the number of samples.
    #[must_use]
    pub fn with_samples(mut self, samples: usize) -> Self {
        self.samples = samples;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        at_least("channels", self.channels, 1, "at least 1")?;
        at_least("samples", self.samples, 128, "at least 128")
    }
}

/// Size of the whole network; the defaults are the published ones.
///
/// ```
/// use sine::SineConfig;
///
/// let small = SineConfig::default().with_capsule_width(8).with_model_width(32);
/// assert_eq!((small.stations, small.segments, small.capsules), (5, 10, 4));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SineConfig {
    /// Number of stations, at least 3.
    pub stations: usize,
    /// Samples of a window, a multiple of `segments`.
    pub samples: usize,
    /// Segments into which the estimator cuts a window.
    pub segments: usize,
    /// Features of a station in one segment. The published code needs them to be as many as a
    /// segment has samples; here they are free.
    pub features: usize,
    /// Number of capsules, each with a station graph of its own.
    pub capsules: usize,
    /// Features of a capsule.
    pub capsule_width: usize,
    /// Iterations of the neighbourhood routing.
    pub routing_iterations: usize,
    /// Nearest stations in feature space, the station itself among them, that a station's edges
    /// may lead to; below the number of stations.
    pub latent_neighbours: usize,
    /// Width of the recurrent heads, even.
    pub model_width: usize,
    /// Degree of the polynomial that is taken out of every waveform.
    pub detrend_degree: usize,
}

impl Default for SineConfig {
    fn default() -> Self {
        Self {
            stations: 5,
            samples: 1_000,
            segments: 10,
            features: 100,
            capsules: 4,
            capsule_width: 300,
            routing_iterations: 4,
            latent_neighbours: 4,
            model_width: 512,
            detrend_degree: 10,
        }
    }
}

impl SineConfig {
    /// Sets the number of stations.
    #[must_use]
    pub fn with_stations(mut self, stations: usize) -> Self {
        self.stations = stations;
        self
    }

    /// Sets the window's samples and segments.
    #[must_use]
    pub fn with_window(mut self, samples: usize, segments: usize) -> Self {
        (self.samples, self.segments) = (samples, segments);
        self
    }

    /// Sets the number of capsules.
    #[must_use]
    pub fn with_capsules(mut self, capsules: usize) -> Self {
        self.capsules = capsules;
        self
    }

    /// Sets the features of a capsule.
    #[must_use]
    pub fn with_capsule_width(mut self, width: usize) -> Self {
        self.capsule_width = width;
        self
    }

    /// Sets the nearest stations in feature space.
    #[must_use]
    pub fn with_latent_neighbours(mut self, neighbours: usize) -> Self {
        self.latent_neighbours = neighbours;
        self
    }

    /// Sets the width of the recurrent heads.
    #[must_use]
    pub fn with_model_width(mut self, width: usize) -> Self {
        self.model_width = width;
        self
    }

    /// The picker that goes with it.
    pub fn picker(&self) -> PickerConfig {
        PickerConfig { channels: 1, samples: self.samples }
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.picker().check()?;
        at_least("stations", self.stations, 3, "at least 3")?;
        for (name, value) in [
            ("segments", self.segments),
            ("features", self.features),
            ("capsules", self.capsules),
            ("capsule_width", self.capsule_width),
            ("routing_iterations", self.routing_iterations),
        ] {
            at_least(name, value, 1, "at least 1")?;
        }
        let refuse = |name, value: usize, requirement| {
            Err(SineError::Setting { name, value: value as f64, requirement })
        };
        if !self.samples.is_multiple_of(self.segments) {
            return refuse("samples", self.samples, "a multiple of segments");
        }
        if !(1..self.stations).contains(&self.latent_neighbours) {
            let requirement = "at least 1 and below the number of stations";
            return refuse("latent_neighbours", self.latent_neighbours, requirement);
        }
        if self.model_width == 0 || !self.model_width.is_multiple_of(2) {
            return refuse("model_width", self.model_width, "an even number of at least 2");
        }
        Ok(())
    }
}

fn at_least(name: &'static str, value: usize, low: usize, requirement: &'static str) -> Result<()> {
    if value < low {
        return Err(SineError::Setting { name, value: value as f64, requirement });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_the_setting() {
        for (config, name) in [
            (SineConfig::default().with_stations(2), "stations"),
            (SineConfig::default().with_window(1_001, 10), "samples"),
            (SineConfig::default().with_window(64, 2), "samples"),
            (SineConfig::default().with_model_width(31), "model_width"),
            (SineConfig::default().with_latent_neighbours(5), "latent_neighbours"),
            (SineConfig::default().with_capsules(0), "capsules"),
        ] {
            assert!(config.check().unwrap_err().to_string().starts_with(name));
        }
        assert!(SineConfig::default().check().is_ok());
        assert!(serde_json::from_str::<SineConfig>(r#"{"station": 5}"#).is_err());
    }
}
