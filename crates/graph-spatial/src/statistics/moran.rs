use ndarray::{Array1, ArrayView1, ArrayView2};
use serde::Serialize;

use super::permutation::permute;
use super::{PermutationTest, PermutationValues};
use crate::laplacian::check_weights;
use crate::{Result, SpatialError};

/// Spatial autocorrelation of one value per station.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MoransI {
    /// I: positive where neighbours are alike, near `expected` where place says nothing.
    pub statistic: f64,
    /// −1/(n−1), its mean over all orders of the stations.
    pub expected: f64,
    /// Its variance over all orders of the stations.
    pub variance: f64,
    /// Where the observed value lies among the permuted ones.
    pub permutation: PermutationValues,
}

/// Moran's I = (n/ΣΣwᵢⱼ) · ΣΣ wᵢⱼ zᵢ zⱼ / Σ zᵢ², z the values less their mean.
///
/// `values` is `[station]`, `weights` `[station, station]`; the diagonal of the weights is ignored.
/// Needs at least four stations (its variance does). O(stations²) per permutation.
///
/// ```
/// use graph_spatial::{PermutationTest, morans_i};
/// use ndarray::{Array2, array};
///
/// // Seven stations in a line, each tied to the next, with a smooth field.
/// let line = Array2::from_shape_fn((7, 7), |(i, j)| f64::from(u8::from(i.abs_diff(j) == 1)));
/// let field = array![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
/// let moran = morans_i(field.view(), line.view(), PermutationTest::default())?;
/// assert!((moran.statistic - 2.0 / 3.0).abs() < 1e-12 && moran.permutation.p_greater < 0.02);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
///
/// # Errors
///
/// [`SpatialError::TooFewStations`], [`SpatialError::Shape`], [`SpatialError::NotFinite`],
/// [`SpatialError::Degenerate`] where all values are equal or no station has a neighbour,
/// [`SpatialError::Setting`] without permutations.
///
/// # References
///
/// Moran, P. A. P. (1950), Biometrika 37, 17–23; moments under randomisation: Cliff, A. D., Ord,
/// J. K. (1981), Spatial Processes, equation 1.44.
pub fn morans_i(
    values: ArrayView1<'_, f64>,
    weights: ArrayView2<'_, f64>,
    test: PermutationTest,
) -> Result<MoransI> {
    let n = values.len();
    let (what, needed) = ("Moran's I", 4);
    if n < needed {
        return Err(SpatialError::TooFewStations { what, needed, got: n });
    }
    check_weights(weights)?;
    if weights.nrows() != n {
        let (what, axis) = ("the weight matrix", "station");
        return Err(SpatialError::Shape { what, axis, expected: n, got: weights.nrows() });
    }
    if let Some((station, &value)) = values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
        return Err(SpatialError::NotFinite {
            what,
            place: format!("station {station}"),
            value,
            remedy: "leave that station out of the values and of the weights",
        });
    }
    let mut weights = weights.to_owned();
    weights.diag_mut().fill(0.0);
    let total = weights.sum();
    let mean = values.sum() / n as f64;
    let deviation = values.mapv(|v| v - mean);
    let squares = deviation.dot(&deviation);
    let scale = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    if squares <= (1e-14 * scale).powi(2) * n as f64 {
        return Err(SpatialError::Degenerate { what, reason: "all values are equal".to_owned() });
    }
    if total == 0.0 {
        let reason = "no station has a neighbour: widen the weights".to_owned();
        return Err(SpatialError::Degenerate { what, reason });
    }

    let factor = n as f64 / total / squares;
    let statistic = |order: &[usize]| {
        let moved: Array1<f64> = order.iter().map(|&station| deviation[station]).collect();
        factor * moved.dot(&weights.dot(&moved))
    };
    let observed: Vec<usize> = (0..n).collect();
    Ok(MoransI {
        statistic: statistic(&observed),
        expected: -1.0 / (n as f64 - 1.0),
        variance: variance(weights.view(), deviation.view()),
        permutation: permute(n, test, statistic)?,
    })
}

