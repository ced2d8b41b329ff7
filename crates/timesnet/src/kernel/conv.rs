//! Convolution of a plane: one register tile, used for the output, the input's gradient and the
//! weights' gradient.
//!
//! No image is ever unrolled: because channels are last and rows carry a halo, the samples under
//! one kernel row are contiguous, and moving one column on is a step of `channels` values. A row of
//! the plane is therefore already a matrix with overlapping rows.

use super::plane::Plane;
use super::scalar::{Job, Scalar, multiply_add, vectorised};

/// Calls a const-generic function with the tile height that fits.
macro_rules! by_height {
    ($m:expr, $max:literal, $f:ident, $n:literal, $($arg:expr),*) => {
        match $m {
            1 => $f::<S, FUSED, 1, $n>($($arg),*),
            2 => $f::<S, FUSED, 2, $n>($($arg),*),
            3 => $f::<S, FUSED, 3, $n>($($arg),*),
            4 => $f::<S, FUSED, 4, $n>($($arg),*),
            5 => $f::<S, FUSED, 5, $n>($($arg),*),
            _ => $f::<S, FUSED, 6, $n>($($arg),*),
        }
    };
}

/// Tallest tile: six rows of sixteen fill the sixteen 256-bit registers.
const TALLEST: usize = 6;

/// Width of the tile for a number of output channels (a multiple of eight).
pub(crate) fn tile_width(channels: usize) -> usize {
    if channels.is_multiple_of(16) { 16 } else { 8 }
}

/// Cuts `0..len` into runs of at most [`TALLEST`] whose lengths differ by at most one.
#[inline(always)]
fn runs(len: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = len.div_ceil(TALLEST).max(1);
    let (base, longer) = (len / count, len % count);
    (0..count).map(move |i| {
        let start = i * base + i.min(longer);
        (start, base + usize::from(i < longer))
    })
}

/// What a convolution is computed from; `src` and the result are planes with halo.
pub(crate) struct Conv<'a, S> {
    pub(crate) plane: Plane,
    /// Padded number of channels of the source.
    pub(crate) inputs: usize,
    /// Padded number of channels of the result.
    pub(crate) outputs: usize,
    pub(crate) src: &'a [S],
}

impl<S: Scalar> Conv<'_, S> {
    /// Side of the kernel.
    #[inline(always)]
    fn side(&self) -> usize {
        2 * self.plane.halo + 1
    }

    /// Values of one kernel row across all inputs.
    #[inline(always)]
    fn depth(&self) -> usize {
        self.side() * self.inputs
    }

    /// Kernel rows that meet the plane at output row `row`.
    #[inline(always)]
    fn kernel_rows(&self, row: usize) -> std::ops::Range<usize> {
        let halo = self.plane.halo;
        halo.saturating_sub(row)..self.side().min(self.plane.rows + halo - row)
    }

    #[inline(always)]
    fn src_row(&self, row: usize) -> &[S] {
        let len = self.plane.row_len(self.inputs);
        &self.src[row * len..(row + 1) * len]
    }

    /// The convolution with `weights` ([`super::weights`] says their order) plus `bias`; the halo
    /// of the result is zero.
    pub(crate) fn apply(&self, weights: &[S], bias: &[S]) -> Vec<S> {
        let mut dst = vec![S::default(); self.plane.size(self.outputs)];
        let (conv, dst_rows) = (self, dst.as_mut_slice());
        vectorised(Apply { conv, weights, bias, dst: dst_rows });
        dst
    }

    #[inline(always)]
    fn apply_rows<const FUSED: bool>(&self, weights: &[S], bias: &[S], dst: &mut [S]) {
        let row_len = self.plane.row_len(self.outputs);
        let width = tile_width(self.outputs);
        let strip_len = self.side() * self.depth() * width;
        for (row, dst_row) in dst.chunks_exact_mut(row_len).enumerate() {
            for (strip, (w, b)) in
                weights.chunks_exact(strip_len).zip(bias.chunks_exact(width)).enumerate()
            {
                for (col, height) in runs(self.plane.cols) {
                    let to = (self.plane.halo + col) * self.outputs + strip * width;
                    let to = &mut dst_row[to..];
                    if width == 16 {
                        by_height!(height, 6, output_tile, 16, self, w, b, row, col, to);
                    } else {
                        by_height!(height, 6, output_tile, 8, self, w, b, row, col, to);
                    }
                }
            }
        }
    }

    /// Adds the gradient of the weights to `into` (same order as the weights), given the result's
    /// gradient as a plane with halo.
    pub(crate) fn weight_gradient(&self, grad: &[S], into: &mut [S]) {
        vectorised(WeightGradient { conv: self, grad, into });
    }

    #[inline(always)]
    fn weight_strips<const FUSED: bool>(&self, grad: &[S], into: &mut [S]) {
        let (depth, width) = (self.depth(), tile_width(self.outputs));
        for (strip, rows) in into.chunks_exact_mut(self.side() * depth * width).enumerate() {
            for (kernel_row, w) in rows.chunks_exact_mut(depth * width).enumerate() {
                for (from, height) in runs(depth) {
                    let at = (kernel_row, from, strip * width);
                    let to = &mut w[from * width..];
                    if width == 16 {
                        by_height!(height, 6, weight_tile, 16, self, grad, at, to);
                    } else {
                        by_height!(height, 6, weight_tile, 8, self, grad, at, to);
                    }
                }
            }
        }
    }
}

