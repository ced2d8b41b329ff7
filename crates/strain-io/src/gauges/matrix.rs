use serde::{Deserialize, Serialize};

use crate::{Result, StrainIoError};

/// How much more a gauge in its grouted borehole stretches than the rock around it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GaugeCoupling {
    /// C: of areal strain.
    pub areal: f64,
    /// D: of shear strain.
    pub shear: f64,
}

impl GaugeCoupling {
    /// A gauge that stretches as the rock does.
    pub const NONE: Self = Self { areal: 1.0, shear: 1.0 };

    /// What is assumed of a GTSM where nothing better is known ("lab" calibration): C = 1.5, D = 3.
    /// Hodgkinson, K., Langbein, J., Henderson, B., Mencin, D. and Borsa, A. (2013), Tidal calibration
    /// of plate boundary observatory borehole strainmeters, *J. Geophys. Res. Solid Earth* 118,
    /// 447–458, doi:10.1029/2012JB009651.
    pub const GTSM: Self = Self { areal: 1.5, shear: 3.0 };

    /// Other numbers.
    pub fn new(areal: f64, shear: f64) -> Self {
        Self { areal, shear }
    }
}

/// What each gauge shows of a strain of the plane: gauge = a·(e_EE + e_NN) + b·(e_EE − e_NN) +
/// c·2e_EN, one row (a, b, c) a gauge.
///
/// ```
/// use strain_io::{GaugeCoupling, GaugeMatrix};
///
/// // A rock that stretches by 10 to the north.
/// let gauges = GaugeMatrix::from_azimuths(&[0.0, 90.0, 45.0], GaugeCoupling::NONE)?;
/// let seen: Vec<f64> = gauges.rows().iter().map(|[a, b, _]| a * 10.0 - b * 10.0).collect();
/// assert!((seen[0] - 10.0).abs() < 1e-12 && seen[1].abs() < 1e-12 && (seen[2] - 5.0).abs() < 1e-12);
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
#[non_exhaustive]
pub struct GaugeMatrix {
    /// One row a gauge.
    pub(super) rows: Vec<[f64; 3]>,
    /// Standard errors of the rows; zero where they come from directions.
    pub(super) errors: Vec<[f64; 3]>,
}

/// A matrix as it stands in a file, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rows: Vec<[f64; 3]>,
    errors: Vec<[f64; 3]>,
}

impl TryFrom<Written> for GaugeMatrix {
    type Error = StrainIoError;

    fn try_from(Written { rows, errors }: Written) -> Result<Self> {
        let sound = |error: &f64| *error >= 0.0 && error.is_finite();
        if errors.len() != rows.len() || !errors.iter().flatten().all(sound) {
            return Err(StrainIoError::Config {
                name: "errors",
                value: format!("{errors:?}"),
                advice: "give three standard errors of at least 0 a row",
            });
        }
        Ok(Self { errors, ..Self::from_rows(rows)? })
    }
}

impl GaugeMatrix {
    /// Gauges that point to `azimuths`, degrees east of north, in an isotropic rock: C/2, −D cos 2θ/2
    /// and D sin 2θ/2.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for fewer than two or more than eight gauges, or numbers that are
    /// not finite or no coupling.
    pub fn from_azimuths(azimuths: &[f64], coupling: GaugeCoupling) -> Result<Self> {
        let bad = |name, value, advice| Err(StrainIoError::Config { name, value, advice });
        if !azimuths.iter().all(|azimuth| azimuth.is_finite()) {
            return bad("azimuths", format!("{azimuths:?}"), "give degrees east of north");
        }
        let positive = |value: f64| value > 0.0 && value.is_finite();
        if !positive(coupling.areal) || !positive(coupling.shear) {
            return bad("coupling", format!("{coupling:?}"), "give factors above 0");
        }
        let row = |azimuth: &f64| {
            let (sin, cos) = (2.0 * azimuth).to_radians().sin_cos();
            [coupling.areal / 2.0, -coupling.shear * cos / 2.0, coupling.shear * sin / 2.0]
        };
        Self::from_rows(azimuths.iter().map(row).collect())
    }

    /// Rows from elsewhere, such as a published calibration.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for fewer than two or more than eight rows, or numbers that are not
    /// finite.
    pub fn from_rows(rows: Vec<[f64; 3]>) -> Result<Self> {
        let bad = |value, advice| Err(StrainIoError::Config { name: "rows", value, advice });
        if !(2..=8).contains(&rows.len()) {
            return bad(format!("{} gauges", rows.len()), "give two to eight gauges");
        }
        if !rows.iter().flatten().all(|value| value.is_finite()) {
            return bad(format!("{rows:?}"), "give finite numbers");
        }
        let errors = vec![[0.0; 3]; rows.len()];
        Ok(Self { rows, errors })
    }

    /// (a, b, c) of each gauge.
    pub fn rows(&self) -> &[[f64; 3]] {
        &self.rows
    }

    /// Standard errors of the rows; zero where they do not come from a fit.
    pub fn errors(&self) -> &[[f64; 3]] {
        &self.errors
    }
}
