//! Spectra of a kernel's weights, and weights' gradients out of spectra.

use std::ops::Range;

use rayon::prelude::*;

use super::grid::{Direction, Grid, RUN};
use super::lanes::{Element, blocks, elements, elements_mut};
use super::pool::Buffer;
use super::scalar::{Job, Scalar, vectorised};
use super::weights::KernelShape;

/// A weight that meets the plane.
struct Tap {
    /// In the kernel, public order.
    index: usize,
    /// The grid's cell of its displacement, and of the opposite one.
    cell: usize,
    opposite: usize,
}

/// Most values of weights' gradients between their spectra and where they are added.
const GROUP: usize = if cfg!(test) { 1 << 10 } else { 1 << 18 };

/// A kernel's spectra on one grid.
pub(crate) struct Kernel<S: Scalar> {
    pub(crate) shape: KernelShape,
    /// `[half of the frequencies][block of outputs][input]`, divided by the number of frequencies so
    /// that the inverse transform needs no factor.
    pub(crate) spectra: Buffer<S>,
}

impl<S: Scalar, const L: usize> Grid<S, L> {
    fn taps(&self, shape: KernelShape) -> Vec<Tap> {
        let half = (shape.side / 2) as isize;
        let (rows, cols) = self.tiling().reach;
        let (rows, cols) = (rows as isize, cols as isize);
        let mut taps = Vec::new();
        for row in -rows..=rows {
            for col in -cols..=cols {
                let (r, c) = if self.plane().turned { (col, row) } else { (row, col) };
                let index = (r + half) as usize * shape.side + (c + half) as usize;
                taps.push(Tap { index, cell: self.at(row, col), opposite: self.at(-row, -col) });
            }
        }
        taps
    }

    /// Grid rows that hold taps.
    fn tap_rows(&self) -> Vec<usize> {
        let reach = self.tiling().reach.0 as isize;
        let cols = self.tiling().grid.1;
        let mut rows: Vec<usize> = (-reach..=reach).map(|row| self.at(row, 0) / cols).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Spectra of a kernel's weights.
    pub(crate) fn kernel(&self, shape: KernelShape, weights: &[S]) -> Kernel<S> {
        let area = shape.side * shape.side;
        self.kernel_of(shape, |output, input, tap| {
            weights[(output * shape.inputs + input) * area + tap]
        })
    }

    /// Spectra of the kernel whose convolution is the adjoint of that with `weights`: channels
    /// exchanged, both axes reversed.
    pub(crate) fn adjoint(&self, shape: KernelShape, weights: &[S]) -> Kernel<S> {
        let area = shape.side * shape.side;
        let turned = KernelShape { outputs: shape.inputs, inputs: shape.outputs, ..shape };
        self.kernel_of(turned, |output, input, tap| {
            weights[(input * shape.inputs + output) * area + area - 1 - tap]
        })
    }

    /// `weight` gives the one of an output, an input and a tap in public order.
    fn kernel_of(
        &self,
        shape: KernelShape,
        weight: impl Fn(usize, usize, usize) -> S + Sync,
    ) -> Kernel<S> {
        let (inputs, outputs) = (blocks::<L>(shape.inputs) * L, blocks::<L>(shape.outputs));
        let half = self.halves().len() * 2 * L;
        let mut spectra = self.pool.any(outputs * inputs * half);
        let mut of_block = self.pool.any(inputs * half);
        for block in 0..outputs {
            self.block_spectra(shape, block, &weight, &mut of_block);
            let from = elements::<S, L>(&of_block);
            // A run of frequencies at a time, which is one piece of memory.
            let runs = spectra.par_chunks_mut(RUN * outputs * inputs * 2 * L).enumerate();
            runs.for_each(|(run, to)| {
                let to = &mut elements_mut(to)[block * inputs..];
                for (input, from) in from.chunks_exact(self.halves().len()).enumerate() {
                    let to = to[input..].iter_mut().step_by(outputs * inputs);
                    to.zip(&from[run * RUN..]).for_each(|(to, from)| *to = *from);
                }
            });
        }
        Kernel { shape, spectra }
    }

    /// Those of a block of outputs: `[input][half of the frequencies]`.
    #[allow(clippy::needless_range_loop)] // iterators would need the taps outside, far apart in memory
    fn block_spectra(
        &self,
        shape: KernelShape,
        block: usize,
        weight: &(impl Fn(usize, usize, usize) -> S + Sync),
        spectra: &mut [S],
    ) {
        let half = self.halves().len() * 2 * L;
        let (taps, rows) = (self.taps(shape), self.tap_rows());
        let share = S::of(0.5 / self.frequencies() as f64);
        spectra.par_chunks_exact_mut(2 * half).enumerate().for_each_init(
            || [(); 2].map(|()| self.scratch()),
            |[grid, scratch], (task, two)| {
                // Two inputs at once, as real and imaginary part.
                let input = 2 * task;
                if input >= shape.inputs {
                    two.fill(S::default());
                    return;
                }
                self.run(Direction::Forward, &rows, grid, scratch, |grid| {
                    grid.fill([[S::default(); L]; 2]);
                    for lane in 0..L.min(shape.outputs - block * L) {
                        let output = block * L + lane;
                        for half in 0..2.min(shape.inputs - input) {
                            for tap in &taps {
                                grid[tap.opposite][half][lane] =
                                    weight(output, input + half, tap.index);
                            }
                        }
                    }
                });
                let (first, second) = elements_mut(two).split_at_mut(self.halves().len());
                let both = elements::<S, L>(grid);
                vectorised(Separate { both, halves: self.halves(), share, first, second });
            },
        );
    }

    /// Adds to `into` (public order) the gradient of a kernel's weights, from what
    /// [`correlate`](Self::correlate) makes.
    pub(crate) fn kernel_gradient(&self, products: &[S], shape: KernelShape, into: &mut [S]) {
        let area = shape.side * shape.side;
        let padded = blocks::<L>(shape.inputs) * L;
        // By groups of blocks, so that what is between takes little memory.
        let group = (GROUP / (padded * area * L)).max(1);
        let size = group * L * shape.inputs * area;
        for (number, into) in into.chunks_mut(size).enumerate() {
            let first = number * group;
            let taps = self.tap_gradients(products, shape, first..first + group);
            into.par_chunks_exact_mut(area).enumerate().for_each(|(kernel, into)| {
                let (output, input) = (kernel / shape.inputs, kernel % shape.inputs);
                let weight = output / L * padded + input;
                let from = &taps[weight * area * L..(weight + 1) * area * L];
                for (to, from) in into.iter_mut().zip(from.chunks_exact(L)) {
                    *to = *to + from[output % L];
                }
            });
        }
    }

    /// Of some blocks of outputs, as far as there are: `[block][input][tap in public order][lane]`.
    fn tap_gradients(&self, products: &[S], shape: KernelShape, some: Range<usize>) -> Buffer<S> {
        let inputs = blocks::<L>(shape.inputs) * L;
        let all = blocks::<L>(shape.outputs);
        let weights = all * inputs;
        let (taps, rows) = (self.taps(shape), self.tap_rows());
        let area = shape.side * shape.side;
        let share = S::of(0.5 / self.frequencies() as f64);
        let mut gradients = self.pool.any((some.end.min(all) - some.start) * inputs * area * L);
        gradients.par_chunks_exact_mut(2 * area * L).enumerate().for_each_init(
            || [(); 2].map(|()| self.scratch()),
            |[grid, scratch], (task, two)| {
                let products = &elements(products)[some.start * inputs + 2 * task..];
                self.run(Direction::Inverse, &rows, grid, scratch, |both| {
                    vectorised(Join { products, weights, halves: self.halves(), share, both });
                });
                // Taps that meet no pixel keep a gradient of zero.
                two.fill(S::default());
                let (first, second) = two.split_at_mut(area * L);
                let grid = elements::<S, L>(grid);
                for tap in &taps {
                    let to = tap.index * L..(tap.index + 1) * L;
                    // Real and imaginary part are exchanged.
                    first[to.clone()].copy_from_slice(&grid[tap.cell][1]);
                    second[to].copy_from_slice(&grid[tap.cell][0]);
                }
            },
        );
        gradients
    }

    /// Adds to `into` the sum over batch and pixels of planes, read off the spectra of tiles that
    /// were laid alone.
    pub(crate) fn add_sums(&self, spectra: &[S], channels: usize, into: &mut [S]) {
        let size = self.frequencies() * 2 * L;
        for (channel, to) in into.iter_mut().enumerate() {
            let mut sum = S::default();
            for line in spectra.chunks_exact(blocks::<L>(channels) * size) {
                let mean = &line[channel / L * size..][..2 * L];
                sum = sum + mean[channel % L] + mean[L + channel % L];
            }
            *to = *to + sum;
        }
    }
}

/// Takes the spectra of two real signals out of the spectrum of first + i·second.
struct Separate<'a, S, const L: usize> {
    both: &'a [Element<S, L>],
    halves: &'a [(usize, usize)],
    share: S,
    first: &'a mut [Element<S, L>],
    second: &'a mut [Element<S, L>],
}

