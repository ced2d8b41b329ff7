//! Layer norm over the last dimension, forward and backward (Ba et al. 2016, equation 4).

use rayon::prelude::*;

use super::scalar::{Job, Scalar, vectorised};

/// Rows that a task works on. Fixed, so that sums do not depend on the number of threads.
const ROWS: usize = 512;

/// Sums side by side, so that they vectorise.
const LANES: usize = 8;

/// Added to the variance.
const EPSILON: f64 = 1e-5;

/// (x − mean)/√(biased variance + 1e-5) · weight + bias for each row of `weight.len()` values.
pub(crate) fn forward<S: Scalar>(rows: &[S], weight: &[S], bias: &[S]) -> Vec<S> {
    let mut output = vec![S::default(); rows.len()];
    let task = ROWS * weight.len();
    output
        .par_chunks_mut(task)
        .zip(rows.par_chunks(task))
        .for_each(|(into, rows)| vectorised(Forward { rows, weight, bias, into }));
    output
}

/// Gradients of rows, weight and bias.
pub(crate) fn backward<S: Scalar>(rows: &[S], weight: &[S], grad: &[S]) -> [Vec<S>; 3] {
    let width = weight.len();
    let mut output = vec![S::default(); rows.len()];
    let task = ROWS * width;
    let sums: Vec<[Vec<S>; 2]> = output
        .par_chunks_mut(task)
        .zip(rows.par_chunks(task))
        .zip(grad.par_chunks(task))
        .map(|((into, rows), grad)| {
            let mut sums = [(); 2].map(|()| vec![S::default(); width]);
            let [weight_grad, bias_grad] = &mut sums;
            vectorised(Backward { rows, weight, grad, into, weight_grad, bias_grad });
            sums
        })
        .collect();
    let mut total = [(); 2].map(|()| vec![S::default(); width]);
    for part in &sums {
        for (total, part) in total.iter_mut().flatten().zip(part.iter().flatten()) {
            *total = *total + *part;
        }
    }
    let [weight_grad, bias_grad] = total;
    [output, weight_grad, bias_grad]
}

/// The mean of `value` over a row's indices.
#[inline(always)]
fn mean<S: Scalar>(width: usize, value: impl Fn(usize) -> S) -> S {
    let mut lanes = [S::default(); LANES];
    let whole = width - width % LANES;
    for at in (0..whole).step_by(LANES) {
        for (n, lane) in lanes.iter_mut().enumerate() {
            *lane = *lane + value(at + n);
        }
    }
    let mut sum = lanes.into_iter().fold(S::default(), |a, b| a + b);
    for at in whole..width {
        sum = sum + value(at);
    }
    sum / S::of(width as f64)
}

/// Mean and one over the deviation.
#[inline(always)]
fn moments<S: Scalar>(row: &[S]) -> (S, S) {
    let centre = mean(row.len(), |n| row[n]);
    let variance = mean(row.len(), |n| (row[n] - centre) * (row[n] - centre));
    (centre, S::of(1.0) / (variance + S::of(EPSILON)).root())
}

struct Forward<'a, S> {
    rows: &'a [S],
    weight: &'a [S],
    bias: &'a [S],
    into: &'a mut [S],
}

impl<S: Scalar> Job for Forward<'_, S> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let width = self.weight.len();
        for (row, into) in self.rows.chunks_exact(width).zip(self.into.chunks_exact_mut(width)) {
            let (centre, scale) = moments(row);
            let affine = self.weight.iter().zip(self.bias);
            for ((to, &x), (&w, &b)) in into.iter_mut().zip(row).zip(affine) {
                *to = (x - centre) * scale * w + b;
            }
        }
    }
}

struct Backward<'a, S> {
    rows: &'a [S],
    weight: &'a [S],
    grad: &'a [S],
    into: &'a mut [S],
    weight_grad: &'a mut [S],
    bias_grad: &'a mut [S],
}

