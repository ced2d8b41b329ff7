use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError, check_at_least, check_finite, check_length};
use crate::tails::{t_quantile, t_two_sided, z_two_sided};

/// Largest number of pairs for which Wilcoxon's distribution is enumerated.
const EXACT_UP_TO: usize = 50;
/// Smallest number of pairs whose normality can be doubted by moments.
const NORMALITY_FROM: usize = 7;

/// Paired t-test of seeds: is the mean of x − y zero?
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PairedT {
    /// Mean of x − y.
    pub mean_difference: f64,
    /// Its 95 % confidence interval.
    pub interval: [f64; 2],
    /// Student's t.
    pub t: f64,
    /// n − 1.
    pub degrees_of_freedom: usize,
    /// Two-sided p.
    pub p_value: f64,
    /// Cohen's d of the differences, mean / standard deviation.
    pub effect_size: f64,
    /// Hedges' g: d corrected for its bias at small n, factor 1 − 3/(4(n−1) − 1).
    pub effect_size_corrected: f64,
    /// Jarque–Bera p of the differences' normality by its χ²₂ limit: a small value says that
    /// [`wilcoxon`] should be preferred. Crude below about 30 pairs, and `None` below 7: no six numbers, however
    /// far one is off, have a value below 0.16, so that it would say nothing but "normal".
    pub normality_p: Option<f64>,
}

/// Wilcoxon's signed-rank test: is the distribution of x − y symmetric about zero?
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Wilcoxon {
    /// Smaller of the two rank sums.
    pub statistic: f64,
    /// Two-sided p.
    pub p_value: f64,
    /// Whether p is from the exact distribution of the ranks that there are, ties among them (at most 50
    /// pairs that differ), rather than the normal limit with the correction for ties.
    pub exact: bool,
    /// Matched-pairs rank-biserial correlation, −1..1, positive where x is larger.
    pub effect_size: f64,
    /// Pairs that differ.
    pub n: usize,
}

/// Paired t-test with effect size and a check of its assumption.
///
/// ```
/// let test = sigmoid_stats::paired_t(&[1.2, 1.4, 1.3, 1.5], &[1.0, 1.1, 1.2, 1.1])?;
/// assert!(test.p_value < 0.05 && test.mean_difference > 0.0);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Unequal lengths, fewer than two pairs, a value that is not finite, differences that are all
/// equal (t is not defined).
pub fn paired_t(x: &[f64], y: &[f64]) -> Result<PairedT> {
    let differences = differences(x, y)?;
    check_at_least("paired t-test", differences.len(), 2)?;
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let moment = |k: i32| differences.iter().map(|d| (d - mean).powi(k)).sum::<f64>() / n;
    let spread = (moment(2) * n / (n - 1.0)).sqrt();
    if spread <= 1e-14 * mean.abs() {
        return Err(StatsError::NoVariation { what: "the paired difference", value: mean });
    }
    let t = mean / (spread / n.sqrt());
    let half = t_quantile(0.95, n - 1.0) * spread / n.sqrt();
    let skewness = moment(3) / moment(2).powf(1.5);
    let excess = moment(4) / moment(2).powi(2) - 3.0;
    let jarque_bera = n / 6.0 * (skewness.powi(2) + excess.powi(2) / 4.0);
    Ok(PairedT {
        mean_difference: mean,
        interval: [mean - half, mean + half],
        t,
        degrees_of_freedom: differences.len() - 1,
        p_value: t_two_sided(t, n - 1.0),
        effect_size: mean / spread,
        effect_size_corrected: mean / spread * (1.0 - 3.0 / (4.0 * (n - 1.0) - 1.0)),
        normality_p: (differences.len() >= NORMALITY_FROM).then(|| (-jarque_bera / 2.0).exp()),
    })
}

/// Wilcoxon's signed-rank test; pairs that do not differ are left out (Wilcoxon 1945), equal differences
/// share their ranks, and p counts the sign patterns of those ranks.
///
/// ```
/// let test = sigmoid_stats::wilcoxon(&[5.0, 6.0, 7.0, 8.0, 9.0], &[4.0, 4.0, 4.0, 4.0, 4.0])?;
/// assert!(test.exact && (test.p_value - 0.0625).abs() < 1e-12);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Unequal lengths, a value that is not finite, no pair that differs.
pub fn wilcoxon(x: &[f64], y: &[f64]) -> Result<Wilcoxon> {
    let all = differences(x, y)?;
    let mut differences: Vec<f64> = all.iter().copied().filter(|d| *d != 0.0).collect();
    check_at_least("pairs that differ", differences.len(), 1)?;
    differences.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let n = differences.len();
    let (mut positive, mut ties) = (0.0, 0.0);
    // Twice the ranks, which are whole numbers where tied ones are shared too.
    let mut doubled: Vec<usize> = Vec::with_capacity(n);
    let mut start = 0;
    while start < n {
        let same = |d: &&f64| d.abs() == differences[start].abs();
        let tied = differences[start..].iter().take_while(same).count();
        let rank = start as f64 + (tied as f64 + 1.0) / 2.0;
        let above = differences[start..start + tied].iter().filter(|d| **d > 0.0).count();
        positive += rank * above as f64;
        ties += (tied as f64).powi(3) - tied as f64;
        doubled.extend(std::iter::repeat_n(2 * start + tied + 1, tied));
        start += tied;
    }
    let total = (n * (n + 1)) as f64 / 2.0;
    let statistic = positive.min(total - positive);
    let exact = n <= EXACT_UP_TO;
    let p_value = if exact {
        exact_p(&doubled, (2.0 * statistic) as usize)
    } else {
        let variance = total * (2 * n + 1) as f64 / 12.0 - ties / 48.0;
        z_two_sided((statistic - total / 2.0) / (variance).sqrt())
    };
    let effect_size = (2.0 * positive - total) / total;
    Ok(Wilcoxon { statistic, p_value, exact, effect_size, n })
}

