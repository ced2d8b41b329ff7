//! The two inner loops, over blocks of [`LANES`] bins, on magnitudes only.
//!
//! Both loops hold every mode of a block at once: given the frequencies of the last sweep, bins are
//! independent of each other. Frequencies are scaled by √α, so that d = (x − w)². First moments are
//! taken about the present frequency, which gives its next step without cancellation. Sums are kept
//! per lane and per group of blocks, which bounds their rounding.

/// Bins per block.
pub(crate) const LANES: usize = 4;
/// One quantity over a block of bins.
pub(crate) type Lane = [f64; LANES];

/// Largest number of modes with a loop of its own.
const UNROLLED: usize = 8;
/// Blocks summed before their sum is added to the total.
const GROUP: usize = 64;
/// Added to d, so that modes that meet in one bin share it instead of dividing zero by zero.
const FLOOR: f64 = 1e-30;
/// Above this √α products of d could overflow.
const LARGEST_AXIS: f64 = 1e15;

const ZERO: Lane = [0.0; LANES];

/// What a pass over all bins sums up.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sums {
    /// Σ|u_k|² for each mode.
    pub(crate) power: Vec<f64>,
    /// Σ(x − w_k)|u_k|² for each mode.
    pub(crate) moment: Vec<f64>,
    /// A sweep: Σ|Δu|² over all modes. An evaluation: the objective.
    pub(crate) total: f64,
    /// An evaluation with curvature: Σ s_k s_j with s_k = sgn(x − w_k) g_k^1.5 |f̂|, row by row.
    pub(crate) gram: Vec<f64>,
}

impl Sums {
    pub(crate) fn new(modes: usize) -> Self {
        Self {
            power: vec![0.0; modes],
            moment: vec![0.0; modes],
            total: 0.0,
            gram: vec![0.0; modes * modes],
        }
    }

    fn clear(&mut self) {
        self.power.fill(0.0);
        self.moment.fill(0.0);
        self.total = 0.0;
        self.gram.fill(0.0);
    }

    /// How far mode `k` would move: first moment over power, zero for a mode without power.
    pub(crate) fn step(&self, k: usize) -> f64 {
        if self.power[k] > 0.0 { self.moment[k] / self.power[k] } else { 0.0 }
    }
}

/// Rows that a sweep keeps for each block: the residual, one row per mode, and half the dual
/// variable where there is one.
pub(crate) fn rows_per_block(modes: usize, dual: bool) -> usize {
    modes + 1 + usize::from(dual)
}

macro_rules! by_mode_count {
    ($count:expr, $unrolled:ident, $any:expr; $($argument:expr),*) => {
        match $count {
            1 => $unrolled::<1>($($argument),*),
            2 => $unrolled::<2>($($argument),*),
            3 => $unrolled::<3>($($argument),*),
            4 => $unrolled::<4>($($argument),*),
            5 => $unrolled::<5>($($argument),*),
            6 => $unrolled::<6>($($argument),*),
            7 => $unrolled::<7>($($argument),*),
            UNROLLED => $unrolled::<UNROLLED>($($argument),*),
            _ => $any,
        }
    };
}

/// One sweep of the alternating direction method of multipliers over all modes (the paper's
/// algorithm 2): reads one iterate, writes the next. `dual` is τ/2, or `None` for τ = 0.
pub(crate) fn sweep(
    axis: &[Lane],
    from: &[Lane],
    to: &mut [Lane],
    w: &[f64],
    dual: Option<f64>,
    sums: &mut Sums,
) {
    sums.clear();
    by_mode_count!(w.len(), sweep_unrolled, {
        let (mut power, mut moment) = (vec![ZERO; w.len()], vec![ZERO; w.len()]);
        sweep_groups(axis, from, to, w, dual, &mut power, &mut moment, sums);
    }; axis, from, to, w, dual, sums);
}

fn sweep_unrolled<const K: usize>(
    axis: &[Lane],
    from: &[Lane],
    to: &mut [Lane],
    w: &[f64],
    dual: Option<f64>,
    sums: &mut Sums,
) {
    let Ok(w): Result<&[f64; K], _> = w.try_into() else { return };
    let (mut power, mut moment) = ([ZERO; K], [ZERO; K]);
    sweep_groups(axis, from, to, w, dual, &mut power, &mut moment, sums);
}

