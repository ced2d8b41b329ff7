//! Planes of two samples at once and their spectra.
//!
//! Two samples travel as real and imaginary part of one complex plane: a convolution with real
//! weights keeps them apart, so neither half of a spectrum needs special treatment. A batch is
//! `[pair of samples][block of eight channels][pixel][element]`, its spectra are
//! `[pair][tile][block][frequency][element]`.

use rayon::prelude::*;

use super::fft::{ELEMENT, Element, Fft, LANES};
use super::plane::Plane;
use super::pool::{Buffer, Pool};
use super::scalar::{Job, Scalar, vectorised};
use super::tiling::{Tile, Tiling};

/// Frequencies that a product is computed for together. Fixed, so that results do not depend on
/// the number of threads.
pub(crate) const RUN: usize = 8;

/// What of a plane is laid on a tile's grid, or taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Laid: the tile with the neighbours that the kernel reaches. Taken: the tile alone, which is
    /// right then (overlap-save).
    Forward,
    /// Laid: the tile alone. Taken: it and the neighbours, added to theirs (overlap-add).
    Adjoint,
}

/// Of a transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Inverse,
}

/// The circular grid of a plane's tiles.
pub(crate) struct Grid<S> {
    plane: Plane,
    tiling: Tiling,
    /// Each frequency with its opposite, once: where real weights' spectra are kept, which are
    /// conjugate there.
    halves: Vec<(usize, usize)>,
    /// Along a row, across the rows.
    along: Fft<S>,
    across: Fft<S>,
    pub(crate) pool: Pool<S>,
}

/// Blocks of eight channels.
pub(crate) fn blocks(channels: usize) -> usize {
    channels.div_ceil(LANES)
}

impl<S: Scalar> Grid<S> {
    pub(crate) fn new(plane: Plane, tiling: Tiling, pool: &Pool<S>) -> Self {
        let (rows, cols) = tiling.grid;
        let (across, along) = (Fft::new(rows), Fft::new(cols));
        let opposite = |frequency: usize| {
            let (row, col) = (frequency / cols, frequency % cols);
            (frequency, (rows - row) % rows * cols + (cols - col) % cols)
        };
        let halves = (0..rows * cols).map(opposite).filter(|(own, other)| own <= other).collect();
        Self { plane, tiling, halves, along, across, pool: pool.clone() }
    }

    pub(crate) fn halves(&self) -> &[(usize, usize)] {
        &self.halves
    }

    pub(crate) fn plane(&self) -> &Plane {
        &self.plane
    }

    pub(crate) fn tiling(&self) -> &Tiling {
        &self.tiling
    }

    /// Values of one plane of eight channels.
    pub(crate) fn plane_size(&self) -> usize {
        self.plane.rows * self.plane.cols * ELEMENT
    }

    pub(crate) fn frequencies(&self) -> usize {
        self.tiling.frequencies()
    }

    /// Where the value at a displacement lies on the circular grid.
    pub(crate) fn at(&self, row: isize, col: isize) -> usize {
        let (rows, cols) = (self.tiling.grid.0 as isize, self.tiling.grid.1 as isize);
        (row.rem_euclid(rows) * cols + col.rem_euclid(cols)) as usize
    }

    /// Whether a transform wants its input in its scratch buffer.
    fn starts_aside(&self) -> bool {
        self.along.swaps() != self.across.swaps()
    }

    /// Transforms a whole grid from `values`, or from `scratch` where
    /// [`starts_aside`](Self::starts_aside), to `values`.
    #[inline(always)]
    fn transform<const FUSED: bool>(
        &self,
        used: &[usize],
        inverse: bool,
        values: &mut [Element<S>],
        scratch: &mut [Element<S>],
    ) {
        let cols = self.along.len();
        let (mut now, mut other) =
            if self.starts_aside() { (scratch, values) } else { (values, scratch) };
        if inverse {
            self.across.run::<FUSED>(now, other, cols);
            if self.across.swaps() {
                std::mem::swap(&mut now, &mut other);
            }
        }
        for &row in used {
            let range = row * cols..(row + 1) * cols;
            self.along.run::<FUSED>(&mut now[range.clone()], &mut other[range], 1);
        }
        if self.along.swaps() {
            std::mem::swap(&mut now, &mut other);
        }
        if !inverse {
            if self.along.swaps() {
                for row in (0..self.across.len()).filter(|row| !used.contains(row)) {
                    now[row * cols..(row + 1) * cols].fill([S::default(); ELEMENT]);
                }
            }
            self.across.run::<FUSED>(now, other, cols);
        }
    }

