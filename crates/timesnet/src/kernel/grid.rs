//! Planes of two samples at once and their spectra.
//!
//! Two samples travel as real and imaginary part of one complex plane: a convolution with real
//! weights keeps them apart, so neither half of a spectrum needs special treatment. A batch is
//! `[pair of samples][block of eight channels][pixel][element]`.

use rayon::prelude::*;

use super::fft::{ELEMENT, Element, Fft, LANES, smooth_len};
use super::plane::{Plane, padded_channels};
use super::scalar::{Job, Scalar, vectorised};

/// Frequencies that a product is computed for together. Fixed, so that results do not depend on
/// the number of threads.
pub(crate) const RUN: usize = 8;

/// A plane padded with zeros so far that circular convolution with the kernel is linear
/// convolution at every pixel.
pub(crate) struct Grid<S> {
    plane: Plane,
    /// How far the kernel reaches over rows and columns.
    reach: (usize, usize),
    /// Along a row, across the rows.
    along: Fft<S>,
    across: Fft<S>,
}

/// Blocks of eight channels.
pub(crate) fn blocks(channels: usize) -> usize {
    channels.div_ceil(LANES)
}

impl<S: Scalar> Grid<S> {
    /// For a kernel of `side` on a series of `len` folded at `period`.
    pub(crate) fn new(len: usize, period: usize, side: usize) -> Self {
        let plane = Plane { halo: 0, ..Plane::new(len, period, side) };
        let (reach, sizes) = Self::sizes(&plane, side);
        Self { plane, reach, across: Fft::new(sizes.0), along: Fft::new(sizes.1) }
    }

    fn sizes(plane: &Plane, side: usize) -> ((usize, usize), (usize, usize)) {
        let reach = |cells: usize| (side / 2).min(cells - 1);
        let (rows, cols) = (reach(plane.rows), reach(plane.cols));
        ((rows, cols), (smooth_len(plane.rows + rows), smooth_len(plane.cols + cols)))
    }

    /// Frequencies that a grid would have, without building it.
    pub(crate) fn frequencies_of(len: usize, period: usize, side: usize) -> usize {
        let (_, (rows, cols)) = Self::sizes(&Plane::new(len, period, side), side);
        rows * cols
    }

    pub(crate) fn plane(&self) -> &Plane {
        &self.plane
    }

    pub(crate) fn pixels(&self) -> usize {
        self.plane.rows * self.plane.cols
    }

    pub(crate) fn frequencies(&self) -> usize {
        self.across.len() * self.along.len()
    }

    /// Rows of the padded grid.
    pub(crate) fn rows_of_grid(&self) -> usize {
        self.across.len()
    }

    pub(crate) fn reach(&self) -> (usize, usize) {
        self.reach
    }

    /// The index of the frequency opposite to `frequency`.
    pub(crate) fn opposite(&self, frequency: usize) -> usize {
        let (rows, cols) = (self.across.len(), self.along.len());
        let (row, col) = (frequency / cols, frequency % cols);
        (rows - row) % rows * cols + (cols - col) % cols
    }

    /// Where the value at a displacement lies on the circular grid.
    pub(crate) fn at(&self, row: isize, col: isize) -> usize {
        let (rows, cols) = (self.across.len() as isize, self.along.len() as isize);
        (row.rem_euclid(rows) * cols + col.rem_euclid(cols)) as usize
    }

    /// Transforms a whole grid in place.
    #[inline(always)]
    fn transform<const FUSED: bool>(
        &self,
        used: &[usize],
        inverse: bool,
        values: &mut [Element<S>],
        scratch: &mut [Element<S>],
    ) {
        let cols = self.along.len();
        let (mut now, mut other) = (values, scratch);
        if inverse {
            self.across.run::<FUSED>(now, other, cols);
            if self.across.swaps() {
                std::mem::swap(&mut now, &mut other);
            }
        }
        for &row in used {
            let range = row * cols..(row + 1) * cols;
            self.along.run::<FUSED>(&mut now[range.clone()], &mut other[range.clone()], 1);
            if self.along.swaps() {
                now[range.clone()].copy_from_slice(&other[range]);
            }
        }
        if !inverse {
            self.across.run::<FUSED>(now, other, cols);
            if self.across.swaps() {
                std::mem::swap(&mut now, &mut other);
            }
        }
        if self.across.swaps() {
            other.copy_from_slice(now);
        }
    }

    /// Transform of a grid whose values are zero outside the rows `used`; in place.
    pub(crate) fn forward(&self, used: &[usize], grid: &mut [S], scratch: &mut [S]) {
        let job = Transform { grid: self, used, values: grid, scratch, inverse: false };
        vectorised(job);
    }

    /// Inverse transform (without the factor 1/frequencies), right in the rows `used` only.
    pub(crate) fn inverse(&self, used: &[usize], grid: &mut [S], scratch: &mut [S]) {
        let job = Transform { grid: self, used, values: grid, scratch, inverse: true };
        vectorised(job);
    }

    /// Spectra of planes: `[pair][block][pixel]` to `[pair][block][frequency]`.
    pub(crate) fn spectra(&self, planes: &[S]) -> Vec<S> {
        let (pixels, size) = (self.pixels() * ELEMENT, self.frequencies() * ELEMENT);
        let row = self.plane.cols * ELEMENT;
        let used: Vec<usize> = (0..self.plane.rows).collect();
        let mut spectra = vec![S::default(); planes.len() / pixels * size];
        spectra.par_chunks_exact_mut(size).zip(planes.par_chunks_exact(pixels)).for_each_init(
            || vec![S::default(); size],
            |scratch, (grid, plane)| {
                for (to, from) in
                    grid.chunks_exact_mut(self.along.len() * ELEMENT).zip(plane.chunks_exact(row))
                {
                    to[..row].copy_from_slice(from);
                }
                self.forward(&used, grid, scratch);
            },
        );
        spectra
    }

