//! From two to four gauges to the strain of the plane: areal and shear strain, principal strains,
//! calibration in the laboratory and by tides.

mod matrix;
mod plane;
mod principal;
#[cfg(test)]
mod published_tests;
#[cfg(test)]
mod tests;
mod tidal;

pub use matrix::{GaugeCoupling, GaugeMatrix};
pub use plane::{GaugeNoise, plane_strain};
pub use principal::{PrincipalStrain, principal_strain, principal_strains};
pub use tidal::{TheoryFits, tidal_calibration};
