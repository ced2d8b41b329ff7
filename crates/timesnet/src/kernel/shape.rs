//! Sizes of a block and the order of its parameters.

use super::spectrum::Scope;
use super::weights::KernelShape;

/// Sizes of a block.
#[derive(Clone, Debug)]
pub(crate) struct BlockShape {
    pub(crate) len: usize,
    /// Channels of the series (d_model).
    pub(crate) outer: usize,
    /// Channels between the convolutions (d_ff).
    pub(crate) inner: usize,
    /// Side of the merged kernel.
    pub(crate) side: usize,
    pub(crate) top_k: usize,
    pub(crate) scope: Scope,
}

impl BlockShape {
    pub(crate) fn first(&self) -> KernelShape {
        KernelShape { outputs: self.inner, inputs: self.outer, side: self.side }
    }

    pub(crate) fn second(&self) -> KernelShape {
        KernelShape { outputs: self.outer, inputs: self.inner, side: self.side }
    }

    /// Length of the parameters' vector: first weights, first bias, second weights, second bias.
    pub(crate) fn parameters(&self) -> usize {
        self.first().size() + self.inner + self.second().size() + self.outer
    }

    /// First weights, first bias, second weights, second bias.
    pub(crate) fn split<'p, T>(&self, parameters: &'p [T]) -> [&'p [T]; 4] {
        let (w1, rest) = parameters.split_at(self.first().size());
        let (b1, rest) = rest.split_at(self.inner);
        let (w2, b2) = rest.split_at(self.second().size());
        [w1, b1, w2, b2]
    }

    /// As [`split`](Self::split).
    pub(crate) fn split_mut<'p, T>(&self, parameters: &'p mut [T]) -> [&'p mut [T]; 4] {
        let (w1, rest) = parameters.split_at_mut(self.first().size());
        let (b1, rest) = rest.split_at_mut(self.inner);
        let (w2, b2) = rest.split_at_mut(self.second().size());
        [w1, b1, w2, b2]
    }
}
