use super::{Grid, Vector};

/// Added to d, so that modes that meet in one bin share it instead of dividing zero by zero.
pub(crate) const FLOOR: f64 = 1e-30;

/// Writes the modes that are optimal for `w` (τ = 0) into the rows of a sweep, registers of
/// `lanes` numbers: g_k = (1/d_k)/(1 + Σ 1/d_j).
pub(crate) fn optimal_modes<T: Vector>(
    grid: &Grid,
    magnitude: &[f64],
    w: &[f64],
    scale: Option<&[f64]>,
    lanes: usize,
    rows: &mut [T],
) {
    let block = lanes * (w.len() + 1);
    let blocks = rows.chunks_exact_mut(block).zip(magnitude.chunks_exact(lanes));
    for (index, (rows, amplitude)) in blocks.enumerate() {
        for lane in 0..lanes {
            let x = grid.at(index * lanes + lane);
            let attention = |k: usize| {
                let y = scale.map_or(1.0, |scale| scale[k]) * (x - w[k]);
                1.0 / (y * y + FLOOR)
            };
            let sum = 1.0 + (0..w.len()).map(attention).sum::<f64>();
            let share = amplitude[lane] / sum;
            rows[lane] = T::of(share);
            for k in 0..w.len() {
                rows[(1 + k) * lanes + lane] = T::of(attention(k) * share);
            }
        }
    }
}
