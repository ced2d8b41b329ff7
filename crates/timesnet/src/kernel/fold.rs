//! From a batch's series to paired planes and back.

use rayon::prelude::*;

use super::fft::{ELEMENT, LANES};
use super::grid::{Grid, blocks};
use super::plane::padded_channels;
use super::pool::Buffer;
use super::scalar::Scalar;

/// Folds a batch `[sample, len, channels]`, each sample times its `scale`, into paired planes.
pub(crate) fn fold<S: Scalar>(
    grid: &Grid<S>,
    series: &[S],
    channels: usize,
    scale: impl Fn(usize) -> S + Sync,
) -> Buffer<S> {
    let (plane, blocks, size) = (grid.plane(), blocks(channels), grid.plane_size());
    let per_sample = plane.len * channels;
    let pairs = (series.len() / per_sample).div_ceil(2);
    let mut planes = grid.pool.any(pairs * blocks * size);
    // Beyond the series, beyond the channels, and where an odd last sample has no partner.
    let padded = plane.rows * plane.cols > plane.len || !channels.is_multiple_of(LANES);
    planes
        .par_chunks_exact_mut(blocks * size)
        .zip(series.par_chunks(2 * per_sample))
        .enumerate()
        .for_each(|(pair, (planes, series))| {
            if padded || series.len() < 2 * per_sample {
                planes.fill(S::default());
            }
            for (half, series) in series.chunks_exact(per_sample).enumerate() {
                let scale = scale(2 * pair + half);
                for (time, sample) in series.chunks_exact(channels).enumerate() {
                    let pixel = plane.pixel(time) * ELEMENT + half * LANES;
                    for (block, from) in sample.chunks(LANES).enumerate() {
                        let at = block * size + pixel;
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
    grid: &Grid<S>,
    planes: &[S],
    channels: usize,
    into: &mut [S],
    take: impl Fn(&mut S, S) + Sync,
) {
    let (plane, blocks, size) = (grid.plane(), blocks(channels), grid.plane_size());
    let per_sample = plane.len * channels;
    debug_assert_eq!(padded_channels(channels), blocks * LANES);
    into.par_chunks_mut(2 * per_sample).zip(planes.par_chunks_exact(blocks * size)).for_each(
        |(into, planes)| {
            for (half, into) in into.chunks_exact_mut(per_sample).enumerate() {
                for (time, sample) in into.chunks_exact_mut(channels).enumerate() {
                    let pixel = plane.pixel(time) * ELEMENT + half * LANES;
                    for (block, to) in sample.chunks_mut(LANES).enumerate() {
                        let at = block * size + pixel;
                        for (to, &from) in to.iter_mut().zip(&planes[at..at + LANES]) {
                            take(to, from);
                        }
                    }
                }
            }
        },
    );
}
