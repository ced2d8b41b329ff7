//! The CPU kernels: plain slices, no tensors.

mod block;
mod conv;
mod plane;
mod scalar;
mod spectrum;
mod weights;

#[cfg(test)]
mod tests;

pub(crate) use block::{BlockShape, Saved, backward, forward, periods};
pub(crate) use spectrum::{Scope, plan, strongest};
