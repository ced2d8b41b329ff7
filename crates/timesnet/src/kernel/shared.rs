//! One period of a whole batch, by way of the frequency domain.
//!
//! Where all samples of a batch are folded at the same period they share the kernel's spectrum,
//! and a product of spectra takes a small part of the direct sum's multiplications.

use rayon::prelude::*;

use super::fft::{ELEMENT, LANES};
use super::fold::{fold, unfold};
use super::grid::{Cut, Grid, blocks};
use super::packed::padded;
use super::plane::{Plane, padded_channels};
use super::pool::{Buffer, Pool, Workspace};
use super::scalar::{Scalar, gelu_backward, gelu_into};
use super::shape::BlockShape;
use super::tiling::{Tiling, Work};
use super::weights::KernelShape;

/// What a branch leaves for the backward pass.
pub(crate) struct SharedBranch<S: Scalar> {
    pub(crate) period: usize,
    tiling: Tiling,
    /// Before the activation, as paired planes.
    hidden: Buffer<S>,
}

/// Values that the activation is computed for at a time.
const CHUNK: usize = 1 << 12;

/// The tiles for `samples` samples at one period, where the frequency domain is the cheaper way.
/// Counts multiplications; depends on nothing but sizes.
pub(crate) fn tiling_where_cheaper(
    shape: &BlockShape,
    samples: usize,
    period: usize,
) -> Option<Tiling> {
    let plane = Plane::new(shape.len, period, shape.side);
    let (outer, inner) = (padded_channels(shape.outer), padded_channels(shape.inner));
    let work = Work { outer, inner, pairs: samples.div_ceil(2) };
    let tiling = Tiling::cheapest(&plane, shape.side, &work);
    let reach = (shape.side / 2) as f64;
    let rows = plane.rows as f64;
    let met = (0..plane.rows)
        .map(|row| (row as f64).min(reach) + (rows - 1.0 - row as f64).min(reach) + 1.0)
        .sum::<f64>();
    let taps = samples as f64 * met * plane.cols as f64 * shape.side as f64;
    let direct = taps * 2.0 * outer as f64 * inner as f64;
    (tiling.cost(&work) < direct).then_some(tiling)
}

fn grid<S: Scalar>(shape: &BlockShape, period: usize, tiling: Tiling, pool: &Pool<S>) -> Grid<S> {
    let plane = Plane { halo: 0, ..Plane::new(shape.len, period, shape.side) };
    Grid::new(plane, tiling, pool)
}

/// Runs one period of the batch `series`. The output `[sample, len, outer]` and, where `keep`, what
/// [`backward`] needs.
pub(crate) fn forward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    (period, tiling): (usize, Tiling),
    workspace: &Workspace<S>,
    keep: bool,
) -> (Buffer<S>, Option<SharedBranch<S>>) {
    let pool = &workspace.pool;
    let waiting = if keep { &workspace.kept } else { pool };
    let grid = grid(shape, period, tiling, pool);
    let [w1, b1, w2, b2] = shape.split(parameters);
    let (first, second) = (shape.first(), shape.second());
    let spectra =
        grid.spectra(&fold(&grid, series, shape.outer, |_| S::of(1.0)), shape.outer, Cut::Forward);
    let products = grid.multiply(&spectra, &grid.kernel_spectra(first, w1), first);
    drop(spectra);
    let hidden = grid.planes(&products, shape.inner, Cut::Forward, Some(&padded(b1)), waiting);
    drop(products);
    let active = activated(&hidden, pool);
    let kept = keep.then_some(SharedBranch { period, tiling, hidden });
    let spectra = grid.spectra(&active, shape.inner, Cut::Forward);
    drop(active);
    let products = grid.multiply(&spectra, &grid.kernel_spectra(second, w2), second);
    drop(spectra);
    let result = grid.planes(&products, shape.outer, Cut::Forward, Some(&padded(b2)), pool);
    let mut output = pool.any(series.len());
    unfold(&grid, &result, shape.outer, &mut output, |to, from| *to = from);
    (output, kept)
}

fn activated<S: Scalar>(hidden: &[S], pool: &Pool<S>) -> Buffer<S> {
    let mut active = pool.any(hidden.len());
    active
        .par_chunks_mut(CHUNK)
        .zip(hidden.par_chunks(CHUNK))
        .for_each(|(to, from)| gelu_into(from, to));
    active
}

