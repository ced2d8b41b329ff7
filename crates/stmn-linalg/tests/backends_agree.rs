//! Both backends give the same answers. Runs with `--features openblas-system`.
#![cfg(feature = "lapack")]

use ndarray::{Array1, Array2};
use proptest::prelude::*;
use stmn_linalg::{Lapack, LinearAlgebra, Nalgebra};

fn matrix(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        ((seed as f64 + 0.37) * (5 * i + 11 * j + 1) as f64).sin()
    })
}

proptest! {
    #[test]
    fn least_squares(rows in 8usize..60, columns in 1usize..6, seed in 0u64..500) {
        let a = matrix(rows, columns, seed);
        let b = Array1::from_shape_fn(rows, |i| (i as f64 * 0.7).cos());
        let x = Nalgebra.least_squares(a.view(), b.view()).unwrap();
        let y = Lapack.least_squares(a.view(), b.view()).unwrap();
        prop_assert_eq!(x.rank, y.rank);
        let size = x.solution.iter().fold(1.0f64, |m, v| m.max(v.abs()));
        for (p, q) in x.solution.iter().zip(&y.solution) {
            // A sine matrix can be near rank-deficient: the bound scales with the solution.
            prop_assert!((p - q).abs() <= 1e-10 * size * size);
        }
    }

    #[test]
    fn singular_values_and_eigenvalues(n in 1usize..12, seed in 0u64..500) {
        let a = matrix(n, n, seed);
        let symmetric = &a + &a.t();
        let (p, q) = (Nalgebra.svd(a.view()).unwrap(), Lapack.svd(a.view()).unwrap());
        for (x, y) in p.values.iter().zip(&q.values) {
            prop_assert!((x - y).abs() < 1e-10);
        }
        let p = Nalgebra.symmetric_eigen(symmetric.view()).unwrap();
        let q = Lapack.symmetric_eigen(symmetric.view()).unwrap();
        for (x, y) in p.values.iter().zip(&q.values) {
            prop_assert!((x - y).abs() < 1e-10);
        }
    }
}
