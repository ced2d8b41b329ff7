//! Planes of two samples at once and their spectra.
//!
//! Two samples travel as real and imaginary part of one complex plane: a convolution with real
//! weights keeps them apart, so neither half of a spectrum needs special treatment. A batch is
//! `[pair of samples][block of channels][pixel][element]`, its spectra are
//! `[pair][tile][block][frequency][element]`.

use rayon::prelude::*;

use super::grid::Grid;
use super::lanes::{Element, blocks, elements, elements_mut, sum};
use super::pool::Buffer;
use super::scalar::{Job, Scalar, vectorised};
use super::tiling::Tile;

/// What of a plane is laid on a tile's grid, or taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Laid: the tile with the neighbours that the kernel reaches. Taken: the tile alone, which is
    /// right then (overlap-save).
    Forward,
    /// Laid: the tile alone. Taken: it and the neighbours, added to theirs (overlap-add).
    Adjoint,
}

impl<S: Scalar, const L: usize> Grid<S, L> {
    fn rows_of_plane(&self) -> Vec<usize> {
        (0..self.plane().rows).collect()
    }

    /// Spectra of a batch's planes of `channels` channels.
    pub(crate) fn spectra(&self, planes: &[S], channels: usize, cut: Cut) -> Buffer<S> {
        let (size, tiles, blocks) =
            (self.frequencies() * 2 * L, self.tiling().count, blocks::<L>(channels));
        let used = self.rows_of_plane();
        let mut spectra = self.pool.any(planes.len() / self.plane_size() * tiles * size);
        spectra.par_chunks_exact_mut(size).enumerate().for_each_init(
            || self.scratch(),
            |scratch, (task, values)| {
                let (pair, block) = (task / (tiles * blocks), task % blocks);
                let start = (pair * blocks + block) * self.plane_size();
                let tile = self.tiling().tile(self.plane(), task / blocks % tiles);
                let plane = elements(&planes[start..start + self.plane_size()]);
                let (values, scratch) = (elements_mut(values), elements_mut(scratch));
                let used = &used;
                vectorised(TileSpectrum { grid: self, used, plane, tile, cut, values, scratch });
            },
        );
        spectra
    }

