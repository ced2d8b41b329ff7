/// 1 / the third quartile of the standard normal distribution: turns a median absolute value into
/// a standard deviation.
const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// The median of finite values, the mean of the two middle ones where they are even in number;
/// reorders them. `None` of none.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    if values.is_empty() {
        return None;
    }
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if !even {
        return Some(upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp)?;
    Some(lower + (upper - lower) / 2.0)
}

/// The robust standard deviation about zero: 1.4826 × the median of absolute values. NaN is passed
/// over; 0 where there is nothing.
pub(crate) fn median_absolute(values: &[f64]) -> f64 {
    let mut sizes: Vec<f64> =
        values.iter().filter(|value| !value.is_nan()).map(|value| value.abs()).collect();
    median(&mut sizes).map_or(0.0, |median| MAD_TO_SIGMA * median)
}

/// The mean and the variance (about it) of values that are not NaN; nothing for fewer than two.
pub(crate) fn spread(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    // Welford's recurrence: gauges lie thousands of nanostrain off zero.
    let (mut count, mut mean, mut sum) = (0.0, 0.0, 0.0);
    for value in values.filter(|value| !value.is_nan()) {
        count += 1.0;
        let off = value - mean;
        mean += off / count;
        sum += off * (value - mean);
    }
    (count > 1.0).then(|| (mean, sum / (count - 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_spreads() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 9.0]), Some(3.0));
        assert_eq!(median(&mut []), None);
        assert_eq!(median_absolute(&[-1.0, f64::NAN, 1.0]), MAD_TO_SIGMA);
        let (mean, variance) = spread([1e9 + 1.0, f64::NAN, 1e9 + 3.0].into_iter()).unwrap();
        assert_eq!((mean, variance), (1e9 + 2.0, 2.0));
        assert!(spread([1.0].into_iter()).is_none());
    }
}
