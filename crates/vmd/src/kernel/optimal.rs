use super::{Grid, Vector, vectorised};

/// Added to d, so that modes that meet in one bin share it instead of dividing zero by zero.
pub(crate) const FLOOR: f64 = 1e-30;

/// The gains that are optimal for frequencies `w` (τ = 0): g_k = (1/d_k)/(1 + Σ 1/d_j).
#[derive(Debug, Clone, Copy)]
pub(crate) struct OptimalGains<'a> {
    pub(crate) spacing: f64,
    /// Scaled by √α.
    pub(crate) w: &'a [f64],
    /// √(α_k/α) of each mode, where modes differ.
    pub(crate) scale: Option<&'a [f64]>,
}

impl<'a> OptimalGains<'a> {
    pub(crate) fn new(grid: &Grid, w: &'a [f64], scale: Option<&'a [f64]>) -> Self {
        Self { spacing: grid.spacing, w, scale }
    }

    #[inline(always)]
    fn attention(&self, k: usize, bin: usize) -> f64 {
        let scale = self.scale.map_or(1.0, |scale| scale[k]);
        let y = scale * (bin as f64 * self.spacing - self.w[k]);
        1.0 / (y * y + FLOOR)
    }

    /// 1/(1 + Σ 1/d_j) of each bin, which is also what the modes leave of it.
    pub(crate) fn shares(&self, shares: &mut [f64]) {
        vectorised(|| {
            for (bin, share) in shares.iter_mut().enumerate() {
                let sum = 1.0 + (0..self.w.len()).map(|k| self.attention(k, bin)).sum::<f64>();
                *share = 1.0 / sum;
            }
        });
    }

    /// The gains of mode `k`, given the shares.
    pub(crate) fn gains<T: Vector>(&self, k: usize, shares: &[f64], gains: &mut [T]) {
        vectorised(|| {
            for (bin, (gain, share)) in gains.iter_mut().zip(shares).enumerate() {
                *gain = T::of(self.attention(k, bin) * share);
            }
        });
    }
}
