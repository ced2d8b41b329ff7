use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{PipelineError, Result};

/// The earthquake before which anomalies are looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EventConfig {
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Origin time.
    pub time: Timestamp,
    /// Epicentre, degrees north.
    pub latitude: f64,
    /// Epicentre, degrees east.
    pub longitude: f64,
    /// Magnitude; the Dobrovolsky radius follows from it.
    pub magnitude: f64,
}

impl EventConfig {
    /// An earthquake without a name.
    pub fn new(time: Timestamp, latitude: f64, longitude: f64, magnitude: f64) -> Self {
        Self { name: String::new(), time, latitude, longitude, magnitude }
    }

    /// Names it.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Radius of the zone in which precursors may be expected, km: 10^(0.43 M).
    ///
    /// Dobrovolsky, I. P., Zubkov, S. I., Miachkin, V. I. (1979), *Pure Appl. Geophys.* 117,
    /// 1025–1044, doi:10.1007/BF00876083.
    pub fn radius_km(&self) -> f64 {
        graph_spatial::dobrovolsky_radius_km(self.magnitude)
    }

    pub(crate) fn validate(&self) -> Result<()> {
        graph_spatial::Site::new("epicentre", self.latitude, self.longitude)?;
        if self.magnitude.is_finite() && (0.0..=10.0).contains(&self.magnitude) {
            return Ok(());
        }
        Err(PipelineError::Config {
            name: "event.magnitude".to_owned(),
            value: self.magnitude.to_string(),
            advice: "give a magnitude from 0 to 10".to_owned(),
        })
    }
}
