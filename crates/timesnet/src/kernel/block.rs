//! One TimesBlock (Wu et al. 2023, equations 3 to 6), forward and backward, fused.
//!
//! y = x + Σₖ wₖ · unfold(conv₂(GELU(conv₁(fold(x, periodₖ))))), with wₖ the softmax of the
//! amplitudes at the chosen frequencies.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::conv::Conv;
use super::plane::{Plane, padded_channels};
use super::pool::Workspace;
use super::scalar::{Scalar, gelu, gelu_backward};
use super::shared::{self, SharedBranch};
use super::spectrum::{Chosen, Scope, Spectra};
use super::tiling::Tiling;
use super::weights::KernelShape;

/// Most pieces a batch is cut into for the backward pass. A fixed number, not the number of
/// threads: each piece sums its weight gradients in one buffer, and those are added in order, so
/// the result does not depend on who computed what.
const PIECES: usize = 16;

/// Sizes of a block.
#[derive(Clone, Debug)]
pub(crate) struct BlockShape {
    pub(crate) len: usize,
    /// Channels of the series (d_model).
    pub(crate) outer: usize,
    /// Channels between the convolutions (d_ff).
    pub(crate) inner: usize,
    /// Side of the merged kernel.
    pub(crate) side: usize,
    pub(crate) top_k: usize,
    pub(crate) scope: Scope,
}

impl BlockShape {
    pub(crate) fn first(&self) -> KernelShape {
        KernelShape { outputs: self.inner, inputs: self.outer, side: self.side }
    }

    pub(crate) fn second(&self) -> KernelShape {
        KernelShape { outputs: self.outer, inputs: self.inner, side: self.side }
    }

    /// Length of the parameters' vector: first weights, first bias, second weights, second bias.
    pub(crate) fn parameters(&self) -> usize {
        self.first().size() + self.inner + self.second().size() + self.outer
    }

    /// First weights, first bias, second weights, second bias.
    pub(crate) fn split<'p, T>(&self, parameters: &'p [T]) -> [&'p [T]; 4] {
        let (w1, rest) = parameters.split_at(self.first().size());
        let (b1, rest) = rest.split_at(self.inner);
        let (w2, b2) = rest.split_at(self.second().size());
        [w1, b1, w2, b2]
    }

    /// As [`split`](Self::split).
    pub(crate) fn split_mut<'p, T>(&self, parameters: &'p mut [T]) -> [&'p mut [T]; 4] {
        let (w1, rest) = parameters.split_at_mut(self.first().size());
        let (b1, rest) = rest.split_at_mut(self.inner);
        let (w2, b2) = rest.split_at_mut(self.second().size());
        [w1, b1, w2, b2]
    }
}

/// One distinct period of one sample, with what the backward pass needs again.
struct Branch<S> {
    plane: Plane,
    /// Before the activation, as a plane with halo; empty when no gradient is wanted.
    hidden: Vec<S>,
    /// The branch's output, `[len, outer]`.
    output: Vec<S>,
}

/// What the forward pass leaves for the backward pass.
pub(crate) struct Saved<S: Scalar> {
    spectra: Spectra<S>,
    samples: Vec<SavedSample<S>>,
    /// Periods that the whole batch went through together.
    shared: Vec<SharedBranch<S>>,
}

struct SavedSample<S> {
    chosen: Vec<Chosen>,
    branches: Vec<(usize, Branch<S>)>,
}

/// Weights in the tile's order, straight and turned.
struct Packed<S> {
    first: [Vec<S>; 2],
    first_bias: Vec<S>,
    second: [Vec<S>; 2],
    second_bias: Vec<S>,
}

fn both<S: Scalar>(shape: KernelShape, weights: &[S]) -> [Vec<S>; 2] {
    [shape.pack(weights, false), shape.pack(weights, true)]
}

fn padded<S: Scalar>(bias: &[S]) -> Vec<S> {
    let mut padded = bias.to_vec();
    padded.resize(padded_channels(bias.len()), S::default());
    padded
}

