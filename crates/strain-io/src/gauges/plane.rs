use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};
use stmn_linalg::default_backend;

use super::matrix::GaugeMatrix;
use crate::{Channel, Provenance, Recording, Result, StrainIoError, Unit};

/// Directions of the plane's strain that gauges show by less than this share of the best one are not
/// determined.
const SHARE: f64 = 1e-3;

/// The channels of plane strain: components, their standard errors, and the correlations of the
/// components' errors in the order of [`PAIRS`].
pub(super) const COLUMNS: [&str; 9] = [
    "areal",
    "gamma1",
    "gamma2",
    "areal_error",
    "gamma1_error",
    "gamma2_error",
    "areal_gamma1_correlation",
    "areal_gamma2_correlation",
    "gamma1_gamma2_correlation",
];
/// The components of each correlation.
pub(super) const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];

/// Where the standard errors of plane strain come from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GaugeNoise {
    /// The standard error of every gauge, in its unit.
    Known(f64),
    /// The misfit of the gauges among themselves at each sample, where there is one too many.
    Misfit,
}

/// The strain of the plane from the gauges that work at each sample, by least squares: the channels
/// `areal` (e_EE + e_NN), `gamma1` (e_EE − e_NN), `gamma2` (2e_EN), nanostrain, their standard errors
/// `areal_error`, `gamma1_error`, `gamma2_error`, and how those errors go together, in −1..=1:
/// `areal_gamma1_correlation`, `areal_gamma2_correlation`, `gamma1_gamma2_correlation`. Four gauges at
/// 45° steps have none; once one of them is missing, they have much.
///
/// Four or three gauges determine all three. Two determine what they determine: at right angles the
/// areal strain and, along them, one shear; what is not determined is missing. Flags are those of
/// the gauges that go in. A standard error is missing where it is not known.
///
/// # Errors
///
/// [`StrainIoError::NoChannel`], and [`StrainIoError::Config`] where there are not as many names as
/// rows of the matrix, or a noise that is not above 0.
///
/// # Example
///
/// ```
/// use strain_io::{
///     Channel, GaugeCoupling, GaugeMatrix, GaugeNoise, Recording, TimeGrid, ndarray::array,
///     plane_strain,
/// };
///
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 2)?;
/// let azimuths = [0.0, 45.0, 90.0, 135.0];
/// let channels = azimuths.iter().map(|a| Channel::gauge(format!("s{a}"), *a)).collect();
/// // Ten to the north; in the second hour a gauge fails.
/// let values = array![[10.0, 5.0, 0.0, 5.0], [10.0, 5.0, 0.0, f64::NAN]];
/// let gauges = Recording::new("X", grid, channels, values)?;
/// let matrix = GaugeMatrix::from_azimuths(&azimuths, GaugeCoupling::NONE)?;
/// let names = ["s0", "s45", "s90", "s135"];
/// let strain = plane_strain(&gauges, &names, &matrix, GaugeNoise::Known(0.1))?;
/// for hour in 0..2 {
///     assert!((strain.channel("areal")?[hour] - 10.0).abs() < 1e-9);
///     assert!((strain.channel("gamma1")?[hour] + 10.0).abs() < 1e-9);
///     assert!(strain.channel("gamma2")?[hour].abs() < 1e-9);
/// }
/// assert!(strain.channel("areal_error")?[1] > strain.channel("areal_error")?[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn plane_strain(
    gauges: &Recording,
    names: &[&str],
    matrix: &GaugeMatrix,
    noise: GaugeNoise,
) -> Result<Recording> {
    let gauges = gauges.select(names)?;
    let bad = |name, value, advice| Err(StrainIoError::Config { name, value, advice });
    if names.len() != matrix.rows.len() {
        let value = format!("{} gauges for {} rows", names.len(), matrix.rows.len());
        return bad("names", value, "name the gauge of each row of the matrix, in its order");
    }
    if matches!(noise, GaugeNoise::Known(noise) if !(noise > 0.0 && noise.is_finite())) {
        return bad("noise", format!("{noise:?}"), "give a standard error above 0");
    }
    let mut solvers: Vec<Option<Solver>> = (0..1 << names.len()).map(|_| None).collect();
    let unit =
        |column: usize| if column < 6 { Unit::Nanostrain } else { Unit::Other("1".to_owned()) };
    let channels: Vec<Channel> =
        (0..COLUMNS.len()).map(|column| Channel::new(COLUMNS[column], unit(column))).collect();
    let shape = (gauges.grid().len(), channels.len());
    let mut values = Array2::from_elem(shape, f64::NAN);
    let mut flags = Array2::from_elem(shape, Provenance::OBSERVED);
    for (index, row) in gauges.values().rows().into_iter().enumerate() {
        let works: Vec<usize> = (0..names.len()).filter(|&gauge| !row[gauge].is_nan()).collect();
        let key = works.iter().fold(0, |key, gauge| key | 1 << gauge);
        let solver = match &mut solvers[key] {
            Some(solver) => solver,
            empty => empty.insert(Solver::new(matrix, &works)?),
        };
        let seen: Array1<f64> = works.iter().map(|&gauge| row[gauge]).collect();
        let set = works
            .iter()
            .fold(Provenance::OBSERVED, |set, &gauge| set | gauges.provenance()[[index, gauge]]);
        let (strain, errors) = solver.solve(&seen, noise);
        let all = strain.into_iter().chain(errors).chain(solver.correlations);
        all.zip(values.row_mut(index)).for_each(|(found, value)| *value = found);
        flags.row_mut(index).fill(set);
    }
    let empty = Array2::from_elem(shape, f64::NAN);
    Recording::new(gauges.station(), *gauges.grid(), channels, empty)?.with_values(values, flags)
}

