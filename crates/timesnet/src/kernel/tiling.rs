//! How a plane is cut for circular convolutions.
//!
//! A long row is cut into tiles of which each is convolved on a small grid (overlap-save forward,
//! overlap-add for the adjoint; Oppenheim & Schafer, Discrete-Time Signal Processing, section
//! 8.7.3): transforms are short, the kernel's spectrum is small, and all tiles share it.

use super::fft::smooth_len;
use super::plane::Plane;

/// Multiplications that one value's part in one radix-two step of a transform takes as long as.
const TRANSFORM_STEP: f64 = 8.0;

/// A plane's tiles and the grid that each is laid on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tiling {
    /// How far the kernel reaches over rows and columns.
    pub(crate) reach: (usize, usize),
    /// Rows and columns of the grid.
    pub(crate) grid: (usize, usize),
    /// Columns of the plane in one tile; the last may have fewer.
    pub(crate) width: usize,
    pub(crate) count: usize,
}

/// What is to be convolved: channels rounded up, pairs of samples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) outer: usize,
    pub(crate) inner: usize,
    pub(crate) pairs: usize,
}

impl Tiling {
    /// At most `count` tiles of equal width; the last may be narrower.
    pub(crate) fn new(plane: &Plane, side: usize, count: usize) -> Self {
        let reach = |cells: usize| (side / 2).min(cells - 1);
        let reach = (reach(plane.rows), reach(plane.cols));
        let width = plane.cols.div_ceil(count.max(1));
        let count = plane.cols.div_ceil(width);
        // Beside the only tile of a row there is nothing on either side: one margin serves both.
        let margin = if count == 1 { reach.1 } else { 2 * reach.1 };
        let grid = (smooth_len(plane.rows + reach.0), smooth_len(width + margin));
        Self { reach, grid, width, count }
    }

    /// The one with the least work.
    pub(crate) fn cheapest(plane: &Plane, side: usize, work: &Work) -> Self {
        let most = plane.cols.div_ceil(side.max(4));
        let tilings = (1..=most.max(1)).map(|count| Self::new(plane, side, count));
        let first = Self::new(plane, side, 1);
        tilings.min_by(|a, b| a.cost(work).total_cmp(&b.cost(work))).unwrap_or(first)
    }

    pub(crate) fn frequencies(&self) -> usize {
        self.grid.0 * self.grid.1
    }

    /// Multiplications of both convolutions of a block, forward. Depends on nothing but sizes.
    pub(crate) fn cost(&self, work: &Work) -> f64 {
        let (outer, inner) = (work.outer as f64, work.inner as f64);
        let frequencies = self.frequencies() as f64;
        let grids = (work.pairs * self.count) as f64;
        let transform = TRANSFORM_STEP * frequencies * (2.0 + frequencies.log2());
        2.0 * grids * frequencies * outer * inner * 4.0
            + transform * grids * 2.0 * (outer + inner)
            + transform * outer * inner
    }

    /// First column of a tile, its width, and how many columns before and after it the kernel
    /// reaches.
    pub(crate) fn tile(&self, plane: &Plane, index: usize) -> Tile {
        let first = index * self.width;
        let width = self.width.min(plane.cols - first);
        let before = self.reach.1.min(first);
        let after = self.reach.1.min(plane.cols - first - width);
        Tile { first, width, before, after }
    }
}

/// Columns of one tile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tile {
    pub(crate) first: usize,
    pub(crate) width: usize,
    /// Neighbours within the kernel's reach.
    pub(crate) before: usize,
    pub(crate) after: usize,
}