impl<S: Scalar> Packed<S> {
    fn new(shape: &BlockShape, parameters: &[S]) -> Self {
        let [w1, b1, w2, b2] = shape.split(parameters);
        Self {
            first: both(shape.first(), w1),
            first_bias: padded(b1),
            second: both(shape.second(), w2),
            second_bias: padded(b2),
        }
    }

    /// The adjoint convolutions, without bias, in the order they are applied.
    fn adjoint(shape: &BlockShape, parameters: &[S]) -> Self {
        let [w1, _, w2, _] = shape.split(parameters);
        let (first, w2) = shape.second().adjoint(w2);
        let (second, w1) = shape.first().adjoint(w1);
        Self {
            first: both(first, &w2),
            first_bias: vec![S::default(); padded_channels(shape.inner)],
            second: both(second, &w1),
            second_bias: vec![S::default(); padded_channels(shape.outer)],
        }
    }
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
        .filter_map(|period| Some((period, shared::pays(shape, chosen.len(), period)?)))
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

/// The output `[batch, len, outer]` and, where `keep`, what [`backward`] needs.
pub(crate) fn forward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    workspace: &Workspace<S>,
    keep: bool,
) -> (Vec<S>, Option<Saved<S>>) {
    let spectra = Spectra::of(series, shape.outer, &workspace.plan);
    let chosen = spectra.choose(&shape.scope, shape.top_k);
    let together = shared_periods(shape, &chosen);
    let mut output = series.to_vec();
    let per_sample = shape.len * shape.outer;
    // All at once: where one waits for its last task, another has work.
    let mut shared: Vec<SharedBranch<S>> = together
        .par_iter()
        .map(|&branch| shared::forward(shape, series, parameters, branch, &workspace.pool))
        .collect();
    for branch in &shared {
        output
            .par_chunks_mut(per_sample)
            .zip(branch.output.par_chunks(per_sample))
            .zip(&chosen)
            .for_each(|((to, from), chosen)| {
                add_scaled(to, S::of(share(shape.len, chosen, branch.period)), from);
            });
    }
    if !keep {
        shared.clear();
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
    (output, keep.then_some(Saved { spectra, samples, shared }))
}

fn add_scaled<S: Scalar>(into: &mut [S], scale: S, from: &[S]) {
    for (to, &from) in into.iter_mut().zip(from) {
        *to = *to + scale * from;
    }
}

/// Weights put in order when they are first needed.
struct LazyPacked<'a, S> {
    shape: &'a BlockShape,
    parameters: &'a [S],
    packed: OnceLock<Packed<S>>,
}

impl<'a, S: Scalar> LazyPacked<'a, S> {
    fn new(shape: &'a BlockShape, parameters: &'a [S]) -> Self {
        Self { shape, parameters, packed: OnceLock::new() }
    }

    fn get(&self) -> &Packed<S> {
        self.packed.get_or_init(|| Packed::new(self.shape, self.parameters))
    }
}

fn forward_branch<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    packed: &Packed<S>,
    period: usize,
    keep: bool,
) -> Branch<S> {
    let plane = Plane::new(shape.len, period, shape.side);
    let (outer, inner) = (padded_channels(shape.outer), padded_channels(shape.inner));
    let turned = usize::from(plane.turned);
    let src = plane.fold(series, shape.outer, S::of(1.0));
    let first = Conv { plane, inputs: outer, outputs: inner, src: &src };
    let mut active = first.apply(&packed.first[turned], &packed.first_bias);
    let hidden = if keep { active.clone() } else { Vec::new() };
    gelu(&mut active);
    let second = Conv { plane, inputs: inner, outputs: outer, src: &active };
    let result = second.apply(&packed.second[turned], &packed.second_bias);
    let mut output = Vec::with_capacity(shape.len * shape.outer);
    for sample in plane.unfold(&result, shape.outer) {
        output.extend_from_slice(sample);
    }
    Branch { plane, hidden, output }
}

/// Gradients of the parameters, in the tile's order, of one piece of the batch.
struct Accumulator<S> {
    first: [Vec<S>; 2],
    first_bias: Vec<S>,
    second: [Vec<S>; 2],
    second_bias: Vec<S>,
}

