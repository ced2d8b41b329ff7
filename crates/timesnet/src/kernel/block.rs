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
use super::shared::{self, Keep, SharedBranch, Together};
use super::shared_backward;
use super::spectrum::{Chosen, Phases, Scope, Spectra};

/// Most pieces a batch is cut into for the backward pass. A fixed number, not the number of
/// threads: each piece sums its weight gradients in one buffer, and those are added in order, so
/// the result does not depend on who computed what.
const PIECES: usize = 16;

/// What the forward pass leaves for the backward pass.
pub(crate) struct Saved<S: Scalar> {
    phases: Phases<S>,
    pub(super) samples: Vec<SavedSample<S>>,
    /// Periods that samples went through together.
    pub(super) shared: Vec<SharedBranch<S>>,
}

pub(super) struct SavedSample<S> {
    chosen: Vec<Chosen>,
    pub(super) branches: Vec<(usize, Branch<S>)>,
}

/// A sample's share of a period below which it is left out, forward and backward. What it would add is
/// lost where it is added: to the series, and by way of its gradient, twelve orders below Adam's ε, to
/// the weights. The softmax of amplitudes as they are leaves many such shares on long series, and
/// beside the time that they take, numbers that small are slow on many processors.
const NEGLIGIBLE: f64 = 1e-20;

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

/// The periods that are cheaper in the frequency domain, each with the samples that have a share of it.
/// Only where the batch chooses together: elsewhere a sample must not depend on its neighbours, not even
/// by rounding.
fn shared_periods(shape: &BlockShape, chosen: &[Vec<Chosen>]) -> Vec<Together> {
    let (Scope::Batch, Some(first)) = (&shape.scope, chosen.first()) else { return Vec::new() };
    let periods = distinct_periods(shape.len, first).into_iter();
    let together = periods.filter_map(|(period, _)| {
        let has_share = |sample: &usize| share(shape.len, &chosen[*sample], period) != 0.0;
        let members: Vec<usize> = (0..chosen.len()).filter(has_share).collect();
        let tiling = shared::tiling_where_cheaper(shape, members.len(), period)?;
        (!members.is_empty()).then_some(Together { period, tiling, members })
    });
    together.collect()
}

/// A sample's share of a period; zero where it is [`NEGLIGIBLE`].
fn share(len: usize, chosen: &[Chosen], period: usize) -> f64 {
    let own = chosen.iter().filter(|choice| len / choice.frequency == period);
    match own.map(|choice| choice.weight).sum() {
        share if share < NEGLIGIBLE => 0.0,
        share => share,
    }
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
    // By the caller's thread: each of the pool's keeps what it has once asked for.
    let mut output = series.to_vec();
    let into = output.as_mut_slice();
    let (samples, shared) =
        on_the_pool(|| forward_periods(shape, series, parameters, workspace, keep, (chosen, into)));
    (output, keep.then_some(Saved { phases, samples, shared }))
}

/// Runs `job` on a thread of the pool: from any other, each of its parallel loops would wake one and
/// wait for it.
fn on_the_pool<T: Send>(job: impl FnOnce() -> T + Send) -> T {
    rayon::join(job, || ()).0
}

/// Adds what comes through each period to the output.
fn forward_periods<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    workspace: &Workspace<S>,
    keep: bool,
    (chosen, output): (Vec<Vec<Chosen>>, &mut [S]),
) -> (Vec<SavedSample<S>>, Vec<SharedBranch<S>>) {
    let together = shared_periods(shape, &chosen);
    let per_sample = shape.len * shape.outer;
    let keep_shared = match shared::keeps(shape, &together) {
        _ if !keep => Keep::Nothing,
        true => Keep::All,
        false => Keep::Periods,
    };
    // One after another, so that each finds the last one's buffers in the pool.
    let mut shared: Vec<SharedBranch<S>> = Vec::new();
    let mut alone: Vec<Vec<(usize, f64)>> =
        chosen.iter().map(|chosen| distinct_periods(shape.len, chosen)).collect();
    for together in together {
        let period = together.period;
        alone.iter_mut().for_each(|periods| periods.retain(|(own, _)| *own != period));
        let share = |sample: usize| S::of(share(shape.len, &chosen[sample], period));
        let into = (share, &mut *output);
        let kept =
            shared::forward(shape, series, parameters, together, workspace, keep_shared, into);
        shared.extend(kept);
    }
    let packed = LazyPacked::new(shape, parameters);
    let samples = output
        .par_chunks_mut(per_sample)
        .zip(series.par_chunks(per_sample))
        .zip(chosen.into_par_iter().zip(alone))
        .map(|((output, series), (chosen, alone))| {
            let mut branches = Vec::new();
            for (period, weight) in alone {
                if weight < NEGLIGIBLE {
                    continue;
                }
                let (result, branch) = forward_branch(shape, series, packed.get(), period, keep);
                add_scaled(output, S::of(weight), &result);
                if keep {
                    branches.push((period, branch));
                }
            }
            SavedSample { chosen, branches }
        })
        .collect();
    (samples, shared)
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
    saved: Saved<S>,
    grad: &[S],
    workspace: &Workspace<S>,
) -> (Vec<S>, Vec<S>) {
    let mut series_grad = grad.to_vec();
    let mut parameter_grad = vec![S::default(); parameters.len()];
    let into = (series_grad.as_mut_slice(), parameter_grad.as_mut_slice());
    on_the_pool(|| backward_periods(shape, series, parameters, saved, grad, workspace, into));
    (series_grad, parameter_grad)
}

