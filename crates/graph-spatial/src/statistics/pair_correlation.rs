use ndarray::{ArrayView1, ArrayView2};
use serde::Serialize;

use crate::{Result, SpatialError};

/// How alike two stations' series are, and how far apart the stations are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PairCorrelation {
    /// Index of the first station.
    pub first: usize,
    /// Index of the second, greater than the first.
    pub second: usize,
    /// Their distance in kilometres.
    pub distance_km: f64,
    /// Pearson's correlation over the times at which both have a value; NaN where there are fewer
    /// than three such times or either series does not vary over them.
    pub correlation: f64,
    /// Number of those times.
    pub samples: usize,
}

/// Pearson's correlation of every pair of stations.
///
/// `series` is `[station, time]` with NaN = missing, `distances_km` `[station, station]`.
///
/// ```
/// use graph_spatial::{Site, distance_matrix_km, pair_correlations};
/// use ndarray::array;
///
/// let sites = [Site::new("a", 30.0, 102.0)?, Site::new("b", 30.0, 103.0)?];
/// let series = array![[1.0, 2.0, 3.0, f64::NAN], [2.0, 4.0, 6.0, 1.0]];
/// let pairs = pair_correlations(series.view(), distance_matrix_km(&sites).view())?;
/// assert_eq!((pairs[0].samples, pairs[0].distance_km.round()), (3, 96.0));
/// assert!((pairs[0].correlation - 1.0).abs() < 1e-12);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
///
/// # Errors
///
/// [`SpatialError::Shape`] where the distances are not `[station, station]`,
/// [`SpatialError::NotFinite`] for a distance that is negative or not finite, or an infinity in a
/// series.
pub fn pair_correlations(
    series: ArrayView2<'_, f64>,
    distances_km: ArrayView2<'_, f64>,
) -> Result<Vec<PairCorrelation>> {
    let n = series.nrows();
    check(series, distances_km)?;
    let pairs = (0..n).flat_map(|first| (first + 1..n).map(move |second| (first, second)));
    Ok(pairs
        .map(|(first, second)| {
            let (correlation, samples) = pearson(series.row(first), series.row(second));
            let distance_km = distances_km[[first, second]];
            PairCorrelation { first, second, distance_km, correlation, samples }
        })
        .collect())
}

fn check(series: ArrayView2<'_, f64>, distances: ArrayView2<'_, f64>) -> Result<()> {
    let expected = series.nrows();
    let axes = [("first station", distances.nrows()), ("second station", distances.ncols())];
    for (axis, got) in axes {
        if got != expected {
            let what = "the distance matrix";
            return Err(SpatialError::Shape { what, axis, expected, got });
        }
    }
    if let Some(((i, j), &value)) =
        distances.indexed_iter().find(|(_, d)| !(d.is_finite() && **d >= 0.0))
    {
        return Err(SpatialError::NotFinite {
            what: "the distance matrix",
            place: format!("stations {i}, {j}"),
            value,
            remedy: "distances must be finite and at least 0",
        });
    }
    if let Some(((s, t), &value)) = series.indexed_iter().find(|(_, v)| v.is_infinite()) {
        return Err(SpatialError::NotFinite {
            what: "the series",
            place: format!("station {s}, time {t}"),
            value,
            remedy: "mark missing values with NaN",
        });
    }
    Ok(())
}

/// The correlation where both are present, and over how many values.
pub(super) fn pearson(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> (f64, usize) {
    let both: Vec<(f64, f64)> = a
        .iter()
        .zip(b)
        .filter(|(x, y)| !x.is_nan() && !y.is_nan())
        .map(|(&x, &y)| (x, y))
        .collect();
    let n = both.len();
    if n < 3 {
        return (f64::NAN, n);
    }
    let mean_x = both.iter().map(|p| p.0).sum::<f64>() / n as f64;
    let mean_y = both.iter().map(|p| p.1).sum::<f64>() / n as f64;
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in both {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let noise = |mean: f64| (1e-14 * mean).powi(2) * n as f64;
    if xx <= noise(mean_x) || yy <= noise(mean_y) {
        return (f64::NAN, n);
    }
    ((xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0), n)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    #[test]
    fn known_correlations() {
        // Anscombe's first set: r = 0.81642.
        let x = array![10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = array![8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        assert!((pearson(x.view(), y.view()).0 - 0.816_420_516).abs() < 1e-8);
        assert!((pearson(x.view(), (-&x + 3.0).view()).0 + 1.0).abs() < 1e-12);
        assert!(pearson(x.view(), Array1::ones(11).view()).0.is_nan());
        assert!(pearson(array![1.0, 2.0].view(), array![1.0, 2.0].view()).0.is_nan());
    }

    #[test]
    fn says_what_is_wrong() {
        let series = array![[1.0, 2.0], [f64::INFINITY, 1.0]];
        let error = pair_correlations(series.view(), array![[0.0, 1.0], [1.0, 0.0]].view());
        assert!(error.unwrap_err().to_string().contains("station 1, time 0"));
        assert!(pair_correlations(series.view(), array![[0.0]].view()).is_err());
    }
}
