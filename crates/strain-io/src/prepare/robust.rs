/// 1 / the third quartile of the standard normal distribution: turns a median absolute value into
/// a standard deviation.
const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// The median of finite values, the lower of two middle ones; reorders them. `None` of none.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// The robust standard deviation about zero: 1.4826 × the median of absolute values. NaN is passed
/// over; 0 where there is nothing.
pub(super) fn median_absolute(values: &[f64]) -> f64 {
    let mut sizes: Vec<f64> =
        values.iter().filter(|value| !value.is_nan()).map(|value| value.abs()).collect();
    median(&mut sizes).map_or(0.0, |median| MAD_TO_SIGMA * median)
}

/// The mean and the variance (about it) of values that are not NaN; nothing for fewer than two.
pub(super) fn spread(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
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
