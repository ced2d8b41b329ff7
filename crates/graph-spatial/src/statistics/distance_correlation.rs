use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::Serialize;

use super::permutation::permute;
use super::{PermutationTest, PermutationValues};
use crate::{Result, SpatialError};

/// Dependence of any form between two samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DistanceCorrelation {
    /// dCor in 0..=1; in the limit of many observations zero only under independence. Biased
    /// upwards for few of them.
    pub correlation: f64,
    /// dCov², the statistic that is permuted.
    pub covariance_squared: f64,
    /// The estimate of dCor² without bias; may be negative.
    pub unbiased_squared: f64,
    /// Where the observed covariance lies among the permuted ones (`p_greater` is the test).
    pub permutation: PermutationValues,
}

/// Distance correlation of `x` `[observation, dimension]` and `y` `[observation, dimension]`, with
/// the p-value of independence.
///
/// Observations may be stations: `x` their coordinates or distances, `y` what was found there. At
/// least four are needed. O(observations²) per permutation, and memory.
///
/// ```
/// use graph_spatial::{PermutationTest, distance_correlation};
/// use ndarray::{Array1, Axis};
///
/// // A parabola: not a trace of linear correlation, and yet not independent.
/// let x = Array1::linspace(-1.0, 1.0, 31);
/// let y = x.mapv(|v: f64| v * v);
/// let (x, y) = (x.insert_axis(Axis(1)), y.insert_axis(Axis(1)));
/// let test = PermutationTest::default().with_count(999);
/// let result = distance_correlation(x.view(), y.view(), test)?;
/// assert!(result.correlation > 0.4 && result.permutation.p_greater < 0.05);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
///
/// # Errors
///
/// [`SpatialError::TooFewStations`] for fewer than four observations, [`SpatialError::Shape`],
/// [`SpatialError::NotFinite`], [`SpatialError::Degenerate`] where either sample is constant,
/// [`SpatialError::Setting`] without permutations.
///
/// # References
///
/// Székely, G. J., Rizzo, M. L., Bakirov, N. K. (2007), Ann. Statist. 35, 2769–2794,
/// doi:10.1214/009053607000000505; without bias: Székely, Rizzo (2014), Ann. Statist. 42,
/// 2382–2412.
pub fn distance_correlation(
    x: ArrayView2<'_, f64>,
    y: ArrayView2<'_, f64>,
    test: PermutationTest,
) -> Result<DistanceCorrelation> {
    let n = x.nrows();
    let (what, needed) = ("the distance correlation", 4);
    if n < needed {
        return Err(SpatialError::TooFewStations { what, needed, got: n });
    }
    if y.nrows() != n {
        let (what, axis) = ("the second sample", "observation");
        return Err(SpatialError::Shape { what, axis, expected: n, got: y.nrows() });
    }
    let (dx, dy) = (distances("the first sample", x)?, distances("the second sample", y)?);
    let (a, b) = (doubly_centred(&dx), doubly_centred(&dy));
    let pairs = (n * n) as f64;
    let covariance = (&a * &b).sum() / pairs;
    let variances = ((&a * &a).sum() / pairs, (&b * &b).sum() / pairs);
    let (ua, ub) = (unbiased_centred(&dx), unbiased_centred(&dy));
    let unbiased = (&ua * &ub).sum() / ((&ua * &ua).sum() * (&ub * &ub).sum()).sqrt();

    let permutation = permute(n, test, |order| {
        let mut sum = 0.0;
        for (i, row) in a.outer_iter().enumerate() {
            let moved = b.row(order[i]);
            sum += row.iter().zip(order).map(|(v, &j)| v * moved[j]).sum::<f64>();
        }
        // Relative to its largest value, so that a tie is a tie in any units.
        sum / pairs / (variances.0 * variances.1).sqrt()
    })?;
    Ok(DistanceCorrelation {
        correlation: (covariance.max(0.0) / (variances.0 * variances.1).sqrt()).sqrt(),
        covariance_squared: covariance,
        unbiased_squared: if unbiased.is_nan() { 0.0 } else { unbiased },
        permutation,
    })
}

/// Euclidean distances between all observations.
fn distances(what: &'static str, sample: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    if let Some(((row, column), &value)) = sample.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return Err(SpatialError::NotFinite {
            what,
            place: format!("observation {row}, dimension {column}"),
            value,
            remedy: "leave that observation out of both samples",
        });
    }
    let n = sample.nrows();
    let between = Array2::from_shape_fn((n, n), |(i, j)| {
        let squares = sample.row(i).into_iter().zip(sample.row(j)).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f64>().sqrt()
    });
    if between.iter().all(|&d| d == 0.0) {
        let reason = "all observations are equal".to_owned();
        return Err(SpatialError::Degenerate { what, reason });
    }
    Ok(between)
}

