//! The CPU kernels: plain slices, no tensors.

mod block;
mod conv;
mod fft;
mod grid;
pub(crate) mod layer_norm;
mod plane;
mod pool;
mod product;
mod scalar;
mod shared;
mod spectrum;
mod taps;
mod tiling;
mod weights;

#[cfg(test)]
mod tests;

pub(crate) use block::{BlockShape, Saved, backward, forward, periods};
pub(crate) use pool::Workspace;
pub(crate) use spectrum::{Scope, strongest};
