use argmin::core::{Error, Jacobian, Operator};

use crate::sigmoid_curve::{logistic, logistic_derivative};
use crate::sums::{center, dot};

/// Residuals of the best sigmoid for given (ln b, c): amplitude and level are projected out.
pub(crate) struct Projection<'a> {
    t: &'a [f64],
    /// Values less their mean.
    centered: &'a [f64],
}

impl<'a> Projection<'a> {
    pub(crate) fn new(t: &'a [f64], centered: &'a [f64]) -> Self {
        Projection { t, centered }
    }

    fn curve(&self, ln_b: f64, c: f64) -> (Vec<f64>, f64) {
        let b = ln_b.exp();
        let mut curve: Vec<f64> = self.t.iter().map(|t| logistic(b * (t - c))).collect();
        let mean = center(&mut curve);
        (curve, mean)
    }

    /// Residuals of the best sigmoid of this steepness and inflection.
    pub(crate) fn residuals_at(&self, ln_b: f64, c: f64) -> Vec<f64> {
        let (curve, _) = self.curve(ln_b, c);
        let a = amplitude(&curve, self.centered);
        self.centered.iter().zip(&curve).map(|(y, s)| y - a * s).collect()
    }

    /// Amplitude that fits best, and the mean of the unit curve (the level is the mean of y less
    /// their product).
    pub(crate) fn linear_part(&self, ln_b: f64, c: f64) -> (f64, f64) {
        let (curve, mean) = self.curve(ln_b, c);
        (amplitude(&curve, self.centered), mean)
    }
}

fn amplitude(curve: &[f64], centered: &[f64]) -> f64 {
    let square = dot(curve, curve);
    if square > 0.0 { dot(curve, centered) / square } else { 0.0 }
}

impl Operator for Projection<'_> {
    type Param = Vec<f64>;
    type Output = Vec<f64>;

    fn apply(&self, param: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.residuals_at(param[0], param[1]))
    }
}

impl Jacobian for Projection<'_> {
    type Param = Vec<f64>;
    type Jacobian = Vec<Vec<f64>>;

    /// Kaufman's Jacobian, −P·∂Φ·a with P the projection off the curve and the constant: it leaves
    /// out a part that is orthogonal to the residual, so the gradient is exact.
    fn jacobian(&self, param: &Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
        let (b, c) = (param[0].exp(), param[1]);
        let (curve, _) = self.curve(param[0], c);
        let square = dot(&curve, &curve);
        let a = amplitude(&curve, self.centered);
        let slope: Vec<f64> = self.t.iter().map(|t| logistic_derivative(b * (t - c))).collect();
        let along_ln_b = self.t.iter().zip(&slope).map(|(t, s)| s * b * (t - c)).collect();
        let along_c = slope.iter().map(|s| -s * b).collect();
        let project = |mut column: Vec<f64>| {
            center(&mut column);
            let share = if square > 0.0 { dot(&curve, &column) / square } else { 0.0 };
            column.iter_mut().zip(&curve).for_each(|(v, s)| *v = -a * (*v - share * s));
            column
        };
        Ok(vec![project(along_ln_b), project(along_c)])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_gradient_is_the_finite_difference(
            b in 0.05..0.5f64, c in 5.0..35.0f64, noise in prop::collection::vec(-3.0..3.0f64, 40)
        ) {
            let t: Vec<f64> = (0..40).map(f64::from).collect();
            let mut y: Vec<f64> =
                t.iter().zip(&noise).map(|(t, e)| 30.0 * logistic(0.2 * (t - 18.0)) + e).collect();
            center(&mut y);
            let problem = Projection::new(&t, &y);
            let cost = |p: [f64; 2]| -> f64 {
                problem.apply(&p.to_vec()).unwrap().iter().map(|r| r * r).sum()
            };
            let at = [b.ln(), c];
            let residual = problem.apply(&at.to_vec()).unwrap();
            let jacobian = problem.jacobian(&at.to_vec()).unwrap();
            for k in 0..2 {
                let h = 1e-5;
                let (mut up, mut down) = (at, at);
                up[k] += h;
                down[k] -= h;
                let difference = (cost(up) - cost(down)) / (2.0 * h);
                let analytic = 2.0 * dot(&jacobian[k], &residual);
                prop_assert!((difference - analytic).abs() < 1e-5 * (1.0 + analytic.abs()));
            }
        }
    }
}
