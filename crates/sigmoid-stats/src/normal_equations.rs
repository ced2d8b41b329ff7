/// Σ r².
pub(crate) fn sum_of_squares(residuals: &[f64]) -> f64 {
    residuals.iter().map(|r| r * r).sum()
}

/// JᵀJ and Jᵀr.
pub(crate) fn normal_equations(
    jacobian: &[Vec<f64>],
    residuals: &[f64],
) -> (Vec<Vec<f64>>, Vec<f64>) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let normal = jacobian.iter().map(|i| jacobian.iter().map(|j| dot(i, j)).collect()).collect();
    (normal, jacobian.iter().map(|column| dot(column, residuals)).collect())
}

/// Whether the cosine between the residual and every free column of the Jacobian vanishes.
pub(crate) fn is_stationary(
    normal: &[Vec<f64>],
    gradient: &[f64],
    held: &[bool],
    cost: f64,
    tolerance: f64,
) -> bool {
    (0..gradient.len())
        .all(|i| held[i] || gradient[i].abs() <= tolerance * (normal[i][i] * cost).sqrt())
}

/// Cholesky solution of a small system; `None` where it is not positive definite.
pub(crate) fn solve_positive_definite(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let sum = a[i][j] - (0..j).map(|k| a[i][k] * a[j][k]).sum::<f64>();
            if i == j {
                if !(sum > 0.0 && sum.is_finite()) {
                    return None;
                }
                a[i][i] = sum.sqrt();
            } else {
                a[i][j] = sum / a[j][j];
            }
        }
        b[i] = (b[i] - (0..i).map(|k| a[i][k] * b[k]).sum::<f64>()) / a[i][i];
    }
    for i in (0..n).rev() {
        b[i] = (b[i] - (i + 1..n).map(|k| a[k][i] * b[k]).sum::<f64>()) / a[i][i];
    }
    b.iter().all(|v| v.is_finite()).then_some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_singular_matrix_has_no_solution() {
        let singular = vec![vec![1.0, 1.0], vec![1.0, 1.0]];
        assert!(solve_positive_definite(singular, vec![1.0, 2.0]).is_none());
    }
}