    /// Transform of a grid that `lay` fills. `Forward`: with values that are zero outside the rows
    /// `used`. `Inverse`: right in the rows `used` only, without the factor 1/frequencies; it is the
    /// transform with real and imaginary parts exchanged, before and after.
    pub(crate) fn run(
        &self,
        direction: Direction,
        used: &[usize],
        grid: &mut [S],
        scratch: &mut [S],
        lay: impl FnOnce(&mut [S]),
    ) {
        lay(if self.starts_aside() { scratch } else { grid });
        let inverse = direction == Direction::Inverse;
        vectorised(Transform { grid: self, used, values: grid, scratch, inverse });
    }

    fn rows_of_plane(&self) -> Vec<usize> {
        (0..self.plane.rows).collect()
    }

    /// Spectra of a batch's planes of `channels` channels.
    pub(crate) fn spectra(&self, planes: &[S], channels: usize, cut: Cut) -> Buffer<S> {
        let (size, tiles, blocks) =
            (self.frequencies() * ELEMENT, self.tiling.count, blocks(channels));
        let used = self.rows_of_plane();
        let mut spectra = self.pool.any(planes.len() / self.plane_size() * tiles * size);
        spectra.par_chunks_exact_mut(size).enumerate().for_each_init(
            || vec![S::default(); size],
            |scratch, (task, grid)| {
                let (pair, block) = (task / (tiles * blocks), task % blocks);
                let start = (pair * blocks + block) * self.plane_size();
                let tile = self.tiling.tile(&self.plane, task / blocks % tiles);
                let plane = &planes[start..start + self.plane_size()];
                self.run(Direction::Forward, &used, grid, scratch, |grid| {
                    self.lay(plane, tile, cut, grid)
                });
            },
        );
        spectra
    }

    /// Writes the whole grid: one tile of a plane, zeros around it. Columns before the tile are at
    /// the grid's end.
    fn lay(&self, plane: &[S], tile: Tile, cut: Cut, grid: &mut [S]) {
        let (row, grid_row) = (self.plane.cols * ELEMENT, self.tiling.grid.1 * ELEMENT);
        let Tile { first, width, mut before, mut after } = tile;
        if cut == Cut::Adjoint {
            (before, after) = (0, 0);
        }
        let own = (width + after) * ELEMENT;
        let mut rows = grid.chunks_exact_mut(grid_row);
        for (from, to) in plane.chunks_exact(row).zip(&mut rows) {
            let (start, margin) = (first * ELEMENT, before * ELEMENT);
            to[..own].copy_from_slice(&from[start..start + own]);
            to[own..grid_row - margin].fill(S::default());
            to[grid_row - margin..].copy_from_slice(&from[start - margin..start]);
        }
        for row in rows {
            row.fill(S::default());
        }
    }

