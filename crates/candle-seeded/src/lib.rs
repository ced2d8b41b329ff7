//! Network parameters drawn from a seed, for candle: the same seed gives the same bytes.
//!
//! candle's CPU generator cannot be seeded, so a network initialised through `VarMap` differs from
//! run to run. [`SeededVars`] is a drop-in source for [`candle_nn::VarBuilder`] that draws each
//! parameter from a ChaCha8 stream of its own, keyed by the seed and the parameter's name.
//!
//! ```
//! use candle_core::{DType, Device};
//! use candle_nn::Module;
//! use candle_seeded::SeededVars;
//!
//! # fn main() -> candle_core::Result<()> {
//! let vars = SeededVars::new(42, DType::F32, &Device::Cpu);
//! let layer = candle_nn::linear(3, 1, vars.builder().pp("head"))?;
//! let y = layer.forward(&candle_core::Tensor::ones((1, 3), DType::F32, &Device::Cpu)?)?;
//! assert_eq!(y.dims(), [1, 1]);
//! # Ok(())
//! # }
//! ```

mod draw;
mod error;
mod vars;

pub use draw::named_rng;
pub use error::SeededError;
pub use vars::SeededVars;

pub use candle_core;
pub use candle_nn;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