#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "inlined into its two callers, which own the arrays")]
fn sweep_groups(
    axis: &[Lane],
    from: &[Lane],
    to: &mut [Lane],
    w: &[f64],
    dual: Option<f64>,
    power: &mut [Lane],
    moment: &mut [Lane],
    sums: &mut Sums,
) {
    let stride = rows_per_block(w.len(), dual.is_some());
    let groups =
        axis.chunks(GROUP).zip(from.chunks(GROUP * stride)).zip(to.chunks_mut(GROUP * stride));
    for ((axis, from), to) in groups {
        power.fill(ZERO);
        moment.fill(ZERO);
        let mut change = ZERO;
        let blocks = from.chunks_exact(stride).zip(to.chunks_exact_mut(stride));
        for (x, (from, to)) in axis.iter().zip(blocks) {
            let residual = sweep_block(x, from, to, w, power, moment, &mut change);
            to[0] = residual;
            if let Some(half_tau) = dual {
                ascend(half_tau, from[w.len() + 1], to, w.len());
            }
        }
        add_group(power, moment, &change, sums);
    }
}

#[inline(always)]
fn sweep_block(
    x: &Lane,
    from: &[Lane],
    to: &mut [Lane],
    w: &[f64],
    power: &mut [Lane],
    moment: &mut [Lane],
    change: &mut Lane,
) -> Lane {
    let mut residual = from[0];
    for k in 0..w.len() {
        let (old, new) = (&from[1 + k], &mut to[1 + k]);
        for lane in 0..LANES {
            let y = x[lane] - w[k];
            let target = residual[lane] + old[lane];
            let value = target / (1.0 + y * y);
            residual[lane] = target - value;
            let difference = value - old[lane];
            change[lane] += difference * difference;
            let squared = value * value;
            power[k][lane] += squared;
            moment[k][lane] += y * squared;
            new[lane] = value;
        }
    }
    residual
}

/// The dual step. The residual row holds f − Σu − λ/2, which is what the next sweep needs.
#[inline(always)]
fn ascend(half_tau: f64, half_dual: Lane, to: &mut [Lane], modes: usize) {
    for lane in 0..LANES {
        let unexplained = to[0][lane] + half_dual[lane];
        let next = half_dual[lane] - half_tau * unexplained;
        to[modes + 1][lane] = next;
        to[0][lane] = unexplained - next;
    }
}

#[inline(always)]
fn add_group(power: &[Lane], moment: &[Lane], total: &Lane, sums: &mut Sums) {
    for k in 0..power.len() {
        sums.power[k] += power[k].iter().sum::<f64>();
        sums.moment[k] += moment[k].iter().sum::<f64>();
    }
    sums.total += total.iter().sum::<f64>();
}

/// The fixed-point map of τ = 0 at frequencies `w`, all modes being optimal for them:
/// g_k = (1/d_k)/(1 + Σ 1/d_j), and the objective Σ|f̂|²/(1 + Σ 1/d_j), which is the paper's
/// Lagrangian minimised over the modes. With `CURVATURE`, also the sums of its Hessian.
pub(crate) fn evaluate<const CURVATURE: bool>(
    axis: &[Lane],
    magnitude: &[Lane],
    w: &[f64],
    sums: &mut Sums,
) {
    sums.clear();
    let far = axis.last().map_or(0.0, |x| x[LANES - 1]);
    if w.len() > UNROLLED || far > LARGEST_AXIS {
        return evaluate_by_reciprocals(axis, magnitude, w, sums);
    }
    evaluate_by_products::<CURVATURE>(axis, magnitude, w, sums);
}

fn evaluate_by_products<const CURVATURE: bool>(
    axis: &[Lane],
    magnitude: &[Lane],
    w: &[f64],
    sums: &mut Sums,
) {
    if CURVATURE {
        by_mode_count!(w.len(), evaluate_curved, (); axis, magnitude, w, sums);
    } else {
        by_mode_count!(w.len(), evaluate_flat, (); axis, magnitude, w, sums);
    }
}

fn evaluate_flat<const K: usize>(axis: &[Lane], magnitude: &[Lane], w: &[f64], sums: &mut Sums) {
    evaluate_groups::<K, false>(axis, magnitude, w, sums);
}

fn evaluate_curved<const K: usize>(axis: &[Lane], magnitude: &[Lane], w: &[f64], sums: &mut Sums) {
    evaluate_groups::<K, true>(axis, magnitude, w, sums);
}

#[inline(always)]
fn evaluate_groups<const K: usize, const CURVATURE: bool>(
    axis: &[Lane],
    magnitude: &[Lane],
    w: &[f64],
    sums: &mut Sums,
) {
    let Ok(w): Result<&[f64; K], _> = w.try_into() else { return };
    for (axis, magnitude) in axis.chunks(GROUP).zip(magnitude.chunks(GROUP)) {
        let (mut power, mut moment, mut objective) = ([ZERO; K], [ZERO; K], ZERO);
        let mut gram = [[ZERO; K]; K];
        for (x, amplitude) in axis.iter().zip(magnitude) {
            let block = evaluate_block(x, amplitude, w, &mut power, &mut moment, &mut objective);
            if CURVATURE {
                add_gram(&block, &mut gram);
            }
        }
        add_group(&power, &moment, &objective, sums);
        if CURVATURE {
            for (slot, lane) in sums.gram.iter_mut().zip(gram.as_flattened()) {
                *slot += lane.iter().sum::<f64>();
            }
        }
    }
}