struct Apply<'a, S> {
    conv: &'a Conv<'a, S>,
    weights: &'a [S],
    bias: &'a [S],
    dst: &'a mut [S],
}

impl<S: Scalar> Job for Apply<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        self.conv.apply_rows::<FUSED>(self.weights, self.bias, self.dst);
    }
}

struct WeightGradient<'a, S> {
    conv: &'a Conv<'a, S>,
    grad: &'a [S],
    into: &'a mut [S],
}

impl<S: Scalar> Job for WeightGradient<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        self.conv.weight_strips::<FUSED>(self.grad, self.into);
    }
}

/// One row of the tile. Passed by value: through references the compiler keeps the sums in memory
/// and the tile runs twenty times slower.
#[derive(Clone, Copy)]
struct Lanes<S, const N: usize>([S; N]);

impl<S: Scalar, const N: usize> Lanes<S, N> {
    #[inline(always)]
    fn read(from: &[S]) -> Self {
        Self(std::array::from_fn(|n| from[n]))
    }

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // the form that becomes one vector instruction
    fn add_product<const FUSED: bool>(self, x: S, w: &[S; N]) -> Self {
        let mut sum = self.0;
        for n in 0..N {
            sum[n] = multiply_add::<S, FUSED>(x, w[n], sum[n]);
        }
        Self(sum)
    }
}

/// `M` neighbouring columns of `N` output channels.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // as in `Lanes`: iterators would keep the sums in memory
fn output_tile<S: Scalar, const FUSED: bool, const M: usize, const N: usize>(
    conv: &Conv<'_, S>,
    weights: &[S],
    bias: &[S],
    row: usize,
    col: usize,
    dst: &mut [S],
) {
    let depth = conv.depth();
    let mut sum = [Lanes::<S, N>::read(bias); M];
    for kernel_row in conv.kernel_rows(row) {
        let src = conv.src_row(row + kernel_row - conv.plane.halo);
        let src: [&[S]; M] = std::array::from_fn(|m| &src[(col + m) * conv.inputs..][..depth]);
        let w = weights[kernel_row * depth * N..][..depth * N].as_chunks::<N>().0;
        for (i, w) in w.iter().enumerate() {
            for m in 0..M {
                sum[m] = sum[m].add_product::<FUSED>(src[m][i], w);
            }
        }
    }
    for (to, sum) in dst.chunks_mut(conv.outputs).zip(&sum) {
        to[..N].copy_from_slice(&sum.0);
    }
}

/// `M` neighbouring values of a kernel row by `N` output channels, summed over the plane.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // as above
fn weight_tile<S: Scalar, const FUSED: bool, const M: usize, const N: usize>(
    conv: &Conv<'_, S>,
    grad: &[S],
    (kernel_row, from, channel): (usize, usize, usize),
    into: &mut [S],
) {
    let (plane, halo) = (&conv.plane, conv.plane.halo);
    let grad_len = plane.row_len(conv.outputs);
    let mut sum: [Lanes<S, N>; M] = std::array::from_fn(|m| Lanes::read(&into[m * N..]));
    for row in 0..plane.rows {
        if !conv.kernel_rows(row).contains(&kernel_row) {
            continue;
        }
        let src = &conv.src_row(row + kernel_row - halo)[from..];
        let grad = &grad[row * grad_len + halo * conv.outputs + channel..(row + 1) * grad_len];
        let pairs = src.chunks(conv.inputs).zip(grad.chunks(conv.outputs));
        for (src, grad) in pairs.take(plane.cols) {
            let (Some(src), Some(grad)) = (src.first_chunk::<M>(), grad.first_chunk::<N>()) else {
                continue;
            };
            for m in 0..M {
                sum[m] = sum[m].add_product::<FUSED>(src[m], grad);
            }
        }
    }
    for (to, sum) in into.chunks_exact_mut(N).zip(&sum) {
        to.copy_from_slice(&sum.0);
    }
}
