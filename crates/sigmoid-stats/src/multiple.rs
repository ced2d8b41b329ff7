use crate::error::{Result, StatsError};

/// Holm's step-down adjustment: p-values that may be compared with one level however many looks
/// were taken. Order of the output = order of the input.
///
/// ```
/// assert_eq!(sigmoid_stats::holm(&[0.01, 0.04, 0.03])?, [0.03, 0.06, 0.06]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// A value outside 0..=1 or NaN, with its index.
///
/// # References
/// Holm 1979, Scandinavian Journal of Statistics 6, 65–70.
pub fn holm(p: &[f64]) -> Result<Vec<f64>> {
    let order = rising_order(p)?;
    let mut adjusted = vec![0.0; p.len()];
    let mut running = 0.0f64;
    for (rank, &i) in order.iter().enumerate() {
        running = running.max(p[i] * (p.len() - rank) as f64).min(1.0);
        adjusted[i] = running;
    }
    Ok(adjusted)
}

/// Benjamini and Hochberg's step-up adjustment: reject where the result is at most q, and the
/// expected share of false rejections is at most q (independent or positively dependent tests).
///
/// ```
/// assert_eq!(sigmoid_stats::benjamini_hochberg(&[0.01, 0.04, 0.03])?, [0.03, 0.04, 0.04]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// A value outside 0..=1 or NaN, with its index.
///
/// # References
/// Benjamini & Hochberg 1995, Journal of the Royal Statistical Society B 57, 289–300.
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>> {
    let order = rising_order(p)?;
    let mut adjusted = vec![0.0; p.len()];
    let mut running = 1.0f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        // The factor is at least one before p is rounded, so that no value falls.
        running = running.min(p[i] * (p.len() as f64 / (rank + 1) as f64));
        adjusted[i] = running;
    }
    Ok(adjusted)
}

fn rising_order(p: &[f64]) -> Result<Vec<usize>> {
    if let Some(index) = p.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(StatsError::NotAProbability { index, value: p[index] });
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&i, &j| p[i].total_cmp(&p[j]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_probability_is_named() {
        for bad in [-0.1, 1.5, f64::NAN] {
            assert!(holm(&[0.5, bad]).unwrap_err().to_string().starts_with("p[1]"));
            assert!(benjamini_hochberg(&[0.5, bad]).is_err());
        }
        assert!(holm(&[]).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn adjusted_values_keep_order_and_do_not_fall(
            p in prop::collection::vec(0.0..=1.0f64, 1..20), shift in 0usize..20
        ) {
            for adjust in [holm, benjamini_hochberg] {
                let q = adjust(&p).unwrap();
                for i in 0..p.len() {
                    prop_assert!(q[i] >= p[i] && q[i] <= 1.0);
                    for j in 0..p.len() {
                        prop_assert!(p[i] > p[j] || q[i] <= q[j]);
                    }
                }
                let mut turned = p.clone();
                turned.rotate_left(shift % p.len());
                let mut q_turned = adjust(&turned).unwrap();
                q_turned.rotate_right(shift % p.len());
                prop_assert_eq!(q, q_turned);
            }
        }
    }
}
