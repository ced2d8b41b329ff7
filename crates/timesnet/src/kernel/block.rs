//! One TimesBlock (Wu et al. 2023, equations 3 to 6), forward and backward, fused.
//!
//! y = x + Σₖ wₖ · unfold(conv₂(GELU(conv₁(fold(x, periodₖ))))), with wₖ the softmax of the
//! amplitudes at the chosen frequencies.

use rayon::prelude::*;

use super::branch::{Branch, backward_branch, forward_branch};
use super::packed::{Accumulator, LazyPacked, Packed};
use super::pool::Workspace;
use super::scalar::Scalar;
use super::shape::BlockShape;
use super::shared::{self, Adjoint, SharedBranch};
use super::spectrum::{Chosen, Phases, Scope, Spectra};
use super::tiling::Tiling;

/// Most pieces a batch is cut into for the backward pass. A fixed number, not the number of
/// threads: each piece sums its weight gradients in one buffer, and those are added in order, so
/// the result does not depend on who computed what.
const PIECES: usize = 16;

/// What the forward pass leaves for the backward pass.
pub(crate) struct Saved<S: Scalar> {
    phases: Phases<S>,
    samples: Vec<SavedSample<S>>,
    /// Periods that the whole batch went through together.
    shared: Vec<SharedBranch<S>>,
}

struct SavedSample<S> {
    chosen: Vec<Chosen>,
    branches: Vec<(usize, Branch<S>)>,
}

/// Frequencies that give the same period share one branch: (period, summed weight).
fn distinct_periods(len: usize, chosen: &[Chosen]) -> Vec<(usize, f64)> {
    let mut periods: Vec<(usize, f64)> = Vec::with_capacity(chosen.len());
    for choice in chosen {
        let period = len / choice.frequency;
        match periods.iter_mut().find(|(known, _)| *known == period) {
            Some((_, weight)) => *weight += choice.weight,
            None => periods.push((period, choice.weight)),
        }
    }
    periods
}

/// The periods that all samples share and that are cheaper in the frequency domain. Only where the
/// batch chooses together: elsewhere a sample must not depend on its neighbours, not even by
/// rounding.
fn shared_periods(shape: &BlockShape, chosen: &[Vec<Chosen>]) -> Vec<(usize, Tiling)> {
    let (Scope::Batch, Some(first)) = (&shape.scope, chosen.first()) else { return Vec::new() };
    let periods = distinct_periods(shape.len, first).into_iter().map(|(period, _)| period);
    periods
        .filter_map(|period| {
            Some((period, shared::tiling_where_cheaper(shape, chosen.len(), period)?))
        })
        .collect()
}

/// A sample's share of a period.
fn share(len: usize, chosen: &[Chosen], period: usize) -> f64 {
    chosen
        .iter()
        .filter(|choice| len / choice.frequency == period)
        .map(|choice| choice.weight)
        .sum()
}

/// The frequencies of each sample, and what gradients through their amplitudes need.
fn choose<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    workspace: &Workspace<S>,
) -> (Vec<Vec<Chosen>>, Phases<S>) {
    if shape.side == 1 {
        // Kernels of one tap do the same at every period, and the shares of all sum to one.
        let samples = series.len() / (shape.len * shape.outer);
        return (vec![vec![Chosen { frequency: 1, weight: 1.0 }]; samples], Phases::default());
    }
    let spectra = Spectra::of(series, shape.outer, &workspace.plan);
    let chosen = spectra.choose(&shape.scope, shape.top_k);
    let phases = spectra.at(&chosen, &workspace.turns);
    (chosen, phases)
}

/// The output `[batch, len, outer]` and, where `keep`, what [`backward`] needs.
pub(crate) fn forward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    workspace: &Workspace<S>,
    keep: bool,
) -> (Vec<S>, Option<Saved<S>>) {
    let (chosen, phases) = choose(shape, series, workspace);
    let together = shared_periods(shape, &chosen);
    let mut output = series.to_vec();
    let per_sample = shape.len * shape.outer;
    // One after another, so that each finds the last one's buffers in the pool.
    let mut shared: Vec<SharedBranch<S>> = Vec::new();
    for &branch in &together {
        let branch = shared::forward(shape, series, parameters, branch, workspace, keep);
        output
            .par_chunks_mut(per_sample)
            .zip(branch.output.par_chunks(per_sample))
            .zip(&chosen)
            .for_each(|((to, from), chosen)| {
                add_scaled(to, S::of(share(shape.len, chosen, branch.period)), from);
            });
        if keep {
            shared.push(branch);
        }
    }
    let packed = LazyPacked::new(shape, parameters);
    let samples = output
        .par_chunks_mut(per_sample)
        .zip(series.par_chunks(per_sample))
        .zip(chosen)
        .map(|((output, series), chosen)| {
            let mut branches = Vec::new();
            for (period, weight) in distinct_periods(shape.len, &chosen) {
                if together.iter().any(|(shared, _)| *shared == period) {
                    continue;
                }
                let branch = forward_branch(shape, series, packed.get(), period, keep);
                add_scaled(output, S::of(weight), &branch.output);
                if keep {
                    branches.push((period, branch));
                }
            }
            SavedSample { chosen, branches }
        })
        .collect();
    (output, keep.then_some(Saved { phases, samples, shared }))
}