/// Variance under randomisation.
fn variance(weights: ArrayView2<'_, f64>, deviation: ArrayView1<'_, f64>) -> f64 {
    let n = deviation.len() as f64;
    let total = weights.sum();
    let s1 = 0.5 * (&weights + &weights.t()).mapv(|w| w * w).sum();
    let rows = weights.sum_axis(ndarray::Axis(1));
    let columns = weights.sum_axis(ndarray::Axis(0));
    let s2 = (rows + columns).mapv(|w| w * w).sum();
    let second = deviation.mapv(|z| z * z).sum();
    let kurtosis = n * deviation.mapv(|z| z.powi(4)).sum() / (second * second);
    let w2 = total * total;
    let upper = n * ((n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * w2)
        - kurtosis * ((n * n - n) * s1 - 2.0 * n * s2 + 6.0 * w2);
    upper / ((n - 1.0) * (n - 2.0) * (n - 3.0) * w2) - 1.0 / ((n - 1.0) * (n - 1.0))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::super::permutation::for_each_order;
    use super::*;
    use crate::{StationGraph, strategies};

    /// A checkerboard on a ring: every neighbour is the opposite, I = −1.
    #[test]
    fn alternating_ring_is_minus_one() {
        let n = 8;
        let ring = Array2::from_shape_fn((n, n), |(i, j)| {
            f64::from(u8::from((i + 1) % n == j || (j + 1) % n == i))
        });
        let values = Array1::from_shape_fn(n, |i| if i % 2 == 0 { 1.0 } else { -1.0 });
        let moran = morans_i(values.view(), ring.view(), PermutationTest::default()).unwrap();
        assert!((moran.statistic + 1.0).abs() < 1e-12);
        assert!(moran.permutation.p_less < 0.05);
    }

    /// The printed moments are those of all 720 orders of six stations.
    #[test]
    fn moments_are_those_of_all_orders() {
        let weights = array![
            [0.0, 1.0, 0.5, 0.0, 0.0, 0.2],
            [1.0, 0.0, 2.0, 0.0, 0.3, 0.0],
            [0.1, 2.0, 0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0, 1.5, 0.0],
            [0.0, 0.3, 0.0, 0.7, 0.0, 1.0],
            [0.2, 0.0, 0.0, 0.0, 1.0, 0.0]
        ];
        let values = array![3.0, -1.0, 4.0, 1.0, -5.0, 9.0];
        let test = PermutationTest::default().with_count(1);
        let moran = morans_i(values.view(), weights.view(), test).unwrap();
        let mut all = Vec::new();
        for_each_order(&mut [0, 1, 2, 3, 4, 5], &mut |order| {
            let moved = values.select(ndarray::Axis(0), order);
            all.push(morans_i(moved.view(), weights.view(), test).unwrap().statistic);
        });
        let mean = all.iter().sum::<f64>() / 720.0;
        let variance = all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 720.0;
        assert!((mean - moran.expected).abs() < 1e-12);
        assert!((variance - moran.variance).abs() < 1e-12);
    }

    #[test]
    fn says_what_is_wrong() {
        let weights = Array2::<f64>::ones((4, 4));
        let test = PermutationTest::default();
        let flat = morans_i(array![2.0, 2.0, 2.0, 2.0].view(), weights.view(), test).unwrap_err();
        assert_eq!(flat.to_string(), "Moran's I: all values are equal");
        let gap = morans_i(array![2.0, f64::NAN, 2.0, 2.0].view(), weights.view(), test);
        assert!(gap.unwrap_err().to_string().contains("station 1 is NaN"));
        assert!(morans_i(array![1.0, 2.0, 3.0].view(), weights.view(), test).is_err());
        let alone = Array2::eye(4);
        assert!(morans_i(array![1.0, 2.0, 3.0, 4.0].view(), alone.view(), test).is_err());
    }

    proptest! {
        #[test]
        fn units_and_offsets_do_not_matter(
            sites in strategies::regional_networks(4..=9),
            values in prop::collection::vec(-10.0..10.0_f64, 9),
            scale in 0.1..100.0_f64, offset in -100.0..100.0_f64,
        ) {
            let weights = StationGraph::new(&sites).unwrap().gaussian_weights(200.0).unwrap();
            let values = Array1::from(values[..sites.len()].to_vec());
            let test = PermutationTest::default().with_count(20);
            let a = morans_i(values.view(), weights.view(), test).unwrap();
            let b = morans_i((&values * scale + offset).view(), weights.view(), test).unwrap();
            prop_assert!((a.statistic - b.statistic).abs() < 1e-9);
            prop_assert!(a.variance > -1e-12);
        }
    }
}
