/// Logistic function 1/(1 + e^(−x)), without overflow.
pub(crate) fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// Its derivative, e^(−|x|)/(1 + e^(−|x|))².
pub(crate) fn logistic_derivative(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    e / ((1.0 + e) * (1.0 + e))
}

/// Both at once, from one exponential.
pub(crate) fn logistic_parts(x: f64) -> (f64, f64) {
    let e = (-x.abs()).exp();
    let inverse = 1.0 / (1.0 + e);
    let value = if x >= 0.0 { inverse } else { e * inverse };
    (value, e * inverse * inverse)
}

/// Sigmoid a/(1 + e^(−b(t−c))) + d at `t`.
///
/// ```
/// let half_way = sigmoid_stats::sigmoid(40.0, 120.0, 0.1, 40.0, 5.0);
/// assert_eq!(half_way, 65.0);
/// ```
pub fn sigmoid(t: f64, a: f64, b: f64, c: f64, d: f64) -> f64 {
    a * logistic(b * (t - c)) + d
}

/// Its rate a·b·e^(−b(t−c))/(1 + e^(−b(t−c)))², the daily counts that the cumulative sigmoid
/// implies; its integral over all time is `a`.
pub fn sigmoid_rate(t: f64, a: f64, b: f64, c: f64) -> f64 {
    a * b * logistic_derivative(b * (t - c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_rate_is_the_finite_difference(
            t in 0.0..180.0f64, a in 1.0..500.0f64, b in 0.01..1.0f64, c in 0.0..180.0f64
        ) {
            let h = 1e-4;
            let difference =
                (sigmoid(t + h, a, b, c, 3.0) - sigmoid(t - h, a, b, c, 3.0)) / (2.0 * h);
            prop_assert!((difference - sigmoid_rate(t, a, b, c)).abs() < 1e-6 * a);
        }

        #[test]
        fn far_arguments_stay_finite(x in -1e6..1e6f64) {
            prop_assert!((0.0..=1.0).contains(&logistic(x)));
            prop_assert!((0.0..=0.25).contains(&logistic_derivative(x)));
            let (value, slope) = logistic_parts(x);
            prop_assert!((value - logistic(x)).abs() < 1e-15);
            prop_assert!((slope - logistic_derivative(x)).abs() < 1e-15);
        }
    }
}
