use serde::{Deserialize, Serialize};

use crate::count_distribution::{CountDistribution, check_counts};
use crate::error::{Result, StatsError, check_at_least};
use crate::sigmoid_curve::sigmoid_rate;

/// Maximum likelihood fit of a daily rate to counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CountFit {
    /// Background rate μ, counts a day.
    pub background: f64,
    /// a, b, c of the rate μ + a·b·e^(−b(t−c))/(1 + e^(−b(t−c)))²; `None` of a constant rate.
    pub sigmoid: Option<[f64; 3]>,
    /// Distribution, its dispersion fitted too.
    pub distribution: CountDistribution,
    /// Largest log likelihood, constants included.
    pub log_likelihood: f64,
    /// Akaike's criterion.
    pub aic: f64,
    /// The Bayesian criterion.
    pub bic: f64,
}

/// The four combinations of constant or sigmoid rate and Poisson or negative binomial counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CountComparison {
    /// Constant rate, Poisson.
    pub constant_poisson: CountFit,
    /// Constant rate, negative binomial.
    pub constant_negative_binomial: CountFit,
    /// Sigmoid rate, Poisson.
    pub sigmoid_poisson: CountFit,
    /// Sigmoid rate, negative binomial.
    pub sigmoid_negative_binomial: CountFit,
}

/// Fits daily counts by likelihood instead of their running sum by least squares: no point of a
/// running sum is independent of the others, while days nearly are.
///
/// `counts` is `[day]`, `None` = unobserved; the middle of day i is t = i. The sigmoid is searched
/// over 4.4 days to the window's length from 10 to 90 %, with its inflection inside the window and
/// an amplitude of zero or more. The days are taken as independent given the rate; where the rate
/// itself wanders AIC and BIC favour the sigmoid, and only the surrogates of
/// [`analyze`](crate::analyze) judge it.
///
/// # Errors
/// Fewer than eight observed days, counts that are negative or not finite or all zero.
pub fn compare_count_rates(counts: &[Option<f64>]) -> Result<CountComparison> {
    let (t, y): (Vec<f64>, Vec<f64>) =
        counts.iter().enumerate().filter_map(|(i, y)| y.map(|y| (i as f64, y))).unzip();
    check_at_least("observed days", y.len(), 8)?;
    check_counts(&y)?;
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    if mean == 0.0 {
        return Err(StatsError::NoVariation { what: "the count", value: 0.0 });
    }
    let problem = Problem { t, y, mean, days: counts.len() as f64 };
    let flat = |distribution| problem.fitted(mean, None, distribution);
    let dispersion = problem.best_dispersion(&|_| mean);
    let negative_binomial = CountDistribution::NegativeBinomial { dispersion };
    let poisson_best = problem.search(CountDistribution::Poisson);
    let constant_poisson = flat(CountDistribution::Poisson);
    let constant_negative_binomial = flat(negative_binomial);
    let nb_best = problem.search_with_dispersion(dispersion);
    Ok(CountComparison {
        constant_poisson,
        constant_negative_binomial,
        sigmoid_poisson: poisson_best,
        sigmoid_negative_binomial: nb_best,
    })
}

struct Problem {
    t: Vec<f64>,
    y: Vec<f64>,
    mean: f64,
    days: f64,
}

/// Steepness values of the coarse search.
const STEEPNESSES: usize = 12;
/// Halvings of the grid's spacing about the best point.
const REFINEMENTS: usize = 12;
/// Scoring steps for background and amplitude.
const SCORING_STEPS: usize = 40;
/// Alternations of dispersion and rate.
const ALTERNATIONS: usize = 4;

impl Problem {
    fn log_likelihood(&self, of: CountDistribution, rate: &dyn Fn(f64) -> f64) -> f64 {
        self.t.iter().zip(&self.y).map(|(t, y)| of.log_mass(*y, rate(*t))).sum()
    }

