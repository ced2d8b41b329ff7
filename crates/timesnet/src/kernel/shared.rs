//! One period of several samples, by way of the frequency domain.
//!
//! Where samples of a batch are folded at the same period they share the kernel's spectrum,
//! and a product of spectra takes a small part of the direct sum's multiplications.

use rayon::prelude::*;

use super::fold::unfold;
use super::folded::Folded;
use super::lanes::Lanes;
use super::packed::padded;
use super::plane::Plane;
use super::planes::Cut;
use super::pool::{Buffer, Workspace};
use super::scalar::Scalar;
use super::shape::BlockShape;
use super::tiling::{Tiling, Work};

/// Samples of a batch that go through a period together.
#[derive(Clone, Debug)]
pub(crate) struct Together {
    pub(crate) period: usize,
    pub(crate) tiling: Tiling,
    /// Their numbers, rising.
    pub(crate) members: Vec<usize>,
}

impl Together {
    /// Their parts of a batch with so many values to a sample.
    pub(super) fn pick<'v, S>(&self, batch: &'v [S], per_sample: usize) -> Vec<&'v [S]> {
        self.members.iter().map(|sample| &batch[sample * per_sample..][..per_sample]).collect()
    }

    pub(super) fn pick_mut<'v, S>(
        &self,
        batch: &'v mut [S],
        per_sample: usize,
    ) -> Vec<&'v mut [S]> {
        let samples = batch.chunks_exact_mut(per_sample).enumerate();
        let is_member = |sample: &usize| self.members.binary_search(sample).is_ok();
        samples.filter(|(sample, _)| is_member(sample)).map(|(_, values)| values).collect()
    }

    /// What a sample has, by its place among the members; an odd last one has a partner of zeros.
    pub(super) fn by_place<S: Scalar>(
        &self,
        of_sample: impl Fn(usize) -> S + Sync,
    ) -> impl Fn(usize) -> S + Sync {
        move |place| self.members.get(place).map_or(S::default(), |&sample| of_sample(sample))
    }
}

/// What a branch leaves for the backward pass.
pub(crate) struct SharedBranch<S: Scalar> {
    pub(crate) together: Together,
    pub(super) lanes: Lanes,
    /// Before the activation, as paired planes; `None` where it is to be computed again.
    pub(super) hidden: Option<Buffer<S>>,
}

/// Most values that a block keeps for its backward pass. Where there are more, they are computed
/// again, which costs a sixth of the arithmetic.
const KEPT: usize = 3 << 19;

/// Multiplications that it takes as long as to bring one weight, and its gradient, into the direct sum's
/// order and back.
const REORDER: f64 = 16.0;

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
    let weights = 2.0 * (outer * inner) as f64;
    let direct = weights * (taps + REORDER * shape.side.pow(2) as f64);
    (tiling.cost(&work) < direct).then_some(tiling)
}

/// Whether a block can keep what comes before its activations.
pub(crate) fn keeps(shape: &BlockShape, together: &[Together]) -> bool {
    let series: usize = together.iter().map(|own| own.members.len().next_multiple_of(2)).sum();
    series * shape.len * Lanes::Eight.padded(shape.inner) <= KEPT
}

/// Runs samples of the batch `series` through their period and adds what comes out, times each sample's
/// `share`, to `output`. What [`backward`](super::shared_backward::backward) needs, where `keep` wants it.
pub(crate) fn forward<S: Scalar>(
    shape: &BlockShape,
    series: &[S],
    parameters: &[S],
    together: Together,
    workspace: &Workspace<S>,
    keep: Keep,
    (share, output): (impl Fn(usize) -> S + Sync, &mut [S]),
) -> Option<SharedBranch<S>> {
    let (lanes, per_sample) = (workspace.lanes, shape.len * shape.outer);
    let series = &together.pick(series, per_sample);
    let into = (together.by_place(share), together.pick_mut(output, per_sample));
    let branch = (together.period, together.tiling);
    let hidden = match lanes {
        Lanes::Eight => {
            forward_in::<S, 8>(shape, series, parameters, branch, workspace, keep, into)
        }
        Lanes::Sixteen => {
            forward_in::<S, 16>(shape, series, parameters, branch, workspace, keep, into)
        }
    };
    (keep != Keep::Nothing).then_some(SharedBranch { together, lanes, hidden })
}

/// In elements of `L` channels. What comes before the activation, where `keep` wants all.
fn forward_in<S: Scalar, const L: usize>(
    shape: &BlockShape,
    series: &[&[S]],
    parameters: &[S],
    branch: (usize, Tiling),
    workspace: &Workspace<S>,
    keep: Keep,
    (share, mut output): (impl Fn(usize) -> S + Sync, Vec<&mut [S]>),
) -> Option<Buffer<S>> {
    let (pool, samples) = (&workspace.pool, series.len());
    let folded = Folded::<S, L>::new(shape, samples, branch, pool);
    let grid = &folded.grid;
    let [w1, b1, w2, b2] = shape.split(parameters);
    let (b1, b2) = (padded::<S, L>(b1), padded::<S, L>(b2));
    let (first, second) = (grid.kernel(shape.first(), w1), grid.kernel(shape.second(), w2));
    let all = folded.size(&(0..samples), shape.inner);
    let mut kept = (keep == Keep::All).then(|| workspace.kept.any(all));
    let pair = folded.pair(shape.inner);
    let chains = folded.by_chain(&mut output, 2);
    let places: Vec<Option<&mut [S]>> = match &mut kept {
        Some(kept) => folded.by_chain(kept, pair).map(Some).collect(),
        None => (0..chains.len()).map(|_| None).collect(),
    };
    chains.zip(places).enumerate().for_each(|(chain, (output, place))| {
        let mut places = place.map(|place| folded.by_piece(place, pair));
        let outputs = folded.by_piece(output, 2);
        for (piece, output) in folded.pieces(chain).zip(outputs) {
            let mut own = None;
            let hidden = match places.as_mut().and_then(Iterator::next) {
                Some(place) => place,
                None => &mut own.insert(pool.any(folded.size(&piece, shape.inner)))[..],
            };
            folded.hidden(series, &piece, &first, &b1, hidden);
            let spectra = folded.active(hidden);
            drop(own);
            let products = grid.multiply(&spectra, &second);
            drop(spectra);
            let mut result = pool.any(folded.size(&piece, shape.outer));
            grid.planes(&products, shape.outer, Cut::Forward, Some(&b2), &mut result);
            let share = |sample| share(piece.start + sample);
            unfold(grid, &result, shape.outer, share, output);
        }
    });
    kept
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
