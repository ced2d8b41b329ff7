//! The CPU kernels: plain slices, no tensors.

mod block;
mod branch;
mod butterfly;
mod chain_sums;
mod conv;
mod correlation;
pub(crate) mod embedding;
mod fft;
mod fold;
mod folded;
mod gelu;
mod grid;
mod lanes;
pub(crate) mod layer_norm;
mod packed;
mod plane;
mod planes;
mod pool;
mod product;
mod scalar;
mod shape;
mod shared;
mod shared_backward;
mod spectrum;
mod taps;
mod tiling;
mod vectors;
mod weights;

#[cfg(test)]
mod tests;

pub(crate) use block::{Saved, backward, forward, periods};
pub(crate) use lanes::Lanes;
pub(crate) use pool::Workspace;
pub(crate) use shape::BlockShape;
pub(crate) use spectrum::{Scope, strongest};
