/// Solves `matrix · x = right` in place for a symmetric positive definite matrix given by its lower
/// triangle, row by row. False, with both arguments spoilt, where it is not positive definite.
pub(crate) fn solve_positive_definite(matrix: &mut [f64], right: &mut [f64]) -> bool {
    let n = right.len();
    for row in 0..n {
        for column in 0..=row {
            let dot: f64 = (0..column).map(|j| matrix[row * n + j] * matrix[column * n + j]).sum();
            let rest = matrix[row * n + column] - dot;
            if row != column {
                matrix[row * n + column] = rest / matrix[column * n + column];
            } else if rest > 1e-14 * matrix[row * n + row].abs() {
                matrix[row * n + row] = rest.sqrt();
            } else {
                return false;
            }
        }
        let dot: f64 = (0..row).map(|j| matrix[row * n + j] * right[j]).sum();
        right[row] = (right[row] - dot) / matrix[row * n + row];
    }
    for row in (0..n).rev() {
        let dot: f64 = (row + 1..n).map(|j| matrix[j * n + row] * right[j]).sum();
        right[row] = (right[row] - dot) / matrix[row * n + row];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_what_was_multiplied() {
        let (mut matrix, expected) =
            (vec![4.0, 9.9, 9.9, 2.0, 5.0, 9.9, -1.0, 0.5, 3.0], [1.0, -2.0, 3.0]);
        let mut right = vec![4.0 - 4.0 - 3.0, 2.0 - 10.0 + 1.5, -1.0 - 1.0 + 9.0];
        assert!(solve_positive_definite(&mut matrix, &mut right));
        for (found, expected) in right.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn refuses_an_indefinite_matrix() {
        assert!(!solve_positive_definite(&mut [1.0, 0.0, 2.0, 1.0], &mut [1.0, 1.0]));
    }
}
