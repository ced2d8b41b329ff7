use ndarray::{Array1, Array2, Axis};
use stmn_linalg::{LinalgError, default_backend};

use crate::robust::median_absolute;

/// Rounds of leaving out what the fit does not explain.
const ROUNDS: usize = 4;
/// Residuals beyond this many robust standard deviations are steps, spikes and earthquakes.
const TRIM: f64 = 6.0;
/// Before there is a fit, only changes this far out are left out: the tide itself is in them.
const FIRST_TRIM: f64 = 30.0;
/// Directions below this share of the largest eigenvalue of the scaled normal matrix are not
/// determined (a constant barometer, two equal columns).
const EIGENVALUE_FLOOR: f64 = 1e-11;

/// Means of whole blocks; NaN where a value of the block is missing.
pub(crate) fn block_means(values: &[f64], block: usize) -> Vec<f64> {
    values.chunks_exact(block).map(|part| part.iter().sum::<f64>() / block as f64).collect()
}

/// A least squares fit and the rows it was made of.
pub(crate) struct Trimmed {
    pub(crate) coefficients: Vec<f64>,
    /// Standard errors, where the residuals are independent.
    pub(crate) errors: Vec<f64>,
    /// The covariance that they come from, `[coefficient, coefficient]`.
    pub(crate) covariance: Array2<f64>,
    /// Variance of the residuals.
    pub(crate) variance: f64,
    /// The rows that were kept, and their residuals.
    pub(crate) kept: Vec<(usize, f64)>,
}

/// Least squares that leaves out rows it does not explain.
pub(crate) fn trimmed_least_squares(
    design: &Array2<f64>,
    changes: &[f64],
) -> Result<Trimmed, LinalgError> {
    let keep = |residuals: &[f64], limit: f64| -> Vec<usize> {
        // A recorder of few digits has a median change of zero; then nothing is left out.
        let bound = match limit * median_absolute(residuals) {
            bound if bound > 0.0 => bound,
            _ => f64::INFINITY,
        };
        (0..residuals.len()).filter(|&row| residuals[row].abs() <= bound).collect()
    };
    let mut kept = keep(changes, FIRST_TRIM);
    let mut round = 0;
    loop {
        let rows = design.select(Axis(0), &kept);
        let target: Array1<f64> = kept.iter().map(|&row| changes[row]).collect();
        let solution = normal_equations(&rows, &target)?;
        let fitted = design.dot(&solution.coefficients);
        let residuals: Vec<f64> = changes.iter().zip(&fitted).map(|(y, fit)| y - fit).collect();
        let next = keep(&residuals, TRIM);
        round += 1;
        if next == kept || round == ROUNDS {
            return Ok(Trimmed {
                errors: solution.errors.to_vec(),
                coefficients: solution.coefficients.to_vec(),
                covariance: solution.covariance,
                variance: solution.variance,
                kept: kept.iter().map(|&row| (row, residuals[row])).collect(),
            });
        }
        kept = next;
    }
}

struct Solution {
    coefficients: Array1<f64>,
    errors: Array1<f64>,
    covariance: Array2<f64>,
    variance: f64,
}

/// Solution and standard errors. The columns are tidal lines that the span tells apart and a
/// barometer: the normal matrix of scaled columns is well conditioned, and a tenth of the work of
/// an orthogonal decomposition of all rows.
fn normal_equations(design: &Array2<f64>, target: &Array1<f64>) -> Result<Solution, LinalgError> {
    let normal = design.t().dot(design);
    let scale = normal.diag().mapv(|square| if square > 0.0 { square.sqrt() } else { 1.0 });
    let outer = scale.view().insert_axis(Axis(1)).dot(&scale.view().insert_axis(Axis(0)));
    let eigen = default_backend().symmetric_eigen((&normal / &outer).view())?;
    let right = design.t().dot(target) / &scale;
    let floor = eigen.values.last().map_or(0.0, |largest| largest * EIGENVALUE_FLOOR);
    let mut coefficients = Array1::<f64>::zeros(scale.len());
    let mut inverse = Array2::<f64>::zeros(normal.raw_dim());
    let mut rank = 0;
    for (&value, vector) in eigen.values.iter().zip(eigen.vectors.columns()) {
        if value > floor {
            rank += 1;
            coefficients.scaled_add(vector.dot(&right) / value, &vector);
            let square = vector.insert_axis(Axis(1)).dot(&vector.insert_axis(Axis(0)));
            inverse.scaled_add(1.0 / value, &square);
        }
    }
    coefficients /= &scale;
    let residual = target - &design.dot(&coefficients);
    let freedom = target.len().saturating_sub(rank).max(1);
    let variance = residual.dot(&residual) / freedom as f64;
    let errors = (inverse.diag().to_owned() * variance).mapv(f64::sqrt) / &scale;
    let covariance = inverse * variance / outer;
    Ok(Solution { coefficients, errors, covariance, variance })
}