    /// Writes the whole grid: one tile of a plane, zeros around it. Columns before the tile are at
    /// the grid's end.
    #[inline(always)]
    fn lay(&self, plane: &[Element<S, L>], tile: Tile, cut: Cut, grid: &mut [Element<S, L>]) {
        let (row, grid_row) = (self.plane().cols, self.tiling().grid.1);
        let Tile { first, width, mut before, mut after } = tile;
        if cut == Cut::Adjoint {
            (before, after) = (0, 0);
        }
        let own = width + after;
        let mut rows = grid.chunks_exact_mut(grid_row);
        for (from, to) in plane.chunks_exact(row).zip(&mut rows) {
            to[..own].copy_from_slice(&from[first..first + own]);
            to[own..grid_row - before].fill([[S::default(); L]; 2]);
            to[grid_row - before..].copy_from_slice(&from[first - before..first]);
        }
        for row in rows {
            row.fill([[S::default(); L]; 2]);
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
        let (tiles, blocks) = (self.tiling().count, blocks::<L>(channels));
        let used = self.rows_of_plane();
        // Tiles are added to each other only where there are several.
        let adds = cut == Cut::Adjoint && tiles > 1;
        debug_assert!(bias.is_none() || cut == Cut::Forward);
        let lines = planes.len() / self.plane_size() * tiles;
        debug_assert_eq!(products.len(), 2 * lines * self.halves().len() * 2 * L);
        let products = elements(products);
        planes.par_chunks_exact_mut(self.plane_size()).enumerate().for_each_init(
            || [(); 2].map(|()| self.scratch()),
            |[values, scratch], (task, plane)| {
                let (pair, block) = (task / blocks, task % blocks);
                let bias: [S; L] =
                    std::array::from_fn(|n| bias.map_or(S::default(), |b| b[block * L + n]));
                if adds {
                    plane.fill(S::default());
                }
                let plane = elements_mut(plane);
                for tile in 0..tiles {
                    let (values, scratch) = (elements_mut(values), elements_mut(scratch));
                    let line = (lines, (pair * tiles + tile) * blocks + block);
                    let tile = self.tiling().tile(self.plane(), tile);
                    let result = PlaneTile { plane: &mut *plane, tile, bias, adds };
                    let used = &used;
                    vectorised(TileOfPlane {
                        grid: self,
                        used,
                        products,
                        line,
                        result,
                        values,
                        scratch,
                    });
                }
            },
        );
    }

    /// One line's frequencies out of the products, real and imaginary parts exchanged.
    #[inline(always)]
    fn collect_line(
        &self,
        products: &[Element<S, L>],
        (lines, line): (usize, usize),
        grid: &mut [Element<S, L>],
    ) {
        for (from, &(own, opposite)) in products.chunks_exact(2 * lines).zip(self.halves()) {
            let [re, im] = &from[lines + line];
            grid[opposite] = [im.map(|value| -value), *re];
            let [re, im] = from[line];
            grid[own] = [im, re];
        }
    }

    /// A tile's own columns.
    #[inline(always)]
    fn take(&self, grid: &[Element<S, L>], to: PlaneTile<'_, S, L>) {
        let (row, grid_row) = (self.plane().cols, self.tiling().grid.1);
        let Tile { first, width, .. } = to.tile;
        for (into, from) in to.plane.chunks_exact_mut(row).zip(grid.chunks_exact(grid_row)) {
            for (into, &[re, im]) in into[first..first + width].iter_mut().zip(from) {
                *into = [im, re];
            }
        }
    }

    /// Adds a tile's columns and those before and after it.
    #[inline(always)]
    fn add(&self, grid: &[Element<S, L>], to: PlaneTile<'_, S, L>) {
        let (cols, grid_cols) = (self.plane().cols, self.tiling().grid.1);
        let Tile { first, width, before, after } = to.tile;
        for (into, from) in to.plane.chunks_exact_mut(cols).zip(grid.chunks_exact(grid_cols)) {
            // By number: a loop that the compiler can fill vectors across becomes gathers under AVX-512,
            // where each element fills two registers.
            for col in 0..before + width + after {
                let [re, im] =
                    &from[if col < before { grid_cols - before + col } else { col - before }];
                let into = &mut into[first - before + col];
                *into = [sum(&into[0], im), sum(&into[1], re)];
            }
        }
    }
}

/// Lays one tile and transforms it.
struct TileSpectrum<'a, S, const L: usize> {
    grid: &'a Grid<S, L>,
    used: &'a [usize],
    plane: &'a [Element<S, L>],
    tile: Tile,
    cut: Cut,
    values: &'a mut [Element<S, L>],
    scratch: &'a mut [Element<S, L>],
}

impl<S: Scalar, const L: usize> Job for TileSpectrum<'_, S, L> {
    const WIDE: bool = L == 16;

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { grid, used, plane, tile, cut, values, scratch } = self;
        let laid = if grid.starts_aside() { &mut *scratch } else { &mut *values };
        grid.lay(plane, tile, cut, laid);
        grid.transform::<FUSED>(used, false, values, scratch);
    }
}

/// Where a tile goes.
struct PlaneTile<'a, S, const L: usize> {
    plane: &'a mut [Element<S, L>],
    tile: Tile,
    bias: [S; L],
    /// To what is there.
    adds: bool,
}

/// Transforms the products of one tile back.
struct TileOfPlane<'a, S, const L: usize> {
    grid: &'a Grid<S, L>,
    used: &'a [usize],
    products: &'a [Element<S, L>],
    /// How many lines there are, and which this is.
    line: (usize, usize),
    result: PlaneTile<'a, S, L>,
    values: &'a mut [Element<S, L>],
    scratch: &'a mut [Element<S, L>],
}

impl<S: Scalar, const L: usize> Job for TileOfPlane<'_, S, L> {
    const WIDE: bool = L == 16;

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { grid, used, products, line, result, values, scratch } = self;
        let laid = if grid.starts_aside() { &mut *scratch } else { &mut *values };
        grid.collect_line(products, line, laid);
        // What is added to the mean is added everywhere.
        if let Some(mean) = laid.first_mut() {
            *mean = mean.map(|part| sum(&part, &result.bias));
        }
        grid.transform::<FUSED>(used, true, values, scratch);
        if result.adds { grid.add(values, result) } else { grid.take(values, result) }
    }
}
