use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};
use stmn_linalg::default_backend;

use crate::{Result, StrainIoError};

/// Degrees from gauge 0 of a GTSM to its gauges, clockwise.
const GTSM_TURNS: [f64; 4] = [0.0, 120.0, 240.0, 210.0];
/// Singular values below this share of the largest are rounding.
const ROUNDING: f64 = 1e-12;

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

    /// The four gauges of a Gladwin tensor strainmeter whose gauge 0 points to `azimuth`, degrees east of
    /// north (`CH0(EofN)` in the network's tables): 0°, 120°, 240° and 210° on from it. With
    /// [`GaugeCoupling::GTSM`] its [`strain_matrix`](Self::strain_matrix) is what the network publishes
    /// as the manufacturer's isotropic, or "lab", matrix.
    ///
    /// # Errors
    ///
    /// As [`from_azimuths`](Self::from_azimuths).
    ///
    /// # Example
    ///
    /// ```
    /// use strain_io::{GaugeCoupling, GaugeMatrix};
    ///
    /// // Station TSM5 of network IV, published as 0.2963, 0.5185, 0.2963, 0.2222 of areal strain.
    /// let matrix = GaugeMatrix::gtsm(342.9, GaugeCoupling::GTSM)?.strain_matrix()?;
    /// for (found, published) in matrix[0].iter().zip([0.2963, 0.5185, 0.2963, 0.2222]) {
    ///     assert!((found - published).abs() < 5e-5);
    /// }
    /// # Ok::<(), strain_io::StrainIoError>(())
    /// ```
    pub fn gtsm(azimuth: f64, coupling: GaugeCoupling) -> Result<Self> {
        Self::from_azimuths(&GTSM_TURNS.map(|turn| azimuth + turn), coupling)
    }

    /// From a matrix that turns gauges into e_EE + e_NN, e_EE − e_NN and 2e_EN, one row each, as GTSM
    /// calibrations are published: the gauges' rows are its Moore–Penrose inverse.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for rows of different lengths, fewer than three or more than eight
    /// gauges, numbers that are not finite, or rows that do not determine three components;
    /// [`StrainIoError::LinearAlgebra`].
    ///
    /// # Example
    ///
    /// ```
    /// use strain_io::GaugeMatrix;
    ///
    /// // Station B004 by Roeloffs (2010), as its network publishes it.
    /// let published = [
    ///     vec![1.65662916, 2.37718929, 2.36230912, 0.39952254],
    ///     vec![-0.04469343, 0.51274012, 0.50047667, -0.09672701],
    ///     vec![0.39438025, 1.05488877, 1.64758286, 0.22625875],
    /// ];
    /// let matrix = GaugeMatrix::from_strain_matrix(&published)?;
    /// assert_eq!(matrix.rows().len(), 4);
    /// assert!((matrix.strain_matrix()?[1][2] - 0.50047667).abs() < 1e-9);
    /// # Ok::<(), strain_io::StrainIoError>(())
    /// ```
    pub fn from_strain_matrix(components: &[Vec<f64>; 3]) -> Result<Self> {
        let bad =
            |value, advice| Err(StrainIoError::Config { name: "strain matrix", value, advice });
        let gauges = components[0].len();
        if components.iter().any(|row| row.len() != gauges) || !(3..=8).contains(&gauges) {
            let lengths = components.each_ref().map(Vec::len);
            return bad(
                format!("rows of {lengths:?}"),
                "give three rows of as many gauges, 3 to 8",
            );
        }
        if !components.iter().flatten().all(|value| value.is_finite()) {
            return bad(format!("{components:?}"), "give finite numbers");
        }
        let forward = Array2::from_shape_fn((3, gauges), |(i, j)| components[i][j]);
        let (inverse, rank) = pseudo_inverse(&forward)?;
        if rank < 3 {
            return bad(
                format!("{components:?}"),
                "give three rows that do not depend on each other",
            );
        }
        Self::from_rows((0..gauges).map(|i| [0, 1, 2].map(|j| inverse[[i, j]])).collect())
    }

    /// What turns the gauges into e_EE + e_NN, e_EE − e_NN and 2e_EN where all of them work and none is
    /// more exact than another: the Moore–Penrose inverse, one row a component. For records use
    /// [`plane_strain`](crate::plane_strain), which copes with gauges that fail.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] where the gauges do not determine all three, and
    /// [`StrainIoError::LinearAlgebra`].
    pub fn strain_matrix(&self) -> Result<[Vec<f64>; 3]> {
        let forward = Array2::from_shape_fn((self.rows.len(), 3), |(i, j)| self.rows[i][j]);
        let (inverse, rank) = pseudo_inverse(&forward)?;
        if rank < 3 {
            return Err(StrainIoError::Config {
                name: "gauges",
                value: format!("{:?}", self.rows),
                advice: "three components need at least three gauges in three directions",
            });
        }
        Ok([0, 1, 2].map(|i| inverse.row(i).to_vec()))
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

/// The Moore–Penrose inverse and the rank.
fn pseudo_inverse(matrix: &Array2<f64>) -> Result<(Array2<f64>, usize)> {
    let svd = default_backend().svd(matrix.view()).map_err(|source| {
        StrainIoError::LinearAlgebra { what: "the inverse of a gauge matrix".to_owned(), source }
    })?;
    let least = ROUNDING * svd.values.first().copied().unwrap_or(0.0);
    let rank = svd.values.iter().take_while(|&&value| value > least).count();
    let mut inverse = Array2::zeros((matrix.ncols(), matrix.nrows()));
    for k in 0..rank {
        let right = svd.right_transposed.row(k).insert_axis(Axis(1));
        inverse
            .scaled_add(1.0 / svd.values[k], &right.dot(&svd.left.column(k).insert_axis(Axis(0))));
    }
    Ok((inverse, rank))
}
