//! Spectra of a kernel's weights, and weights' gradients out of spectra.

use std::ops::Range;

use rayon::prelude::*;

use super::fft::{ELEMENT, LANES};
use super::grid::{Direction, Grid, RUN, blocks};
use super::plane::padded_channels;
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
    /// `[block of outputs][input][half of the frequencies]`, divided by the number of frequencies so
    /// that the inverse transform needs no factor.
    pub(crate) spectra: Buffer<S>,
}

impl<S: Scalar> Grid<S> {
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
        let size = self.frequencies() * ELEMENT;
        let half = self.halves().len() * ELEMENT;
        let inputs = padded_channels(shape.inputs);
        let (taps, rows) = (self.taps(shape), self.tap_rows());
        let share = S::of(0.5 / self.frequencies() as f64);
        let mut spectra = self.pool.any(blocks(shape.outputs) * inputs * half);
        spectra.par_chunks_exact_mut(2 * half).enumerate().for_each_init(
            || (vec![S::default(); size], vec![S::default(); size]),
            |(grid, scratch), (task, two)| {
                // Two inputs at once, as real and imaginary part.
                let (block, input) = (task / (inputs / 2), task % (inputs / 2) * 2);
                if input >= shape.inputs {
                    two.fill(S::default());
                    return;
                }
                self.run(Direction::Forward, &rows, grid, scratch, |grid| {
                    grid.fill(S::default());
                    for lane in 0..LANES.min(shape.outputs - block * LANES) {
                        let output = block * LANES + lane;
                        for half in 0..2.min(shape.inputs - input) {
                            for tap in &taps {
                                let at = tap.opposite * ELEMENT + half * LANES + lane;
                                grid[at] = weight(output, input + half, tap.index);
                            }
                        }
                    }
                });
                let (first, second) = two.split_at_mut(half);
                vectorised(Separate { both: grid, halves: self.halves(), share, first, second });
            },
        );
        Kernel { shape, spectra }
    }

    /// Adds to `into` (public order) the gradient of a kernel's weights, from what
    /// [`correlate`](Self::correlate) makes.
    pub(crate) fn kernel_gradient(&self, products: &[S], shape: KernelShape, into: &mut [S]) {
        let area = shape.side * shape.side;
        let padded = padded_channels(shape.inputs);
        // By groups of blocks, so that what is between takes little memory.
        let group = (GROUP / (padded * area * LANES)).max(1);
        let size = group * LANES * shape.inputs * area;
        for (number, into) in into.chunks_mut(size).enumerate() {
            let first = number * group;
            let taps = self.tap_gradients(products, shape, first..first + group);
            into.par_chunks_exact_mut(area).enumerate().for_each(|(kernel, into)| {
                let (output, input) = (kernel / shape.inputs, kernel % shape.inputs);
                let weight = output / LANES * padded + input;
                let from = &taps[weight * area * LANES..(weight + 1) * area * LANES];
                for (to, from) in into.iter_mut().zip(from.chunks_exact(LANES)) {
                    *to = *to + from[output % LANES];
                }
            });
        }
    }

    /// Of some blocks of outputs, as far as there are: `[block][input][tap in public order][lane]`.
    fn tap_gradients(&self, products: &[S], shape: KernelShape, some: Range<usize>) -> Buffer<S> {
        let size = self.frequencies() * ELEMENT;
        let half = self.halves().len() * ELEMENT;
        let inputs = padded_channels(shape.inputs);
        let all = blocks(shape.outputs);
        let weights = all * inputs;
        let (taps, rows) = (self.taps(shape), self.tap_rows());
        let area = shape.side * shape.side;
        let share = S::of(0.5 / self.frequencies() as f64);
        let mut gradients = self.pool.any((some.end.min(all) - some.start) * inputs * area * LANES);
        gradients.par_chunks_exact_mut(2 * area * LANES).enumerate().for_each_init(
            || [half, half, size, size].map(|len| vec![S::default(); len]),
            |[first, second, grid, scratch], (task, two)| {
                let weight = some.start * inputs + 2 * task;
                gather(products, weights, weight, first);
                gather(products, weights, weight + 1, second);
                self.run(Direction::Inverse, &rows, grid, scratch, |both| {
                    vectorised(Join { first, second, halves: self.halves(), share, both });
                });
                // Taps that meet no pixel keep a gradient of zero.
                two.fill(S::default());
                let (first, second) = two.split_at_mut(area * LANES);
                for tap in &taps {
                    let from = &grid[tap.cell * ELEMENT..(tap.cell + 1) * ELEMENT];
                    let to = tap.index * LANES..(tap.index + 1) * LANES;
                    // Real and imaginary part are exchanged.
                    first[to.clone()].copy_from_slice(&from[LANES..]);
                    second[to].copy_from_slice(&from[..LANES]);
                }
            },
        );
        gradients
    }

    /// Adds to `into` the sum over batch and pixels of planes, read off the spectra of tiles that
    /// were laid alone.
    pub(crate) fn add_sums(&self, spectra: &[S], channels: usize, into: &mut [S]) {
        let size = self.frequencies() * ELEMENT;
        for (channel, to) in into.iter_mut().enumerate() {
            let mut sum = S::default();
            for line in spectra.chunks_exact(blocks(channels) * size) {
                let mean = &line[channel / LANES * size..][..ELEMENT];
                sum = sum + mean[channel % LANES] + mean[LANES + channel % LANES];
            }
            *to = *to + sum;
        }
    }
}

