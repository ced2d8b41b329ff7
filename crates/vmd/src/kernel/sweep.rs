use pulp::{Simd, WithSimd};

use super::vector::{first_bins, lanes};
use super::{CHUNK, Sums, Vector};

/// Most modes that are done together; more are done in groups, one after another over each chunk.
const LARGEST_GROUP: usize = 4;

/// Rows that a sweep keeps for each register of bins: the residual, one row per mode, and half the
/// dual variable where there is one.
pub(crate) fn rows_per_register(modes: usize, dual: bool) -> usize {
    modes + 1 + usize::from(dual)
}

/// One sweep of the alternating direction method of multipliers over all modes (the paper's
/// algorithm 2), in place: what moves through the caches is what the time goes into.
pub struct Sweep<'a, T: Vector> {
    /// Distance of two bins, scaled by √α.
    pub(crate) spacing: f64,
    pub(crate) rows: &'a mut [T],
    /// Only say what a sweep would come to; leave the rows as they are. Forms Σ|Δu|² always.
    pub(crate) trial: bool,
    /// Frequencies of the last sweep, scaled by √α.
    pub(crate) w: &'a [f64],
    /// √(α_k/α) of each mode, where modes differ.
    pub(crate) scale: Option<&'a [f64]>,
    /// τ/2, or `None` for τ = 0.
    pub(crate) dual: Option<f64>,
    /// Whether Σ|Δu|² is wanted; the loop for unequal modes forms it always.
    pub(crate) change: bool,
    pub(crate) sums: &'a mut Sums,
}

impl<T: Vector> Sweep<'_, T> {
    pub(crate) fn run(self) {
        self.sums.clear();
        T::sweep(self);
    }
}

/// Registers that are done before the next ones are touched, and where they lie.
struct Chunk<'a, R> {
    rows: &'a mut [R],
    stride: usize,
    /// Scaled frequency of the chunk's first bin.
    first: f64,
}

impl<T: Vector> WithSimd for Sweep<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let stride = rows_per_register(self.w.len(), self.dual.is_some());
        let rows = T::registers_mut(simd, std::mem::take(&mut self.rows));
        let width = (CHUNK * lanes::<S, T>()) as f64 * self.spacing;
        // Downwards, as within a chunk, so that memory is read as one stream.
        for (index, rows) in rows.chunks_mut(CHUNK * stride).enumerate().rev() {
            let mut chunk = Chunk { rows, stride, first: index as f64 * width };
            if self.trial {
                self.try_modes(simd, &mut chunk);
                continue;
            }
            if S::IS_SCALAR || self.scale.is_some() {
                for k in 0..self.w.len() {
                    self.group::<S, 1, true, true, true>(simd, &mut chunk, k);
                }
            } else if self.change {
                self.modes::<S, true, true>(simd, &mut chunk);
            } else {
                self.modes::<S, false, true>(simd, &mut chunk);
            }
            if let Some(half_tau) = self.dual {
                ascend::<S, T>(simd, half_tau, &mut chunk);
            }
        }
    }
}

impl<T: Vector> Sweep<'_, T> {
    /// Groups hand the residual on to each other in memory; it is put back.
    #[inline(always)]
    fn try_modes<S: Simd>(&mut self, simd: S, chunk: &mut Chunk<'_, T::Register<S>>) {
        let mut residual = [T::splat(simd, 0.0); CHUNK];
        for (kept, row) in residual.iter_mut().zip(chunk.rows.chunks_exact(chunk.stride)) {
            *kept = row[0];
        }
        if S::IS_SCALAR || self.scale.is_some() {
            for k in 0..self.w.len() {
                self.group::<S, 1, true, true, false>(simd, chunk, k);
            }
        } else {
            self.modes::<S, true, false>(simd, chunk);
        }
        for (kept, row) in residual.iter().zip(chunk.rows.chunks_exact_mut(chunk.stride)) {
            row[0] = *kept;
        }
    }

    #[inline(always)]
    fn modes<S: Simd, const CHANGE: bool, const WRITE: bool>(
        &mut self,
        simd: S,
        chunk: &mut Chunk<'_, T::Register<S>>,
    ) {
        let modes = self.w.len();
        let groups = modes.div_ceil(LARGEST_GROUP);
        for group in 0..groups {
            let (first, end) = (group * modes / groups, (group + 1) * modes / groups);
            match end - first {
                1 => self.group::<S, 1, CHANGE, false, WRITE>(simd, chunk, first),
                2 => self.group::<S, 2, CHANGE, false, WRITE>(simd, chunk, first),
                3 => self.group::<S, 3, CHANGE, false, WRITE>(simd, chunk, first),
                _ => self.group::<S, LARGEST_GROUP, CHANGE, false, WRITE>(simd, chunk, first),
            }
        }
    }

    /// Modes `begin..begin + G` over a chunk, bins downwards: adding the power so far to `moment`
    /// at every step makes it the first moment of the power, in registers from the chunk's start,
    /// at the price of one addition.
    #[inline(always)]
    fn group<S: Simd, const G: usize, const CHANGE: bool, const SCALED: bool, const WRITE: bool>(
        &mut self,
        simd: S,
        chunk: &mut Chunk<'_, T::Register<S>>,
        begin: usize,
    ) {
        let zero = T::splat(simd, 0.0);
        let (mut power, mut moment, mut change) = ([zero; G], [zero; G], zero);
        let mut filter = Filter::<T, S, G>::new(simd, &*self, chunk, begin);
        for row in chunk.rows.chunks_exact_mut(chunk.stride).rev() {
            let weight = filter.next::<SCALED>(simd);
            let (residual, modes) = row.split_at_mut(1);
            let modes = &mut modes[begin..][..G];
            let mut left = residual[0];
            let mut squares = zero;
            for k in 0..G {
                let target = T::plus(simd, left, modes[k]);
                let value = T::times(simd, target, weight[k]);
                left = T::minus(simd, target, value);
                if CHANGE {
                    let difference = T::minus(simd, value, modes[k]);
                    squares = T::fused(simd, difference, difference, squares);
                }
                moment[k] = T::plus(simd, moment[k], power[k]);
                power[k] = T::fused(simd, value, value, power[k]);
                if WRITE {
                    modes[k] = value;
                }
            }
            residual[0] = left;
            if CHANGE {
                change = T::plus(simd, change, squares);
            }
        }
        let width = lanes::<S, T>() as f64;
        let lane = first_bins::<S, T>(simd);
        let width = T::splat(simd, width);
        for k in 0..G {
            let total = T::sum(simd, power[k]);
            let within = T::fused(simd, moment[k], width, T::times(simd, power[k], lane));
            self.sums.power[begin + k] += total;
            self.sums.moment[begin + k] +=
                (chunk.first - self.w[begin + k]) * total + self.spacing * T::sum(simd, within);
        }
        if CHANGE {
            self.sums.total += T::sum(simd, change);
        }
    }
}

