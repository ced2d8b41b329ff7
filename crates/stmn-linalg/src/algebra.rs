use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::{LeastSquares, LinalgError, least_squares};

/// Thin singular value decomposition A = U·diag(σ)·Vᵀ, σ descending. Triplets that are rounding
/// (below 1e-14 of the largest) may be left out.
#[derive(Debug, Clone)]
pub struct SingularValues {
    /// U, `[row, k]` with k ≤ min(rows, columns).
    pub left: Array2<f64>,
    /// σ, `[k]`, descending.
    pub values: Array1<f64>,
    /// Vᵀ, `[k, column]`.
    pub right_transposed: Array2<f64>,
}

/// Eigenvalues (ascending) and orthonormal eigenvectors (columns) of a symmetric matrix.
#[derive(Debug, Clone)]
pub struct SymmetricEigen {
    /// Eigenvalues, ascending.
    pub values: Array1<f64>,
    /// Eigenvectors, one a column, in the order of the values.
    pub vectors: Array2<f64>,
}

/// The dense linear algebra that the crates above need. One implementation per backend.
///
/// Every method refuses empty and non-finite input with a [`LinalgError`] that names the place.
pub trait LinearAlgebra: Send + Sync {
    /// The backend's name, for provenance.
    fn name(&self) -> &'static str;

    /// Thin singular value decomposition.
    fn svd(&self, a: ArrayView2<'_, f64>) -> Result<SingularValues, LinalgError>;

    /// Eigenvalues and eigenvectors of a symmetric matrix (its lower triangle is read).
    fn symmetric_eigen(&self, a: ArrayView2<'_, f64>) -> Result<SymmetricEigen, LinalgError>;

    /// Minimum-norm least squares solution of `a·x ≈ b`, by singular values of the matrix with
    /// columns scaled to unit length; directions below `1e-12` of the largest are left out, so a
    /// rank-deficient design gives an answer and says its rank.
    fn least_squares(
        &self,
        a: ArrayView2<'_, f64>,
        b: ArrayView1<'_, f64>,
    ) -> Result<LeastSquares, LinalgError> {
        least_squares::solve(self, a, b)
    }
}

/// LAPACK where the feature `lapack` is on, pure Rust otherwise.
pub fn default_backend() -> &'static dyn LinearAlgebra {
    #[cfg(feature = "lapack")]
    return &crate::Lapack;
    #[cfg(not(feature = "lapack"))]
    &crate::Nalgebra
}

pub(crate) fn check_matrix(a: ArrayView2<'_, f64>) -> Result<(), LinalgError> {
    let (rows, columns) = a.dim();
    if rows == 0 || columns == 0 {
        return Err(LinalgError::Empty { rows, columns });
    }
    match a.indexed_iter().find(|(_, v)| !v.is_finite()) {
        Some(((row, column), _)) => Err(LinalgError::NotFinite { row, column }),
        None => Ok(()),
    }
}

pub(crate) fn check_square(a: ArrayView2<'_, f64>) -> Result<(), LinalgError> {
    check_matrix(a)?;
    let (rows, columns) = a.dim();
    if rows != columns {
        return Err(LinalgError::NotSquare { rows, columns });
    }
    Ok(())
}
