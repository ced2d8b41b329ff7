use ndarray::Array2;
use stmn_linalg::default_backend;

use crate::error::Result;
use crate::sigmoid::SigmoidFit;
use crate::sigmoid_curve::{logistic, logistic_derivative};

/// Smallest to largest singular value of the scaled Jacobian below which four parameters are not
/// determined in double precision.
const WORST_CONDITION: f64 = 1e-9;

/// Standard errors of a, b, c, d from s²·(JᵀJ)⁻¹ with the full four-column Jacobian.
pub(crate) fn standard_errors(t: &[f64], fit: &SigmoidFit) -> Result<Option<[f64; 4]>> {
    if fit.bound_hit.is_some() || fit.n <= 4 || fit.a == 0.0 {
        return Ok(None);
    }
    let mut jacobian = Array2::zeros((t.len(), 4));
    for (mut row, t) in jacobian.rows_mut().into_iter().zip(t) {
        let x = fit.b * (t - fit.c);
        let slope = fit.a * logistic_derivative(x);
        row[0] = logistic(x);
        row[1] = slope * (t - fit.c);
        row[2] = -slope * fit.b;
        row[3] = 1.0;
    }
    let lengths: Vec<f64> = jacobian.columns().into_iter().map(|c| c.dot(&c).sqrt()).collect();
    if lengths.iter().any(|l| !l.is_finite() || *l == 0.0) {
        return Ok(None);
    }
    jacobian.columns_mut().into_iter().zip(&lengths).for_each(|(mut c, l)| c /= *l);
    let svd = default_backend().svd(jacobian.view())?;
    let values = &svd.values;
    if values.len() < 4 || values[3] < WORST_CONDITION * values[0] {
        return Ok(None);
    }
    let variance = fit.sse / (fit.n - 4) as f64;
    let error = |k: usize| {
        let sum: f64 = (0..4).map(|s| (svd.right_transposed[[s, k]] / values[s]).powi(2)).sum();
        (variance * sum).sqrt() / lengths[k]
    };
    Ok(Some([error(0), error(1), error(2), error(3)]))
}
