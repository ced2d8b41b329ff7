//! Samples folded at one period, a piece at a time.

use std::ops::Range;

use rayon::prelude::*;
use rayon::slice::ChunksMut;

use super::fold::fold;
use super::gelu::gelu_into;
use super::grid::Grid;
use super::lanes::blocks;
use super::packed::padded;
use super::plane::Plane;
use super::planes::Cut;
use super::pool::{Buffer, Pool};
use super::scalar::Scalar;
use super::shape::BlockShape;
use super::taps::Kernel;
use super::tiling::Tiling;

/// Most values of a piece's spectra: more would only take memory. Fixed, so that results do not
/// depend on the number of threads.
const PIECE: usize = if cfg!(test) { 1 << 12 } else { 3 << 16 };

/// Most values of the sums over the batch that all chains hold together. Fixed, as above.
const SUMS: usize = if cfg!(test) { 1 << 14 } else { 1 << 20 };

/// Values that the activation is computed for at a time.
pub(crate) const CHUNK: usize = 1 << 12;

/// A block's convolutions on the grid of one period, and the pieces that samples go through them in.
///
/// Consecutive pieces form a chain. Chains run beside each other: a thread that has one to itself finds
/// in its own cache what it has just written, and need not wait for another. Each has its own sums over
/// the batch, so that there is but one where those are large.
pub(crate) struct Folded<'a, S: Scalar, const L: usize> {
    pub(crate) shape: &'a BlockShape,
    pub(crate) grid: Grid<S, L>,
    samples: usize,
    /// Samples of a piece and of a chain, even numbers.
    piece: usize,
    chain: usize,
}

impl<'a, S: Scalar, const L: usize> Folded<'a, S, L> {
    pub(crate) fn new(
        shape: &'a BlockShape,
        samples: usize,
        (period, tiling): (usize, Tiling),
        pool: &Pool<S>,
    ) -> Self {
        let plane = Plane { halo: 0, ..Plane::new(shape.len, period, shape.side) };
        let pairs = samples.div_ceil(2);
        let blocks = blocks::<L>(shape.outer).max(blocks::<L>(shape.inner));
        let values = pairs * blocks * tiling.count * tiling.frequencies() * 2 * L;
        let piece = 2 * pairs.div_ceil(values.div_ceil(PIECE).max(1)).max(1);
        let grid = Grid::new(plane, tiling, pool);
        let sums = grid.correlation_size(shape.first()).max(grid.correlation_size(shape.second()));
        let pieces = samples.div_ceil(piece).max(1);
        let chain = pieces.div_ceil((SUMS / sums.max(1)).clamp(1, pieces)) * piece;
        Self { shape, grid, samples, piece, chain }
    }

    /// The pieces of a chain.
    pub(crate) fn pieces(&self, chain: usize) -> impl Iterator<Item = Range<usize>> {
        let (piece, first) = (self.piece, chain * self.chain);
        let end = self.samples.min(first + self.chain);
        (first..end).step_by(piece).map(move |first| first..end.min(first + piece))
    }

    /// Values of a pair's planes of `channels` channels.
    pub(crate) fn pair(&self, channels: usize) -> usize {
        blocks::<L>(channels) * self.grid.plane_size()
    }

    /// Cuts what is of all samples by chains, given how much of it a pair has.
    pub(crate) fn by_chain<'v, T: Send>(
        &self,
        of_all: &'v mut [T],
        pair: usize,
    ) -> ChunksMut<'v, T> {
        of_all.par_chunks_mut(self.chain / 2 * pair)
    }

    /// Cuts what is of a chain by pieces.
    pub(crate) fn by_piece<'v, T>(
        &self,
        of_chain: &'v mut [T],
        pair: usize,
    ) -> std::slice::ChunksMut<'v, T> {
        of_chain.chunks_mut(self.piece / 2 * pair)
    }

    pub(crate) fn size(&self, samples: &Range<usize>, channels: usize) -> usize {
        samples.len().div_ceil(2) * self.pair(channels)
    }

    /// Where a piece's planes of `channels` channels are among those of all samples.
    pub(crate) fn planes(&self, samples: &Range<usize>, channels: usize) -> Range<usize> {
        let first = samples.start / 2 * self.pair(channels);
        first..first + self.size(samples, channels)
    }

    /// Spectra of a piece of the samples `series`, times `scale` of each.
    pub(crate) fn spectra(
        &self,
        series: &[&[S]],
        samples: &Range<usize>,
        scale: impl Fn(usize) -> S + Sync,
        cut: Cut,
    ) -> Buffer<S> {
        let (outer, part) = (self.shape.outer, &series[samples.clone()]);
        let planes = fold(&self.grid, part, outer, |sample| scale(samples.start + sample));
        self.grid.spectra(&planes, outer, cut)
    }

    /// The first convolution of a piece, before the activation.
    pub(crate) fn hidden(
        &self,
        series: &[&[S]],
        samples: &Range<usize>,
        kernel: &Kernel<S>,
        bias: &[S],
        hidden: &mut [S],
    ) {
        let spectra = self.spectra(series, samples, |_| S::of(1.0), Cut::Forward);
        let products = self.grid.multiply(&spectra, kernel);
        drop(spectra);
        self.grid.planes(&products, self.shape.inner, Cut::Forward, Some(bias), hidden);
    }

    /// That of all samples.
    pub(crate) fn all_hidden(&self, series: &[&[S]], parameters: &[S]) -> Buffer<S> {
        let [w1, b1, ..] = self.shape.split(parameters);
        let (kernel, bias) = (self.grid.kernel(self.shape.first(), w1), padded::<S, L>(b1));
        let mut hidden = self.grid.pool.any(self.size(&(0..self.samples), self.shape.inner));
        let pair = self.pair(self.shape.inner);
        self.by_chain(&mut hidden, pair).enumerate().for_each(|(chain, hidden)| {
            for (piece, hidden) in self.pieces(chain).zip(self.by_piece(hidden, pair)) {
                self.hidden(series, &piece, &kernel, &bias, hidden);
            }
        });
        hidden
    }

    /// Spectra of what the activation makes.
    pub(crate) fn active(&self, hidden: &[S]) -> Buffer<S> {
        self.grid.spectra(
            &activated::<S, L>(hidden, &self.grid.pool),
            self.shape.inner,
            Cut::Forward,
        )
    }
}

fn activated<S: Scalar, const L: usize>(hidden: &[S], pool: &Pool<S>) -> Buffer<S> {
    let mut active = pool.any(hidden.len());
    active
        .par_chunks_mut(CHUNK)
        .zip(hidden.par_chunks(CHUNK))
        .for_each(|(to, from)| gelu_into::<S, L>(from, to));
    active
}
