//! Gradients of a convolution's weights and bias, summed over the batch.

use rayon::prelude::*;

use super::folded::CHUNK;
use super::grid::Grid;
use super::packed::add_all;
use super::pool::Buffer;
use super::scalar::Scalar;
use super::weights::KernelShape;

/// The part of a chain of pieces.
pub(crate) struct ChainSums<S: Scalar> {
    shape: KernelShape,
    /// As [`Grid::correlate`] makes them; whatever they are before the first piece.
    products: Buffer<S>,
    started: bool,
    bias: Vec<S>,
}

impl<S: Scalar> ChainSums<S> {
    pub(crate) fn new<const L: usize>(grid: &Grid<S, L>, shape: KernelShape) -> Self {
        let products = grid.pool.any(grid.correlation_size(shape));
        Self { shape, products, started: false, bias: vec![S::default(); shape.outputs] }
    }

    /// Adds a piece, given the spectra of what the kernel was applied to and of the gradient.
    pub(crate) fn add<const L: usize>(&mut self, grid: &Grid<S, L>, spectra: &[S], grad: &[S]) {
        grid.correlate(spectra, grad, self.shape, (&mut self.products, self.started));
        self.started = true;
        grid.add_sums(grad, self.shape.outputs, &mut self.bias);
    }

    /// Adds what all chains have to the gradients of the weights (public order) and of the bias: in
    /// order, so that the result does not depend on who computed what.
    pub(crate) fn add_all_to<const L: usize>(
        chains: Vec<Self>,
        grid: &Grid<S, L>,
        weights: &mut [S],
        bias: &mut [S],
    ) {
        let all = chains.into_iter().reduce(|mut all, chain| {
            let chunks = all.products.par_chunks_mut(CHUNK).zip(chain.products.par_chunks(CHUNK));
            chunks.for_each(|(to, from)| add_all(to, from));
            add_all(&mut all.bias, &chain.bias);
            all
        });
        if let Some(all) = all {
            add_all(bias, &all.bias);
            grid.kernel_gradient(&all.products, all.shape, weights);
        }
    }
}