/// The weights 1/(1 + (x − w)²) of `G` modes, row by row from a chunk's last one downwards.
struct Filter<T: Vector, S: Simd, const G: usize> {
    scales: [T::Register<S>; G],
    offsets: [T::Register<S>; G],
    /// Distance of two rows.
    spacing: T::Register<S>,
    first: T::Register<S>,
    index: T::Register<S>,
}

impl<T: Vector, S: Simd, const G: usize> Filter<T, S, G> {
    #[inline(always)]
    fn new(simd: S, sweep: &Sweep<'_, T>, chunk: &Chunk<'_, T::Register<S>>, begin: usize) -> Self {
        let zero = T::splat(simd, 0.0);
        let (mut scales, mut offsets) = ([zero; G], [zero; G]);
        for k in 0..G {
            let scale = sweep.scale.map_or(1.0, |scale| scale[begin + k]);
            scales[k] = T::splat(simd, scale);
            offsets[k] = T::splat(simd, -scale * sweep.w[begin + k]);
        }
        let bin = T::splat(simd, sweep.spacing);
        let first = T::splat(simd, chunk.first);
        Self {
            scales,
            offsets,
            spacing: T::splat(simd, sweep.spacing * lanes::<S, T>() as f64),
            first: T::fused(simd, first_bins::<S, T>(simd), bin, first),
            index: T::splat(simd, (chunk.rows.len() / chunk.stride) as f64),
        }
    }

    #[inline(always)]
    fn next<const SCALED: bool>(&mut self, simd: S) -> [T::Register<S>; G] {
        let one = T::splat(simd, 1.0);
        self.index = T::minus(simd, self.index, one);
        let x = T::fused(simd, self.index, self.spacing, self.first);
        let mut distance = [one; G];
        for (k, distance) in distance.iter_mut().enumerate() {
            let y = if SCALED {
                T::fused(simd, x, self.scales[k], self.offsets[k])
            } else {
                T::plus(simd, x, self.offsets[k])
            };
            *distance = T::fused(simd, y, y, one);
        }
        inverses::<S, T, G>(simd, distance)
    }
}

/// Bytes of a register whose division takes so long that it pays to share it.
const SHARING: usize = 64;

/// 1/d of each mode. In the widest registers two share one division, 1/d0 = d1/(d0 d1) and
/// 1/d1 = d0/(d0 d1); in narrower ones the multiplications cost more than the division.
#[inline(always)]
pub(super) fn inverses<S: Simd, T: Vector, const G: usize>(
    simd: S,
    d: [T::Register<S>; G],
) -> [T::Register<S>; G] {
    let one = T::splat(simd, 1.0);
    let mut inverse = d;
    let paired = if size_of::<T::Register<S>>() < SHARING { 0 } else { G / 2 };
    for k in 0..paired {
        let (a, b) = (d[2 * k], d[2 * k + 1]);
        let shared = T::over(simd, one, T::times(simd, a, b));
        inverse[2 * k] = T::times(simd, shared, b);
        inverse[2 * k + 1] = T::times(simd, shared, a);
    }
    for k in 2 * paired..G {
        inverse[k] = T::over(simd, one, d[k]);
    }
    inverse
}

/// The dual step. The residual row holds f − Σu − λ/2, which is what the next sweep needs.
#[inline(always)]
fn ascend<S: Simd, T: Vector>(simd: S, half_tau: f64, chunk: &mut Chunk<'_, T::Register<S>>) {
    let step = T::splat(simd, -half_tau);
    for row in chunk.rows.chunks_exact_mut(chunk.stride) {
        let half_dual = row[chunk.stride - 1];
        let unexplained = T::plus(simd, row[0], half_dual);
        let next = T::fused(simd, step, unexplained, half_dual);
        row[chunk.stride - 1] = next;
        row[0] = T::minus(simd, unexplained, next);
    }
}
