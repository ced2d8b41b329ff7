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

/// The medians of successive blocks of `len` values, the last one as long as it is, and where the middle
/// of each block is; NaN is passed over, and so is a block of nothing else.
pub(crate) fn block_medians(values: &[f64], len: usize) -> Vec<(f64, f64)> {
    let block = |(index, part): (usize, &[f64])| {
        let middle = (index * len) as f64 + 0.5 * (part.len() - 1) as f64;
        let mut known: Vec<f64> = part.iter().copied().filter(|value| !value.is_nan()).collect();
        Some((middle, median(&mut known)?))
    };
    values.chunks(len).enumerate().filter_map(block).collect()
}

/// The median of each `width` neighbouring values, `[place of the first]`; NaN is passed over, and is what
/// stands where there is nothing else.
pub(crate) fn moving_medians(values: &[f64], width: usize) -> Vec<f64> {
    let mut medians = Vec::with_capacity((values.len() + 1).saturating_sub(width));
    let mut sorted: Vec<f64> = Vec::with_capacity(width);
    for (index, value) in values.iter().enumerate() {
        if let Some(left) = index.checked_sub(width).map(|first| values[first])
            && let Ok(place) = sorted.binary_search_by(|other| other.total_cmp(&left))
        {
            sorted.remove(place);
        }
        if !value.is_nan() {
            sorted.insert(sorted.partition_point(|other| other.total_cmp(value).is_lt()), *value);
        }
        if index + 1 >= width {
            let middle = sorted.len() / 2;
            medians.push(match sorted.get(middle) {
                None => f64::NAN,
                Some(upper) if !sorted.len().is_multiple_of(2) => *upper,
                Some(upper) => sorted[middle - 1] + (upper - sorted[middle - 1]) / 2.0,
            });
        }
    }
    medians
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
    use proptest::prelude::*;

    proptest! {
        /// To the last bit, gaps and equal values among them.
        #[test]
        fn moving_medians_are_the_medians_of_the_windows(
            values in prop::collection::vec(
                prop_oneof![3 => -9.0..9.0_f64, 2 => (-2_i32..3).prop_map(f64::from), 1 => Just(f64::NAN)],
                0..60,
            ),
            width in 1_usize..15,
        ) {
            let known = |part: &[f64]| part.iter().copied().filter(|v| !v.is_nan()).collect::<Vec<_>>();
            let wanted = values.windows(width).map(|part| median(&mut known(part)));
            let wanted: Vec<u64> = wanted.map(|it| it.unwrap_or(f64::NAN).to_bits()).collect();
            let found = moving_medians(&values, width).into_iter().map(f64::to_bits);
            prop_assert_eq!(found.collect::<Vec<_>>(), wanted);
        }
    }

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
