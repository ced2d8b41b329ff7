use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::{Result, SpatialError};

/// Which Laplacian of a weighted graph, with D the diagonal of the row sums of W.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LaplacianKind {
    /// D − W.
    #[default]
    Combinatorial,
    /// I − D^(−1/2) W D^(−1/2), eigenvalues in 0..=2.
    SymmetricNormalised,
    /// I − D⁻¹ W: its complement is a random walk. Not symmetric.
    RandomWalk,
}

/// The Laplacian of a graph with these weights, `[station, station]`. The diagonal of the weights
/// (a station's tie to itself) is ignored; a station without ties has a row of zeros.
///
/// ```
/// use graph_spatial::{LaplacianKind, laplacian};
/// use ndarray::array;
///
/// let path = array![[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]];
/// let l = laplacian(path.view(), LaplacianKind::Combinatorial)?;
/// assert_eq!(l, array![[1.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 1.0]]);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
///
/// # Errors
///
/// [`SpatialError::Shape`] for weights that are not square, [`SpatialError::NotFinite`] for one
/// that is negative or not finite, [`SpatialError::Degenerate`] for weights that are not symmetric
/// where the kind needs it (all but the random walk).
///
/// # References
///
/// Chung, F. R. K. (1997), Spectral Graph Theory, chapter 1.
pub fn laplacian(weights: ArrayView2<'_, f64>, kind: LaplacianKind) -> Result<Array2<f64>> {
    check_weights(weights)?;
    if kind != LaplacianKind::RandomWalk {
        check_symmetric(weights)?;
    }
    let mut between = weights.to_owned();
    between.diag_mut().fill(0.0);
    let degree = between.sum_axis(ndarray::Axis(1));
    Ok(Array2::from_shape_fn(weights.dim(), |(i, j)| {
        if degree[i] == 0.0 || degree[j] == 0.0 {
            return 0.0;
        }
        let own = if i == j { 1.0 } else { 0.0 };
        match kind {
            LaplacianKind::Combinatorial => own * degree[i] - between[[i, j]],
            LaplacianKind::SymmetricNormalised => {
                own - between[[i, j]] / (degree[i] * degree[j]).sqrt()
            }
            LaplacianKind::RandomWalk => own - between[[i, j]] / degree[i],
        }
    }))
}

/// Eigenvalues of the symmetric normalised Laplacian, ascending. As many are zero as the graph has
/// separate parts; the second one is small where the graph nearly falls apart.
///
/// ```
/// use graph_spatial::laplacian_spectrum;
/// use ndarray::array;
///
/// // Two pairs without a tie between them: two zeros.
/// let pairs = array![
///     [0.0, 1.0, 0.0, 0.0],
///     [1.0, 0.0, 0.0, 0.0],
///     [0.0, 0.0, 0.0, 1.0],
///     [0.0, 0.0, 1.0, 0.0],
/// ];
/// let spectrum = laplacian_spectrum(pairs.view())?;
/// assert_eq!(spectrum.iter().filter(|v| v.abs() < 1e-12).count(), 2);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
///
/// # Errors
///
/// As [`laplacian`], and [`SpatialError::Linalg`].
pub fn laplacian_spectrum(weights: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
    let matrix = laplacian(weights, LaplacianKind::SymmetricNormalised)?;
    Ok(stmn_linalg::default_backend().symmetric_eigen(matrix.view())?.values)
}

/// Weights must be a square matrix of finite numbers that are not negative.
pub(crate) fn check_weights(weights: ArrayView2<'_, f64>) -> Result<()> {
    let (rows, columns) = weights.dim();
    if rows != columns {
        let (what, axis) = ("the weight matrix", "second station");
        return Err(SpatialError::Shape { what, axis, expected: rows, got: columns });
    }
    match weights.indexed_iter().find(|(_, w)| !(w.is_finite() && **w >= 0.0)) {
        None => Ok(()),
        Some(((i, j), &value)) => Err(SpatialError::NotFinite {
            what: "the weight matrix",
            place: format!("stations {i}, {j}"),
            value,
            remedy: "weights must be finite and at least 0",
        }),
    }
}

fn check_symmetric(weights: ArrayView2<'_, f64>) -> Result<()> {
    let scale = weights.iter().fold(0.0_f64, |m, w| m.max(*w));
    let uneven = |((i, j), w): &((usize, usize), &f64)| {
        i < j && (**w - weights[[*j, *i]]).abs() > 1e-12 * scale
    };
    match weights.indexed_iter().find(uneven) {
        None => Ok(()),
        Some(((i, j), w)) => Err(SpatialError::Degenerate {
            what: "the Laplacian",
            reason: format!(
                "the weight from station {i} to {j} is {w}, back it is {}: symmetrise the weights \
                 or use the random walk",
                weights[[j, i]]
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;
    use crate::{StationGraph, strategies};

    #[test]
    fn spectra_of_known_graphs() {
        // Complete graph on n: 0 and n/(n-1) (n-1 times). Cycle on n: 1 - cos(2 pi k / n).
        let complete = Array2::from_shape_fn((5, 5), |(i, j)| f64::from(u8::from(i != j)));
        let spectrum = laplacian_spectrum(complete.view()).unwrap();
        assert!(spectrum[0].abs() < 1e-12);
        assert!(spectrum.iter().skip(1).all(|v| (v - 1.25).abs() < 1e-12));

        let n = 7;
        let cycle = Array2::from_shape_fn((n, n), |(i, j)| {
            f64::from(u8::from((i + 1) % n == j || (j + 1) % n == i))
        });
        let mut expected: Vec<f64> =
            (0..n).map(|k| 1.0 - (2.0 * PI * k as f64 / n as f64).cos()).collect();
        expected.sort_by(f64::total_cmp);
        for (got, expected) in laplacian_spectrum(cycle.view()).unwrap().iter().zip(expected) {
            assert!((got - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn uneven_weights_are_refused_where_symmetry_matters() {
        let uneven = ndarray::array![[0.0, 1.0], [0.5, 0.0]];
        let error = laplacian(uneven.view(), LaplacianKind::Combinatorial).unwrap_err();
        assert!(error.to_string().contains("from station 0 to 1 is 1, back it is 0.5"), "{error}");
        assert!(laplacian(uneven.view(), LaplacianKind::RandomWalk).is_ok());
    }

    proptest! {
        #[test]
        fn rows_sum_to_zero_and_eigenvalues_lie_in_0_to_2(
            sites in strategies::regional_networks(1..=12), tau in 50.0..500.0_f64,
        ) {
            let weights = StationGraph::new(&sites).unwrap().gaussian_weights(tau).unwrap();
            for kind in [LaplacianKind::Combinatorial, LaplacianKind::RandomWalk] {
                let l = laplacian(weights.view(), kind).unwrap();
                prop_assert!(l.rows().into_iter().all(|row| row.sum().abs() < 1e-12));
            }
            let spectrum = laplacian_spectrum(weights.view()).unwrap();
            prop_assert!(spectrum[0].abs() < 1e-12);
            prop_assert!(spectrum.iter().all(|v| (-1e-12..=2.0 + 1e-12).contains(v)));
        }
    }
}
