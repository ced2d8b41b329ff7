use pulp::{Simd, WithSimd};

use super::vector::lanes;
use super::{CHUNK, Grid, Sums, Vector};

/// Most modes whose sums stay in registers together; more are done in groups, one after another
/// over each chunk.
const LARGEST_GROUP: usize = 5;

/// Rows that a sweep keeps for each register of bins: the residual, one row per mode, and half the
/// dual variable where there is one.
pub(crate) fn rows_per_register(modes: usize, dual: bool) -> usize {
    modes + 1 + usize::from(dual)
}

/// One sweep of the alternating direction method of multipliers over all modes (the paper's
/// algorithm 2): reads one iterate, writes the next.
pub struct Sweep<'a, T: Vector> {
    pub(crate) grid: &'a Grid<T>,
    pub(crate) from: &'a [T],
    pub(crate) to: &'a mut [T],
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

/// A chunk of registers and where it lies.
struct Chunk<'a, R> {
    axis: &'a [R],
    from: &'a [R],
    to: &'a mut [R],
    /// Scaled frequency of the chunk's first bin.
    first: f64,
}

impl<T: Vector> WithSimd for Sweep<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let stride = rows_per_register(self.w.len(), self.dual.is_some());
        let axis = T::registers(simd, self.grid.values());
        let from = T::registers(simd, self.from);
        let to = std::mem::take(&mut self.to);
        let to = T::registers_mut(simd, to);
        let width = (CHUNK * lanes::<S, T>()) as f64 * self.grid.spacing;
        let chunks = axis
            .chunks(CHUNK)
            .zip(from.chunks(CHUNK * stride))
            .zip(to.chunks_mut(CHUNK * stride))
            .enumerate();
        for (index, ((axis, from), to)) in chunks {
            let mut chunk = Chunk { axis, from, to, first: index as f64 * width };
            if S::IS_SCALAR || self.scale.is_some() {
                for k in 0..self.w.len() {
                    self.group::<S, 1, true, true>(simd, &mut chunk, stride, k);
                }
            } else if self.change {
                self.modes::<S, true>(simd, &mut chunk, stride);
            } else {
                self.modes::<S, false>(simd, &mut chunk, stride);
            }
            if let Some(half_tau) = self.dual {
                ascend::<S, T>(simd, half_tau, &mut chunk, stride);
            }
        }
    }
}