/// One division serves all modes of a bin: with P_k the product of the other modes' d,
/// g_k = P_k / (Π d + Σ P_j). Returns s_k for the curvature.
#[inline(always)]
fn evaluate_block<const K: usize>(
    x: &Lane,
    amplitude: &Lane,
    w: &[f64; K],
    power: &mut [Lane; K],
    moment: &mut [Lane; K],
    objective: &mut Lane,
) -> [Lane; K] {
    let (mut y, mut others, mut all) = ([ZERO; K], [ZERO; K], [1.0; LANES]);
    for k in 0..K {
        for lane in 0..LANES {
            y[k][lane] = x[lane] - w[k];
            others[k][lane] = all[lane];
            all[lane] *= y[k][lane] * y[k][lane] + FLOOR;
        }
    }
    let (mut after, mut sum) = ([1.0; LANES], all);
    for k in (0..K).rev() {
        for lane in 0..LANES {
            others[k][lane] *= after[lane];
            sum[lane] += others[k][lane];
            after[lane] *= y[k][lane] * y[k][lane] + FLOOR;
        }
    }
    let (mut inverse, mut signal_power) = (ZERO, ZERO);
    for lane in 0..LANES {
        inverse[lane] = 1.0 / sum[lane];
        signal_power[lane] = amplitude[lane] * amplitude[lane];
        objective[lane] += signal_power[lane] * (all[lane] * inverse[lane]);
    }
    for k in 0..K {
        for lane in 0..LANES {
            let gain = others[k][lane] * inverse[lane];
            let squared = signal_power[lane] * gain * gain;
            power[k][lane] += squared;
            moment[k][lane] += y[k][lane] * squared;
            others[k][lane] = (gain.sqrt() * gain * amplitude[lane]).copysign(y[k][lane]);
        }
    }
    others
}

#[inline(always)]
fn add_gram<const K: usize>(slopes: &[Lane; K], gram: &mut [[Lane; K]; K]) {
    for k in 0..K {
        for j in 0..=k {
            for lane in 0..LANES {
                gram[k][j][lane] += slopes[k][lane] * slopes[j][lane];
            }
        }
    }
}

/// The same with one division per mode, bin by bin: for any number of modes and any α, and the
/// oracle of the loop above.
fn evaluate_by_reciprocals(axis: &[Lane], magnitude: &[Lane], w: &[f64], sums: &mut Sums) {
    let modes = w.len();
    let mut slopes = vec![0.0; modes];
    for (&x, &amplitude) in axis.as_flattened().iter().zip(magnitude.as_flattened()) {
        let attention = |w: f64| 1.0 / ((x - w) * (x - w) + FLOOR);
        let unexplained = 1.0 / (1.0 + w.iter().map(|&w| attention(w)).sum::<f64>());
        sums.total += amplitude * amplitude * unexplained;
        for k in 0..modes {
            let gain = attention(w[k]) * unexplained;
            let squared = (amplitude * gain) * (amplitude * gain);
            sums.power[k] += squared;
            sums.moment[k] += (x - w[k]) * squared;
            slopes[k] = (gain.powf(1.5) * amplitude).copysign(x - w[k]);
        }
        for k in 0..modes {
            for j in 0..=k {
                sums.gram[k * modes + j] += slopes[k] * slopes[j];
            }
        }
    }
}

