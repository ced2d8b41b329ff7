//! The backward pass of one period of several samples, by way of the frequency domain.

use rayon::prelude::*;

use super::chain_sums::ChainSums;
use super::fold::unfold;
use super::folded::{CHUNK, Folded};
use super::gelu::gelu_backward;
use super::lanes::Lanes;
use super::planes::Cut;
use super::pool::{Buffer, Pool};
use super::scalar::Scalar;
use super::shape::BlockShape;
use super::shared::SharedBranch;
use super::tiling::Tiling;

/// Adds the gradients of the series and the parameters that come through one period; `weight` is
/// each sample's share of it. Returns for each sample of the batch the product of `grad` with what the
/// branch gave to the output, but for the second bias, which all branches have in common.
#[allow(clippy::too_many_arguments)] // one call site; a struct would only rename the arguments
pub(crate) fn backward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    branch: SharedBranch<S>,
    weight: impl Fn(usize) -> S + Sync,
    grad: &[S],
    pool: &Pool<S>,
    (series_grad, parameter_grad): (&mut [S], &mut [S]),
) -> Vec<f64> {
    let SharedBranch { together, lanes, hidden } = branch;
    let per_sample = shape.len * shape.outer;
    let mut through = vec![0.0; series.len() / per_sample];
    let series = &together.pick(series, per_sample);
    let grad = together.pick(grad, per_sample);
    let weights = (together.by_place(weight), grad.as_slice());
    let into = (together.pick_mut(series_grad, per_sample), parameter_grad);
    let branch = (together.period, together.tiling, hidden);
    let of_members = match lanes {
        Lanes::Eight => backward_in::<S, 8>(shape, series, parameters, branch, weights, pool, into),
        Lanes::Sixteen => {
            backward_in::<S, 16>(shape, series, parameters, branch, weights, pool, into)
        }
    };
    for (&sample, own) in together.members.iter().zip(of_members) {
        through[sample] = own;
    }
    through
}

/// By place among the members. An odd last one has a partner of zeros.
fn backward_in<S: Scalar, const L: usize>(
    shape: &BlockShape,
    series: &[&[S]],
    parameters: &[S],
    (period, tiling, hidden): (usize, Tiling, Option<Buffer<S>>),
    (weight, grad): (impl Fn(usize) -> S + Sync, &[&[S]]),
    pool: &Pool<S>,
    (series_grad, parameter_grad): (Vec<&mut [S]>, &mut [S]),
) -> Vec<f64> {
    let folded = Folded::<S, L>::new(shape, series.len(), (period, tiling), pool);
    let mut hidden = match hidden {
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
    (grad, weight): (&[&[S]], &(impl Fn(usize) -> S + Sync)),
    parameter_grad: &mut [S],
) -> Vec<f64> {
    let (shape, grid) = (folded.shape, &folded.grid);
    let [_, _, w2, _] = shape.split(parameters);
    let [_, _, dw2, db2] = shape.split_mut(parameter_grad);
    let back = grid.adjoint(shape.second(), w2);
    let pair = folded.pair(shape.inner);
    let chains = folded.by_chain(hidden, pair).enumerate().map(|(chain, hidden)| {
        let mut chain_sums = ChainSums::new(grid, shape.second());
        let mut through = Vec::new();
        for (piece, hidden) in folded.pieces(chain).zip(folded.by_piece(hidden, pair)) {
            let result_grad = folded.spectra(grad, &piece, weight, Cut::Adjoint);
            let active = folded.active(hidden);
            chain_sums.add(grid, &active, &result_grad);
            drop(active);
            let products = grid.multiply(&result_grad, &back);
            drop(result_grad);
            let mut active_grad = grid.pool.any(hidden.len());
            grid.planes(&products, shape.inner, Cut::Adjoint, None, &mut active_grad);
            drop(products);
            through.extend(activation_backward::<S, L>(hidden, &active_grad, pair));
        }
        (chain_sums, through)
    });
    let (sums, through): (Vec<_>, Vec<_>) = chains.unzip();
    drop(back);
    ChainSums::add_all_to(sums, grid, dw2, db2);
    through.concat()
}

/// Through the first convolution.
fn backward_first<S: Scalar, const L: usize>(
    folded: &Folded<'_, S, L>,
    series: &[&[S]],
    parameters: &[S],
    hidden_grad: &[S],
    (mut series_grad, parameter_grad): (Vec<&mut [S]>, &mut [S]),
) {
    let (shape, grid) = (folded.shape, &folded.grid);
    let [w1, ..] = shape.split(parameters);
    let [dw1, db1, ..] = shape.split_mut(parameter_grad);
    let back = grid.adjoint(shape.first(), w1);
    let chains = folded.by_chain(&mut series_grad, 2).enumerate().map(|(chain, series_grad)| {
        let mut sums = ChainSums::new(grid, shape.first());
        for (piece, series_grad) in folded.pieces(chain).zip(folded.by_piece(series_grad, 2)) {
            let hidden_grad = &hidden_grad[folded.planes(&piece, shape.inner)];
            let hidden_grad = grid.spectra(hidden_grad, shape.inner, Cut::Adjoint);
            let source = folded.spectra(series, &piece, |_| S::of(1.0), Cut::Forward);
            sums.add(grid, &source, &hidden_grad);
            drop(source);
            let products = grid.multiply(&hidden_grad, &back);
            drop(hidden_grad);
            let mut folded_grad = grid.pool.any(folded.size(&piece, shape.outer));
            grid.planes(&products, shape.outer, Cut::Adjoint, None, &mut folded_grad);
            unfold(grid, &folded_grad, shape.outer, |_| S::of(1.0), series_grad);
        }
        sums
    });
    let sums = chains.collect();
    drop(back);
    ChainSums::add_all_to(sums, grid, dw1, db1);
}

/// Through the activation of paired planes: turns `hidden` into its gradient. ⟨conv₂(active), grad⟩ is
/// ⟨active, conv₂ᵀ(grad)⟩, so that the output need not be kept for it.
fn activation_backward<S: Scalar, const L: usize>(
    hidden: &mut [S],
    grad: &[S],
    pair: usize,
) -> Vec<f64> {
    let of_pair = |(hidden, grad): (&mut [S], &[S])| {
        let chunks = hidden.par_chunks_mut(CHUNK).zip(grad.par_chunks(CHUNK));
        // Gathered, then added in order: the sum must not depend on the number of threads.
        let of_chunk = |(hidden, grad)| match Lanes::of::<L>() {
            Lanes::Eight => halves(gelu_backward::<S, 16>(hidden, grad)),
            Lanes::Sixteen => halves(gelu_backward::<S, 32>(hidden, grad)),
        };
        let chunks: Vec<[f64; 2]> = chunks.map(of_chunk).collect();
        [0, 1].map(|half| chunks.iter().map(|sums| sums[half]).sum())
    };
    let pairs: Vec<[f64; 2]> =
        hidden.par_chunks_exact_mut(pair).zip(grad.par_chunks_exact(pair)).map(of_pair).collect();
    pairs.into_flattened()
}

/// Sums over the lanes of an element's two parts.
fn halves<const N: usize>(lanes: [f64; N]) -> [f64; 2] {
    let (first, second) = lanes.split_at(N / 2);
    [first.iter().sum(), second.iter().sum()]
}
