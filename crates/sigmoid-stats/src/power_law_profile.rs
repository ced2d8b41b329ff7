use crate::line::r_squared;
use crate::power_law::{PowerLawFit, PowerLawMethod, interval_of_exponential};
use crate::tails::{t_quantile, t_two_sided, z_quantile, z_two_sided};

/// Exponents that the search covers.
const SEARCHED: [f64; 2] = [-10.0, 10.0];
/// Distance to an end of that within which a search ended there.
const AT_BOUND: f64 = 1e-6;
/// Steps of the coarse search over the exponent.
const STEPS: usize = 800;

/// Misfit of the best amplitude as a function of the exponent: χ² or Poisson deviance.
pub(crate) struct Profile<'a> {
    log_relative: &'a [f64],
    excess: &'a [f64],
    weights: Option<&'a [f64]>,
}

impl<'a> Profile<'a> {
    pub(crate) fn weighted(log_relative: &'a [f64], excess: &'a [f64], weights: &'a [f64]) -> Self {
        Profile { log_relative, excess, weights: Some(weights) }
    }

    pub(crate) fn poisson(log_relative: &'a [f64], excess: &'a [f64]) -> Self {
        Profile { log_relative, excess, weights: None }
    }

    /// Amplitude at the geometric mean of the distances, and misfit.
    fn at(&self, exponent: f64) -> (f64, f64) {
        let shape: Vec<f64> = self.log_relative.iter().map(|x| (-exponent * x).exp()).collect();
        match self.weights {
            Some(weights) => {
                let (mut up, mut down) = (0.0, 0.0);
                for ((w, s), e) in weights.iter().zip(&shape).zip(self.excess) {
                    up += w * s * e;
                    down += w * s * s;
                }
                let amplitude = (up / down).max(0.0);
                let misfit = |((w, s), e): ((&f64, &f64), &f64)| w * (e - amplitude * s).powi(2);
                (amplitude, weights.iter().zip(&shape).zip(self.excess).map(misfit).sum())
            }
            None => {
                let amplitude = self.excess.iter().sum::<f64>() / shape.iter().sum::<f64>();
                let deviance = |(s, e): (&f64, &f64)| {
                    let rate = amplitude * s;
                    let logarithm = if *e > 0.0 { e * (e / rate).ln() } else { 0.0 };
                    2.0 * (logarithm - (e - rate))
                };
                (amplitude, shape.iter().zip(self.excess).map(deviance).sum())
            }
        }
    }

    /// Standard errors of b and of ln A at 1 km, from the inverse of the expected curvature of half the
    /// misfit, before overdispersion.
    fn errors(&self, amplitude: f64, exponent: f64, center: f64) -> Option<[f64; 2]> {
        let (mut one, mut x, mut xx) = (0.0, 0.0, 0.0);
        for (k, along) in self.log_relative.iter().enumerate() {
            let rate = amplitude * (-exponent * along).exp();
            // ∂I/∂(ln A) is I, ∂I/∂b is −I·ln r; a Poisson count's variance is I itself.
            let weight = self.weights.map_or(rate, |weights| weights[k] * rate * rate);
            one += weight;
            x += weight * along;
            xx += weight * along * along;
        }
        let determinant = one * xx - x * x;
        // ln A at 1 km is ln A at the mean distance + b·center.
        let of_log = (xx + 2.0 * center * x + center * center * one) / determinant;
        let errors = [(one / determinant).sqrt(), of_log.sqrt()];
        errors.iter().all(|error| error.is_finite()).then_some(errors)
    }

    pub(crate) fn fit(&self, method: PowerLawMethod, center: f64, confidence: f64) -> PowerLawFit {
        let misfit = |b: f64| self.at(b).1;
        let exponent = minimum(&misfit);
        let (amplitude, best) = self.at(exponent);
        let n = self.excess.len();
        let degrees = n as f64 - 2.0;
        let scatter = if n > 2 { best / degrees } else { 1.0 };
        let overdispersion = scatter.max(1.0);
        let quantile = if overdispersion > 1.0 {
            t_quantile(confidence, degrees)
        } else {
            z_quantile(confidence)
        };
        let limit = best + overdispersion * quantile.powi(2);
        let (low, low_open) = crossing(&misfit, limit, exponent, SEARCHED[0]);
        let (high, high_open) = crossing(&misfit, limit, exponent, SEARCHED[1]);
        let deviate = ((misfit(0.0) - best).max(0.0) / overdispersion).sqrt();
        let p_value =
            if overdispersion > 1.0 { t_two_sided(deviate, degrees) } else { z_two_sided(deviate) };
        let at_bound = SEARCHED.iter().any(|end| (exponent - end).abs() < AT_BOUND);
        let errors = if at_bound { None } else { self.errors(amplitude, exponent, center) };
        let errors = errors.map(|errors| errors.map(|error| error * overdispersion.sqrt()));
        let at_one_km = amplitude * (exponent * center).exp();
        PowerLawFit {
            method,
            amplitude: at_one_km,
            amplitude_interval: errors
                .and_then(|[_, of_log]| interval_of_exponential(at_one_km.ln(), quantile * of_log)),
            exponent,
            exponent_standard_error: errors.map(|errors| errors[0]),
            exponent_at_bound: at_bound,
            exponent_interval: [low, high],
            interval_open: [low_open, high_open],
            r2: r_squared(best, misfit(0.0)),
            p_value,
            overdispersion,
            n,
        }
    }
}

/// Smallest value by a grid and golden section around its best point.
fn minimum(misfit: &dyn Fn(f64) -> f64) -> f64 {
    let step = (SEARCHED[1] - SEARCHED[0]) / STEPS as f64;
    let at = |i: usize| SEARCHED[0] + step * i as f64;
    // The exponent nearest zero among equals: data without any excess have no exponent, and zero
    // claims the least.
    let best = (0..=STEPS)
        .min_by(|&i, &j| {
            misfit(at(i)).total_cmp(&misfit(at(j))).then(at(i).abs().total_cmp(&at(j).abs()))
        })
        .map_or(0.0, at);
    let (mut low, mut high) = ((best - step).max(SEARCHED[0]), (best + step).min(SEARCHED[1]));
    let shrink = 0.5 * (5f64.sqrt() - 1.0);
    for _ in 0..60 {
        let (left, right) = (high - shrink * (high - low), low + shrink * (high - low));
        if misfit(left) <= misfit(right) {
            high = right;
        } else {
            low = left;
        }
    }
    let refined = 0.5 * (low + high);
    if misfit(refined) < misfit(best) { refined } else { best }
}

/// Where the misfit last lies below `limit` on the way from `from` to `end`, and whether it still
/// does at the end (the side is open).
fn crossing(misfit: &dyn Fn(f64) -> f64, limit: f64, from: f64, end: f64) -> (f64, bool) {
    let at = |i: usize| from + (end - from) * i as f64 / STEPS as f64;
    let Some(inside) = (0..=STEPS).rev().find(|&i| misfit(at(i)) <= limit) else {
        return (from, false);
    };
    if inside == STEPS {
        return (end, true);
    }
    let (mut inner, mut outer) = (at(inside), at(inside + 1));
    for _ in 0..60 {
        let middle = 0.5 * (inner + outer);
        if misfit(middle) <= limit { inner = middle } else { outer = middle }
    }
    (inner, false)
}
