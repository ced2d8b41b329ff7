//! Dense least squares, singular values and symmetric eigenproblems behind one small trait.
//!
//! Two implementations: [`Nalgebra`] (pure Rust, always there) and `Lapack` (feature `lapack`,
//! through `ndarray-linalg`; choose a backend feature in the crate that ends in a binary).
//! [`default_backend`] gives LAPACK where the feature is on, `nalgebra` otherwise.
//!
//! ```
//! use ndarray::array;
//! use stmn_linalg::{default_backend, LinearAlgebra};
//!
//! // y = 1 + 2 t, exactly.
//! let design = array![[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]];
//! let y = array![1.0, 3.0, 5.0, 7.0];
//! let fit = default_backend().least_squares(design.view(), y.view())?;
//! assert!((fit.solution[1] - 2.0).abs() < 1e-12);
//! assert_eq!(fit.rank, 2);
//! # Ok::<(), stmn_linalg::LinalgError>(())
//! ```

mod algebra;
mod error;
#[cfg(feature = "lapack")]
mod lapack;
mod least_squares;
mod pure;

pub use algebra::{LinearAlgebra, SingularValues, SymmetricEigen, default_backend};
pub use error::LinalgError;
#[cfg(feature = "lapack")]
pub use lapack::Lapack;
pub use least_squares::LeastSquares;
pub use ndarray;
pub use pure::Nalgebra;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