    /// Planes `[pair][block][pixel]` from products `[run of frequencies][pair][block][frequency in
    /// the run]`, with `bias` (`[block][lane]`) added.
    pub(crate) fn planes(&self, products: &[S], lines: usize, bias: &[S]) -> Vec<S> {
        let (pixels, size) = (self.pixels() * ELEMENT, self.frequencies() * ELEMENT);
        let row = self.plane.cols * ELEMENT;
        let used: Vec<usize> = (0..self.plane.rows).collect();
        let mut planes = vec![S::default(); lines * pixels];
        planes.par_chunks_exact_mut(pixels).enumerate().for_each_init(
            || (vec![S::default(); size], vec![S::default(); size]),
            |(grid, scratch), (line, plane)| {
                collect_line(products, lines, line, grid);
                // The inverse is the transform with real and imaginary parts exchanged.
                self.inverse(&used, grid, scratch);
                let first = line * LANES % bias.len(); // blocks follow each other within a pair
                let bias: [S; LANES] = std::array::from_fn(|n| bias[first + n]);
                let grid = grid.chunks_exact(self.along.len() * ELEMENT);
                for (to, from) in plane.chunks_exact_mut(row).zip(grid) {
                    let (to, from) = (to.as_chunks_mut::<ELEMENT>().0, &from[..row]);
                    for (to, from) in to.iter_mut().zip(from.as_chunks::<ELEMENT>().0) {
                        for n in 0..LANES {
                            to[n] = from[LANES + n] + bias[n];
                            to[LANES + n] = from[n] + bias[n];
                        }
                    }
                }
            },
        );
        planes
    }
}

/// One line's frequencies out of the runs, real and imaginary parts exchanged.
fn collect_line<S: Scalar>(products: &[S], lines: usize, line: usize, grid: &mut [S]) {
    for (run, to) in grid.chunks_mut(RUN * ELEMENT).enumerate() {
        let from = run * RUN * ELEMENT * lines + line * to.len();
        let from = products[from..from + to.len()].as_chunks::<ELEMENT>().0;
        for (to, from) in to.as_chunks_mut::<ELEMENT>().0.iter_mut().zip(from) {
            to[..LANES].copy_from_slice(&from[LANES..]);
            to[LANES..].copy_from_slice(&from[..LANES]);
        }
    }
}

struct Transform<'a, S> {
    grid: &'a Grid<S>,
    used: &'a [usize],
    values: &'a mut [S],
    scratch: &'a mut [S],
    inverse: bool,
}

impl<S: Scalar> Job for Transform<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let values = self.values.as_chunks_mut::<ELEMENT>().0;
        let scratch = self.scratch.as_chunks_mut::<ELEMENT>().0;
        self.grid.transform::<FUSED>(self.used, self.inverse, values, scratch);
    }
}

/// Folds a batch `[sample, len, channels]`, each sample times its `scale`, into paired planes.
pub(crate) fn fold<S: Scalar>(
    plane: &Plane,
    series: &[S],
    channels: usize,
    scale: impl Fn(usize) -> S + Sync,
) -> Vec<S> {
    let (blocks, pixels) = (blocks(channels), plane.rows * plane.cols);
    let per_sample = plane.len * channels;
    let mut planes =
        vec![S::default(); (series.len() / per_sample).div_ceil(2) * blocks * pixels * ELEMENT];
    planes
        .par_chunks_exact_mut(blocks * pixels * ELEMENT)
        .zip(series.par_chunks(2 * per_sample))
        .enumerate()
        .for_each(|(pair, (planes, series))| {
            for (half, series) in series.chunks_exact(per_sample).enumerate() {
                let scale = scale(2 * pair + half);
                for (time, sample) in series.chunks_exact(channels).enumerate() {
                    let pixel = plane.pixel(time);
                    for (block, from) in sample.chunks(LANES).enumerate() {
                        let at = (block * pixels + pixel) * ELEMENT + half * LANES;
                        for (to, &from) in planes[at..at + LANES].iter_mut().zip(from) {
                            *to = scale * from;
                        }
                    }
                }
            }
        });
    planes
}

/// Undoes [`fold`], cutting the padding off: calls `take(target, value)` for every value of the
/// batch `into`.
pub(crate) fn unfold<S: Scalar>(
    plane: &Plane,
    planes: &[S],
    channels: usize,
    into: &mut [S],
    take: impl Fn(usize, &mut S, S) + Sync,
) {
    let (blocks, pixels) = (blocks(channels), plane.rows * plane.cols);
    let per_sample = plane.len * channels;
    debug_assert_eq!(padded_channels(channels), blocks * LANES);
    into.par_chunks_mut(2 * per_sample)
        .zip(planes.par_chunks_exact(blocks * pixels * ELEMENT))
        .enumerate()
        .for_each(|(pair, (into, planes))| {
            for (half, into) in into.chunks_exact_mut(per_sample).enumerate() {
                for (time, sample) in into.chunks_exact_mut(channels).enumerate() {
                    let pixel = plane.pixel(time);
                    for (block, to) in sample.chunks_mut(LANES).enumerate() {
                        let at = (block * pixels + pixel) * ELEMENT + half * LANES;
                        for (to, &from) in to.iter_mut().zip(&planes[at..at + LANES]) {
                            take(2 * pair + half, to, from);
                        }
                    }
                }
            }
        });
}
