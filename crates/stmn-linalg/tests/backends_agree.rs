//! Both backends give the same answers. Runs with `--features openblas-system`.
#![cfg(feature = "lapack")]

use ndarray::{Array1, Array2};
use proptest::prelude::*;
use stmn_linalg::{Lapack, LinearAlgebra, Nalgebra};

/// The condition number (of the columns that count) up to which least squares agree to 1e-10. Without
/// a residual the error grows with it, with one by its square, which leaves a factor of 50 above ε.
const WELL_CONDITIONED: f64 = 100.0;

fn matrix(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        ((seed as f64 + 0.37) * (5 * i + 11 * j + 1) as f64).sin()
    })
}

proptest! {
    #[test]
    fn least_squares(
        rows in 8usize..60, columns in 1usize..6, repeated: bool,
        values in prop::collection::vec(-1.0..1.0, 60 * 6),
    ) {
        let mut a = Array2::from_shape_fn((rows, columns), |(i, j)| values[6 * i + j]);
        if repeated {
            let first = a.column(0).to_owned();
            a.column_mut(columns - 1).assign(&first);
        }
        let b = Array1::from_shape_fn(rows, |i| (i as f64 * 0.7).cos());
        let x = Nalgebra.least_squares(a.view(), b.view()).unwrap();
        let y = Lapack.least_squares(a.view(), b.view()).unwrap();
        // A value at the tolerance of the rank may be counted by one and not by the other.
        let values = Lapack.svd(a.view()).unwrap().values;
        prop_assume!(values.iter().all(|s| !(1e-13..1e-11).contains(&(s / values[0]))));
        prop_assert_eq!(x.rank, y.rank);
        // Björck, Numerical Methods for Least Squares Problems (1996), §1.4: the error of a stable
        // method is of the order ε·κ·(‖x‖ + κ·‖r‖/‖A‖).
        let norm = |v: &Array1<f64>| v.dot(v).sqrt();
        let condition = values[0] / values[x.rank - 1];
        let scale = norm(&y.solution) + condition * y.residual_sum_of_squares.sqrt() / values[0];
        let bound = 1e3 * f64::EPSILON * condition * scale;
        let apart = norm(&(&x.solution - &y.solution));
        prop_assert!(apart <= bound);
        // Up to this condition number both solutions are the same to 1e-10 of the larger of the
        // solution and of b over the largest singular value, whatever the residual is.
        if condition <= WELL_CONDITIONED {
            let size = norm(&y.solution).max(norm(&b) / values[0]);
            prop_assert!(apart <= 1e-10 * size, "{} of {}", apart, size);
            let (p, q) = (x.residual_sum_of_squares, y.residual_sum_of_squares);
            prop_assert!((p - q).abs() <= 1e-10 * b.dot(&b), "{} {}", p, q);
            let largest = y.inverse_normal.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
            for (p, q) in x.inverse_normal.iter().zip(&y.inverse_normal) {
                prop_assert!((p - q).abs() <= 1e-10 * largest, "{} {}", p, q);
            }
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
