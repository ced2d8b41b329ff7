use serde::{Deserialize, Serialize};

use crate::{Result, SineError};

/// Where and how large an earthquake was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Degrees, north positive.
    pub latitude: f64,
    /// Degrees, east positive.
    pub longitude: f64,
    /// Kilometres.
    pub depth_km: f64,
    /// Magnitude, of the scale of the training catalogue.
    pub magnitude: f64,
}

/// An interval that is scaled to 0..1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// What becomes 0.
    pub low: f64,
    /// What becomes 1.
    pub high: f64,
}

impl Range {
    fn scale(self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    fn restore(self, scaled: f64) -> f64 {
        self.low + scaled * (self.high - self.low)
    }
}

/// The intervals that the network's outputs, roughly 0..1, stand for. They belong to the training
/// data and must be the same in training and use.
///
/// ```
/// use sine::{LabelRanges, Origin};
///
/// let ranges = LabelRanges::southern_california();
/// let origin = Origin { latitude: 34.0, longitude: -118.0, depth_km: 10.0, magnitude: 3.0 };
/// let scaled = ranges.scale(&origin);
/// assert!(scaled.iter().all(|v| (0.0..=1.0).contains(v)));
/// assert!((ranges.restore(scaled).magnitude - 3.0).abs() < 1e-12);
/// # Ok::<(), sine::SineError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LabelRanges {
    /// Degrees.
    pub latitude: Range,
    /// Degrees.
    pub longitude: Range,
    /// Kilometres.
    pub depth_km: Range,
    /// Magnitude.
    pub magnitude: Range,
}

impl LabelRanges {
    /// Ranges as `(low, high)`.
    ///
    /// # Errors
    ///
    /// [`SineError::Setting`] for a range that is empty or not finite.
    pub fn new(
        latitude: (f64, f64),
        longitude: (f64, f64),
        depth_km: (f64, f64),
        magnitude: (f64, f64),
    ) -> Result<Self> {
        let range = |name, (low, high): (f64, f64)| {
            if low.is_finite() && high.is_finite() && low < high {
                return Ok(Range { low, high });
            }
            let requirement = "finite and above the low end of its range";
            Err(SineError::Setting { name, value: high, requirement })
        };
        Ok(Self {
            latitude: range("latitude", latitude)?,
            longitude: range("longitude", longitude)?,
            depth_km: range("depth_km", depth_km)?,
            magnitude: range("magnitude", magnitude)?,
        })
    }

    /// Those of the published Southern California examples. The published configuration file gives
    /// the longitudes without their sign and magnitudes from 2.4; the example labels fit these.
    pub fn southern_california() -> Self {
        Self {
            latitude: Range { low: 32.0022, high: 35.9987 },
            longitude: Range { low: -119.994, high: -116.001 },
            depth_km: Range { low: 1.0, high: 28.95 },
            magnitude: Range { low: 2.5, high: 5.51 },
        }
    }

    /// Latitude, longitude, depth, magnitude as the network sees them.
    pub fn scale(&self, origin: &Origin) -> [f64; 4] {
        [
            self.latitude.scale(origin.latitude),
            self.longitude.scale(origin.longitude),
            self.depth_km.scale(origin.depth_km),
            self.magnitude.scale(origin.magnitude),
        ]
    }

    /// The inverse of [`LabelRanges::scale`].
    pub fn restore(&self, scaled: [f64; 4]) -> Origin {
        Origin {
            latitude: self.latitude.restore(scaled[0]),
            longitude: self.longitude.restore(scaled[1]),
            depth_km: self.depth_km.restore(scaled[2]),
            magnitude: self.magnitude.restore(scaled[3]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_range_is_refused_by_name() {
        let error =
            LabelRanges::new((32.0, 36.0), (-116.0, -120.0), (0.0, 30.0), (2.0, 6.0)).unwrap_err();
        assert!(error.to_string().starts_with("longitude = -120"), "{error}");
    }
}