impl<S: Scalar, const L: usize> Job for Separate<'_, S, L> {
    const WIDE: bool = L == 16;

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let results = self.first.iter_mut().zip(self.second);
        for (&(own, opposite), (first, second)) in self.halves.iter().zip(results) {
            // In values of their own: the compiler cannot tell that what is written is not read.
            let ([re, im], [re_there, im_there]) = (self.both[own], self.both[opposite]);
            let mut a = [[S::default(); L]; 2];
            let mut b = a;
            for n in 0..L {
                a[0][n] = self.share * (re[n] + re_there[n]);
                b[1][n] = self.share * (re_there[n] - re[n]);
            }
            for n in 0..L {
                a[1][n] = self.share * (im[n] - im_there[n]);
                b[0][n] = self.share * (im[n] + im_there[n]);
            }
            (*first, *second) = (a, b);
        }
    }
}

/// The other way: first + i·second of two neighbouring weights' spectra, with real and imaginary part
/// exchanged for the inverse transform.
struct Join<'a, S, const L: usize> {
    /// From the first of the two on, `weights` to a frequency.
    products: &'a [Element<S, L>],
    weights: usize,
    halves: &'a [(usize, usize)],
    share: S,
    both: &'a mut [Element<S, L>],
}

impl<S: Scalar, const L: usize> Job for Join<'_, S, L> {
    const WIDE: bool = L == 16;

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for (two, &(own, opposite)) in self.products.chunks(self.weights).zip(self.halves) {
            let ([a_re, a_im], [b_re, b_im]) = (&two[0], &two[1]);
            let mut here = [[S::default(); L]; 2];
            let mut there = here;
            for n in 0..L {
                here[0][n] = self.share * (a_im[n] + b_re[n]);
                here[1][n] = self.share * (a_re[n] - b_im[n]);
                there[0][n] = self.share * (b_re[n] - a_im[n]);
                there[1][n] = self.share * (a_re[n] + b_im[n]);
            }
            // Where both are one, they are the same but for rounding.
            self.both[opposite] = there;
            self.both[own] = here;
        }
    }
}