    fn fitted(
        &self,
        background: f64,
        sigmoid: Option<[f64; 3]>,
        of: CountDistribution,
    ) -> CountFit {
        let rate = |t: f64| background + sigmoid.map_or(0.0, |[a, b, c]| sigmoid_rate(t, a, b, c));
        let log_likelihood = self.log_likelihood(of, &rate);
        let own = if of == CountDistribution::Poisson { 1.0 } else { 2.0 };
        let k = own + if sigmoid.is_some() { 3.0 } else { 0.0 };
        CountFit {
            background,
            sigmoid,
            distribution: of,
            log_likelihood,
            aic: 2.0 * k - 2.0 * log_likelihood,
            bic: k * (self.y.len() as f64).ln() - 2.0 * log_likelihood,
        }
    }

    /// Dispersion of the largest likelihood for given rates, by golden section on its logarithm.
    fn best_dispersion(&self, rate: &dyn Fn(f64) -> f64) -> f64 {
        let value = |x: f64| {
            let of = CountDistribution::NegativeBinomial { dispersion: x.exp() };
            self.log_likelihood(of, rate)
        };
        let golden = 0.5 * (5f64.sqrt() - 1.0);
        let (mut low, mut high) = ((1e-8f64).ln(), (1e3f64).ln());
        let (mut x, mut z) = (high - golden * (high - low), low + golden * (high - low));
        let (mut at_x, mut at_z) = (value(x), value(z));
        for _ in 0..70 {
            if at_x < at_z {
                (low, x, at_x) = (x, z, at_z);
                z = low + golden * (high - low);
                at_z = value(z);
            } else {
                (high, z, at_z) = (z, x, at_x);
                x = high - golden * (high - low);
                at_x = value(x);
            }
        }
        (0.5 * (low + high)).exp()
    }

    fn search_with_dispersion(&self, start: f64) -> CountFit {
        let mut dispersion = start;
        let mut best = self.search(CountDistribution::NegativeBinomial { dispersion });
        for _ in 0..ALTERNATIONS {
            let (background, sigmoid) = (best.background, best.sigmoid);
            let rate =
                |t: f64| background + sigmoid.map_or(0.0, |[a, b, c]| sigmoid_rate(t, a, b, c));
            dispersion = self.best_dispersion(&rate);
            let next = self.search(CountDistribution::NegativeBinomial { dispersion });
            if next.log_likelihood <= best.log_likelihood + 1e-9 {
                break;
            }
            best = next;
        }
        best
    }

    /// Best sigmoid rate for one distribution: a grid over ln b and c, then ever finer grids.
    fn search(&self, of: CountDistribution) -> CountFit {
        let (b_low, b_high) = ((4.4 / self.days).ln(), 0.0f64);
        let b_step = (b_high - b_low) / (STEEPNESSES - 1) as f64;
        let c_step = 2.0f64;
        let mut best = self.fitted(self.mean, Some([0.0, b_low.exp(), 0.5 * self.days]), of);
        let mut c = 0.5 * c_step;
        while c < self.days {
            for i in 0..STEEPNESSES {
                best = better(best, self.at(of, b_low + b_step * i as f64, c));
            }
            c += c_step;
        }
        let (mut b_step, mut c_step) = (b_step, c_step);
        for _ in 0..REFINEMENTS {
            b_step *= 0.5;
            c_step *= 0.5;
            let [_, b, c] = best.sigmoid.unwrap_or([0.0, 1.0, 0.0]);
            for i in -2i32..=2 {
                for j in -2i32..=2 {
                    let ln_b = (b.ln() + b_step * f64::from(i)).clamp(b_low, b_high);
                    let c = (c + c_step * f64::from(j)).clamp(0.0, self.days);
                    best = better(best, self.at(of, ln_b, c));
                }
            }
        }
        best
    }

