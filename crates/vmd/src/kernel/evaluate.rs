use pulp::{Simd, WithSimd};

use super::optimal::FLOOR;
use super::vector::{first_bins, lanes};
use super::{CHUNK, Sums, Vector, vectorised};

/// Largest number of modes with a loop of its own.
const UNROLLED: usize = 8;
/// Above this √α products of all d could overflow.
const LARGEST_AXIS: f64 = 1e15;
/// √[`FLOOR`].
const NUDGE: f64 = 1e-15;

/// The fixed-point map of τ = 0 at frequencies `w`, all modes being optimal for them:
/// g_k = (1/d_k)/(1 + Σ 1/d_j), and the objective Σ|f̂|²/(1 + Σ 1/d_j), which is the paper's
/// Lagrangian minimised over the modes. With `curvature`, also the sums of its Hessian. Moments are
/// taken about the present frequency, which gives its next step without cancellation.
pub(crate) fn evaluate(
    spacing: f64,
    magnitude: &[f64],
    w: &[f64],
    scale: Option<&[f64]>,
    curvature: bool,
    sums: &mut Sums,
) {
    sums.clear();
    let far = spacing * magnitude.len() as f64;
    if w.len() > UNROLLED || far > LARGEST_AXIS {
        return evaluate_by_reciprocals(spacing, magnitude, w, scale, sums);
    }
    vectorised(Evaluate { spacing, magnitude, w, scale, curvature, sums });
}

struct Evaluate<'a> {
    spacing: f64,
    magnitude: &'a [f64],
    w: &'a [f64],
    scale: Option<&'a [f64]>,
    curvature: bool,
    sums: &'a mut Sums,
}

impl WithSimd for Evaluate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::IS_SCALAR {
            let Self { spacing, magnitude, w, scale, sums, .. } = self;
            return evaluate_by_reciprocals(spacing, magnitude, w, scale, sums);
        }
        match self.w.len() {
            1 => self.pass::<S, 1>(simd),
            2 => self.pass::<S, 2>(simd),
            3 => self.pass::<S, 3>(simd),
            4 => self.pass::<S, 4>(simd),
            5 => self.pass::<S, 5>(simd),
            6 => self.pass::<S, 6>(simd),
            7 => self.pass::<S, 7>(simd),
            _ => self.pass::<S, UNROLLED>(simd),
        }
    }
}

impl Evaluate<'_> {
    #[inline(always)]
    fn pass<S: Simd, const K: usize>(self, simd: S) {
        if self.curvature {
            self.chunks::<S, K, true>(simd);
        } else {
            self.chunks::<S, K, false>(simd);
        }
    }

    #[inline(always)]
    fn chunks<S: Simd, const K: usize, const CURVATURE: bool>(self, simd: S) {
        let one = f64::splat(simd, 1.0);
        let (mut scales, mut offsets) = ([one; K], [one; K]);
        for k in 0..K {
            let scale = self.scale.map_or(1.0, |scale| scale[k]);
            scales[k] = f64::splat(simd, scale);
            offsets[k] = f64::splat(simd, -scale * self.w[k]);
        }
        let width = f64::splat(simd, lanes::<S, f64>() as f64 * self.spacing);
        let first = f64::times(simd, first_bins::<S, f64>(simd), f64::splat(simd, self.spacing));
        let mut index = f64::splat(simd, 0.0);
        for magnitude in f64::registers(simd, self.magnitude).chunks(CHUNK) {
            let mut sums = ChunkSums::<S, K>::new(simd);
            for &amplitude in magnitude {
                let x = f64::fused(simd, index, width, first);
                index = f64::plus(simd, index, one);
                let slopes = sums.add_modes::<CURVATURE>(simd, x, amplitude, &scales, &offsets);
                if CURVATURE {
                    sums.add_gram(simd, &slopes);
                }
            }
            sums.finish::<CURVATURE>(simd, self.sums);
        }
    }
}

struct ChunkSums<S: Simd, const K: usize> {
    power: [S::f64s; K],
    moment: [S::f64s; K],
    objective: S::f64s,
    gram: [[S::f64s; K]; K],
}

impl<S: Simd, const K: usize> ChunkSums<S, K> {
    #[inline(always)]
    fn new(simd: S) -> Self {
        let zero = f64::splat(simd, 0.0);
        Self { power: [zero; K], moment: [zero; K], objective: zero, gram: [[zero; K]; K] }
    }