    /// Writes planes of `channels` channels, with `bias` (`[block][lane]`) added, from the products
    /// that [`multiply`](Self::multiply) makes.
    pub(crate) fn planes(
        &self,
        products: &[S],
        channels: usize,
        cut: Cut,
        bias: Option<&[S]>,
        planes: &mut [S],
    ) {
        let (size, tiles, blocks) =
            (self.frequencies() * ELEMENT, self.tiling.count, blocks(channels));
        let used = self.rows_of_plane();
        // Tiles are added to each other only where there are several.
        let adds = cut == Cut::Adjoint && tiles > 1;
        debug_assert!(bias.is_none() || cut == Cut::Forward);
        let lines = planes.len() / self.plane_size() * tiles;
        debug_assert_eq!(products.len(), 2 * lines * self.halves.len() * ELEMENT);
        planes.par_chunks_exact_mut(self.plane_size()).enumerate().for_each_init(
            || (vec![S::default(); size], vec![S::default(); size]),
            |(grid, scratch), (task, plane)| {
                let (pair, block) = (task / blocks, task % blocks);
                let bias: [S; LANES] =
                    std::array::from_fn(|n| bias.map_or(S::default(), |b| b[block * LANES + n]));
                if adds {
                    plane.fill(S::default());
                }
                for tile in 0..tiles {
                    let line = (pair * tiles + tile) * blocks + block;
                    self.run(Direction::Inverse, &used, grid, scratch, |grid| {
                        self.collect_line(products, lines, line, grid);
                    });
                    let tile = self.tiling.tile(&self.plane, tile);
                    if adds {
                        self.add(grid, tile, plane)
                    } else {
                        self.take(grid, tile, bias, plane)
                    }
                }
            },
        );
    }

    /// One line's frequencies out of the runs, real and imaginary parts exchanged.
    fn collect_line(&self, products: &[S], lines: usize, line: usize, grid: &mut [S]) {
        let products = products.as_chunks::<ELEMENT>().0;
        let grid = grid.as_chunks_mut::<ELEMENT>().0;
        for (run, halves) in self.halves.chunks(RUN).enumerate() {
            let from = run * RUN * 2 * lines + line * halves.len();
            let mirror = from + lines * halves.len();
            for (from, &(_, opposite)) in products[mirror..].iter().zip(halves) {
                let to = &mut grid[opposite];
                for n in 0..LANES {
                    to[n] = -from[LANES + n];
                }
                to[LANES..].copy_from_slice(&from[..LANES]);
            }
            for (from, &(own, _)) in products[from..].iter().zip(halves) {
                let to = &mut grid[own];
                to[..LANES].copy_from_slice(&from[LANES..]);
                to[LANES..].copy_from_slice(&from[..LANES]);
            }
        }
    }

    /// A tile's own columns, with `bias` added.
    fn take(&self, grid: &[S], tile: Tile, bias: [S; LANES], plane: &mut [S]) {
        let (row, grid_row) = (self.plane.cols * ELEMENT, self.tiling.grid.1 * ELEMENT);
        let (start, own) = (tile.first * ELEMENT, tile.width * ELEMENT);
        for (to, from) in plane.chunks_exact_mut(row).zip(grid.chunks_exact(grid_row)) {
            let to = to[start..start + own].as_chunks_mut::<ELEMENT>().0;
            for (to, from) in to.iter_mut().zip(from[..own].as_chunks::<ELEMENT>().0) {
                *to = exchanged_plus(from, bias);
            }
        }
    }

    /// Adds a tile's columns and those before and after it.
    fn add(&self, grid: &[S], tile: Tile, plane: &mut [S]) {
        let (cols, grid_cols) = (self.plane.cols, self.tiling.grid.1);
        let plane = plane.as_chunks_mut::<ELEMENT>().0;
        let grid = grid.as_chunks::<ELEMENT>().0;
        for (to, from) in plane.chunks_exact_mut(cols).zip(grid.chunks_exact(grid_cols)) {
            let (before, own) = to[tile.first - tile.before..].split_at_mut(tile.before);
            let wrapped = &from[grid_cols - tile.before..];
            let own = own[..tile.width + tile.after].iter_mut().zip(from);
            for (to, from) in before.iter_mut().zip(wrapped).chain(own) {
                *to = exchanged_sum(from, to);
            }
        }
    }
}

/// Real and imaginary parts exchanged, `bias` added to both.
#[inline(always)]
fn exchanged_plus<S: Scalar>(from: &Element<S>, bias: [S; LANES]) -> Element<S> {
    std::array::from_fn(|n| from[(n + LANES) % ELEMENT] + bias[n % LANES])
}

#[inline(always)]
fn exchanged_sum<S: Scalar>(from: &Element<S>, to: &Element<S>) -> Element<S> {
    std::array::from_fn(|n| to[n] + from[(n + LANES) % ELEMENT])
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
