//! What the benchmarks share: how a share of seeds is stated.
//!
//! Each program in `src/bin` prints one Markdown table that the book shows.

use statrs::distribution::{Beta, ContinuousCDF};

/// `7 of 20 (15 to 59 %)`: a share with its exact binomial 95 % interval (Clopper and Pearson 1934).
///
/// ```
/// assert_eq!(stmn_benches::share(0, 20), "0 of 20 (0 to 17 %)");
/// assert_eq!(stmn_benches::share(1, 20), "1 of 20 (0 to 25 %)");
/// assert_eq!(stmn_benches::share(20, 20), "20 of 20 (83 to 100 %)");
/// ```
pub fn share(hits: usize, of: usize) -> String {
    let (hits_f, misses) = (hits as f64, (of - hits.min(of)) as f64);
    let quantile = |a, b, p| Beta::new(a, b).map_or(f64::NAN, |beta| beta.inverse_cdf(p));
    let low = if hits == 0 { 0.0 } else { quantile(hits_f, misses + 1.0, 0.025) };
    let high = if hits >= of { 1.0 } else { quantile(hits_f + 1.0, misses, 0.975) };
    format!("{hits} of {of} ({:.0} to {:.0} %)", 100.0 * low, 100.0 * high)
}

/// The seeds named by the program's first two arguments: the first one and how many.
pub fn seeds(first: u64, count: u64) -> std::ops::Range<u64> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().and_then(|a| a.parse().ok()).unwrap_or(default);
    let (first, count) = (number(first), number(count));
    first..first + count
}
