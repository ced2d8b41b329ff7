use pulp::{Simd, WithSimd};

use super::sweep::inverses;
use super::{CHUNK, Sums};

/// Most modes that are done together; more are done in groups, one after another over each chunk.
const LARGEST_GROUP: usize = 5;

/// Numbers that a sweep only reads, for each register of points: where they lie (scaled by √α), how
/// much of the signal's power each stands for, and the product of both.
pub(crate) const PER_POINT: usize = 3;

/// Numbers that change, for each register of points: what is left of the signal and every gain.
pub(crate) fn per_state(modes: usize) -> usize {
    modes + 1
}

/// One sweep of the alternating direction method of multipliers for τ = 0 over gains, the ratios of
/// modes to signal, at any points of the frequency axis: the gains depend on the frequency and the
/// w of all sweeps so far, not on the signal, which only weights the sums.
pub(crate) struct GainSweep<'a> {
    /// Frequencies of the last sweep, scaled by √α.
    pub(crate) w: &'a [f64],
    /// √(α_k/α) of each mode, where modes differ.
    pub(crate) scale: Option<&'a [f64]>,
    /// Rows of [`PER_POINT`] registers.
    pub(crate) points: &'a [f64],
    /// Rows of [`per_state`] registers.
    pub(crate) from: &'a [f64],
    pub(crate) to: &'a mut [f64],
    /// Whether Σ weight · Δg² is wanted as total of the sums.
    pub(crate) change: bool,
    /// Moments are about zero.
    pub(crate) sums: &'a mut Sums,
}

impl WithSimd for GainSweep<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.sums.clear();
        let stride = per_state(self.w.len());
        let points = S::as_simd_f64s(self.points).0.chunks(CHUNK * PER_POINT);
        let from = S::as_simd_f64s(self.from).0.chunks(CHUNK * stride);
        let to = S::as_mut_simd_f64s(self.to).0.chunks_mut(CHUNK * stride);
        for ((points, from), to) in points.zip(from).zip(to) {
            let mut chunk = Chunk { w: self.w, scale: self.scale, points, from, to };
            match self.change {
                true => chunk.modes::<S, true, true>(simd, self.sums),
                false => chunk.modes::<S, true, false>(simd, self.sums),
            }
        }
    }
}

/// Sweeps again, from zero gains, through frequencies that are known: gains at points that were
/// not followed so far.
pub(crate) struct GainReplay<'a> {
    /// Frequencies of sweep after sweep, scaled by √α.
    pub(crate) history: &'a [f64],
    pub(crate) modes: usize,
    pub(crate) scale: Option<&'a [f64]>,
    pub(crate) points: &'a [f64],
    /// Gets the gains after the last sweep.
    pub(crate) state: &'a mut [f64],
    /// As large as `state`.
    pub(crate) spare: &'a mut [f64],
    /// Unchanged.
    pub(crate) sums: &'a mut Sums,
}

impl WithSimd for GainReplay<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let points = S::as_simd_f64s(self.points).0;
        let stride = per_state(self.modes);
        let mut to = S::as_mut_simd_f64s(self.spare).0;
        let mut from = S::as_mut_simd_f64s(self.state).0;
        let (zero, one) = (simd.splat_f64s(0.0), simd.splat_f64s(1.0));
        for row in from.chunks_exact_mut(stride) {
            row.fill(zero);
            row[0] = one;
        }
        let sweeps = self.history.len() / self.modes;
        for w in self.history.chunks_exact(self.modes) {
            let mut chunk = Chunk { w, scale: self.scale, points, from, to };
            chunk.modes::<S, false, false>(simd, self.sums);
            std::mem::swap(&mut from, &mut to);
        }
        if sweeps % 2 == 1 {
            to.copy_from_slice(from);
        }
    }
}

/// Points that are done before the next ones are touched.
struct Chunk<'a, R> {
    w: &'a [f64],
    scale: Option<&'a [f64]>,
    points: &'a [R],
    from: &'a [R],
    to: &'a mut [R],
}