/// The kernels whose convolutions are the adjoints of a block's.
pub(crate) struct Adjoint<S> {
    first: (KernelShape, Vec<S>),
    second: (KernelShape, Vec<S>),
}

impl<S: Scalar> Adjoint<S> {
    pub(crate) fn new(shape: &BlockShape, parameters: &[S]) -> Self {
        let [w1, _, w2, _] = shape.split(parameters);
        Self { first: shape.first().adjoint(w1), second: shape.second().adjoint(w2) }
    }
}

/// Adds the gradients of the series and the parameters that come through one period; `weight` is
/// each sample's share of it. Returns for each sample (an odd last one has a partner of zeros) the
/// product of `grad` with what the branch gave to the output, but for the second bias, which all
/// branches have in common.
#[allow(clippy::too_many_arguments)] // one call site; a struct would only rename the arguments
pub(crate) fn backward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    adjoint: &Adjoint<S>,
    branch: &SharedBranch<S>,
    weight: impl Fn(usize) -> S + Sync,
    grad: &[S],
    pool: &Pool<S>,
    (series_grad, parameter_grad): (&mut [S], &mut [S]),
) -> Vec<f64> {
    let hidden = &branch.hidden;
    let grid = grid(shape, branch.period, branch.tiling, pool);
    let [dw1, db1, dw2, db2] = shape.split_mut(parameter_grad);

    let result_grad =
        grid.spectra(&fold(&grid, grad, shape.outer, weight), shape.outer, Cut::Adjoint);
    let active = grid.spectra(&activated(hidden, pool), shape.inner, Cut::Forward);
    grid.kernel_gradient(&active, &result_grad, shape.second(), dw2);
    drop(active);
    grid.add_sums(&result_grad, shape.outer, db2);

    let (back, turned) = &adjoint.second;
    let products = grid.multiply(&result_grad, &grid.kernel_spectra(*back, turned), *back);
    drop(result_grad);
    let mut hidden_grad = grid.planes(&products, shape.inner, Cut::Adjoint, None, pool);
    drop(products);
    let pair = blocks(shape.inner) * grid.plane_size();
    let through = activation_backward(hidden, &mut hidden_grad, pair);
    let hidden_grad = grid.spectra(&hidden_grad, shape.inner, Cut::Adjoint);

    let folded = fold(&grid, series, shape.outer, |_| S::of(1.0));
    let folded = grid.spectra(&folded, shape.outer, Cut::Forward);
    grid.kernel_gradient(&folded, &hidden_grad, shape.first(), dw1);
    drop(folded);
    grid.add_sums(&hidden_grad, shape.inner, db1);

    let (back, turned) = &adjoint.first;
    let products = grid.multiply(&hidden_grad, &grid.kernel_spectra(*back, turned), *back);
    drop(hidden_grad);
    let folded_grad = grid.planes(&products, shape.outer, Cut::Adjoint, None, pool);
    unfold(&grid, &folded_grad, shape.outer, series_grad, |to, from| *to = *to + from);
    through
}

/// Through the activation of paired planes, in place. ⟨conv₂(active), grad⟩ is ⟨active, conv₂ᵀ(grad)⟩,
/// so that the output need not be kept for it.
fn activation_backward<S: Scalar>(hidden: &[S], grad: &mut [S], pair: usize) -> Vec<f64> {
    let of_pair = |(grad, at): (&mut [S], &[S])| {
        let chunks = grad.par_chunks_mut(CHUNK).zip(at.par_chunks(CHUNK));
        // Gathered, then added in order: the sum must not depend on the number of threads.
        let chunks: Vec<_> =
            chunks.map(|(grad, at)| gelu_backward::<S, ELEMENT>(at, grad)).collect();
        let half = |from: usize| chunks.iter().flat_map(|sums| &sums[from..from + LANES]).sum();
        [half(0), half(LANES)]
    };
    let pairs: Vec<[f64; 2]> =
        grad.par_chunks_exact_mut(pair).zip(hidden.par_chunks_exact(pair)).map(of_pair).collect();
    pairs.into_flattened()
}
