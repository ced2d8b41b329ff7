use ndarray::{Array1, Array2};
use stmn_linalg::default_backend;

use crate::error::Result;

/// Directions with less than this share of the largest scaled information are not estimated.
const RANK_TOLERANCE: f64 = 1e-10;

/// One observed day of the likelihood.
pub(crate) struct Day {
    /// Index in the record.
    pub(crate) index: usize,
    /// Derivative of its rate by the parameters.
    pub(crate) gradient: Vec<f64>,
    /// Variance of its count.
    pub(crate) variance: f64,
    /// Its count less its rate.
    pub(crate) residual: f64,
}

/// Covariance of estimates that took autocorrelated days as independent: H⁻¹·S·H⁻¹ with the
/// information H and the covariance S of the score (Huber 1967; White 1982).
pub(crate) struct Sandwich {
    /// H⁻¹, the covariance if the days were independent and scattered as the model says.
    naive: Array2<f64>,
    /// With their correlation.
    correlated: Array2<f64>,
    /// With their own scatter, as independent days.
    scattered: Array2<f64>,
}

impl Sandwich {
    /// `correlation` is that of the counts at lags 0.. ; longer lags count as zero.
    pub(crate) fn new(days: &[Day], correlation: &[f64]) -> Result<Self> {
        let length = days.iter().map(|d| d.index + 1).max().unwrap_or(0);
        let parameters = days.first().map_or(0, |day| day.gradient.len());
        let mut scores = Array2::zeros((length, parameters));
        let mut seen: Array2<f64> = Array2::zeros((days.len(), parameters));
        for (day, mut seen) in days.iter().zip(seen.rows_mut()) {
            for k in 0..parameters {
                scores[[day.index, k]] = day.gradient[k] / day.variance.sqrt();
                seen[k] = day.gradient[k] * day.residual / day.variance;
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
        let around = |middle: &Array2<f64>| naive.dot(middle).dot(&naive);
        let correlated = around(&spread);
        let scattered = around(&seen.t().dot(&seen));
        Ok(Sandwich { naive, correlated, scattered })
    }

    /// Factor on the variance of a parameter that autocorrelation and a scatter beyond the model's bring;
    /// at least one.
    pub(crate) fn inflation(&self, parameter: usize) -> f64 {
        let at = [parameter, parameter];
        let naive = self.naive[at];
        if naive <= 0.0 {
            return 1.0;
        }
        (self.correlated[at] / naive).max(1.0) * (self.scattered[at] / naive).max(1.0)
    }

    /// Standard error of a function of the parameters with this gradient.
    pub(crate) fn standard_error(&self, gradient: &[f64]) -> f64 {
        let gradient = Array1::from_vec(gradient.to_vec());
        let variance = |of: &Array2<f64>| gradient.dot(&of.dot(&gradient)).max(0.0);
        let naive = variance(&self.naive);
        let scatter = if naive > 0.0 { (variance(&self.scattered) / naive).max(1.0) } else { 1.0 };
        (variance(&self.correlated) * scatter).sqrt()
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
            .map(|index| {
                let residual = if index % 2 == 0 { 2.0f64.sqrt() } else { -2.0f64.sqrt() };
                Day { index, gradient: vec![1.0, 0.0], variance: 2.0, residual }
            })
            .collect();
        let correlation: Vec<f64> = (0..n).map(|k| rho.powi(k as i32)).collect();
        let sandwich = Sandwich::new(&days, &correlation).unwrap();
        let exact: f64 = (1..n)
            .map(|k| 2.0 * (n - k) as f64 * rho.powi(k as i32))
            .sum::<f64>()
            .mul_add(1.0, n as f64)
            * 2.0
            / (n * n) as f64;
        let error = sandwich.standard_error(&[1.0, 0.0]);
        // Correlations below a millionth are left out.
        assert!((error / exact.sqrt() - 1.0).abs() < 1e-5);
        assert_eq!(sandwich.standard_error(&[0.0, 1.0]), 0.0);
        assert!((sandwich.inflation(0) - error.powi(2) * n as f64 / 2.0).abs() < 1e-9);
        assert_eq!(sandwich.inflation(1), 1.0);
    }

    /// Days that scatter three times as much as the model says, where it matters.
    #[test]
    fn a_scatter_beyond_the_model_widens_what_it_bears_on() {
        let day = |index: usize| {
            let loud = index >= 50;
            let residual = if loud { 6.0f64.sqrt() } else { 2.0f64.sqrt() };
            let gradient = vec![f64::from(u8::from(!loud)), f64::from(u8::from(loud))];
            Day { index, gradient, variance: 2.0, residual }
        };
        let days: Vec<Day> = (0..100).map(day).collect();
        let sandwich = Sandwich::new(&days, &[1.0]).unwrap();
        assert!((sandwich.inflation(0) - 1.0).abs() < 1e-9);
        assert!((sandwich.inflation(1) - 3.0).abs() < 1e-9);
        assert!((sandwich.standard_error(&[0.0, 1.0]) - (6.0f64 / 50.0).sqrt()).abs() < 1e-9);
    }
}
