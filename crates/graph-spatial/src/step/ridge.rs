use ndarray::{Array2, ArrayView2, Axis};

use crate::{Result, SpatialError};

/// W that minimises ‖A·W − Y‖²/n + λ‖W − I‖² over the rows without a missing value: the closed
/// form W = I + (G + λI)⁺ Aᵀ(Y − A)/n with G = AᵀA/n.
///
/// The penalty pulls towards the identity and not towards zero, because the identity is the fixed
/// recipe: features that say nothing then leave it untouched. Directions in which neither the data
/// nor the penalty says anything stay as the identity has them.
pub(super) fn towards_identity(
    a: ArrayView2<'_, f64>,
    y: ArrayView2<'_, f64>,
    ridge: f64,
) -> Result<Array2<f64>> {
    let complete: Vec<usize> = (0..a.nrows())
        .filter(|&r| a.row(r).iter().chain(y.row(r)).all(|v| v.is_finite()))
        .collect();
    if complete.is_empty() {
        let reason = "no (station, time) has all features of both input and target".to_owned();
        return Err(SpatialError::Degenerate { what: "fitting the graph step's layers", reason });
    }
    let (a, y) = (a.select(Axis(0), &complete), y.select(Axis(0), &complete));
    let rows = complete.len() as f64;
    let gram = a.t().dot(&a) / rows;
    let moment = a.t().dot(&(y - &a)) / rows;

    let eigen = stmn_linalg::default_backend().symmetric_eigen(gram.view())?;
    let largest = eigen.values.iter().fold(0.0_f64, |m, v| m.max(v.abs())) + ridge;
    let floor = largest * 1e-13;
    let mut in_basis = eigen.vectors.t().dot(&moment);
    for (mut row, value) in in_basis.rows_mut().into_iter().zip(&eigen.values) {
        let stiffness = value.max(0.0) + ridge;
        row.mapv_inplace(|v| if stiffness > floor { v / stiffness } else { 0.0 });
    }
    Ok(Array2::eye(a.ncols()) + eigen.vectors.dot(&in_basis))
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::{Array2, array};

    use super::*;

    fn assert_near(got: &Array2<f64>, expected: &Array2<f64>, epsilon: f64) {
        assert_eq!(got.dim(), expected.dim());
        for (got, expected) in got.iter().zip(expected) {
            assert_abs_diff_eq!(got, expected, epsilon = epsilon);
        }
    }

    #[test]
    fn finds_a_planted_matrix_and_shrinks_towards_the_identity() {
        let planted = array![[0.5, -1.0], [2.0, 0.25]];
        let a = Array2::from_shape_fn((50, 2), |(r, c)| ((r * (3 + c)) as f64 * 0.7).sin());
        let y = a.dot(&planted);
        let exact = towards_identity(a.view(), y.view(), 0.0).unwrap();
        assert_near(&exact, &planted, 1e-10);
        let held = towards_identity(a.view(), y.view(), 1e12).unwrap();
        assert_near(&held, &Array2::eye(2), 1e-10);
    }

    /// The gradient of the objective vanishes: Aᵀ(AW − Y)/n + λ(W − I) = 0.
    #[test]
    fn is_a_stationary_point() {
        let a = Array2::from_shape_fn((40, 3), |(r, c)| ((r + 1) as f64 * (c as f64 + 0.3)).cos());
        let y = Array2::from_shape_fn((40, 3), |(r, c)| ((r * r + c) as f64).sin());
        let ridge = 0.3;
        let w = towards_identity(a.view(), y.view(), ridge).unwrap();
        let gradient = a.t().dot(&(a.dot(&w) - &y)) / 40.0 + (&w - &Array2::<f64>::eye(3)) * ridge;
        assert!(gradient.iter().all(|g| g.abs() < 1e-12), "{gradient}");
    }

    #[test]
    fn a_feature_that_never_varies_keeps_the_identity() {
        let a = Array2::from_shape_fn((20, 2), |(r, c)| if c == 0 { r as f64 } else { 0.0 });
        let y = &a * 3.0;
        let w = towards_identity(a.view(), y.view(), 0.0).unwrap();
        assert_near(&w, &array![[3.0, 0.0], [0.0, 1.0]], 1e-12);
    }
}