impl<T: Vector> Sweep<'_, T> {
    #[inline(always)]
    fn modes<S: Simd, const CHANGE: bool>(
        &mut self,
        simd: S,
        chunk: &mut Chunk<'_, T::Register<S>>,
        stride: usize,
    ) {
        let modes = self.w.len();
        let groups = modes.div_ceil(LARGEST_GROUP);
        for group in 0..groups {
            let (first, end) = (group * modes / groups, (group + 1) * modes / groups);
            match end - first {
                1 => self.group::<S, 1, CHANGE, false>(simd, chunk, stride, first),
                2 => self.group::<S, 2, CHANGE, false>(simd, chunk, stride, first),
                3 => self.group::<S, 3, CHANGE, false>(simd, chunk, stride, first),
                4 => self.group::<S, 4, CHANGE, false>(simd, chunk, stride, first),
                _ => self.group::<S, LARGEST_GROUP, CHANGE, false>(simd, chunk, stride, first),
            }
        }
    }

    /// Modes `begin..begin + G` over a chunk, bins downwards: adding the power so far to `moment`
    /// at every step makes it the first moment of the power, in registers from the chunk's start,
    /// at the price of one addition.
    #[inline(always)]
    fn group<S: Simd, const G: usize, const CHANGE: bool, const SCALED: bool>(
        &mut self,
        simd: S,
        chunk: &mut Chunk<'_, T::Register<S>>,
        stride: usize,
        begin: usize,
    ) {
        let one = T::splat(simd, 1.0);
        let (mut scales, mut offsets) = ([one; G], [one; G]);
        for k in 0..G {
            let scale = self.scale.map_or(1.0, |scale| scale[begin + k]);
            scales[k] = T::splat(simd, scale);
            offsets[k] = T::splat(simd, -scale * self.w[begin + k]);
        }
        let zero = T::splat(simd, 0.0);
        let (mut power, mut moment, mut change) = ([zero; G], [zero; G], zero);
        let rows = chunk.from.chunks_exact(stride).zip(chunk.to.chunks_exact_mut(stride));
        for (&x, (from, to)) in chunk.axis.iter().zip(rows).rev() {
            let mut distance = [one; G];
            for k in 0..G {
                let y = if SCALED {
                    T::fused(simd, x, scales[k], offsets[k])
                } else {
                    T::plus(simd, x, offsets[k])
                };
                distance[k] = T::fused(simd, y, y, one);
            }
            let weight = inverses::<S, T, G>(simd, distance);
            let mut residual = if begin == 0 { from[0] } else { to[0] };
            let old = &from[1 + begin..][..G];
            let new = &mut to[1 + begin..][..G];
            for k in 0..G {
                let target = T::plus(simd, residual, old[k]);
                let value = T::times(simd, target, weight[k]);
                residual = T::minus(simd, target, value);
                if CHANGE {
                    let difference = T::minus(simd, value, old[k]);
                    change = T::fused(simd, difference, difference, change);
                }
                moment[k] = T::plus(simd, moment[k], power[k]);
                power[k] = T::fused(simd, value, value, power[k]);
                new[k] = value;
            }
            to[0] = residual;
        }
        let lane = first_bins::<S, T>(simd);
        let width = T::splat(simd, lanes::<S, T>() as f64);
        for k in 0..G {
            let total = T::sum(simd, power[k]);
            let within = T::fused(simd, moment[k], width, T::times(simd, power[k], lane));
            self.sums.power[begin + k] += total;
            self.sums.moment[begin + k] += (chunk.first - self.w[begin + k]) * total
                + self.grid.spacing * T::sum(simd, within);
        }
        if CHANGE {
            self.sums.total += T::sum(simd, change);
        }
    }
}

/// 0, 1, 2, … along a register.
#[inline(always)]
fn first_bins<S: Simd, T: Vector>(simd: S) -> T::Register<S> {
    let numbers: [T; 16] = std::array::from_fn(|lane| T::of(lane as f64));
    T::registers(simd, &numbers)[0]
}

/// 1/d of each mode, two or three sharing one division: 1/d0 = d1/(d0 d1), 1/d1 = d0/(d0 d1).
#[inline(always)]
fn inverses<S: Simd, T: Vector, const G: usize>(
    simd: S,
    d: [T::Register<S>; G],
) -> [T::Register<S>; G] {
    let one = T::splat(simd, 1.0);
    let mut inverse = d;
    let mut k = 0;
    while k < G {
        match G - k {
            1 => inverse[k] = T::over(simd, one, d[k]),
            3 => {
                let pair = T::times(simd, d[k], d[k + 1]);
                let shared = T::over(simd, one, T::times(simd, pair, d[k + 2]));
                inverse[k + 2] = T::times(simd, shared, pair);
                let of_pair = T::times(simd, shared, d[k + 2]);
                inverse[k] = T::times(simd, of_pair, d[k + 1]);
                inverse[k + 1] = T::times(simd, of_pair, d[k]);
                k += 1;
            }
            _ => {
                let shared = T::over(simd, one, T::times(simd, d[k], d[k + 1]));
                inverse[k] = T::times(simd, shared, d[k + 1]);
                inverse[k + 1] = T::times(simd, shared, d[k]);
            }
        }
        k += 2;
    }
    inverse
}

/// The dual step. The residual row holds f − Σu − λ/2, which is what the next sweep needs.
#[inline(always)]
fn ascend<S: Simd, T: Vector>(
    simd: S,
    half_tau: f64,
    chunk: &mut Chunk<'_, T::Register<S>>,
    stride: usize,
) {
    let step = T::splat(simd, -half_tau);
    let rows = chunk.from.chunks_exact(stride).zip(chunk.to.chunks_exact_mut(stride));
    for (from, to) in rows {
        let half_dual = from[stride - 1];
        let unexplained = T::plus(simd, to[0], half_dual);
        let next = T::fused(simd, step, unexplained, half_dual);
        to[stride - 1] = next;
        to[0] = T::minus(simd, unexplained, next);
    }
}
