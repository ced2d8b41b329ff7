use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::algebra::check_matrix;
use crate::{LinalgError, LinearAlgebra};

/// Directions below this share of the largest singular value carry no information in f64.
const RELATIVE_RANK_TOLERANCE: f64 = 1e-12;

/// A least squares solution with what is needed to judge it.
#[derive(Debug, Clone)]
pub struct LeastSquares {
    /// x, `[column]`.
    pub solution: Array1<f64>,
    /// Numerical rank of the design.
    pub rank: usize,
    /// Σ(b − a·x)².
    pub residual_sum_of_squares: f64,
    /// (aᵀa)⁺, `[column, column]`; times the residual variance it is the covariance of x.
    pub inverse_normal: Array2<f64>,
    /// Rows minus rank.
    pub degrees_of_freedom: usize,
}

impl LeastSquares {
    /// Standard errors of the solution from the residual variance, `None` without a degree of
    /// freedom.
    pub fn standard_errors(&self) -> Option<Array1<f64>> {
        if self.degrees_of_freedom == 0 {
            return None;
        }
        let variance = self.residual_sum_of_squares / self.degrees_of_freedom as f64;
        Some(self.inverse_normal.diag().mapv(|v| (v.max(0.0) * variance).sqrt()))
    }
}

pub(crate) fn solve<L: LinearAlgebra + ?Sized>(
    backend: &L,
    a: ArrayView2<'_, f64>,
    b: ArrayView1<'_, f64>,
) -> Result<LeastSquares, LinalgError> {
    check_matrix(a)?;
    let rows = a.nrows();
    if b.len() != rows {
        return Err(LinalgError::Length { expected: rows, got: b.len() });
    }
    if let Some((row, _)) = b.iter().enumerate().find(|(_, v)| !v.is_finite()) {
        return Err(LinalgError::NotFinite { row, column: 0 });
    }
    let scale = column_norms(a);
    let scaled = &a / &scale.view().insert_axis(Axis(0));
    let svd = backend.svd(scaled.view())?;
    let floor = svd.values.first().map_or(0.0, |s| s * RELATIVE_RANK_TOLERANCE);
    let rank = svd.values.iter().take_while(|&&s| s > floor && s > 0.0).count();
    let projected = svd.left.t().dot(&b);
    let mut solution = Array1::<f64>::zeros(a.ncols());
    let mut inverse_normal = Array2::<f64>::zeros((a.ncols(), a.ncols()));
    for k in 0..rank {
        let direction = &svd.right_transposed.row(k) / &scale;
        solution.scaled_add(projected[k] / svd.values[k], &direction);
        let outer =
            direction.view().insert_axis(Axis(1)).dot(&direction.view().insert_axis(Axis(0)));
        inverse_normal.scaled_add(svd.values[k].powi(-2), &outer);
    }
    let residual = &b - &a.dot(&solution);
    Ok(LeastSquares {
        residual_sum_of_squares: residual.dot(&residual),
        solution,
        rank,
        inverse_normal,
        degrees_of_freedom: rows - rank,
    })
}

fn column_norms(a: ArrayView2<'_, f64>) -> Array1<f64> {
    a.columns()
        .into_iter()
        .map(|c| {
            let norm = c.dot(&c).sqrt();
            if norm > 0.0 { norm } else { 1.0 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nalgebra;
    use approx::assert_relative_eq;
    use ndarray::array;
    use proptest::prelude::*;

    #[test]
    fn nist_longley_digits() {
        // NIST StRD linear regression, Longley: certified coefficients (higher difficulty).
        let y = array![
            60323., 61122., 60171., 61187., 63221., 63639., 64989., 63761., 66019., 67857., 68169.,
            66513., 68655., 69564., 69331., 70551.
        ];
        let x = array![
            [83.0, 234289., 2356., 1590., 107608., 1947.],
            [88.5, 259426., 2325., 1456., 108632., 1948.],
            [88.2, 258054., 3682., 1616., 109773., 1949.],
            [89.5, 284599., 3351., 1650., 110929., 1950.],
            [96.2, 328975., 2099., 3099., 112075., 1951.],
            [98.1, 346999., 1932., 3594., 113270., 1952.],
            [99.0, 365385., 1870., 3547., 115094., 1953.],
            [100.0, 363112., 3578., 3350., 116219., 1954.],
            [101.2, 397469., 2904., 3048., 117388., 1955.],
            [104.6, 419180., 2822., 2857., 118734., 1956.],
            [108.4, 442769., 2936., 2798., 120445., 1957.],
            [110.8, 444546., 4681., 2637., 121950., 1958.],
            [112.6, 482704., 3813., 2552., 123366., 1959.],
            [114.2, 502601., 3931., 2514., 125368., 1960.],
            [115.7, 518173., 4806., 2572., 127852., 1961.],
            [116.9, 554894., 4007., 2827., 130081., 1962.]
        ];
        let mut design = Array2::ones((16, 7));
        design.slice_mut(ndarray::s![.., 1..]).assign(&x);
        let fit = Nalgebra.least_squares(design.view(), y.view()).unwrap();
        assert_relative_eq!(fit.solution[0], -3482258.63459582, max_relative = 1e-7);
        assert_relative_eq!(fit.solution[6], 1829.15146461355, max_relative = 1e-7);
        let errors = fit.standard_errors().unwrap();
        assert_relative_eq!(errors[0], 890420.383607373, max_relative = 1e-7);
    }

    #[test]
    fn a_repeated_column_is_a_rank_not_a_failure() {
        let a = array![[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]];
        let fit = Nalgebra.least_squares(a.view(), array![2.0, 4.0, 6.0].view()).unwrap();
        assert_eq!(fit.rank, 1);
        assert_relative_eq!(fit.solution[0], 1.0, epsilon = 1e-12);
        assert_relative_eq!(fit.solution[1], 1.0, epsilon = 1e-12);
    }

    #[test]
    fn bad_input_is_named() {
        let a = array![[1.0, f64::NAN]];
        let e = Nalgebra.least_squares(a.view(), array![1.0].view()).unwrap_err();
        assert_eq!(e, LinalgError::NotFinite { row: 0, column: 1 });
        let a = array![[1.0]];
        let e = Nalgebra.least_squares(a.view(), array![1.0, 2.0].view()).unwrap_err();
        assert_eq!(e, LinalgError::Length { expected: 1, got: 2 });
        let e = Nalgebra.svd(Array2::zeros((0, 3)).view()).unwrap_err();
        assert_eq!(e, LinalgError::Empty { rows: 0, columns: 3 });
    }

    proptest! {
        /// The residual of a least squares solution is orthogonal to every column.
        #[test]
        fn residual_is_orthogonal(values in prop::collection::vec(-1e3f64..1e3, 40), y in prop::collection::vec(-1e3f64..1e3, 10)) {
            let a = Array2::from_shape_vec((10, 4), values).unwrap();
            let y = Array1::from(y);
            let fit = Nalgebra.least_squares(a.view(), y.view()).unwrap();
            let residual = &y - &a.dot(&fit.solution);
            for column in a.columns() {
                let bound = 1e-9 * (column.dot(&column) * y.dot(&y)).sqrt().max(1.0);
                prop_assert!(column.dot(&residual).abs() <= bound);
            }
        }
    }
}
