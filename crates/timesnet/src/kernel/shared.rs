//! One period of a whole batch, by way of the frequency domain.
//!
//! Where all samples of a batch are folded at the same period they share the kernel's spectrum,
//! and a product of spectra takes a small part of the direct sum's multiplications.

use rayon::prelude::*;

use super::fold::unfold;
use super::folded::{CHUNK, Folded};
use super::gelu::gelu_backward;
use super::lanes::{Lanes, blocks};
use super::packed::padded;
use super::plane::Plane;
use super::planes::Cut;
use super::pool::{Buffer, Pool, Workspace};
use super::scalar::Scalar;
use super::shape::BlockShape;
use super::tiling::{Tiling, Work};

/// What a branch leaves for the backward pass.
pub(crate) struct SharedBranch<S: Scalar> {
    pub(crate) period: usize,
    tiling: Tiling,
    lanes: Lanes,
    /// Before the activation, as paired planes; `None` where it is to be computed again.
    hidden: Option<Buffer<S>>,
}

/// Most values that a block keeps for its backward pass. Where a batch has more, they are computed
/// again, which costs a sixth of the arithmetic.
const KEPT: usize = 1 << 21;

/// The tiles for `samples` samples at one period, where the frequency domain is the cheaper way.
/// Counts multiplications; depends on nothing but sizes.
pub(crate) fn tiling_where_cheaper(
    shape: &BlockShape,
    samples: usize,
    period: usize,
) -> Option<Tiling> {
    let plane = Plane::new(shape.len, period, shape.side);
    let (outer, inner) = (Lanes::Eight.padded(shape.outer), Lanes::Eight.padded(shape.inner));
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

/// Whether a block can keep what comes before its activations at so many periods.
pub(crate) fn keeps(shape: &BlockShape, samples: usize, periods: usize) -> bool {
    periods * samples * shape.len * Lanes::Eight.padded(shape.inner) <= KEPT
}

/// Runs one period of the batch `series`. The output `[sample, len, outer]` and, where `keep` wants
/// it, what [`backward`] needs.
pub(crate) fn forward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    branch: (usize, Tiling),
    workspace: &Workspace<S>,
    keep: Keep,
) -> (Buffer<S>, Option<SharedBranch<S>>) {
    let lanes = workspace.lanes;
    let (output, hidden) = match lanes {
        Lanes::Eight => forward_in::<S, 8>(shape, series, parameters, branch, workspace, keep),
        Lanes::Sixteen => forward_in::<S, 16>(shape, series, parameters, branch, workspace, keep),
    };
    let (period, tiling) = branch;
    let branch = SharedBranch { period, tiling, lanes, hidden };
    (output, (keep != Keep::Nothing).then_some(branch))
}

/// In elements of `L` channels. The output, and what comes before the activation where `keep` wants all.
fn forward_in<S: Scalar, const L: usize>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    (period, tiling): (usize, Tiling),
    workspace: &Workspace<S>,
    keep: Keep,
) -> (Buffer<S>, Option<Buffer<S>>) {
    let pool = &workspace.pool;
    let samples = series.len() / (shape.len * shape.outer);
    let folded = Folded::<S, L>::new(shape, samples, (period, tiling), pool);
    let grid = &folded.grid;
    let [w1, b1, w2, b2] = shape.split(parameters);
    let (b1, b2) = (padded::<S, L>(b1), padded::<S, L>(b2));
    let (first, second) = (grid.kernel(shape.first(), w1), grid.kernel(shape.second(), w2));
    let all = folded.size(&(0..samples), shape.inner);
    let mut kept = (keep == Keep::All).then(|| workspace.kept.any(all));
    let mut output = pool.any(series.len());
    for piece in folded.pieces() {
        let mut own = None;
        let hidden = match &mut kept {
            Some(kept) => &mut kept[folded.planes(&piece, shape.inner)],
            None => &mut own.insert(pool.any(folded.size(&piece, shape.inner)))[..],
        };
        folded.hidden(series, &piece, &first, &b1, hidden);
        let spectra = folded.active(hidden);
        drop(own);
        let products = grid.multiply(&spectra, &second);
        drop(spectra);
        let mut result = pool.any(folded.size(&piece, shape.outer));
        grid.planes(&products, shape.outer, Cut::Forward, Some(&b2), &mut result);
        let output = &mut output[folded.series(&piece)];
        unfold(grid, &result, shape.outer, output, false);
    }
    (output, kept)
}

/// What a forward pass leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// No gradient is wanted.
    Nothing,
    /// The backward pass is to compute again what comes before the activations.
    Periods,
    All,
}

/// Adds the gradients of the series and the parameters that come through one period; `weight` is
/// each sample's share of it. Returns for each sample (an odd last one has a partner of zeros) the
/// product of `grad` with what the branch gave to the output, but for the second bias, which all
/// branches have in common.
#[allow(clippy::too_many_arguments)] // one call site; a struct would only rename the arguments
pub(crate) fn backward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    branch: SharedBranch<S>,
    weight: impl Fn(usize) -> S + Sync,
    grad: &[S],
    pool: &Pool<S>,
    into: (&mut [S], &mut [S]),
) -> Vec<f64> {
    let weights = (weight, grad);
    match branch.lanes {
        Lanes::Eight => backward_in::<S, 8>(shape, series, parameters, branch, weights, pool, into),
        Lanes::Sixteen => {
            backward_in::<S, 16>(shape, series, parameters, branch, weights, pool, into)
        }
    }
}