    /// Background and amplitude by Fisher scoring, both kept at zero or more.
    fn at(&self, of: CountDistribution, ln_b: f64, c: f64) -> CountFit {
        let b = ln_b.exp();
        let w: Vec<f64> = self.t.iter().map(|t| sigmoid_rate(*t, 1.0, b, c)).collect();
        let (mut background, mut a) = (self.mean, 0.0f64);
        let least = 1e-6 * self.mean;
        for _ in 0..SCORING_STEPS {
            let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for (y, w) in self.y.iter().zip(&w) {
                let rate = background + a * w;
                let v = of.variance(rate);
                g0 += (y - rate) / v;
                g1 += w * (y - rate) / v;
                h00 += 1.0 / v;
                h01 += w / v;
                h11 += w * w / v;
            }
            let determinant = h00 * h11 - h01 * h01;
            if determinant.is_nan() || determinant <= 0.0 {
                break;
            }
            let mut next_a = a + (h00 * g1 - h01 * g0) / determinant;
            let mut next = background + (h11 * g0 - h01 * g1) / determinant;
            if next_a < 0.0 {
                next_a = 0.0;
                next = background + (g0 + h01 * a) / h00;
            }
            next = next.max(least);
            let moved = (next - background).abs() + (next_a - a).abs() * b;
            (background, a) = (next, next_a);
            if moved < 1e-10 * self.mean {
                break;
            }
        }
        self.fitted(background, Some([a, b, c]), of)
    }
}

fn better(x: CountFit, y: CountFit) -> CountFit {
    if y.log_likelihood > x.log_likelihood { y } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CountProcess, count_log_likelihood, plant_sigmoid};

    #[test]
    fn a_planted_build_up_is_preferred_and_dated_and_chance_is_not() {
        let draw = |events| {
            let mut counts = CountProcess::Poisson { mean: 4.0 }.draw(180, 11).unwrap();
            plant_sigmoid(&mut counts, events, 0.12, 143.0, 3).unwrap();
            compare_count_rates(&counts.into_iter().map(Some).collect::<Vec<_>>()).unwrap()
        };
        let planted = draw(150.0);
        assert!(planted.sigmoid_poisson.bic < planted.constant_poisson.bic - 10.0);
        let [_, _, c] = planted.sigmoid_poisson.sigmoid.unwrap();
        assert!((c - 142.5).abs() < 8.0, "{c}");
        let chance = draw(0.0);
        assert!(chance.sigmoid_poisson.bic > chance.constant_poisson.bic);
        for c in [&planted, &chance] {
            // Nested models: more parameters never fit worse.
            assert!(c.sigmoid_poisson.log_likelihood >= c.constant_poisson.log_likelihood - 1e-9);
            assert!(
                c.sigmoid_negative_binomial.log_likelihood
                    >= c.constant_negative_binomial.log_likelihood - 1e-6
            );
            assert!(
                c.constant_negative_binomial.log_likelihood
                    >= c.constant_poisson.log_likelihood - 1e-4
            );
        }
    }

    #[test]
    fn overdispersed_counts_prefer_the_negative_binomial() {
        let process = CountProcess::NegativeBinomial { mean: 4.0, variance: 12.0 };
        let counts: Vec<Option<f64>> =
            process.draw(600, 4).unwrap().into_iter().map(Some).collect();
        let found = compare_count_rates(&counts).unwrap();
        assert!(found.constant_negative_binomial.aic < found.constant_poisson.aic - 50.0);
        let CountDistribution::NegativeBinomial { dispersion } =
            found.constant_negative_binomial.distribution
        else {
            panic!()
        };
        assert!((dispersion - 0.5).abs() < 0.1, "{dispersion}");
    }

    #[test]
    fn bad_counts_are_refused() {
        assert!(compare_count_rates(&[Some(1.0); 7]).is_err());
        assert!(compare_count_rates(&[Some(0.0); 30]).is_err());
        assert!(compare_count_rates(&[Some(-1.0); 30]).is_err());
        let of = CountDistribution::NegativeBinomial { dispersion: 0.0 };
        assert!(count_log_likelihood(of, &[1.0], &[1.0]).is_err());
        assert!(count_log_likelihood(CountDistribution::Poisson, &[1.0], &[0.0]).is_err());
    }
}
