use ndarray::ArrayView2;
use ndarray_linalg::error::LinalgError as BackendError;
use ndarray_linalg::{Eigh, SVDDC, UPLO};

use crate::algebra::{check_matrix, check_square};
use crate::{LinalgError, LinearAlgebra, SingularValues, SymmetricEigen};

/// The linked LAPACK, through `ndarray-linalg` (dgesdd, dsyev).
#[derive(Debug, Clone, Copy, Default)]
pub struct Lapack;

impl LinearAlgebra for Lapack {
    fn name(&self) -> &'static str {
        "lapack"
    }

    fn svd(&self, a: ArrayView2<'_, f64>) -> Result<SingularValues, LinalgError> {
        const WHAT: &str = "singular value decomposition";
        check_matrix(a)?;
        let (u, values, v_t) =
            a.svddc(ndarray_linalg::JobSvd::Some).map_err(|e| backend(WHAT, e))?;
        let (left, right_transposed) =
            u.zip(v_t).ok_or(LinalgError::NoConvergence { what: WHAT })?;
        Ok(SingularValues { left, values, right_transposed })
    }

    fn symmetric_eigen(&self, a: ArrayView2<'_, f64>) -> Result<SymmetricEigen, LinalgError> {
        check_square(a)?;
        let (values, vectors) =
            a.eigh(UPLO::Lower).map_err(|e| backend("symmetric eigenproblem", e))?;
        Ok(SymmetricEigen { values, vectors })
    }
}

fn backend(what: &'static str, error: BackendError) -> LinalgError {
    LinalgError::Backend { what, message: error.to_string() }
}