/// Least squares for one set of working gauges.
struct Solver {
    rows: Array2<f64>,
    /// `[component, gauge]`
    inverse: Array2<f64>,
    determined: [bool; 3],
    /// Of the components' errors, in the order of [`PAIRS`]; NaN where one is not determined.
    correlations: [f64; 3],
    freedom: usize,
}

impl Solver {
    fn new(matrix: &GaugeMatrix, works: &[usize]) -> Result<Self> {
        let rows = Array2::from_shape_fn((works.len(), 3), |(i, j)| matrix.rows[works[i]][j]);
        let mut solver = Self {
            inverse: Array2::zeros((3, works.len())),
            determined: [false; 3],
            correlations: [f64::NAN; 3],
            freedom: 0,
            rows,
        };
        if works.is_empty() {
            return Ok(solver);
        }
        let svd = default_backend().svd(solver.rows.view()).map_err(|source| {
            let what = "the strain of the plane".to_owned();
            StrainIoError::LinearAlgebra { what, source }
        })?;
        let best = svd.values.first().copied().unwrap_or(0.0);
        let rank = svd.values.iter().take_while(|&&value| value > SHARE * best).count();
        // How much of each component lies in the directions that are seen.
        let mut seen = [0.0; 3];
        for k in 0..rank {
            let direction = svd.right_transposed.row(k);
            (0..3).for_each(|component| seen[component] += direction[component].powi(2));
            let outer =
                direction.insert_axis(Axis(1)).dot(&svd.left.column(k).insert_axis(Axis(0)));
            solver.inverse.scaled_add(1.0 / svd.values[k], &outer);
        }
        solver.determined = seen.map(|share| share > 1.0 - SHARE * SHARE);
        // Gauges of one noise each: the covariance is that of the inverse's rows.
        let product = |i: usize, j: usize| solver.inverse.row(i).dot(&solver.inverse.row(j));
        solver.correlations =
            PAIRS.map(|(i, j)| match solver.determined[i] && solver.determined[j] {
                true => product(i, j) / (product(i, i) * product(j, j)).sqrt(),
                false => f64::NAN,
            });
        solver.freedom = works.len() - rank;
        Ok(solver)
    }

    /// Strain and standard errors, NaN where not determined or not known.
    fn solve(&self, seen: &Array1<f64>, noise: GaugeNoise) -> ([f64; 3], [f64; 3]) {
        let strain = self.inverse.dot(seen);
        let variance = match noise {
            GaugeNoise::Known(noise) => noise * noise,
            GaugeNoise::Misfit if self.freedom == 0 => f64::NAN,
            GaugeNoise::Misfit => {
                let misfit = seen - &self.rows.dot(&strain);
                misfit.dot(&misfit) / self.freedom as f64
            }
        };
        let error = |component: usize| {
            let row = self.inverse.row(component);
            (variance * row.dot(&row)).sqrt()
        };
        let known = |component: usize, value: f64| {
            if self.determined[component] { value } else { f64::NAN }
        };
        let strains = std::array::from_fn(|component| known(component, strain[component]));
        (strains, std::array::from_fn(|component| known(component, error(component))))
    }
}