fn backward_in<S: Scalar, const L: usize>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    branch: SharedBranch<S>,
    (weight, grad): (impl Fn(usize) -> S + Sync, &[S]),
    pool: &Pool<S>,
    (series_grad, parameter_grad): (&mut [S], &mut [S]),
) -> Vec<f64> {
    let samples = series.len() / (shape.len * shape.outer);
    let folded = Folded::<S, L>::new(shape, samples, (branch.period, branch.tiling), pool);
    let mut hidden = match branch.hidden {
        Some(kept) => kept,
        None => folded.all_hidden(series, parameters),
    };
    let through =
        backward_second(&folded, parameters, &mut hidden, (grad, &weight), parameter_grad);
    backward_first(&folded, series, parameters, &hidden, (series_grad, parameter_grad));
    through
}

/// Through the second convolution and the activation: turns `hidden` into its gradient.
fn backward_second<S: Scalar, const L: usize>(
    folded: &Folded<'_, S, L>,
    parameters: &[S],
    hidden: &mut [S],
    (grad, weight): (&[S], &(impl Fn(usize) -> S + Sync)),
    parameter_grad: &mut [S],
) -> Vec<f64> {
    let (shape, grid) = (folded.shape, &folded.grid);
    let [_, _, w2, _] = shape.split(parameters);
    let [_, _, dw2, db2] = shape.split_mut(parameter_grad);
    let back = grid.adjoint(shape.second(), w2);
    let mut sums = grid.pool.any(grid.correlation_size(shape.second()));
    let mut through = Vec::new();
    for piece in folded.pieces() {
        let hidden = &mut hidden[folded.planes(&piece, shape.inner)];
        let result_grad = folded.spectra(grad, &piece, weight, Cut::Adjoint);
        let active = folded.active(hidden);
        grid.correlate(&active, &result_grad, shape.second(), (&mut sums, piece.start > 0));
        drop(active);
        grid.add_sums(&result_grad, shape.outer, db2);
        let products = grid.multiply(&result_grad, &back);
        drop(result_grad);
        let mut hidden_grad = grid.pool.any(hidden.len());
        grid.planes(&products, shape.inner, Cut::Adjoint, None, &mut hidden_grad);
        drop(products);
        let pair = blocks::<L>(shape.inner) * grid.plane_size();
        through.extend(activation_backward::<S, L>(hidden, &mut hidden_grad, pair));
        hidden.copy_from_slice(&hidden_grad);
    }
    drop(back);
    grid.kernel_gradient(&sums, shape.second(), dw2);
    through
}

/// Through the first convolution.
fn backward_first<S: Scalar, const L: usize>(
    folded: &Folded<'_, S, L>,
    series: &[S],
    parameters: &[S],
    hidden_grad: &[S],
    (series_grad, parameter_grad): (&mut [S], &mut [S]),
) {
    let (shape, grid) = (folded.shape, &folded.grid);
    let [w1, ..] = shape.split(parameters);
    let [dw1, db1, ..] = shape.split_mut(parameter_grad);
    let back = grid.adjoint(shape.first(), w1);
    let mut sums = grid.pool.any(grid.correlation_size(shape.first()));
    for piece in folded.pieces() {
        let hidden_grad = &hidden_grad[folded.planes(&piece, shape.inner)];
        let hidden_grad = grid.spectra(hidden_grad, shape.inner, Cut::Adjoint);
        let source = folded.spectra(series, &piece, |_| S::of(1.0), Cut::Forward);
        grid.correlate(&source, &hidden_grad, shape.first(), (&mut sums, piece.start > 0));
        drop(source);
        grid.add_sums(&hidden_grad, shape.inner, db1);
        let products = grid.multiply(&hidden_grad, &back);
        drop(hidden_grad);
        let mut folded_grad = grid.pool.any(folded.size(&piece, shape.outer));
        grid.planes(&products, shape.outer, Cut::Adjoint, None, &mut folded_grad);
        let series_grad = &mut series_grad[folded.series(&piece)];
        unfold(grid, &folded_grad, shape.outer, series_grad, true);
    }
    drop(back);
    grid.kernel_gradient(&sums, shape.first(), dw1);
}

/// Through the activation of paired planes, in place. ⟨conv₂(active), grad⟩ is ⟨active, conv₂ᵀ(grad)⟩,
/// so that the output need not be kept for it.
fn activation_backward<S: Scalar, const L: usize>(
    hidden: &[S],
    grad: &mut [S],
    pair: usize,
) -> Vec<f64> {
    let of_pair = |(grad, at): (&mut [S], &[S])| {
        let chunks = grad.par_chunks_mut(CHUNK).zip(at.par_chunks(CHUNK));
        // Gathered, then added in order: the sum must not depend on the number of threads.
        let of_chunk = |(grad, at)| match Lanes::of::<L>() {
            Lanes::Eight => halves(gelu_backward::<S, 16>(at, grad)),
            Lanes::Sixteen => halves(gelu_backward::<S, 32>(at, grad)),
        };
        let chunks: Vec<[f64; 2]> = chunks.map(of_chunk).collect();
        [0, 1].map(|half| chunks.iter().map(|sums| sums[half]).sum())
    };
    let pairs: Vec<[f64; 2]> =
        grad.par_chunks_exact_mut(pair).zip(hidden.par_chunks_exact(pair)).map(of_pair).collect();
    pairs.into_flattened()
}

/// Sums over the lanes of an element's two parts.
fn halves<const N: usize>(lanes: [f64; N]) -> [f64; 2] {
    let (first, second) = lanes.split_at(N / 2);
    [first.iter().sum(), second.iter().sum()]
}
