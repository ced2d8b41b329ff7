//! What can go wrong while a parameter is drawn.

use candle_core::{DType, Shape};

/// Why a parameter could not be given out.
///
/// `candle_nn` layers ask for their parameters through [`candle_nn::VarBuilder`], whose methods
/// return [`candle_core::Error`]; the variants below travel inside it
/// (`candle_core::Error::wrap`), so that a failing layer still says which tensor was at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeededError {
    /// The initialisation cannot be drawn.
    #[error("parameter `{name}`: {problem}; correct the initialisation of this layer")]
    Init {
        /// Full name of the parameter.
        name: String,
        /// What is wrong with the requested initialisation.
        problem: String,
    },
    /// Two layers ask for the same name with different shapes.
    #[error(
        "parameter `{name}` exists with shape {existing:?} and was asked for with {requested:?}; \
         give one of the two layers a prefix of its own"
    )]
    Shape {
        /// Full name of the parameter.
        name: String,
        /// Shape it was created with.
        existing: Shape,
        /// Shape asked for now.
        requested: Shape,
    },
    /// Only floating-point parameters can be drawn.
    #[error("parameter `{name}`: a {dtype:?} cannot be drawn; use f32, f64, f16 or bf16")]
    DType {
        /// Full name of the parameter.
        name: String,
        /// The element type asked for.
        dtype: DType,
    },
    /// A tensor was asked for without a shape before it existed.
    #[error(
        "parameter `{name}` does not exist and cannot be created without a shape; ask with `get`"
    )]
    Unknown {
        /// Full name of the parameter.
        name: String,
    },
    /// candle failed to build the tensor.
    #[error("parameter `{name}` could not be created")]
    Candle {
        /// Full name of the parameter.
        name: String,
        /// candle's own error.
        #[source]
        source: candle_core::Error,
    },
}
