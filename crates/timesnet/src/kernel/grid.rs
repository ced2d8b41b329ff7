//! The circular grid that the tiles of a plane are transformed on.

use super::fft::Fft;
use super::lanes::{Element, Lanes, elements_mut};
use super::plane::Plane;
use super::pool::{Buffer, Pool};
use super::scalar::{Job, Scalar, vectorised};
use super::tiling::Tiling;
use super::vectors::{Arrays, Vectors};

/// Frequencies that a product is computed for together. Fixed, so that results do not depend on
/// the number of threads.
pub(crate) const RUN: usize = 8;

/// Of a transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Inverse,
}

/// The circular grid of a plane's tiles, in elements of `L` channels.
pub(crate) struct Grid<S, const L: usize> {
    plane: Plane,
    tiling: Tiling,
    /// Each frequency with its opposite, once: where real weights' spectra are kept, which are
    /// conjugate there.
    halves: Vec<(usize, usize)>,
    /// Along a row, across the rows.
    along: Fft<S>,
    across: Fft<S>,
    pub(crate) pool: Pool<S>,
    /// Of small buffers.
    scratch: Pool<S>,
}

impl<S: Scalar, const L: usize> Grid<S, L> {
    pub(crate) fn new(plane: Plane, tiling: Tiling, pool: &Pool<S>) -> Self {
        let (rows, cols) = tiling.grid;
        let [across, along] = [rows, cols].map(|len| Fft::new(len, Lanes::of::<L>()));
        let opposite = |frequency: usize| {
            let (row, col) = (frequency / cols, frequency % cols);
            (frequency, (rows - row) % rows * cols + (cols - col) % cols)
        };
        let halves = (0..rows * cols).map(opposite).filter(|(own, other)| own <= other).collect();
        Self { plane, tiling, halves, along, across, pool: pool.clone(), scratch: Pool::new(1) }
    }

    /// Room for one transform.
    pub(super) fn scratch(&self) -> Buffer<S> {
        self.small(self.frequencies())
    }

    /// Room for some elements.
    pub(super) fn small(&self, elements: usize) -> Buffer<S> {
        self.scratch.any(elements * 2 * L)
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

    /// Values of one plane of a block of channels.
    pub(crate) fn plane_size(&self) -> usize {
        self.plane.rows * self.plane.cols * 2 * L
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
    #[inline(always)]
    pub(super) fn starts_aside(&self) -> bool {
        self.along.swaps() != self.across.swaps()
    }

    /// Transforms a whole grid from `values`, or from `scratch` where
    /// [`starts_aside`](Self::starts_aside), to `values`.
    #[inline(always)]
    pub(super) fn transform<const FUSED: bool>(
        &self,
        used: &[usize],
        inverse: bool,
        values: &mut [Element<S, L>],
        scratch: &mut [Element<S, L>],
    ) {
        match S::registers::<L>() {
            Some(registers) if FUSED => {
                self.transform_in(registers, used, inverse, values, scratch);
            }
            _ if FUSED && L == 8 => {
                self.transform_in(Arrays::<FUSED>, used, inverse, values, scratch);
            }
            _ => self.transform_plainly(used, inverse, values, scratch),
        }
    }

    /// For processors without vectors of `L` numbers. Compiled once, not in each job.
    #[inline(never)]
    fn transform_plainly(
        &self,
        used: &[usize],
        inverse: bool,
        values: &mut [Element<S, L>],
        scratch: &mut [Element<S, L>],
    ) {
        self.transform_in(Arrays::<false>, used, inverse, values, scratch);
    }

    #[inline(always)]
    fn transform_in<V: Vectors<S, L>>(
        &self,
        vectors: V,
        used: &[usize],
        inverse: bool,
        values: &mut [Element<S, L>],
        scratch: &mut [Element<S, L>],
    ) {
        let cols = self.along.len();
        let (mut now, mut other) =
            if self.starts_aside() { (scratch, values) } else { (values, scratch) };
        if inverse {
            self.across.run(vectors, now, other, cols);
            if self.across.swaps() {
                std::mem::swap(&mut now, &mut other);
            }
        }
        for &row in used {
            let range = row * cols..(row + 1) * cols;
            self.along.run(vectors, &mut now[range.clone()], &mut other[range], 1);
        }
        if self.along.swaps() {
            std::mem::swap(&mut now, &mut other);
        }
        if !inverse {
            if self.along.swaps() {
                for row in (0..self.across.len()).filter(|row| !used.contains(row)) {
                    now[row * cols..(row + 1) * cols].fill([[S::default(); L]; 2]);
                }
            }
            self.across.run(vectors, now, other, cols);
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
        lay: impl FnOnce(&mut [Element<S, L>]),
    ) {
        let (grid, scratch) = (elements_mut(grid), elements_mut(scratch));
        lay(if self.starts_aside() { scratch } else { grid });
        let inverse = direction == Direction::Inverse;
        vectorised(Transform { grid: self, used, values: grid, scratch, inverse });
    }
}

struct Transform<'a, S, const L: usize> {
    grid: &'a Grid<S, L>,
    used: &'a [usize],
    values: &'a mut [Element<S, L>],
    scratch: &'a mut [Element<S, L>],
    inverse: bool,
}

impl<S: Scalar, const L: usize> Job for Transform<'_, S, L> {
    const WIDE: bool = L == 16;

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        self.grid.transform::<FUSED>(self.used, self.inverse, self.values, self.scratch);
    }
}