impl<R: Copy> Chunk<'_, R> {
    #[inline(always)]
    fn modes<S: Simd<f64s = R>, const SUMS: bool, const CHANGE: bool>(
        &mut self,
        simd: S,
        sums: &mut Sums,
    ) {
        let modes = self.w.len();
        if self.scale.is_some() {
            for k in 0..modes {
                self.group::<S, 1, true, SUMS, CHANGE>(simd, k, sums);
            }
            return;
        }
        let groups = modes.div_ceil(LARGEST_GROUP);
        for group in 0..groups {
            let (first, end) = (group * modes / groups, (group + 1) * modes / groups);
            match end - first {
                1 => self.group::<S, 1, false, SUMS, CHANGE>(simd, first, sums),
                2 => self.group::<S, 2, false, SUMS, CHANGE>(simd, first, sums),
                3 => self.group::<S, 3, false, SUMS, CHANGE>(simd, first, sums),
                4 => self.group::<S, 4, false, SUMS, CHANGE>(simd, first, sums),
                _ => self.group::<S, LARGEST_GROUP, false, SUMS, CHANGE>(simd, first, sums),
            }
        }
    }

    /// Modes `begin..begin + G`. Later groups find what earlier ones left in `to`.
    #[inline(always)]
    fn group<
        S: Simd<f64s = R>,
        const G: usize,
        const SCALED: bool,
        const SUMS: bool,
        const CHANGE: bool,
    >(
        &mut self,
        simd: S,
        begin: usize,
        sums: &mut Sums,
    ) {
        let (zero, one) = (simd.splat_f64s(0.0), simd.splat_f64s(1.0));
        let (mut power, mut moment, mut change) = ([zero; G], [zero; G], zero);
        let (mut w, mut scale) = ([zero; G], [one; G]);
        for k in 0..G {
            w[k] = simd.splat_f64s(self.w[begin + k]);
            scale[k] = simd.splat_f64s(self.scale.map_or(1.0, |scale| scale[begin + k]));
        }
        let stride = per_state(self.w.len());
        let rows = self.from.chunks_exact(stride).zip(self.to.chunks_exact_mut(stride));
        for (point, (from, to)) in self.points.chunks_exact(PER_POINT).zip(rows) {
            let (x, weight, first) = (point[0], point[1], point[2]);
            let mut filter = [one; G];
            for k in 0..G {
                let offset = simd.sub_f64s(x, w[k]);
                let y = if SCALED { simd.mul_f64s(offset, scale[k]) } else { offset };
                filter[k] = simd.mul_add_e_f64s(y, y, one);
            }
            let filter = inverses::<S, f64, G>(simd, filter);
            let mut left = if begin == 0 { from[0] } else { to[0] };
            let (from, gains) = (&from[1 + begin..][..G], &mut to[1 + begin..][..G]);
            let mut squares = zero;
            for k in 0..G {
                let target = simd.add_f64s(left, from[k]);
                let gain = simd.mul_f64s(target, filter[k]);
                left = simd.sub_f64s(target, gain);
                if SUMS {
                    let square = simd.mul_f64s(gain, gain);
                    power[k] = simd.mul_add_e_f64s(square, weight, power[k]);
                    moment[k] = simd.mul_add_e_f64s(square, first, moment[k]);
                }
                if CHANGE {
                    let difference = simd.sub_f64s(gain, from[k]);
                    squares = simd.mul_add_e_f64s(difference, difference, squares);
                }
                gains[k] = gain;
            }
            to[0] = left;
            if CHANGE {
                change = simd.mul_add_e_f64s(squares, weight, change);
            }
        }
        if SUMS {
            for k in 0..G {
                sums.power[begin + k] += simd.reduce_sum_f64s(power[k]);
                sums.moment[begin + k] += simd.reduce_sum_f64s(moment[k]);
            }
        }
        if CHANGE {
            sums.total += simd.reduce_sum_f64s(change);
        }
    }
}
