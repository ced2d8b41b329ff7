use crate::{Result, SineError};

/// Scales samples linearly so that the least becomes 0 and the greatest 1, as the published
/// examples are; a constant becomes 0.
///
/// ```
/// assert_eq!(sine::scale_to_unit(&[-1.0, 1.0, 3.0]), [0.0, 0.5, 1.0]);
/// assert_eq!(sine::scale_to_unit(&[7.0, 7.0]), [0.0, 0.0]);
/// ```
pub fn scale_to_unit(samples: &[f32]) -> Vec<f32> {
    let low = samples.iter().copied().fold(f32::INFINITY, f32::min);
    let high = samples.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    // In f64: the range of two f32 may not be one.
    let range = f64::from(high) - f64::from(low);
    let scaled = |&v: &f32| ((f64::from(v) - f64::from(low)) / range) as f32;
    samples.iter().map(|v| if range > 0.0 { scaled(v) } else { 0.0 }).collect()
}

/// Takes the best-fitting polynomial out (degree 10 as published), in f64.
///
/// The polynomials are made orthogonal on the sample points, so that the fit is a projection and
/// no ill-conditioned system is solved.
///
/// ```
/// // A parabola disappears.
/// let parabola: Vec<f32> = (0..100).map(|t| (t as f32 / 50.0 - 1.0).powi(2)).collect();
/// assert!(sine::detrend(&parabola, 2)?.iter().all(|v| v.abs() < 1e-6));
/// # Ok::<(), sine::SineError>(())
/// ```
///
/// # Errors
///
/// [`SineError::Setting`] where there are not more samples than the degree.
pub fn detrend(samples: &[f32], degree: usize) -> Result<Vec<f32>> {
    let n = samples.len();
    if n <= degree {
        let (name, requirement) = ("degree", "below the number of samples");
        return Err(SineError::Setting { name, value: degree as f64, requirement });
    }
    let middle = (n - 1) as f64 / 2.0;
    let place = |i: usize| (i as f64 - middle) / middle.max(1.0);
    let mut rest: Vec<f64> = samples.iter().map(|&v| f64::from(v)).collect();
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(degree + 1);
    for order in 0..=degree {
        let mut next: Vec<f64> = match basis.last() {
            None => vec![1.0; n],
            Some(last) => (0..n).map(|i| place(i) * last[i]).collect(),
        };
        // Twice is enough (Kahan, Parlett): the second pass removes what rounding left.
        for _ in 0..2 {
            basis.iter().for_each(|previous| remove(&mut next, previous));
        }
        let length = dot(&next, &next).sqrt();
        debug_assert!(length > 0.0, "polynomial of degree {order} vanished on {n} points");
        next.iter_mut().for_each(|v| *v /= length);
        remove(&mut rest, &next);
        basis.push(next);
    }
    Ok(rest.into_iter().map(|v| v as f32).collect())
}

/// Subtracts the projection on a vector of unit length.
fn remove(from: &mut [f64], unit: &[f64]) {
    let amount = dot(from, unit);
    from.iter_mut().zip(unit).for_each(|(v, u)| *v -= amount * u);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_more_degrees_than_samples() {
        assert!(detrend(&[1.0; 10], 10).is_err());
        assert!(detrend(&[1.0; 11], 10).unwrap().iter().all(|v| v.abs() < 1e-6));
    }

    proptest! {
        /// Polynomials vanish, and what is left has no polynomial in it.
        #[test]
        fn polynomials_vanish(
            coefficients in prop::collection::vec(-1.0..1.0_f64, 1..=11), n in 20_usize..300,
        ) {
            let polynomial: Vec<f32> = (0..n)
                .map(|i| {
                    let x = 2.0 * i as f64 / (n - 1) as f64 - 1.0;
                    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c) as f32
                })
                .collect();
            let rest = detrend(&polynomial, 10).unwrap();
            // The input is f32, of size up to 11.
            prop_assert!(rest.iter().all(|v| v.abs() < 11.0 * 2.0 * f32::EPSILON));
        }

        #[test]
        fn the_rest_is_orthogonal_to_powers(
            samples in prop::collection::vec(-1.0..1.0_f32, 30..200), power in 0_i32..=10,
        ) {
            let n = samples.len();
            let rest = detrend(&samples, 10).unwrap();
            let sum: f64 = rest
                .iter()
                .enumerate()
                .map(|(i, &v)| f64::from(v) * (2.0 * i as f64 / (n - 1) as f64 - 1.0).powi(power))
                .sum();
            prop_assert!(sum.abs() < n as f64 * f64::from(f32::EPSILON));
        }

        #[test]
        fn scaled_samples_span_the_unit_interval(
            samples in prop::collection::vec(-1e30..1e30_f32, 2..50),
        ) {
            prop_assume!(samples.iter().any(|v| *v != samples[0]));
            let scaled = scale_to_unit(&samples);
            prop_assert!(scaled.contains(&0.0) && scaled.contains(&1.0));
            prop_assert!(scaled.iter().all(|v| (0.0..=1.0).contains(v)));
        }
    }
}
