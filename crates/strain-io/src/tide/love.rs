use serde::{Deserialize, Serialize};

use crate::{Result, StrainIoError};

/// How much the solid Earth yields to the tidal potential: Love's h and Shida's l of degrees two
/// and three.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LoveNumbers {
    /// h of degree 2 and 3: the rise of the surface.
    pub h: [f64; 2],
    /// l of degree 2 and 3: its shift to the side.
    pub l: [f64; 2],
}

impl LoveNumbers {
    /// Those of the Gutenberg–Bullen Earth, which most tidal strain programs use: Farrell, W. E.
    /// (1972), Deformation of the Earth by surface loads, *Rev. Geophys.* 10, 761–797,
    /// doi:10.1029/RG010i003p00761.
    pub const GUTENBERG_BULLEN: Self = Self { h: [0.6114, 0.2891], l: [0.0832, 0.0145] };

    /// The nominal ones of the IERS Conventions (2010), table 7.2 and §7.1.1, without the small
    /// dependence on latitude and frequency.
    pub const IERS_2010: Self = Self { h: [0.6078, 0.292], l: [0.0847, 0.015] };

    /// Other numbers, of degree 2 and 3.
    pub fn new(h: [f64; 2], l: [f64; 2]) -> Self {
        Self { h, l }
    }

    pub(super) fn validate(&self) -> Result<()> {
        if self.h.iter().chain(&self.l).all(|number| (-2.0..=2.0).contains(number)) {
            return Ok(());
        }
        Err(StrainIoError::Config {
            name: "love",
            value: format!("h {:?}, l {:?}", self.h, self.l),
            advice: "Love numbers of the Earth lie between 0 and 1; none may be beyond 2",
        })
    }
}

impl Default for LoveNumbers {
    fn default() -> Self {
        Self::GUTENBERG_BULLEN
    }
}
