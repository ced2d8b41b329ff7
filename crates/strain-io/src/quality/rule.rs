use serde::{Deserialize, Serialize};

use crate::{Result, StrainIoError};

/// What a reference station must fulfil. The default is the method's own rule: continuity above
/// 90 %, k at least 0.95, no earthquake of magnitude 3 within 50 km while it recorded. The limits
/// that are not part of it are off until they are set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ReferenceRule {
    /// The continuity that every gauge must exceed.
    pub continuity_above: f64,
    /// The least k of S1+S3 = k (S2+S4); a k above 1 is as far off as its inverse.
    pub min_k: f64,
    /// The magnitude from which an earthquake counts.
    pub magnitude: f64,
    /// The radius in km within which none may have been.
    pub radius_km: f64,
    /// A wider radius in km; earthquakes there rank a station lower.
    pub wide_radius_km: f64,
    /// The most steps a year that a gauge may have; none asks for no such figure.
    pub max_steps_per_year: Option<f64>,
    /// The largest spread of a gauge's M2 factor over its mean; none asks for no such figure.
    pub max_m2_instability: Option<f64>,
}

impl Default for ReferenceRule {
    fn default() -> Self {
        Self {
            continuity_above: 0.90,
            min_k: 0.95,
            magnitude: 3.0,
            radius_km: 50.0,
            wide_radius_km: 200.0,
            max_steps_per_year: None,
            max_m2_instability: None,
        }
    }
}

impl ReferenceRule {
    /// Sets the magnitude from which an earthquake counts.
    pub fn with_magnitude(mut self, magnitude: f64) -> Self {
        self.magnitude = magnitude;
        self
    }

    /// Sets the most steps a year that a gauge may have.
    pub fn with_max_steps_per_year(mut self, steps: f64) -> Self {
        self.max_steps_per_year = Some(steps);
        self
    }

    /// Sets the largest spread of a gauge's M2 factor over its mean.
    pub fn with_max_m2_instability(mut self, spread: f64) -> Self {
        self.max_m2_instability = Some(spread);
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for a number that is not finite, a radius that is negative, a wide one
    /// that is the smaller, and for a limit below zero.
    pub fn validate(&self) -> Result<()> {
        let finite = [
            ("continuity_above", self.continuity_above),
            ("min_k", self.min_k),
            ("magnitude", self.magnitude),
        ];
        if let Some((name, value)) = finite.into_iter().find(|(_, value)| !value.is_finite()) {
            let advice = "give a finite number";
            return Err(StrainIoError::Config { name, value: value.to_string(), advice });
        }
        let limits = [
            ("max_steps_per_year", self.max_steps_per_year),
            ("max_m2_instability", self.max_m2_instability),
        ];
        for (name, limit) in limits {
            if let Some(limit) = limit.filter(|limit| limit.is_nan() || *limit < 0.0) {
                let advice = "give a limit of at least 0, or none";
                return Err(StrainIoError::Config { name, value: limit.to_string(), advice });
            }
        }
        if self.radius_km >= 0.0 && (self.radius_km..f64::INFINITY).contains(&self.wide_radius_km) {
            return Ok(());
        }
        Err(StrainIoError::Config {
            name: "radius_km, wide_radius_km",
            value: format!("{}, {}", self.radius_km, self.wide_radius_km),
            advice: "give finite radii in km, the wide one at least as large",
        })
    }
}
