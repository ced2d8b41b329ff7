//! The CPU kernels: plain slices, no tensors.

mod block;
mod conv;
mod fft;
mod grid;
mod plane;
mod scalar;
mod shared;
mod spectral;
mod spectrum;
mod weights;

#[cfg(test)]
mod tests;

pub(crate) use block::{BlockShape, Saved, backward, forward, periods};
pub(crate) use spectrum::{Scope, plan, strongest};