    /// One division serves all modes of a bin: with Q_k the product of the other modes' distances
    /// y and D = Π y² + Σ Q_j², the gains are g_k = Q_k²/D. Gives s_k up to a sign that all modes
    /// of a bin share: Q_k/√D is √g_k.
    #[inline(always)]
    fn add_modes<const CURVATURE: bool>(
        &mut self,
        simd: S,
        x: S::f64s,
        amplitude: S::f64s,
        scales: &[S::f64s; K],
        offsets: &[S::f64s; K],
    ) -> [S::f64s; K] {
        let one = f64::splat(simd, 1.0);
        let nudge = f64::splat(simd, NUDGE);
        let (mut y, mut others, mut all) = ([one; K], [one; K], one);
        for k in 0..K {
            // A distance of exactly zero would leave nothing to share where two modes meet.
            y[k] = f64::plus(simd, f64::fused(simd, x, scales[k], offsets[k]), nudge);
            others[k] = all;
            all = f64::times(simd, all, y[k]);
        }
        let all = f64::times(simd, all, all);
        let (mut after, mut sum, mut shares) = (one, all, [one; K]);
        for k in (0..K).rev() {
            others[k] = f64::times(simd, others[k], after);
            after = f64::times(simd, after, y[k]);
            shares[k] = f64::times(simd, others[k], others[k]);
            sum = f64::plus(simd, sum, shares[k]);
        }
        let inverse = f64::over(simd, one, sum);
        let amplified = f64::times(simd, inverse, amplitude);
        let unexplained = f64::times(simd, all, amplified);
        self.objective = f64::fused(simd, unexplained, amplitude, self.objective);
        let root = if CURVATURE { f64::root(simd, inverse) } else { inverse };
        for k in 0..K {
            let mode = f64::times(simd, shares[k], amplified);
            let squared = f64::times(simd, mode, mode);
            self.power[k] = f64::plus(simd, self.power[k], squared);
            self.moment[k] = f64::fused(simd, y[k], squared, self.moment[k]);
            if CURVATURE {
                others[k] = f64::times(simd, mode, f64::times(simd, others[k], root));
            }
        }
        others
    }

    #[inline(always)]
    fn add_gram(&mut self, simd: S, slopes: &[S::f64s; K]) {
        for k in 0..K {
            for j in 0..=k {
                self.gram[k][j] = f64::fused(simd, slopes[k], slopes[j], self.gram[k][j]);
            }
        }
    }

    #[inline(always)]
    fn finish<const CURVATURE: bool>(&self, simd: S, sums: &mut Sums) {
        sums.total += f64::sum(simd, self.objective);
        for k in 0..K {
            sums.power[k] += f64::sum(simd, self.power[k]);
            sums.moment[k] += f64::sum(simd, self.moment[k]);
            if CURVATURE {
                for j in 0..=k {
                    sums.gram[k * K + j] += f64::sum(simd, self.gram[k][j]);
                }
            }
        }
    }
}

/// The same with one division per mode, bin by bin: for any number of modes and any α, and the
/// oracle of the loop above.
fn evaluate_by_reciprocals(
    spacing: f64,
    magnitude: &[f64],
    w: &[f64],
    scale: Option<&[f64]>,
    sums: &mut Sums,
) {
    let modes = w.len();
    for (bin, &amplitude) in magnitude.iter().enumerate() {
        let x = bin as f64 * spacing;
        let distance = |k: usize| scale.map_or(1.0, |scale| scale[k]) * (x - w[k]);
        let attention = |k: usize| 1.0 / (distance(k).powi(2) + FLOOR);
        let unexplained = 1.0 / (1.0 + (0..modes).map(attention).sum::<f64>());
        let slope =
            |k: usize| ((attention(k) * unexplained).powf(1.5) * amplitude).copysign(distance(k));
        sums.total += amplitude * amplitude * unexplained;
        for k in 0..modes {
            let squared = (amplitude * (attention(k) * unexplained)).powi(2);
            sums.power[k] += squared;
            sums.moment[k] += distance(k) * squared;
            for j in 0..=k {
                sums.gram[k * modes + j] += slope(k) * slope(j);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(fast: &[f64], plain: &[f64], scale: f64) {
        for (fast, plain) in fast.iter().zip(plain) {
            assert!((fast - plain).abs() <= 1e-13 * scale, "{fast} {plain}");
        }
    }

    #[test]
    fn products_agree_with_reciprocals_for_every_unrolled_count() {
        let spacing = 22.0 / 1000.0;
        let magnitude: Vec<f64> = (0..1008)
            .map(|i| if i < 1000 { f64::from(i * 7919 % 101) / 50.0 } else { 0.0 })
            .collect();
        for modes in 1..=UNROLLED {
            let unequal: Vec<f64> = (0..modes).map(|k| 1.0 / (1.0 + 0.3 * k as f64)).collect();
            for scale in [None, Some(unequal.as_slice())] {
                // Two frequencies meet where there is room for it: on a bin, where they share it
                // equally, or beside it where they differ and rounding would decide.
                let meet = if scale.is_none() { 2.2 } else { 2.211 };
                let w: Vec<f64> =
                    (0..modes).map(|k| if k < 2 { meet } else { 2.9 * k as f64 }).collect();
                let mut plain = Sums::new(modes);
                evaluate_by_reciprocals(spacing, &magnitude, &w, scale, &mut plain);
                let (mut fast, mut wide) = (Sums::new(modes), Sums::new(modes));
                evaluate(spacing, &magnitude, &w, scale, true, &mut fast);
                // The twin of 512-bit registers.
                let (magnitude, w) = (&magnitude, &w);
                Evaluate { spacing, magnitude, w, scale, curvature: true, sums: &mut wide }
                    .with_simd(pulp::Scalar512b);
                let scale = 22.0 * plain.power.iter().sum::<f64>();
                for found in [fast, wide] {
                    close(&found.power, &plain.power, scale);
                    close(&found.moment, &plain.moment, scale);
                    close(&found.gram, &plain.gram, scale);
                    close(&[found.total], &[plain.total], plain.total);
                }
            }
        }
    }
}