/// Adds the gradients that come through each period, and through the choice of them.
fn backward_periods<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    mut saved: Saved<S>,
    grad: &[S],
    workspace: &Workspace<S>,
    (series_grad, parameter_grad): (&mut [S], &mut [S]),
) {
    let mut through: Vec<(usize, Vec<f64>)> = Vec::new();
    for branch in std::mem::take(&mut saved.shared) {
        let period = branch.together.period;
        let weight = |sample: usize| S::of(share(shape.len, &saved.samples[sample].chosen, period));
        let gradients = (&mut *series_grad, &mut *parameter_grad);
        let pool = &workspace.pool;
        let own = shared_backward::backward(
            shape, series, parameters, branch, weight, grad, pool, gradients,
        );
        through.push((period, own));
    }
    let per_sample = shape.len * shape.outer;
    let shared_through = |sample: usize| -> Vec<(usize, f64)> {
        let of_sample = |(period, all): &(usize, Vec<f64>)| (*period, all[sample]);
        through.iter().map(of_sample).collect()
    };
    if saved.samples.iter().all(|sample| sample.branches.is_empty()) {
        let samples = series_grad.par_chunks_exact_mut(per_sample).enumerate();
        samples.for_each(|(sample, into)| {
            backward_weights(shape, &saved, sample, &shared_through(sample), into);
        });
        return;
    }
    let adjoint = Packed::adjoint(shape, parameters);
    let piece = saved.samples.len().div_ceil(PIECES).max(1);
    let sums: Vec<Option<Accumulator<S>>> = series_grad
        .par_chunks_mut(piece * per_sample)
        .enumerate()
        .map(|(index, into)| {
            let mut sums = None;
            for (offset, into) in into.chunks_exact_mut(per_sample).enumerate() {
                let sample = index * piece + offset;
                let at = sample * per_sample;
                let (series, grad) = (&series[at..at + per_sample], &grad[at..at + per_sample]);
                let SavedSample { chosen, branches } = &saved.samples[sample];
                let mut through = shared_through(sample);
                for (period, branch) in branches {
                    let weight = S::of(share(shape.len, chosen, *period));
                    let sums = sums.get_or_insert_with(|| Accumulator::new(shape));
                    let own =
                        backward_branch(shape, series, branch, weight, &adjoint, grad, into, sums);
                    through.push((*period, own));
                }
                backward_weights(shape, &saved, sample, &through, into);
            }
            sums
        })
        .collect();
    for sum in sums.iter().flatten() {
        sum.add_to(shape, parameter_grad);
    }
}

/// Through the softmax of the amplitudes: what the gradient gets from the output by each choice
/// against its share of what it gets by all. `through` has that of each period, shares included.
fn backward_weights<S: Scalar>(
    shape: &BlockShape,
    saved: &Saved<S>,
    sample: usize,
    through: &[(usize, f64)],
    into: &mut [S],
) {
    if saved.phases.is_empty() {
        return;
    }
    let chosen = &saved.samples[sample].chosen;
    let all: f64 = through.iter().map(|(_, value)| value).sum();
    for choice in chosen.iter().filter(|choice| choice.weight >= NEGLIGIBLE) {
        let period = shape.len / choice.frequency;
        // Several choices can have one period. Where they have no share of it, nothing came through.
        let by_period = through.iter().find(|(known, _)| *known == period);
        let by_choice = match share(shape.len, chosen, period) {
            0.0 => 0.0,
            share => by_period.map_or(0.0, |(_, value)| value * choice.weight / share),
        };
        let scale = by_choice - choice.weight * all;
        saved.phases.amplitude_gradient(sample, choice.frequency, scale, into);
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