fn add_scaled<S: Scalar>(into: &mut [S], scale: S, from: &[S]) {
    for (to, &from) in into.iter_mut().zip(from) {
        *to = *to + scale * from;
    }
}

/// Gradients of the series and of the parameters, given the gradient of the output.
pub(crate) fn backward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    saved: &Saved<S>,
    grad: &[S],
    workspace: &Workspace<S>,
) -> (Vec<S>, Vec<S>) {
    let mut series_grad = grad.to_vec();
    let mut parameter_grad = vec![S::default(); parameters.len()];
    if !saved.shared.is_empty() {
        let adjoint = Adjoint::new(shape, parameters);
        for branch in &saved.shared {
            let weight = |sample: usize| match saved.samples.get(sample) {
                Some(saved) => S::of(share(shape.len, &saved.chosen, branch.period)),
                None => S::default(),
            };
            let gradients = (series_grad.as_mut_slice(), parameter_grad.as_mut_slice());
            let pool = &workspace.pool;
            shared::backward(shape, series, &adjoint, branch, weight, grad, pool, gradients);
        }
    }
    if saved.samples.iter().all(|sample| sample.branches.is_empty()) {
        let per_sample = shape.len * shape.outer;
        series_grad
            .par_chunks_exact_mut(per_sample)
            .zip(grad.par_chunks_exact(per_sample))
            .enumerate()
            .for_each(|(sample, (into, grad))| {
                backward_weights(shape, saved, sample, grad, into);
            });
        return (series_grad, parameter_grad);
    }
    let adjoint = Packed::adjoint(shape, parameters);
    let per_sample = shape.len * shape.outer;
    let piece = saved.samples.len().div_ceil(PIECES).max(1);
    let sums: Vec<Accumulator<S>> = series_grad
        .par_chunks_mut(piece * per_sample)
        .enumerate()
        .map(|(index, into)| {
            let mut sums = Accumulator::new(shape);
            for (offset, into) in into.chunks_exact_mut(per_sample).enumerate() {
                let sample = index * piece + offset;
                let at = sample * per_sample;
                let (series, grad) = (&series[at..at + per_sample], &grad[at..at + per_sample]);
                backward_sample(shape, series, saved, sample, &adjoint, grad, into, &mut sums);
            }
            sums
        })
        .collect();
    for sum in &sums {
        sum.add_to(shape, &mut parameter_grad);
    }
    (series_grad, parameter_grad)
}

#[allow(clippy::too_many_arguments)] // one call site; a struct would only rename the arguments
fn backward_sample<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    saved: &Saved<S>,
    sample: usize,
    adjoint: &Packed<S>,
    grad: &[S],
    into: &mut [S],
    sums: &mut Accumulator<S>,
) {
    let SavedSample { chosen, branches } = &saved.samples[sample];
    for (period, branch) in branches {
        let weight = S::of(share(shape.len, chosen, *period));
        backward_branch(shape, series, branch, weight, adjoint, grad, into, sums);
    }
    backward_weights(shape, saved, sample, grad, into);
}

/// Through the softmax of the amplitudes: each branch's agreement with the gradient against the
/// weighted mean of all.
fn backward_weights<S: Scalar>(
    shape: &BlockShape,
    saved: &Saved<S>,
    sample: usize,
    grad: &[S],
    into: &mut [S],
) {
    let SavedSample { chosen, branches } = &saved.samples[sample];
    let own = branches.iter().map(|(period, branch)| (*period, branch.output.as_slice()));
    let at = sample * grad.len();
    let shared = saved.shared.iter().map(|b| (b.period, &b.output[at..at + grad.len()]));
    let agreements: Vec<(usize, f64)> =
        own.chain(shared).map(|(period, output)| (period, dot(output, grad))).collect();
    let agreement = |choice: &Chosen| {
        let period = shape.len / choice.frequency;
        agreements.iter().find(|(known, _)| *known == period).map_or(0.0, |(_, value)| *value)
    };
    let mean: f64 = chosen.iter().map(|choice| choice.weight * agreement(choice)).sum();
    for choice in chosen.iter().filter(|_| !saved.phases.is_empty()) {
        let scale = choice.weight * (agreement(choice) - mean);
        saved.phases.amplitude_gradient(sample, choice.frequency, scale, into);
    }
}

fn dot<S: Scalar>(a: &[S], b: &[S]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| a.wide() * b.wide()).sum()
}

/// The periods a batch's samples would be folded at, strongest first.
pub(crate) fn periods<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    workspace: &Workspace<S>,
) -> Vec<Vec<usize>> {
    let spectra = Spectra::of(series, shape.outer, &workspace.plan);
    let chosen = spectra.choose(&shape.scope, shape.top_k);
    let period = |choice: &Chosen| shape.len / choice.frequency;
    chosen.iter().map(|sample| sample.iter().map(period).collect()).collect()
}