/// Writes the modes that are optimal for `w` into the rows of a sweep.
pub(crate) fn optimal_modes(axis: &[Lane], magnitude: &[Lane], w: &[f64], rows: &mut [Lane]) {
    for (block, (x, amplitude)) in
        rows.chunks_exact_mut(w.len() + 1).zip(axis.iter().zip(magnitude))
    {
        let mut sum = [1.0; LANES];
        for (row, w) in block[1..].iter_mut().zip(w) {
            for lane in 0..LANES {
                row[lane] = 1.0 / ((x[lane] - w) * (x[lane] - w) + FLOOR);
                sum[lane] += row[lane];
            }
        }
        let share: Lane = std::array::from_fn(|lane| amplitude[lane] / sum[lane]);
        for row in &mut block[1..] {
            for lane in 0..LANES {
                row[lane] *= share[lane];
            }
        }
        block[0] = share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(bins: usize) -> (Vec<Lane>, Vec<Lane>) {
        let blocks = bins.div_ceil(LANES);
        let axis = (0..blocks)
            .map(|b| std::array::from_fn(|l| 22.0 * (b * LANES + l) as f64 / bins as f64))
            .collect();
        let magnitude = (0..blocks)
            .map(|b| std::array::from_fn(|l| (((b * LANES + l) * 7919 % 101) as f64) / 50.0))
            .collect();
        (axis, magnitude)
    }

    fn close(fast: &[f64], plain: &[f64], scale: f64) {
        for (fast, plain) in fast.iter().zip(plain) {
            assert!((fast - plain).abs() <= 1e-13 * scale, "{fast} {plain}");
        }
    }

    #[test]
    fn products_agree_with_reciprocals_for_every_unrolled_count() {
        let (axis, magnitude) = problem(1000);
        for modes in 1..=UNROLLED {
            // One frequency sits on a bin, two of them meet where there is room for it.
            let w: Vec<f64> =
                (0..modes).map(|k| if k < 2 { 2.2 } else { 2.9 * k as f64 }).collect();
            let (mut fast, mut plain) = (Sums::new(modes), Sums::new(modes));
            evaluate_by_products::<true>(&axis, &magnitude, &w, &mut fast);
            evaluate_by_reciprocals(&axis, &magnitude, &w, &mut plain);
            let scale = 22.0 * plain.power.iter().sum::<f64>();
            close(&fast.power, &plain.power, scale);
            close(&fast.moment, &plain.moment, scale);
            close(&fast.gram, &plain.gram, scale);
            close(&[fast.total], &[plain.total], plain.total);
        }
    }

    /// The paper's update, mode by mode, bin by bin, without a residual kept between modes.
    fn naive_sweep(
        x: &[f64],
        signal: &[f64],
        u: &mut [Vec<f64>],
        lambda: &mut [f64],
        w: &[f64],
        tau: f64,
    ) {
        for k in 0..w.len() {
            for i in 0..x.len() {
                let others: f64 = (0..w.len()).filter(|&j| j != k).map(|j| u[j][i]).sum();
                let target = signal[i] - others - lambda[i] / 2.0;
                u[k][i] = target / (1.0 + (x[i] - w[k]).powi(2));
            }
        }
        for i in 0..x.len() {
            lambda[i] += tau * (u.iter().map(|u| u[i]).sum::<f64>() - signal[i]);
        }
    }

    #[test]
    fn sweeps_agree_with_the_naive_form_for_every_count_with_and_without_dual() {
        let (axis, magnitude) = problem(300);
        let (x, signal) = (axis.as_flattened(), magnitude.as_flattened());
        let loudness: f64 = signal.iter().map(|value| value * value).sum();
        for modes in 1..=UNROLLED + 2 {
            for tau in [0.0, 0.3] {
                let dual = (tau > 0.0).then_some(tau / 2.0);
                let stride = rows_per_block(modes, dual.is_some());
                let mut from = vec![ZERO; stride * axis.len()];
                from.chunks_mut(stride).zip(&magnitude).for_each(|(block, m)| block[0] = *m);
                let mut to = from.clone();
                let mut sums = Sums::new(modes);
                let w: Vec<f64> = (0..modes).map(|k| 22.0 * k as f64 / modes as f64).collect();
                let (mut u, mut lambda) = (vec![vec![0.0; x.len()]; modes], vec![0.0; x.len()]);
                for _ in 0..5 {
                    let before = u.clone();
                    naive_sweep(x, signal, &mut u, &mut lambda, &w, tau);
                    sweep(&axis, &from, &mut to, &w, dual, &mut sums);
                    std::mem::swap(&mut from, &mut to);
                    let changed: f64 = u
                        .as_slice()
                        .concat()
                        .iter()
                        .zip(before.concat())
                        .map(|(a, b)| (a - b).powi(2))
                        .sum();
                    close(&[sums.total], &[changed], loudness);
                    for k in 0..modes {
                        let power: f64 = u[k].iter().map(|u| u * u).sum();
                        let moment: f64 = u[k].iter().zip(x).map(|(u, x)| (x - w[k]) * u * u).sum();
                        close(&[sums.power[k], sums.moment[k]], &[power, moment], 22.0 * loudness);
                        for i in 0..x.len() {
                            let found = from[i / LANES * stride + 1 + k][i % LANES];
                            close(&[found], &[u[k][i]], 1.0);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn sweeps_settle_at_the_optimal_modes() {
        let (axis, magnitude) = problem(64);
        let w = [1.0, 5.0, 15.0];
        let mut from = vec![ZERO; 4 * axis.len()];
        from.chunks_mut(4).zip(&magnitude).for_each(|(block, m)| block[0] = *m);
        let (mut to, mut sums) = (from.clone(), Sums::new(3));
        // The slowest bin contracts by about 1 − 1/50 a sweep.
        for _ in 0..5000 {
            sweep(&axis, &from, &mut to, &w, None, &mut sums);
            std::mem::swap(&mut from, &mut to);
        }
        optimal_modes(&axis, &magnitude, &w, &mut to);
        close(from.as_flattened(), to.as_flattened(), 1.0);
    }
}
