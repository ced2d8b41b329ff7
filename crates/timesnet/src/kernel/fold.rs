//! From samples' series to paired planes and back.

use rayon::prelude::*;

use super::grid::Grid;
use super::lanes::{Element, blocks, elements, elements_mut};
use super::plane::Plane;
use super::pool::Buffer;
use super::scalar::{Job, Scalar, multiply_add, vectorised};

/// Folds samples `[len, channels]`, each times its `scale`, into paired planes.
pub(crate) fn fold<S: Scalar, const L: usize>(
    grid: &Grid<S, L>,
    series: &[&[S]],
    channels: usize,
    scale: impl Fn(usize) -> S + Sync,
) -> Buffer<S> {
    let (plane, blocks, size) = (grid.plane(), blocks::<L>(channels), grid.plane_size());
    let mut planes = grid.pool.any(series.len().div_ceil(2) * blocks * size);
    // Beyond the series, beyond the channels, and where an odd last sample has no partner.
    let padded = plane.rows * plane.cols > plane.len || !channels.is_multiple_of(L);
    planes.par_chunks_exact_mut(blocks * size).zip(series.par_chunks(2)).enumerate().for_each(
        |(pair, (planes, series))| {
            if padded || series.len() < 2 {
                planes.fill(S::default());
            }
            let scale = [0, 1].map(|half| scale(2 * pair + half));
            let planes = elements_mut::<S, L>(planes);
            vectorised(Fold { plane, channels, series, scale, planes });
        },
    );
    planes
}

/// Undoes [`fold`], cutting the padding off: adds each sample, times its `scale`, to that of `into`.
pub(crate) fn unfold<S: Scalar, const L: usize>(
    grid: &Grid<S, L>,
    planes: &[S],
    channels: usize,
    scale: impl Fn(usize) -> S + Sync,
    into: &mut [&mut [S]],
) {
    let (plane, size) = (grid.plane(), blocks::<L>(channels) * grid.plane_size());
    let pairs = into.par_chunks_mut(2).enumerate();
    pairs.zip(planes.par_chunks_exact(size)).for_each(|((pair, series), planes)| {
        let scale = [0, 1].map(|half| scale(2 * pair + half));
        vectorised(Unfold::<S, L> { plane, channels, planes: elements(planes), scale, series });
    });
}

/// A pair's series into its planes, `[block][pixel]`.
struct Fold<'a, S, const L: usize> {
    plane: &'a Plane,
    channels: usize,
    series: &'a [&'a [S]],
    scale: [S; 2],
    planes: &'a mut [Element<S, L>],
}

impl<S: Scalar, const L: usize> Job for Fold<'_, S, L> {
    const WIDE: bool = L == 16;

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // the form that becomes vector instructions
    fn run<const FUSED: bool>(self) {
        let Self { plane, channels, series, scale, planes } = self;
        let pixels = plane.rows * plane.cols;
        for (half, series) in series.iter().enumerate() {
            let scale = scale[half];
            for (time, sample) in series.chunks_exact(channels).enumerate() {
                let pixel = plane.pixel(time);
                let (whole, rest) = sample.as_chunks::<L>();
                for (block, from) in whole.iter().enumerate() {
                    // In a value of its own: the compiler cannot tell that what is written is not
                    // read. So below.
                    let mut scaled = *from;
                    for n in 0..L {
                        scaled[n] = scale * scaled[n];
                    }
                    planes[block * pixels + pixel][half] = scaled;
                }
                if !rest.is_empty() {
                    let to = &mut planes[whole.len() * pixels + pixel][half];
                    to.iter_mut().zip(rest).for_each(|(to, from)| *to = scale * *from);
                }
            }
        }
    }
}

/// A pair's planes into its series.
struct Unfold<'a, 'b, S, const L: usize> {
    plane: &'a Plane,
    channels: usize,
    planes: &'a [Element<S, L>],
    scale: [S; 2],
    series: &'a mut [&'b mut [S]],
}

impl<S: Scalar, const L: usize> Job for Unfold<'_, '_, S, L> {
    const WIDE: bool = L == 16;

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // the form that becomes vector instructions
    fn run<const FUSED: bool>(self) {
        let Self { plane, channels, planes, scale, series } = self;
        let pixels = plane.rows * plane.cols;
        for (half, series) in series.iter_mut().enumerate() {
            let scale = scale[half];
            for (time, sample) in series.chunks_exact_mut(channels).enumerate() {
                let pixel = plane.pixel(time);
                let (whole, rest) = sample.as_chunks_mut::<L>();
                let count = whole.len();
                for (block, to) in whole.iter_mut().enumerate() {
                    let from = &planes[block * pixels + pixel][half];
                    let mut sum = *to;
                    for n in 0..L {
                        sum[n] = multiply_add::<S, FUSED>(scale, from[n], sum[n]);
                    }
                    *to = sum;
                }
                if !rest.is_empty() {
                    for (to, &from) in rest.iter_mut().zip(&planes[count * pixels + pixel][half]) {
                        *to = multiply_add::<S, FUSED>(scale, from, *to);
                    }
                }
            }
        }
    }
}
