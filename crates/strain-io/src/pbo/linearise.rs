use serde::{Deserialize, Serialize};

use crate::{Result, StrainIoError};

/// Counts of a gauge at the full width of its transducer.
pub(super) const FULL_SCALE: f64 = 1e8;
/// Diameter of the instrument, metres.
const DIAMETER: f64 = 0.087;

/// From the counts of a GTSM gauge to strain.
///
/// With r(c) = c/10⁸ and x = r/(1 − r), the strain of a count c against the reference count c₀ is
/// (x(c) − x(c₀)) · gap / 0.087 m, positive in extension. Reference counts and gaps are in the
/// network's table of stations.
///
/// Hodgkinson, K., et al. (2013), Tidal calibration of Plate Boundary Observatory borehole
/// strainmeters, *J. Geophys. Res. Solid Earth* 118, 447–458, doi:10.1029/2012JB009651; the numbers
/// are those that the network's own processing uses.
///
/// ```
/// use strain_io::Linearisation;
///
/// let gauge = Linearisation::new("CH0", 50_000_000.0, 1e-4);
/// assert_eq!(gauge.nanostrain(50_000_000.0), Some(0.0));
/// // At the middle of the range one count is 4e-8 of the gap, here 0.046 nanostrain.
/// let one = gauge.nanostrain(50_000_001.0).unwrap();
/// assert!((one - 4e-8 * 1e-4 / 0.087 * 1e9).abs() < 1e-8);
/// assert_eq!(gauge.nanostrain(1e8), None);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Linearisation {
    /// The channel, as the bottles' names have it (`CH0`).
    pub channel: String,
    /// The count that is zero strain.
    pub reference_counts: f64,
    /// The gap of the transducer, metres: 0.0001 or 0.0002.
    pub gap_m: f64,
}

impl Linearisation {
    /// The linearisation of one channel.
    pub fn new(channel: impl Into<String>, reference_counts: f64, gap_m: f64) -> Self {
        Self { channel: channel.into(), reference_counts, gap_m }
    }

    /// The strain of a count, nanostrain; none for a count that no gauge can give (below 0, 10⁸ and
    /// more).
    pub fn nanostrain(&self, counts: f64) -> Option<f64> {
        let ratio = |counts: f64| counts / FULL_SCALE / (1.0 - counts / FULL_SCALE);
        let strain = (ratio(counts) - ratio(self.reference_counts)) * self.gap_m / DIAMETER * 1e9;
        ((0.0..FULL_SCALE).contains(&counts) && strain.is_finite()).then_some(strain)
    }

    pub(super) fn validate(&self) -> Result<()> {
        if !(0.0..FULL_SCALE).contains(&self.reference_counts) {
            return Err(StrainIoError::Config {
                name: "reference_counts",
                value: self.reference_counts.to_string(),
                advice: "give the count of zero strain, from 0 to below 1e8",
            });
        }
        if !(1e-6..=1e-2).contains(&self.gap_m) {
            return Err(StrainIoError::Config {
                name: "gap_m",
                value: self.gap_m.to_string(),
                advice: "give the gap in metres, for a GTSM 0.0001 or 0.0002",
            });
        }
        Ok(())
    }
}
