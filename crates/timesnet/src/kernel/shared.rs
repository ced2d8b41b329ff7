//! One period of a whole batch, by way of the frequency domain.
//!
//! Where all samples of a batch are folded at the same period they share the kernel's spectrum,
//! and a product of spectra takes a small part of the direct sum's multiplications.

use super::block::BlockShape;
use super::grid::{Grid, blocks, fold, unfold};
use super::plane::{Plane, padded_channels};
use super::scalar::{Scalar, gelu, gelu_backward, gelu_into};
use rayon::prelude::*;

/// What a branch leaves for the backward pass.
pub(crate) struct SharedBranch<S> {
    pub(crate) period: usize,
    /// Before the activation, as paired planes; empty where no gradient is wanted.
    hidden: Vec<S>,
    /// The branch's output, `[sample, len, outer]`.
    pub(crate) output: Vec<S>,
}

/// Values that the activation is computed for at a time.
const CHUNK: usize = 1 << 14;

/// Whether the frequency domain is the cheaper way for `samples` samples at one period. Counts
/// multiplications; depends on nothing but sizes.
pub(crate) fn pays(shape: &BlockShape, samples: usize, period: usize) -> bool {
    let plane = Plane::new(shape.len, period, shape.side);
    let (outer, inner) = (padded_channels(shape.outer) as f64, padded_channels(shape.inner) as f64);
    let frequencies = Grid::<f32>::frequencies_of(shape.len, period, shape.side) as f64;
    let reach = (shape.side / 2) as f64;
    let rows = plane.rows as f64;
    let met = (0..plane.rows)
        .map(|row| (row as f64).min(reach) + (rows - 1.0 - row as f64).min(reach) + 1.0)
        .sum::<f64>();
    let direct = samples as f64 * met * plane.cols as f64 * shape.side as f64 * 2.0 * outer * inner;
    let pairs = samples.div_ceil(2) as f64;
    let transform = 8.0 * frequencies * (2.0 + frequencies.log2());
    let spectral = 2.0 * pairs * frequencies * outer * inner * 4.0
        + transform * pairs * 2.0 * (outer + inner)
        + transform * outer * inner;
    spectral < direct
}

/// Runs one period of the batch `series`.
pub(crate) fn forward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    period: usize,
    keep: bool,
) -> SharedBranch<S> {
    let grid = Grid::new(shape.len, period, shape.side);
    let [w1, b1, w2, b2] = shape.split(parameters);
    let folded = fold(grid.plane(), series, shape.outer, |_| S::of(1.0));
    let kernel = grid.kernel_spectra(shape.first(), w1);
    let products = grid.multiply(&grid.spectra(&folded), &kernel, shape.first());
    let lines = folded.len() / (grid.pixels() * 16) / blocks(shape.outer);
    let mut active = grid.planes(&products, lines * blocks(shape.inner), &padded(b1));
    let hidden = if keep { active.clone() } else { Vec::new() };
    active.par_chunks_mut(CHUNK).for_each(gelu);
    let kernel = grid.kernel_spectra(shape.second(), w2);
    let products = grid.multiply(&grid.spectra(&active), &kernel, shape.second());
    let result = grid.planes(&products, lines * blocks(shape.outer), &padded(b2));
    let mut output = vec![S::default(); series.len()];
    unfold(grid.plane(), &result, shape.outer, &mut output, |_, to, from| *to = from);
    SharedBranch { period, hidden, output }
}

/// Adds the gradients of the series and the parameters that come through one period; `weight` is
/// each sample's share of it.
pub(crate) fn backward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    branch: &SharedBranch<S>,
    weight: impl Fn(usize) -> S + Sync,
    grad: &[S],
    (series_grad, parameter_grad): (&mut [S], &mut [S]),
) {
    let grid = Grid::new(shape.len, branch.period, shape.side);
    let [w1, _, w2, _] = shape.split(parameters);
    let [dw1, db1, dw2, db2] = shape.split_mut(parameter_grad);
    let no_bias = vec![S::default(); padded_channels(shape.outer.max(shape.inner))];

    let result_grad = grid.spectra(&fold(grid.plane(), grad, shape.outer, weight));
    let mut active = vec![S::default(); branch.hidden.len()];
    active
        .par_chunks_mut(CHUNK)
        .zip(branch.hidden.par_chunks(CHUNK))
        .for_each(|(to, from)| gelu_into(from, to));
    grid.kernel_gradient(&grid.spectra(&active), &result_grad, shape.second(), dw2);
    grid.add_sums(&result_grad, shape.outer, db2);

    let (back, turned) = shape.second().adjoint(w2);
    let kernel = grid.kernel_spectra(back, &turned);
    let products = grid.multiply(&result_grad, &kernel, back);
    let pairs = active.len() / (grid.pixels() * 16) / blocks(shape.inner);
    drop((active, result_grad));
    let bias = &no_bias[..padded_channels(shape.inner)];
    let mut hidden_grad = grid.planes(&products, pairs * blocks(shape.inner), bias);
    hidden_grad
        .par_chunks_mut(CHUNK)
        .zip(branch.hidden.par_chunks(CHUNK))
        .for_each(|(grad, at)| gelu_backward(at, grad));

    let hidden_grad = grid.spectra(&hidden_grad);
    let folded = grid.spectra(&fold(grid.plane(), series, shape.outer, |_| S::of(1.0)));
    grid.kernel_gradient(&folded, &hidden_grad, shape.first(), dw1);
    grid.add_sums(&hidden_grad, shape.inner, db1);

    let (back, turned) = shape.first().adjoint(w1);
    let kernel = grid.kernel_spectra(back, &turned);
    let products = grid.multiply(&hidden_grad, &kernel, back);
    let bias = &no_bias[..padded_channels(shape.outer)];
    let folded_grad = grid.planes(&products, pairs * blocks(shape.outer), bias);
    unfold(grid.plane(), &folded_grad, shape.outer, series_grad, |_, to, from| *to = *to + from);
}

fn padded<S: Scalar>(bias: &[S]) -> Vec<S> {
    let mut padded = bias.to_vec();
    padded.resize(padded_channels(bias.len()), S::default());
    padded
}