/// Row, column and total means taken out (distances are symmetric).
fn doubly_centred(distances: &Array2<f64>) -> Array2<f64> {
    let n = distances.nrows() as f64;
    let means = distances.sum_axis(Axis(1)) / n;
    centred(distances, &means, means.sum() / n)
}

/// The same with the sums divided so that the products have no bias, and a zero diagonal.
fn unbiased_centred(distances: &Array2<f64>) -> Array2<f64> {
    let n = distances.nrows() as f64;
    let sums = distances.sum_axis(Axis(1));
    let total = sums.sum() / ((n - 1.0) * (n - 2.0));
    let mut result = centred(distances, &(sums / (n - 2.0)), total);
    result.diag_mut().fill(0.0);
    result
}

fn centred(distances: &Array2<f64>, means: &Array1<f64>, total: f64) -> Array2<f64> {
    Array2::from_shape_fn(distances.dim(), |(i, j)| distances[[i, j]] - means[i] - means[j] + total)
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    fn once() -> PermutationTest {
        PermutationTest::default().with_count(1)
    }

    /// dCov² in the form of the definition: S1 + S2 − 2 S3 (Székely et al. 2007, remark 1).
    fn from_the_definition(x: &[f64], y: &[f64]) -> f64 {
        let n = x.len();
        let (mut s1, mut sum_x, mut sum_y, mut s3) = (0.0, 0.0, 0.0, 0.0);
        for k in 0..n {
            for l in 0..n {
                let (dx, dy) = ((x[k] - x[l]).abs(), (y[k] - y[l]).abs());
                s1 += dx * dy;
                sum_x += dx;
                sum_y += dy;
                for m in 0..n {
                    s3 += dx * (y[k] - y[m]).abs();
                }
            }
        }
        let n = n as f64;
        s1 / (n * n) + sum_x * sum_y / n.powi(4) - 2.0 * s3 / n.powi(3)
    }

    fn column(values: &[f64]) -> Array2<f64> {
        Array1::from(values.to_vec()).insert_axis(Axis(1))
    }

    #[test]
    fn similarity_maps_give_one() {
        let x = array![[0.0, 1.0], [2.0, -1.0], [3.0, 0.5], [1.0, 1.0], [-2.0, 0.3]];
        // A rotation, a scale and a shift.
        let y = x.dot(&array![[0.0, -3.0], [3.0, 0.0]]) + 7.0;
        let result = distance_correlation(x.view(), y.view(), PermutationTest::default()).unwrap();
        assert!((result.correlation - 1.0).abs() < 1e-12);
        assert!((result.unbiased_squared - 1.0).abs() < 1e-12);
        assert!(result.permutation.exhaustive);
        assert!(result.permutation.p_greater <= 2.0 / 120.0);
    }

    /// The p-value of independent samples is uniform: of 200 at most 0.05 in about 10 cases.
    #[test]
    fn independent_samples_are_seldom_significant() {
        use rand::{RngExt, SeedableRng};
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let mut significant = 0;
        for seed in 0..200 {
            let x = Array2::from_shape_fn((15, 1), |_| rng.random::<f64>());
            let y = Array2::from_shape_fn((15, 2), |_| rng.random::<f64>());
            let test = PermutationTest::default().with_count(199).with_seed(seed);
            let result = distance_correlation(x.view(), y.view(), test).unwrap();
            significant += usize::from(result.permutation.p_greater <= 0.05);
        }
        // Binomial(200, 0.05): mean 10, standard deviation 3.1; three of them either way.
        assert!((1..=19).contains(&significant), "{significant}");
    }

    #[test]
    fn says_what_is_wrong() {
        let x = column(&[1.0, 2.0, 3.0, 4.0]);
        let flat = distance_correlation(x.view(), column(&[1.0; 4]).view(), once()).unwrap_err();
        assert_eq!(flat.to_string(), "the second sample: all observations are equal");
        let gap = column(&[1.0, 2.0, f64::NAN, 4.0]);
        let error = distance_correlation(gap.view(), x.view(), once()).unwrap_err();
        assert!(error.to_string().contains("observation 2"), "{error}");
        assert!(distance_correlation(x.view(), column(&[1.0; 5]).view(), once()).is_err());
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition_and_stays_within_its_bounds(
            values in prop::collection::vec((-10.0..10.0_f64, -10.0..10.0_f64), 4..12),
        ) {
            let (x, y): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
            let result = distance_correlation(column(&x).view(), column(&y).view(), once()).unwrap();
            prop_assert!((result.covariance_squared - from_the_definition(&x, &y)).abs() < 1e-9);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&result.correlation));
            let back = distance_correlation(column(&y).view(), column(&x).view(), once()).unwrap();
            prop_assert!((back.correlation - result.correlation).abs() < 1e-9);
        }
    }
}
