use serde::{Deserialize, Serialize};

use super::plane::{COLUMNS, PAIRS};
use crate::{Recording, Result};

/// The two principal strains of the plane, and where they point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PrincipalStrain {
    /// The larger, in extension, nanostrain.
    pub larger: f64,
    /// The smaller, nanostrain.
    pub smaller: f64,
    /// The direction of the larger, degrees east of north in 0..180.
    pub azimuth_degrees: f64,
    /// Standard error of the larger, nanostrain; NaN where the covariance of the strain is.
    pub larger_error: f64,
    /// Standard error of the smaller, nanostrain; NaN as well.
    pub smaller_error: f64,
    /// Standard error of the direction, degrees; 52 at most, that of any direction.
    pub azimuth_error_degrees: f64,
}

/// Principal strains of areal strain e_EE + e_NN, γ1 = e_EE − e_NN and γ2 = 2e_EN, with errors
/// propagated to first order from the covariance of the three, nanostrain².
///
/// ```
/// use strain_io::principal_strain;
///
/// // Ten along N30°E, nothing across.
/// let (sin, cos) = 60.0_f64.to_radians().sin_cos();
/// let covariance = [[0.01, 0.0, 0.0], [0.0, 0.01, 0.0], [0.0, 0.0, 0.01]];
/// let found = principal_strain([10.0, -10.0 * cos, 10.0 * sin], covariance);
/// assert!((found.larger - 10.0).abs() < 1e-9 && found.smaller.abs() < 1e-9);
/// assert!((found.azimuth_degrees - 30.0).abs() < 1e-9);
/// assert!((found.larger_error - 0.5 * (0.1_f64 * 0.1 * 2.0).sqrt()).abs() < 1e-9);
/// // Areal strain and shear that err together do so in the larger strain, not in the smaller.
/// let together = [[0.01, -0.01 * cos, 0.01 * sin], [-0.01 * cos, 0.01, 0.0], [0.01 * sin, 0.0, 0.01]];
/// let found = principal_strain([10.0, -10.0 * cos, 10.0 * sin], together);
/// assert!((found.larger_error - 0.1).abs() < 1e-9 && found.smaller_error < 1e-9);
/// ```
pub fn principal_strain(strain: [f64; 3], covariance: [[f64; 3]; 3]) -> PrincipalStrain {
    let [areal, gamma1, gamma2] = strain;
    let shear = gamma1.hypot(gamma2);
    // Along the direction γ1 is negative: north is where e_NN is larger.
    let azimuth = gamma2.atan2(-gamma1).to_degrees() / 2.0;
    let (cos, sin) = if shear > 0.0 { (gamma1 / shear, gamma2 / shear) } else { (1.0, 0.0) };
    let error = |slope: [f64; 3]| {
        let row = |row: [f64; 3]| row.iter().zip(slope).map(|(c, s)| c * s).sum::<f64>();
        let variance: f64 = slope.iter().zip(covariance).map(|(s, c)| s * row(c)).sum();
        // Rounding may leave less than nothing; NaN is to stay.
        if variance < 0.0 { 0.0 } else { variance.sqrt() }
    };
    // Half of the turn of (γ1, γ2); 90°/√3 is the standard deviation of a uniform direction.
    let turn = error([0.0, -sin, cos]).atan2(shear).to_degrees() / 2.0;
    let most = 90.0 / 3.0_f64.sqrt();
    PrincipalStrain {
        larger: (areal + shear) / 2.0,
        smaller: (areal - shear) / 2.0,
        azimuth_degrees: azimuth.rem_euclid(180.0),
        larger_error: error([0.5, cos / 2.0, sin / 2.0]),
        smaller_error: error([0.5, -cos / 2.0, -sin / 2.0]),
        azimuth_error_degrees: if turn > most { most } else { turn },
    }
}

/// The principal strains at every sample of what [`plane_strain`](crate::plane_strain) gives, `[time]`;
/// nothing where a component is missing.
///
/// # Errors
///
/// [`StrainIoError::NoChannel`](crate::StrainIoError::NoChannel) for a recording without those channels.
pub fn principal_strains(plane: &Recording) -> Result<Vec<Option<PrincipalStrain>>> {
    let indices = COLUMNS.into_iter().map(|name| plane.channel_index(name));
    let columns = indices.collect::<Result<Vec<usize>>>()?;
    let rows = plane.values();
    let strains = rows.rows().into_iter().map(|row| {
        let value = |i: usize| row[columns[i]];
        let strain = [value(0), value(1), value(2)];
        let known = strain.iter().all(|value| !value.is_nan());
        let errors = [value(3), value(4), value(5)];
        let mut covariance = [[0.0; 3]; 3];
        (0..3).for_each(|i| covariance[i][i] = errors[i] * errors[i]);
        for (pair, (i, j)) in PAIRS.into_iter().enumerate() {
            covariance[i][j] = value(6 + pair) * errors[i] * errors[j];
            covariance[j][i] = covariance[i][j];
        }
        known.then(|| principal_strain(strain, covariance))
    });
    Ok(strains.collect())
}
