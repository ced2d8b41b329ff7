use nalgebra::{DMatrix, linalg};
use ndarray::{Array2, ArrayView2};

use crate::algebra::{check_matrix, check_square};
use crate::{LinalgError, LinearAlgebra, SingularValues, SymmetricEigen};

/// Pure Rust, through `nalgebra`: builds with nothing but Rust.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nalgebra;

/// Sweeps after which an iteration is called not converging.
const MAX_SWEEPS: usize = 10_000;

impl LinearAlgebra for Nalgebra {
    fn name(&self) -> &'static str {
        "nalgebra"
    }

    fn svd(&self, a: ArrayView2<'_, f64>) -> Result<SingularValues, LinalgError> {
        check_matrix(a)?;
        // A tall matrix is reduced by QR first: the rest then costs columns³, not rows³.
        if a.nrows() > a.ncols() {
            let qr = linalg::QR::new(to_nalgebra(a));
            let inner = augmented_svd(&qr.r())?;
            let left = to_ndarray(&qr.q()).dot(&inner.left);
            return Ok(SingularValues { left, ..inner });
        }
        augmented_svd(&to_nalgebra(a))
    }

    fn symmetric_eigen(&self, a: ArrayView2<'_, f64>) -> Result<SymmetricEigen, LinalgError> {
        check_square(a)?;
        let eigen = linalg::SymmetricEigen::try_new(to_nalgebra(a), f64::EPSILON, MAX_SWEEPS)
            .ok_or(LinalgError::NoConvergence { what: "symmetric eigenproblem" })?;
        let order = ascending(eigen.eigenvalues.as_slice());
        Ok(SymmetricEigen {
            values: order.iter().map(|&i| eigen.eigenvalues[i]).collect(),
            vectors: Array2::from_shape_fn(a.dim(), |(r, c)| eigen.eigenvectors[(r, order[c])]),
        })
    }
}

/// Singular triplets below this share of the largest are rounding, and left out.
const RELATIVE_FLOOR: f64 = 1e-14;

/// SVD through the symmetric eigenproblem of [[0, A], [Aᵀ, 0]], whose positive eigenvalues are the
/// singular values and whose eigenvectors are [u; v]/√2: as accurate as a direct SVD (nothing is
/// squared). `nalgebra`'s own SVD rebuilds some rank-deficient matrices with errors of order one.
fn augmented_svd(a: &DMatrix<f64>) -> Result<SingularValues, LinalgError> {
    let (rows, columns) = a.shape();
    let mut augmented = DMatrix::zeros(rows + columns, rows + columns);
    augmented.view_mut((0, rows), (rows, columns)).copy_from(a);
    augmented.view_mut((rows, 0), (columns, rows)).copy_from(&a.transpose());
    let eigen = linalg::SymmetricEigen::try_new(augmented, f64::EPSILON, MAX_SWEEPS)
        .ok_or(LinalgError::NoConvergence { what: "singular value decomposition" })?;
    let order = ascending(eigen.eigenvalues.as_slice());
    let largest = order.last().map_or(0.0, |&i| eigen.eigenvalues[i]);
    let kept: Vec<usize> = order
        .into_iter()
        .rev()
        .take(rows.min(columns))
        .take_while(|&i| eigen.eigenvalues[i] > RELATIVE_FLOOR * largest)
        .collect();
    // The halves of a vector with a tiny singular value mix with its mirror image −σ, which keeps
    // their directions and changes their lengths: each half is brought back to length one.
    let half = |from: usize, len: usize| {
        let mut columns = DMatrix::zeros(len, kept.len());
        for (to, &i) in kept.iter().enumerate() {
            columns.set_column(to, &eigen.eigenvectors.column(i).rows(from, len).normalize());
        }
        to_ndarray(&columns)
    };
    Ok(SingularValues {
        left: half(0, rows),
        values: kept.iter().map(|&i| eigen.eigenvalues[i]).collect(),
        right_transposed: half(rows, columns).reversed_axes(),
    })
}

fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    order
}

fn to_nalgebra(a: ArrayView2<'_, f64>) -> DMatrix<f64> {
    DMatrix::from_row_iterator(a.nrows(), a.ncols(), a.iter().copied())
}

fn to_ndarray(m: &DMatrix<f64>) -> Array2<f64> {
    Array2::from_shape_fn(m.shape(), |index| m[index])
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;
    use ndarray::array;
    use proptest::prelude::*;

    #[test]
    fn path_graph_laplacian_has_known_eigenvalues() {
        // 2 − 2 cos(πk/n) for the path of n nodes.
        let a = array![[1., -1., 0.], [-1., 2., -1.], [0., -1., 1.]];
        let eigen = Nalgebra.symmetric_eigen(a.view()).unwrap();
        for (k, value) in eigen.values.iter().enumerate() {
            let expected = 2.0 - 2.0 * (std::f64::consts::PI * k as f64 / 3.0).cos();
            assert_abs_diff_eq!(*value, expected, epsilon = 1e-12);
        }
    }

    #[test]
    fn eigenproblems_need_a_square() {
        let e = Nalgebra.symmetric_eigen(Array2::zeros((2, 3)).view()).unwrap_err();
        assert_eq!(e, LinalgError::NotSquare { rows: 2, columns: 3 });
    }

    proptest! {
        /// Sine matrices have rank two: the case in which `nalgebra`'s own SVD fails.
        #[test]
        fn svd_rebuilds_the_matrix(
            rows in 1usize..14, columns in 1usize..8, seed in 0u64..1000, full_rank: bool,
        ) {
            let a = Array2::from_shape_fn((rows, columns), |(i, j)| {
                let sine = ((seed as f64 + 1.0) * (3 * i + 7 * j + 1) as f64).sin();
                sine + if full_rank { (seed as f64 * ((i + 1) * (j + 2)) as f64).cos() } else { 0.0 }
            });
            let svd = Nalgebra.svd(a.view()).unwrap();
            let rebuilt = (&svd.left * &svd.values).dot(&svd.right_transposed);
            for (x, y) in a.iter().zip(&rebuilt) {
                prop_assert!((x - y).abs() < 1e-12);
            }
            let gram = svd.left.t().dot(&svd.left);
            for ((i, j), value) in gram.indexed_iter() {
                prop_assert!((value - f64::from(i == j)).abs() < 1e-10);
            }
            prop_assert!(svd.values.windows(2).into_iter().all(|w| w[0] >= w[1]));
        }
    }
}