impl<S: Scalar> Accumulator<S> {
    fn new(shape: &BlockShape) -> Self {
        let zeros = |size: usize| vec![S::default(); size];
        let pair = |size: usize| [zeros(size), zeros(size)];
        Self {
            first: pair(shape.first().packed_size()),
            first_bias: zeros(padded_channels(shape.inner)),
            second: pair(shape.second().packed_size()),
            second_bias: zeros(padded_channels(shape.outer)),
        }
    }

    fn add_to(&self, shape: &BlockShape, into: &mut [S]) {
        let [w1, b1, w2, b2] = shape.split_mut(into);
        for (turned, axis) in [false, true].into_iter().zip(0..) {
            shape.first().unpack_add(&self.first[axis], turned, w1);
            shape.second().unpack_add(&self.second[axis], turned, w2);
        }
        add_all(b1, &self.first_bias);
        add_all(b2, &self.second_bias);
    }
}

fn add_all<S: Scalar>(into: &mut [S], from: &[S]) {
    for (to, &from) in into.iter_mut().zip(from) {
        *to = *to + from;
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
    let shared: Vec<(Vec<S>, Vec<S>)> = saved
        .shared
        .par_iter()
        .map(|branch| {
            let weight = |sample: usize| match saved.samples.get(sample) {
                Some(saved) => S::of(share(shape.len, &saved.chosen, branch.period)),
                None => S::default(),
            };
            let mut own = (vec![S::default(); series.len()], vec![S::default(); parameters.len()]);
            let gradients = (own.0.as_mut_slice(), own.1.as_mut_slice());
            let pool = &workspace.pool;
            shared::backward(shape, series, parameters, branch, weight, grad, pool, gradients);
            own
        })
        .collect();
    for (series, parameters) in &shared {
        add_all(&mut series_grad, series);
        add_all(&mut parameter_grad, parameters);
    }
    drop(shared);
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
    for choice in chosen {
        let scale = choice.weight * (agreement(choice) - mean);
        saved.spectra.amplitude_gradient(sample, choice.frequency, scale, into);
    }
}

fn dot<S: Scalar>(a: &[S], b: &[S]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| a.wide() * b.wide()).sum()
}

#[allow(clippy::too_many_arguments)] // as above
fn backward_branch<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    branch: &Branch<S>,
    weight: S,
    adjoint: &Packed<S>,
    grad: &[S],
    into: &mut [S],
    sums: &mut Accumulator<S>,
) {
    let plane = branch.plane;
    let (outer, inner) = (padded_channels(shape.outer), padded_channels(shape.inner));
    let turned = usize::from(plane.turned);

    let result_grad = plane.fold(grad, shape.outer, weight);
    let mut active = branch.hidden.clone();
    gelu(&mut active);
    let second = Conv { plane, inputs: inner, outputs: outer, src: &active };
    second.weight_gradient(&result_grad, &mut sums.second[turned]);
    add_channels(&mut sums.second_bias, &result_grad);

    let back = Conv { plane, inputs: outer, outputs: inner, src: &result_grad };
    let mut hidden_grad = back.apply(&adjoint.first[turned], &adjoint.first_bias);
    gelu_backward(&branch.hidden, &mut hidden_grad);

    let src = plane.fold(series, shape.outer, S::of(1.0));
    let first = Conv { plane, inputs: outer, outputs: inner, src: &src };
    first.weight_gradient(&hidden_grad, &mut sums.first[turned]);
    add_channels(&mut sums.first_bias, &hidden_grad);

    let back = Conv { plane, inputs: inner, outputs: outer, src: &hidden_grad };
    let src_grad = back.apply(&adjoint.second[turned], &adjoint.second_bias);
    let samples = into.chunks_exact_mut(shape.outer);
    for (to, from) in samples.zip(plane.unfold(&src_grad, shape.outer)) {
        add_all(to, from);
    }
}

/// Adds each pixel's channels to `into`; halo columns are zero and add nothing.
fn add_channels<S: Scalar>(into: &mut [S], plane: &[S]) {
    for pixel in plane.chunks_exact(into.len()) {
        add_all(into, pixel);
    }
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
