//! The forecast that a short-term forecast is measured against.

/// Naive 2 of the M4 competition: the last value, of a seasonal series with its season taken out
/// and put back.
///
/// A series counts as seasonal where it spans at least three seasons and its autocorrelation at
/// one season exceeds 1.645·√((1 + 2·Σr²)/n) over the shorter lags; the season is then taken out
/// by classical multiplicative decomposition (centred moving average, mean ratio of each phase).
/// A series with values of zero or below has no such ratios and is taken as it is.
///
/// Makridakis, Spiliotis, Assimakopoulos (2020), "The M4 Competition", doi:10.1016/j.ijforecast.2019.04.014
///
/// ```
/// // Two seasons of two would not do; six do.
/// let history = [10.0, 20.0, 10.0, 20.0, 10.0, 20.0, 10.0, 20.0, 10.0, 20.0, 10.0, 20.0];
/// let next: Vec<f64> = timesnet::naive2(&history, 2, 3).iter().map(|v| v.round()).collect();
/// assert_eq!(next, [10.0, 20.0, 10.0]);
/// assert_eq!(timesnet::naive2(&history, 1, 2), [20.0, 20.0]);
/// ```
#[must_use]
pub fn naive2(history: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    let Some(&last) = history.last() else { return Vec::new() };
    match indices(history, season) {
        None => vec![last; horizon],
        Some(indices) => {
            let at = |row: usize| indices[row % season];
            let level = last / at(history.len() - 1);
            (0..horizon).map(|step| level * at(history.len() + step)).collect()
        }
    }
}

/// The seasonal index of each phase, with mean one; nothing for a series that is not seasonal.
fn indices(history: &[f64], season: usize) -> Option<Vec<f64>> {
    let positive = history.iter().all(|value| *value > 0.0);
    if season < 2 || !positive || !is_seasonal(history, season) {
        return None;
    }
    let mut sums = vec![(0.0, 0usize); season];
    // A centred average over an even season takes half of the two outermost values.
    let half = season / 2;
    for row in half..history.len() - half {
        let around = &history[row - half..=row + half];
        let whole: f64 = around.iter().sum();
        let ends =
            if season.is_multiple_of(2) { 0.5 * (around[0] + around[2 * half]) } else { 0.0 };
        let (sum, count) = &mut sums[row % season];
        *sum += history[row] * season as f64 / (whole - ends);
        *count += 1;
    }
    let means: Vec<f64> = sums.iter().map(|(sum, count)| sum / (*count).max(1) as f64).collect();
    let mean = means.iter().sum::<f64>() / season as f64;
    let indices: Vec<f64> = means.iter().map(|index| index / mean).collect();
    indices.iter().all(|index| index.is_finite() && *index > 0.0).then_some(indices)
}

fn is_seasonal(history: &[f64], season: usize) -> bool {
    let count = history.len();
    if count < 3 * season {
        return false;
    }
    let mean = history.iter().sum::<f64>() / count as f64;
    let centred: Vec<f64> = history.iter().map(|value| value - mean).collect();
    let product = |lag: usize| -> f64 {
        centred[lag..].iter().zip(&centred).map(|(later, earlier)| later * earlier).sum()
    };
    let variance = product(0);
    let correlation = |lag: usize| product(lag) / variance;
    let squares: f64 = (1..season).map(|lag| correlation(lag).powi(2)).sum();
    let limit = 1.645 * ((1.0 + 2.0 * squares) / count as f64).sqrt();
    // Of a flat series the correlation is NaN, which exceeds nothing.
    correlation(season).abs() > limit
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By hand: the centred average of (a, b, a, b, …) is (a + b)/2 everywhere.
    #[test]
    fn a_pure_season_is_continued() {
        for season in [2, 3, 4, 12] {
            let wave = |row: usize| 10.0 + (row % season) as f64;
            let history: Vec<f64> = (0..5 * season + 1).map(wave).collect();
            for (step, value) in naive2(&history, season, 2 * season).into_iter().enumerate() {
                let want = wave(history.len() + step);
                assert!((value - want).abs() < 1e-9, "{season}: {value} for {want}");
            }
        }
    }

    #[test]
    fn without_a_season_it_is_the_last_value() {
        let walk = [5.0, 6.0, 6.5, 7.5, 8.0, 7.9, 8.4, 9.0, 9.2, 10.0, 10.1, 10.5, 11.0, 11.5];
        assert_eq!(naive2(&walk[..5], 4, 2), [8.0, 8.0], "too short for the test");
        assert_eq!(naive2(&[3.0; 40], 4, 1), [3.0], "flat");
        let signed: Vec<f64> = (0..40).map(|row| f64::from(row % 4) - 1.0).collect();
        assert_eq!(naive2(&signed, 4, 1), [2.0], "not all positive");
        assert!(naive2(&[], 4, 3).is_empty());
    }

    proptest! {
        #[test]
        fn it_scales_with_the_series(
            history in prop::collection::vec(0.5f64..9.0, 1..60), season in 1usize..8, scale in 0.1f64..50.0,
        ) {
            let plain = naive2(&history, season, 5);
            let scaled: Vec<f64> = history.iter().map(|v| v * scale).collect();
            for (a, b) in plain.iter().zip(naive2(&scaled, season, 5)) {
                prop_assert!((a * scale - b).abs() <= 1e-9 * b.abs());
            }
        }
    }
}
