use nalgebra::{DMatrix, DVector, linalg};
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

/// Triplets below this share of the largest wait for the next stage: the eigenvectors of values that
/// are all tiny beside the largest are mixed by rounding.
const STAGE: f64 = 1e-4;

/// SVD through the symmetric eigenproblem of [[0, A], [Aᵀ, 0]], whose positive eigenvalues are the
/// singular values and whose eigenvectors are [u; v]/√2 (nothing is squared). `nalgebra`'s own SVD
/// rebuilds some rank-deficient matrices with errors of order one.
///
/// The triplets are found in stages: what is left of the matrix without the large ones is decomposed
/// again by itself, so that small ones are as orthogonal as large ones.
fn augmented_svd(a: &DMatrix<f64>) -> Result<SingularValues, LinalgError> {
    let most = a.nrows().min(a.ncols());
    let (mut left, mut values, mut right) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = a.clone();
    while values.len() < most {
        let stage = augmented_eigen(&rest)?;
        let top = stage.first().map_or(0.0, |triplet| triplet.0);
        let floor = RELATIVE_FLOOR * values.first().copied().unwrap_or(top);
        if top <= floor {
            break;
        }
        let of_stage = stage.into_iter().take_while(|t| t.0 > (STAGE * top).max(floor));
        for (value, u, v) in of_stage.take(most - values.len()) {
            let (u, v) = (orthonormal(u, &left), orthonormal(v, &right));
            rest -= &u * (u.transpose() * &rest);
            rest -= (&rest * &v) * v.transpose();
            left.push(u);
            values.push(value);
            right.push(v);
        }
    }
    Ok(SingularValues {
        left: to_ndarray(&from_columns(a.nrows(), &left)),
        values: values.into(),
        right_transposed: to_ndarray(&from_columns(a.ncols(), &right)).reversed_axes(),
    })
}

/// A singular value with its left and right vectors, whose lengths are not one yet.
type Triplet = (f64, DVector<f64>, DVector<f64>);

/// Eigenvalues of the augmented matrix above zero, falling.
fn augmented_eigen(a: &DMatrix<f64>) -> Result<Vec<Triplet>, LinalgError> {
    let (rows, columns) = a.shape();
    let mut augmented = DMatrix::zeros(rows + columns, rows + columns);
    augmented.view_mut((0, rows), (rows, columns)).copy_from(a);
    augmented.view_mut((rows, 0), (columns, rows)).copy_from(&a.transpose());
    let eigen = linalg::SymmetricEigen::try_new(augmented, f64::EPSILON, MAX_SWEEPS)
        .ok_or(LinalgError::NoConvergence { what: "singular value decomposition" })?;
    let order = ascending(eigen.eigenvalues.as_slice());
    let positive = order.into_iter().rev().take_while(|&i| eigen.eigenvalues[i] > 0.0);
    let halves = |i: usize| {
        let vector = eigen.eigenvectors.column(i);
        let (u, v) = (vector.rows(0, rows), vector.rows(rows, columns));
        (eigen.eigenvalues[i], u.into_owned(), v.into_owned())
    };
    Ok(positive.map(halves).collect())
}

/// What is left of a vector beside others, of length one. Twice is enough.
fn orthonormal(mut vector: DVector<f64>, others: &[DVector<f64>]) -> DVector<f64> {
    for _ in 0..2 {
        for other in others {
            let along = other.dot(&vector);
            vector.axpy(-along, other, 1.0);
        }
        vector.normalize_mut();
    }
    vector
}

fn from_columns(rows: usize, columns: &[DVector<f64>]) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns.len(), |row, column| columns[column][row])
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