/// Two-sided p from the number of sign patterns with a sum of `ranks` of at most `statistic`.
fn exact_p(ranks: &[usize], statistic: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    let mut patterns = vec![0.0f64; total + 1];
    patterns[0] = 1.0;
    for &rank in ranks {
        for sum in (rank..=total).rev() {
            patterns[sum] += patterns[sum - rank];
        }
    }
    let below: f64 = patterns[..=statistic].iter().sum();
    (2.0 * below / (ranks.len() as f64).exp2()).min(1.0)
}

/// The tables' stars: `**` for p < 0.01, `*` for p < 0.05, otherwise nothing.
pub fn stars(p_value: f64) -> &'static str {
    match p_value {
        p if p < 0.01 => "**",
        p if p < 0.05 => "*",
        _ => "",
    }
}

fn differences(x: &[f64], y: &[f64]) -> Result<Vec<f64>> {
    check_length("y", y.len(), x.len(), "value of x")?;
    check_finite("x", x)?;
    check_finite("y", y)?;
    Ok(x.iter().zip(y).map(|(x, y)| x - y).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bad_input_is_refused() {
        assert!(paired_t(&[1.0, 2.0], &[1.0]).is_err());
        assert!(paired_t(&[1.0, 2.0], &[0.0, 1.0]).is_err());
        assert!(wilcoxon(&[1.0], &[1.0]).is_err());
        assert!(wilcoxon(&[f64::NAN], &[1.0]).is_err());
    }

    /// Every sign pattern, one by one.
    fn enumerated(differences: &[f64]) -> f64 {
        let d: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
        let rank = |x: f64| {
            let below = d.iter().filter(|y| y.abs() < x.abs()).count() as f64;
            let same = d.iter().filter(|y| y.abs() == x.abs()).count() as f64;
            below + (same + 1.0) / 2.0
        };
        let ranks: Vec<f64> = d.iter().map(|x| rank(*x)).collect();
        let total: f64 = ranks.iter().sum();
        let smaller = |positive: f64| positive.min(total - positive);
        let of = |sign: &dyn Fn(usize) -> bool| -> f64 {
            ranks.iter().enumerate().filter(|(i, _)| sign(*i)).map(|(_, r)| r).sum()
        };
        let seen = smaller(of(&|i| d[i] > 0.0));
        let patterns = 1_usize << d.len();
        let as_far = (0..patterns).filter(|p| smaller(of(&|i| p >> i & 1 == 1)) <= seen + 1e-9);
        as_far.count() as f64 / patterns as f64
    }

    #[test]
    fn ties_and_zeros_claim_no_more_than_their_sign_patterns_do() {
        for (differences, p) in [
            (vec![1.0; 5], 0.0625),
            (vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0], 0.0625),
            (vec![1.0; 7], 0.015_625),
        ] {
            let zero = vec![0.0; differences.len()];
            let found = wilcoxon(&differences, &zero).unwrap();
            assert!(found.exact && (found.p_value - p).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn few_pairs_say_nothing_of_normality() {
        let pairs = |n: usize| {
            let x: Vec<f64> =
                (0..n).map(|i| if i == 0 { 1e3 } else { f64::from(i as u8 % 2) }).collect();
            paired_t(&x, &vec![0.0; n]).unwrap().normality_p
        };
        assert_eq!(pairs(6), None);
        // One outlier among equals or nearly so.
        assert!(pairs(8).unwrap() < 0.05);
        assert!(pairs(30).unwrap() < 1e-10);
    }

    proptest! {
        #[test]
        fn p_is_the_share_of_sign_patterns(differences in prop::collection::vec(-4..5_i32, 1..11)) {
            prop_assume!(differences.iter().any(|d| *d != 0));
            let x: Vec<f64> = differences.iter().map(|d| f64::from(*d)).collect();
            let found = wilcoxon(&x, &vec![0.0; x.len()]).unwrap();
            prop_assert!((found.p_value - enumerated(&x)).abs() < 1e-12, "{}", found.p_value);
        }

        #[test]
        fn exchanging_x_and_y_turns_the_sign_and_keeps_p(
            x in prop::collection::vec(-5.0..5.0f64, 5..30)
        ) {
            let y: Vec<f64> = x.iter().rev().map(|v| v * 0.7 + 0.1).collect();
            let (t, back) = (paired_t(&x, &y).unwrap(), paired_t(&y, &x).unwrap());
            prop_assert!((t.t + back.t).abs() < 1e-9 && (t.p_value - back.p_value).abs() < 1e-12);
            let (w, back) = (wilcoxon(&x, &y).unwrap(), wilcoxon(&y, &x).unwrap());
            prop_assert!((w.effect_size + back.effect_size).abs() < 1e-12);
            prop_assert_eq!(w.p_value, back.p_value);
        }
    }
}
