use ndarray::Array2;
use rayon::prelude::*;

use super::etas::{EtasModel, Shock};
use crate::error::Result;

/// ln μ, ln A, ln α, ln c, ln(p − 1).
pub(super) const PARAMETERS: usize = 5;

/// A place in the parameters' logarithms.
pub(super) type Theta = [f64; PARAMETERS];

/// Likelihood of the shocks of a span, given those before.
pub(super) struct Likelihood<'a> {
    /// Up to the end of the span.
    pub(super) shocks: &'a [Shock],
    /// First shock of the span.
    pub(super) first: usize,
    pub(super) threshold: f64,
    pub(super) from: f64,
    pub(super) to: f64,
}

/// Log likelihood with its derivatives.
pub(super) struct Point {
    pub(super) value: f64,
    pub(super) gradient: Theta,
    /// Σ ∇ln λ·∇ln λᵀ over the shocks.
    pub(super) information: Array2<f64>,
}

impl Likelihood<'_> {
    pub(super) fn model(&self, theta: &Theta) -> Result<EtasModel> {
        let [background, productivity, alpha, c, over_one] = theta.map(f64::exp);
        EtasModel::new(background, productivity, alpha, [c, 1.0 + over_one], self.threshold)
    }

    /// −∞ where the parameters leave the numbers that can be computed with.
    pub(super) fn at(&self, theta: &Theta) -> Point {
        let parameters = theta.map(f64::exp);
        let [background, ..] = parameters;
        let rates: Vec<(f64, Theta)> = (self.first..self.shocks.len())
            .into_par_iter()
            .map(|i| self.log_rate(i, &parameters))
            .collect();
        let span = self.to - self.from;
        let mut value = -background * span;
        let mut gradient = [-background * span, 0.0, 0.0, 0.0, 0.0];
        let mut information = Array2::zeros((PARAMETERS, PARAMETERS));
        for (log_rate, slope) in &rates {
            value += log_rate;
            for i in 0..PARAMETERS {
                gradient[i] += slope[i];
                for j in 0..PARAMETERS {
                    information[[i, j]] += slope[i] * slope[j];
                }
            }
        }
        for shock in self.shocks {
            let (expected, slope) = self.aftershocks_in_span(shock, &parameters);
            value -= expected;
            (0..PARAMETERS).for_each(|k| gradient[k] -= slope[k]);
        }
        let finite = value.is_finite() && gradient.iter().all(|g| g.is_finite());
        Point { value: if finite { value } else { f64::NEG_INFINITY }, gradient, information }
    }

    /// ln λ at a shock and its derivatives.
    fn log_rate(&self, i: usize, parameters: &Theta) -> (f64, Theta) {
        let [background, productivity, alpha, c, over_one] = *parameters;
        let (p, day) = (1.0 + over_one, self.shocks[i].day);
        let mut sums = [background, 0.0, 0.0, 0.0, 0.0];
        let mut rate = background;
        for earlier in self.shocks[..i].iter().filter(|s| s.day < day) {
            let x = (day - earlier.day) / c;
            let (grown, late) = (alpha * (earlier.magnitude - self.threshold), x.ln_1p());
            let w = productivity * over_one / c * (grown - p * late).exp();
            rate += w;
            sums[1] += w;
            sums[2] += w * grown;
            sums[3] += w * (p * x / (1.0 + x) - 1.0);
            sums[4] += w * (1.0 - over_one * late);
        }
        (rate.ln(), sums.map(|sum| sum / rate))
    }

    /// Expected direct aftershocks inside the span and their derivatives.
    fn aftershocks_in_span(&self, shock: &Shock, parameters: &Theta) -> (f64, Theta) {
        let [_, productivity, alpha, c, over_one] = *parameters;
        let grown = alpha * (shock.magnitude - self.threshold);
        let all = productivity * grown.exp();
        // Share of the aftershocks up to x days, by c and by p − 1.
        let share = |days: f64| -> [f64; 3] {
            if days <= 0.0 {
                return [0.0; 3];
            }
            let x = days / c;
            let late = x.ln_1p();
            let left = (-over_one * late).exp();
            [-(-over_one * late).exp_m1(), -left * over_one * x / (1.0 + x), left * over_one * late]
        };
        let (end, start) = (share(self.to - shock.day), share(self.from - shock.day));
        let [within, by_c, by_p] = std::array::from_fn(|k| all * (end[k] - start[k]));
        (within, [0.0, within, within * grown, by_c, by_p])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Magnitudes;

    fn truth() -> EtasModel {
        EtasModel::new(0.25, 0.25, 1.3, [0.02, 1.3], 3.0).unwrap()
    }

    fn catalogue(seed: u64) -> Vec<Shock> {
        truth().simulate(1200.0, &Magnitudes::new(1.0, 6.5).unwrap(), seed).unwrap()
    }

    #[test]
    fn the_gradient_is_that_of_the_likelihood_and_the_likelihood_that_of_the_rate() {
        let shocks = catalogue(3);
        let shocks = &shocks[..120.min(shocks.len())];
        let (from, to) = (20.0, 260.0);
        let end = shocks.partition_point(|s| s.day <= to);
        let first = shocks.partition_point(|s| s.day < from);
        let problem = Likelihood { shocks: &shocks[..end], first, threshold: 3.0, from, to };
        let theta = [0.3f64, 0.2, 1.1, 0.05, 0.25].map(f64::ln);
        let at = problem.at(&theta);
        for k in 0..PARAMETERS {
            let shifted = |h: f64| {
                let mut theta = theta;
                theta[k] += h;
                problem.at(&theta).value
            };
            let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
            assert!((slope - at.gradient[k]).abs() < 1e-4 * (1.0 + slope.abs()), "{k} {slope}");
        }
        // Σ ln λ(t_i) − ∫ λ by the model's own rate and the expected numbers day by day.
        let model = problem.model(&theta).unwrap();
        let logs: f64 = shocks[first..end].iter().map(|s| model.rate(s.day, shocks).ln()).sum();
        let own: f64 = shocks[..end]
            .iter()
            .map(|s| {
                let share = |t: f64| model.share_within(t - s.day);
                model.aftershocks(s.magnitude) * (share(to) - share(from))
            })
            .sum();
        let slow = logs - own - model.background() * (to - from);
        assert!((slow - at.value).abs() < 1e-8 * slow.abs(), "{slow} {}", at.value);
    }
}
