use std::ops::Range;

use ndarray::{Array1, Array2};
use stmn_linalg::{LinalgError, default_backend};

use crate::robust::median_absolute;

/// Changes beyond this many robust standard deviations are steps and spikes, not the process.
const TRIM: f64 = 6.0;

/// An autoregressive process of differences: what is left of a record once tides are out.
///
/// Its prediction error filter acts on the values themselves: a[0] = 1.
pub(super) struct Autoregression {
    filter: Vec<f64>,
}

impl Autoregression {
    /// Fits the differences of `values` (NaN where missing) by Yule and Walker's equations, of the
    /// order up to `highest` that Akaike's criterion prefers.
    pub(super) fn fit(values: &[f64], highest: usize) -> Self {
        let mut changes: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let bound = TRIM * median_absolute(&changes);
        for change in &mut changes {
            if change.is_nan() || (bound > 0.0 && change.abs() > bound) {
                *change = 0.0;
            }
        }
        let lagged = |lag: usize| {
            changes[lag.min(changes.len())..].iter().zip(&changes).map(|(a, b)| a * b).sum::<f64>()
        };
        let covariance: Vec<f64> = (0..=highest).map(lagged).collect();
        // Levinson's recursion, each order's error beside it.
        let (mut phi, mut error) = (Vec::<f64>::new(), covariance[0]);
        let (mut best, mut lowest) = (phi.clone(), f64::INFINITY);
        for order in 0..=highest {
            let criterion = changes.len() as f64 * error.ln() + 2.0 * order as f64;
            if criterion < lowest {
                (best, lowest) = (phi.clone(), criterion);
            }
            if order == highest || error <= 1e-12 * covariance[0] {
                break;
            }
            let explained: f64 =
                phi.iter().zip((1..=order).rev()).map(|(p, lag)| p * covariance[lag]).sum();
            let reflection = (covariance[order + 1] - explained) / error;
            let turned: Vec<f64> = phi.iter().rev().map(|p| reflection * p).collect();
            phi.iter_mut().zip(turned).for_each(|(p, turned)| *p -= turned);
            phi.push(reflection);
            error *= 1.0 - reflection * reflection;
        }
        // (1 − Σ φₖ Bᵏ)(1 − B)
        let mut filter = vec![0.0; best.len() + 2];
        let differences = std::iter::once(1.0).chain(best.iter().map(|p| -p));
        for (lag, value) in differences.enumerate() {
            filter[lag] += value;
            filter[lag + 1] -= value;
        }
        Self { filter }
    }

    /// The values within `gap` with which the process's prediction errors, before and after it, are
    /// least; nothing where too little is known around it.
    ///
    /// Janssen, A. J. E. M., Veldhuis, R. N. J. and Vries, L. B. (1986), Adaptive interpolation of
    /// discrete-time signals that can be modeled as autoregressive processes, *IEEE Trans. Acoust.
    /// Speech Signal Process.* 34, 317–330, doi:10.1109/TASSP.1986.1164824.
    pub(super) fn bridge(
        &self,
        values: &[f64],
        gap: Range<usize>,
    ) -> Result<Option<Vec<f64>>, LinalgError> {
        let reach = self.filter.len() - 1;
        let known = |index: usize| gap.contains(&index) || !values[index].is_nan();
        let from = gap.start.max(reach);
        let to = (gap.end + reach).min(values.len());
        let rows: Vec<usize> = (from..to).filter(|&at| (at - reach..=at).all(known)).collect();
        // One row beyond the gap's length ties it to what comes after.
        if rows.len() <= gap.len() {
            return Ok(None);
        }
        let level = values[gap.start - 1];
        let mut design = Array2::zeros((rows.len(), gap.len()));
        let mut target = Array1::zeros(rows.len());
        for (row, &at) in rows.iter().enumerate() {
            for (lag, weight) in self.filter.iter().enumerate() {
                let index = at - lag;
                if gap.contains(&index) {
                    design[[row, index - gap.start]] += weight;
                } else {
                    target[row] -= weight * (values[index] - level);
                }
            }
        }
        let fit = default_backend().least_squares(design.view(), target.view())?;
        let determined = fit.rank == gap.len();
        Ok(determined.then(|| fit.solution.iter().map(|value| value + level).collect()))
    }
}
