use thiserror::Error;

/// What can go wrong in a dense linear algebra call.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum LinalgError {
    /// The matrix has no rows or no columns.
    #[error("the matrix is empty ({rows} rows, {columns} columns): give at least one of each")]
    Empty {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// A right-hand side of another length than the matrix has rows.
    #[error("the right-hand side has {got} values where the matrix has {expected} rows")]
    Length {
        /// Rows of the matrix.
        expected: usize,
        /// Length that was given.
        got: usize,
    },
    /// An eigenproblem of a matrix that is not square.
    #[error("a symmetric eigenproblem needs a square matrix, got {rows} x {columns}")]
    NotSquare {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// A NaN or an infinity.
    #[error("the value at row {row}, column {column} is not finite: remove or fill it first")]
    NotFinite {
        /// Row of the first such value.
        row: usize,
        /// Its column (0 for a right-hand side).
        column: usize,
    },
    /// The iteration behind the factorisation did not converge.
    #[error("the {what} did not converge: scale the columns to similar size and try again")]
    NoConvergence {
        /// The factorisation that failed.
        what: &'static str,
    },
    /// The linked LAPACK reported an error.
    #[error("LAPACK failed in the {what}: {message}")]
    Backend {
        /// The factorisation that failed.
        what: &'static str,
        /// LAPACK's own words.
        message: String,
    },
}
