use ndarray::{Array1, Array2};
use stmn_linalg::default_backend;

use crate::error::Result;

/// Parameters: quiet rate, amplitude, ln steepness, inflection.
const PARAMETERS: usize = 4;
/// Place of the inflection among them.
const INFLECTION: usize = 3;
/// Directions with less than this share of the largest scaled information are not estimated.
const RANK_TOLERANCE: f64 = 1e-10;

/// One observed day of the likelihood.
pub(crate) struct Day {
    /// Index in the record.
    pub(crate) index: usize,
    /// Derivative of its rate by the parameters.
    pub(crate) gradient: [f64; PARAMETERS],
    /// Variance of its count.
    pub(crate) variance: f64,
}

/// Covariance of estimates that took autocorrelated days as independent: H⁻¹·S·H⁻¹ with the
/// information H and the covariance S of the score (Huber 1967; White 1982).
pub(crate) struct Sandwich {
    /// H⁻¹, the covariance if the days were independent.
    naive: Array2<f64>,
    robust: Array2<f64>,
}

impl Sandwich {
    /// `correlation` is that of the counts at lags 0.. ; longer lags count as zero.
    pub(crate) fn new(days: &[Day], correlation: &[f64]) -> Result<Self> {
        let length = days.iter().map(|d| d.index + 1).max().unwrap_or(0);
        let mut scores = Array2::zeros((length, PARAMETERS));
        for day in days {
            for k in 0..PARAMETERS {
                scores[[day.index, k]] = day.gradient[k] / day.variance.sqrt();
            }
        }
        let information: Array2<f64> = scores.t().dot(&scores);
        let mut spread = information.clone();
        for (lag, rho) in correlation.iter().enumerate().take(length).skip(1) {
            if rho.abs() < 1e-6 {
                continue;
            }
            let early = scores.slice(ndarray::s![..length - lag, ..]);
            let late = scores.slice(ndarray::s![lag.., ..]);
            let cross: Array2<f64> = early.t().dot(&late);
            spread.scaled_add(*rho, &cross);
            spread.scaled_add(*rho, &cross.t());
        }
        let naive = scaled_inverse(&information)?;
        let robust = naive.dot(&spread).dot(&naive);
        Ok(Sandwich { naive, robust })
    }

    /// Factor on the variance of the inflection that autocorrelation brings; at least one.
    pub(crate) fn inflation_of_inflection(&self) -> f64 {
        let (robust, naive) =
            (self.robust[[INFLECTION, INFLECTION]], self.naive[[INFLECTION, INFLECTION]]);
        if naive > 0.0 { (robust / naive).max(1.0) } else { 1.0 }
    }

    /// Standard error of a function of the parameters with this gradient.
    pub(crate) fn standard_error(&self, gradient: &[f64; PARAMETERS]) -> f64 {
        let gradient = Array1::from_vec(gradient.to_vec());
        gradient.dot(&self.robust.dot(&gradient)).max(0.0).sqrt()
    }
}

/// Inverse of an information matrix on the parameters that the data determine, zero on the rest.
fn scaled_inverse(information: &Array2<f64>) -> Result<Array2<f64>> {
    let scale: Vec<f64> =
        information.diag().iter().map(|d| if *d > 0.0 { 1.0 / d.sqrt() } else { 0.0 }).collect();
    let scaled = Array2::from_shape_fn(information.dim(), |(i, j)| {
        information[[i, j]] * scale[i] * scale[j]
    });
    let eigen = default_backend().symmetric_eigen(scaled.view())?;
    let largest = eigen.values.iter().copied().fold(0.0, f64::max);
    let mut inverse = Array2::zeros(information.dim());
    for (value, vector) in eigen.values.iter().zip(eigen.vectors.columns()) {
        if *value > RANK_TOLERANCE * largest {
            let outer = Array2::from_shape_fn(information.dim(), |(i, j)| {
                vector[i] * vector[j] * scale[i] * scale[j] / value
            });
            inverse += &outer;
        }
    }
    Ok(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_an_autoregression_has_its_known_variance() {
        let (n, rho): (usize, f64) = (400, 0.8);
        let days: Vec<Day> = (0..n)
            .map(|index| Day { index, gradient: [1.0, 0.0, 0.0, 0.0], variance: 2.0 })
            .collect();
        let correlation: Vec<f64> = (0..n).map(|k| rho.powi(k as i32)).collect();
        let sandwich = Sandwich::new(&days, &correlation).unwrap();
        let exact: f64 = (1..n)
            .map(|k| 2.0 * (n - k) as f64 * rho.powi(k as i32))
            .sum::<f64>()
            .mul_add(1.0, n as f64)
            * 2.0
            / (n * n) as f64;
        let error = sandwich.standard_error(&[1.0, 0.0, 0.0, 0.0]);
        // Correlations below a millionth are left out.
        assert!((error / exact.sqrt() - 1.0).abs() < 1e-5);
        assert_eq!(sandwich.standard_error(&[0.0, 1.0, 0.0, 0.0]), 0.0);
    }
}