impl<S: Scalar> Job for Backward<'_, S> {
    /// With x̂ the normalised row and h = g·weight: (h − mean h − x̂·mean(h·x̂))/deviation.
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let (weight, width) = (self.weight, self.weight.len());
        let rows = self.rows.chunks_exact(width).zip(self.grad.chunks_exact(width));
        for ((row, grad), into) in rows.zip(self.into.chunks_exact_mut(width)) {
            let (centre, scale) = moments(row);
            let normal = |n: usize| (row[n] - centre) * scale;
            let level = mean(width, |n| grad[n] * weight[n]);
            let slope = mean(width, |n| grad[n] * weight[n] * normal(n));
            let sums = self.weight_grad.iter_mut().zip(self.bias_grad.iter_mut());
            for ((n, to), (weight_grad, bias_grad)) in into.iter_mut().enumerate().zip(sums) {
                let x = normal(n);
                *to = scale * (grad[n] * weight[n] - level - x * slope);
                *weight_grad = *weight_grad + grad[n] * x;
                *bias_grad = *bias_grad + grad[n];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sums over more rows than a task has: each twice is twice the gradient.
    #[test]
    fn gradients_are_summed_over_all_tasks() {
        let (width, rows) = (3, ROWS + 100);
        let draw = |place: usize, len: usize| -> Vec<f64> {
            (0..len).map(|n| ((n + place) * 7919 % 1009) as f64 / 1009.0).collect()
        };
        let (x, g, w) = (draw(0, rows * width), draw(5, rows * width), draw(9, width));
        let [_, one_weight, one_bias] = backward(&x, &w, &g);
        let [_, two_weight, two_bias] = backward(&x.repeat(2), &w, &g.repeat(2));
        let bias: f64 = g.iter().step_by(width).sum();
        assert!((one_bias[0] - bias).abs() < 1e-9 * bias);
        for (one, two) in one_weight.iter().zip(two_weight).chain(one_bias.iter().zip(two_bias)) {
            assert!((2.0 * one - two).abs() < 1e-9 * (1.0 + two.abs()), "{one} {two}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Rows have the asked mean and deviation; gradients are those of finite differences.
        #[test]
        fn layer_norm_is_its_definition(
            width in 1usize..20, rows in 1usize..5, seed in 0usize..1000,
        ) {
            let value = |n: usize| ((n * 7919 + seed * 131 + 17) % 1009) as f64 / 1009.0 - 0.5;
            let draw = |place: usize, len: usize| -> Vec<f64> {
                (0..len).map(|n| value(n + 10_000 * place)).collect()
            };
            let (x, g) = (draw(0, rows * width), draw(1, rows * width));
            let (w, b) = (draw(2, width), draw(3, width));
            let y = forward(&x, &w, &b);
            for (x, y) in x.chunks(width).zip(y.chunks(width)) {
                let mean = x.iter().sum::<f64>() / width as f64;
                let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
                for n in 0..width {
                    let want = (x[n] - mean) / (variance + 1e-5).sqrt() * w[n] + b[n];
                    prop_assert!((y[n] - want).abs() < 1e-12);
                }
            }
            let loss = |x: &[f64], w: &[f64], b: &[f64]| -> f64 {
                forward(x, w, b).iter().zip(&g).map(|(y, g)| y * g).sum()
            };
            let gradients = backward(&x, &w, &g);
            // Steps far below the deviation that 1e-5 in the variance leaves.
            let h = 1e-7;
            let given = [&x, &w, &b];
            for which in 0..3 {
                for n in 0..given[which].len() {
                    let moved = |by: f64| {
                        let mut all = given.map(Clone::clone);
                        all[which][n] += by;
                        loss(&all[0], &all[1], &all[2])
                    };
                    let slope = (moved(h) - moved(-h)) / (2.0 * h);
                    let size = 1.0 + slope.abs();
                    prop_assert!((slope - gradients[which][n]).abs() < 1e-5 * size,
                        "{} {}: {} {}", which, n, slope, gradients[which][n]);
                }
            }
        }
    }
}