/// One weight's frequencies out of the runs.
fn gather<S: Scalar>(products: &[S], weights: usize, weight: usize, grid: &mut [S]) {
    for (run, to) in grid.chunks_mut(RUN * ELEMENT).enumerate() {
        let from = run * RUN * ELEMENT * weights + weight * to.len();
        to.copy_from_slice(&products[from..from + to.len()]);
    }
}

/// Takes the spectra of two real signals out of the spectrum of first + i·second.
struct Separate<'a, S> {
    both: &'a [S],
    halves: &'a [(usize, usize)],
    share: S,
    first: &'a mut [S],
    second: &'a mut [S],
}

impl<S: Scalar> Job for Separate<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let both = self.both.as_chunks::<ELEMENT>().0;
        let first = self.first.as_chunks_mut::<ELEMENT>().0;
        let second = self.second.as_chunks_mut::<ELEMENT>().0;
        let results = first.iter_mut().zip(second);
        for (&(own, opposite), (first, second)) in self.halves.iter().zip(results) {
            // In values of their own: the compiler cannot tell that what is written is not read.
            let (z, mirror) = (both[own], both[opposite]);
            let (mut a, mut b) = ([S::default(); ELEMENT], [S::default(); ELEMENT]);
            for n in 0..LANES {
                a[n] = self.share * (z[n] + mirror[n]);
                b[LANES + n] = self.share * (mirror[n] - z[n]);
            }
            for n in LANES..ELEMENT {
                a[n] = self.share * (z[n] - mirror[n]);
                b[n - LANES] = self.share * (z[n] + mirror[n]);
            }
            (*first, *second) = (a, b);
        }
    }
}

/// The other way: first + i·second of two real signals' spectra, with real and imaginary part
/// exchanged for the inverse transform.
struct Join<'a, S> {
    first: &'a [S],
    second: &'a [S],
    halves: &'a [(usize, usize)],
    share: S,
    both: &'a mut [S],
}

impl<S: Scalar> Job for Join<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let first = self.first.as_chunks::<ELEMENT>().0;
        let second = self.second.as_chunks::<ELEMENT>().0;
        let both = self.both.as_chunks_mut::<ELEMENT>().0;
        for ((a, b), &(own, opposite)) in first.iter().zip(second).zip(self.halves) {
            let (mut here, mut there) = ([S::default(); ELEMENT], [S::default(); ELEMENT]);
            for n in 0..LANES {
                let m = LANES + n;
                here[n] = self.share * (a[m] + b[n]);
                here[m] = self.share * (a[n] - b[m]);
                there[n] = self.share * (b[n] - a[m]);
                there[m] = self.share * (a[n] + b[m]);
            }
            // Where both are one, they are the same but for rounding.
            both[opposite] = there;
            both[own] = here;
        }
    }
}
