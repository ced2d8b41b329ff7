use serde::{Deserialize, Serialize};

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
    /// Standard error of both strains, nanostrain; NaN where those of the strain are.
    pub error: f64,
    /// Standard error of the direction, degrees; 52 at most, that of any direction.
    pub azimuth_error_degrees: f64,
}

/// Principal strains of areal strain e_EE + e_NN, γ1 = e_EE − e_NN and γ2 = 2e_EN, with errors
/// propagated to first order from theirs.
///
/// ```
/// use strain_io::principal_strain;
///
/// // Ten along N30°E, nothing across.
/// let (sin, cos) = 60.0_f64.to_radians().sin_cos();
/// let found = principal_strain([10.0, -10.0 * cos, 10.0 * sin], [0.1; 3]);
/// assert!((found.larger - 10.0).abs() < 1e-9 && found.smaller.abs() < 1e-9);
/// assert!((found.azimuth_degrees - 30.0).abs() < 1e-9);
/// assert!((found.error - 0.5 * (0.1_f64 * 0.1 * 2.0).sqrt()).abs() < 1e-9);
/// ```
pub fn principal_strain(strain: [f64; 3], errors: [f64; 3]) -> PrincipalStrain {
    let [areal, gamma1, gamma2] = strain;
    let shear = gamma1.hypot(gamma2);
    // Along the direction γ1 is negative: north is where e_NN is larger.
    let azimuth = gamma2.atan2(-gamma1).to_degrees() / 2.0;
    let (cos, sin) = if shear > 0.0 { (gamma1 / shear, gamma2 / shear) } else { (1.0, 0.0) };
    let along = (cos * errors[1]).hypot(sin * errors[2]);
    let across = (sin * errors[1]).hypot(cos * errors[2]);
    // Half of the turn of (γ1, γ2); 90°/√3 is the standard deviation of a uniform direction.
    let turn = (across.atan2(shear).to_degrees() / 2.0).min(90.0 / 3.0_f64.sqrt());
    PrincipalStrain {
        larger: (areal + shear) / 2.0,
        smaller: (areal - shear) / 2.0,
        azimuth_degrees: azimuth.rem_euclid(180.0),
        error: errors[0].hypot(along) / 2.0,
        azimuth_error_degrees: turn,
    }
}

/// The principal strains at every sample of what [`plane_strain`](crate::plane_strain) gives, `[time]`;
/// nothing where a component is missing.
///
/// # Errors
///
/// [`StrainIoError::NoChannel`](crate::StrainIoError::NoChannel) for a recording without those channels.
pub fn principal_strains(plane: &Recording) -> Result<Vec<Option<PrincipalStrain>>> {
    let columns = ["areal", "gamma1", "gamma2", "areal_error", "gamma1_error", "gamma2_error"];
    let columns = columns.map(|name| plane.channel_index(name));
    let [a, b, c, d, e, f] = columns;
    let columns = [a?, b?, c?, d?, e?, f?];
    let rows = plane.values();
    let strains = rows.rows().into_iter().map(|row| {
        let value = |i: usize| row[columns[i]];
        let strain = [value(0), value(1), value(2)];
        let known = strain.iter().all(|value| !value.is_nan());
        known.then(|| principal_strain(strain, [value(3), value(4), value(5)]))
    });
    Ok(strains.collect())
}
