use std::cmp::Ordering;

use ndarray::{Array1, ArrayView2};
use serde::Serialize;

use super::pair_correlation::pearson;
use super::permutation::permute;
use super::{PairCorrelation, PermutationTest, PermutationValues, pair_correlations};
use crate::{Result, SpatialError};

/// Correlation between stations as a function of their distance.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Correlogram {
    /// Every pair of stations.
    pub pairs: Vec<PairCorrelation>,
    /// Averages by distance, in the order of the edges that were given.
    pub bins: Vec<DistanceBin>,
    /// Mean correlation over all pairs that have one.
    pub mean: f64,
    /// Pearson's correlation of pair correlation and distance (Mantel's r): negative where
    /// likeness fades with distance.
    pub distance_trend: f64,
    /// Mantel's test of that trend: the stations' places are permuted, not the pairs, which are
    /// not independent of one another.
    pub permutation: PermutationValues,
}

/// The pairs of one range of distances.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DistanceBin {
    /// Lower edge in kilometres, inside.
    pub from_km: f64,
    /// Upper edge in kilometres, outside but for the last bin.
    pub to_km: f64,
    /// Number of pairs that have a correlation.
    pub pairs: usize,
    /// Their mean; NaN without pairs.
    pub mean: f64,
    /// Their standard deviation (n − 1); NaN for fewer than two pairs.
    pub deviation: f64,
}

/// Spatial correlation against distance.
///
/// `series` is `[station, time]` (NaN = missing), `distances_km` `[station, station]`, and
/// `edges_km` the ascending edges of the bins: n + 1 edges for n bins, none for no bins.
///
/// ```
/// use graph_spatial::{PermutationTest, Site, StationGraph, correlogram};
/// use ndarray::Array2;
///
/// let sites: Vec<Site> = (0..6)
///     .map(|i| Site::new(format!("S{i}"), 30.0, 100.0 + f64::from(i)))
///     .collect::<Result<_, _>>()?;
/// // A wave that passes the stations one after the other.
/// let series = Array2::from_shape_fn((6, 200), |(s, t)| (0.1 * t as f64 - 0.3 * s as f64).sin());
/// let graph = StationGraph::new(&sites)?;
/// let edges = [0.0, 150.0, 300.0, 500.0];
/// let result =
///     correlogram(series.view(), graph.distances_km(), &edges, PermutationTest::default())?;
/// assert!(result.bins[0].mean > result.bins[2].mean);
/// assert!(result.distance_trend < -0.9 && result.permutation.p_less < 0.01);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
///
/// # Errors
///
/// As [`pair_correlations`]; [`SpatialError::TooFewStations`] below three,
/// [`SpatialError::Setting`] for edges that do not ascend or without permutations,
/// [`SpatialError::Degenerate`] where the trend does not exist (fewer than three pairs with a
/// correlation, or all alike in correlation or distance).
///
/// # References
///
/// Mantel, N. (1967), The detection of disease clustering and a generalized regression approach,
/// Cancer Res. 27, 209–220.
pub fn correlogram(
    series: ArrayView2<'_, f64>,
    distances_km: ArrayView2<'_, f64>,
    edges_km: &[f64],
    test: PermutationTest,
) -> Result<Correlogram> {
    let (what, needed, n) = ("a correlogram", 3, series.nrows());
    if n < needed {
        return Err(SpatialError::TooFewStations { what, needed, got: n });
    }
    check_edges(edges_km)?;
    let pairs = pair_correlations(series, distances_km)?;
    let usable: Vec<PairCorrelation> =
        pairs.iter().filter(|p| !p.correlation.is_nan()).copied().collect();
    let correlations: Array1<f64> = usable.iter().map(|p| p.correlation).collect();
    let trend = |order: &[usize]| {
        let moved: Array1<f64> =
            usable.iter().map(|p| distances_km[[order[p.first], order[p.second]]]).collect();
        pearson(correlations.view(), moved.view()).0
    };
    let observed: Vec<usize> = (0..n).collect();
    let distance_trend = trend(&observed);
    if distance_trend.is_nan() {
        let reason = format!(
            "{} pairs of stations have a correlation; the trend with distance needs three that \
             differ in both",
            usable.len()
        );
        return Err(SpatialError::Degenerate { what, reason });
    }
    Ok(Correlogram {
        bins: bins(&usable, edges_km),
        mean: mean(correlations.as_slice().unwrap_or_default()),
        distance_trend,
        permutation: permute(n, test, trend)?,
        pairs,
    })
}

fn check_edges(edges: &[f64]) -> Result<()> {
    let bad =
        edges.windows(2).find(|w| w[0].partial_cmp(&w[1]) != Some(Ordering::Less)).map(|w| w[1]);
    match bad.or_else(|| edges.iter().copied().find(|e| e.is_nan() || *e < 0.0)) {
        None => Ok(()),
        Some(value) => {
            let requirement = "at least 0 km and greater than the edge before it";
            Err(SpatialError::Setting { name: "edges_km", value, requirement })
        }
    }
}

fn bins(pairs: &[PairCorrelation], edges: &[f64]) -> Vec<DistanceBin> {
    let last = edges.len().saturating_sub(2);
    let bin = |(index, edge): (usize, &[f64])| {
        let (from_km, to_km) = (edge[0], edge[1]);
        let inside = |d: f64| d >= from_km && (d < to_km || (index == last && d == to_km));
        let values: Vec<f64> =
            pairs.iter().filter(|p| inside(p.distance_km)).map(|p| p.correlation).collect();
        let mean = mean(&values);
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        let free = values.len().saturating_sub(1);
        let deviation = if free == 0 { f64::NAN } else { (squares / free as f64).sqrt() };
        DistanceBin { from_km, to_km, pairs: values.len(), mean, deviation }
    };
    edges.windows(2).enumerate().map(bin).collect()
}

/// NaN of nothing.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    /// Three stations whose pair correlations are 1, −1, −1 at 1, 2 and 3 km.
    fn three() -> (Array2<f64>, Array2<f64>) {
        let up = [1.0, 2.0, 3.0, 5.0];
        let series = Array2::from_shape_fn((3, 4), |(s, t)| if s == 2 { -up[t] } else { up[t] });
        (series, array![[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]])
    }

    #[test]
    fn bins_and_trend_of_a_case_done_by_hand() {
        let (series, distances) = three();
        let edges = [0.0, 2.0, 3.0];
        let result =
            correlogram(series.view(), distances.view(), &edges, PermutationTest::default());
        let result = result.unwrap();
        assert_eq!(result.bins.iter().map(|b| b.pairs).collect::<Vec<_>>(), [1, 2]);
        assert!((result.bins[0].mean - 1.0).abs() < 1e-12 && result.bins[0].deviation.is_nan());
        assert!((result.bins[1].mean + 1.0).abs() < 1e-12 && result.bins[1].deviation < 1e-12);
        assert!((result.mean + 1.0 / 3.0).abs() < 1e-12);
        // r of (1, −1, −1) and (1, 2, 3): −2 / (sqrt(8/3)·sqrt(2)) = −0.8660.
        assert!((result.distance_trend + 0.75_f64.sqrt()).abs() < 1e-12);
        // Of the six orders two give −0.866, two 0, two +0.866.
        assert!((result.permutation.p_less - 2.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn says_what_is_wrong() {
        let (series, distances) = three();
        let run = |edges: &[f64]| {
            correlogram(series.view(), distances.view(), edges, PermutationTest::default())
        };
        assert!(run(&[0.0, 2.0, 2.0]).unwrap_err().to_string().contains("edges_km = 2"));
        assert!(run(&[-1.0, 2.0]).is_err() && run(&[f64::NAN]).is_err());
        assert!(run(&[]).unwrap().bins.is_empty());
        let same = Array2::<f64>::ones((3, 3));
        let error = correlogram(series.view(), same.view(), &[], PermutationTest::default());
        assert!(error.unwrap_err().to_string().contains("differ in both"));
    }
}
