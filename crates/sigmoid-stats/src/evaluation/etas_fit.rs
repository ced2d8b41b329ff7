use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};
use stmn_linalg::default_backend;

use super::etas::{EtasModel, Shock, check_shocks};
use super::etas_likelihood::{Likelihood, PARAMETERS, Point, Theta};
use crate::error::{Result, StatsError, check_at_least};

/// Fewest shocks that five parameters are fitted to.
const FEWEST_SHOCKS: usize = 30;
/// Starts: share of triggered shocks, α, c and p.
const STARTS: [[f64; 4]; 3] = [[0.5, 1.2, 0.01, 1.2], [0.3, 0.8, 0.1, 1.1], [0.7, 1.8, 0.002, 1.5]];
/// Scoring steps of a start.
const STEPS: usize = 300;
/// Gain of the log likelihood below which a start has ended.
const GAIN: f64 = 1e-9;
/// Largest move of a logarithm in one step.
const LARGEST_MOVE: f64 = 1.0;
/// Scoring is damped up to this many times the information.
const MOST_DAMPING: f64 = 1e10;

/// Range searched of μ, A, α, c and p − 1: a catalogue without clusters determines none but μ.
const RANGE: [[f64; 2]; PARAMETERS] =
    [[1e-9, 1e6], [1e-9, 1e3], [1e-4, 20.0], [1e-7, 1e3], [1e-5, 20.0]];

/// A fitted ETAS model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EtasFit {
    /// The model of the largest likelihood.
    pub model: EtasModel,
    /// Log likelihood on the target span.
    pub log_likelihood: f64,
    /// That of a constant rate, the number of shocks over the days.
    pub poisson_log_likelihood: f64,
    /// Standard errors of ln μ, ln A, ln α, ln c, ln(p − 1), from the sum over the shocks of the squared
    /// derivative of ln λ, which estimates the information (Ogata 1978); infinite where the catalogue
    /// does not determine a parameter.
    pub log_errors: [f64; PARAMETERS],
    /// Whether a parameter lies at an end of the range searched, where it is no estimate: the
    /// catalogue has no clusters, or too few shocks.
    pub at_bound: bool,
    /// Shocks in the target span.
    pub shocks: usize,
    /// Whether the best start ended by itself.
    pub converged: bool,
    /// Starts that ended within 1e-4 of the largest log likelihood, of three.
    pub starts_agreed: usize,
}

/// Fits the model to the shocks from day `from` to day `to` by maximum likelihood; the shocks before
/// are their history and are not fitted.
///
/// Where the model is to be the reference of a forecast, `to` must not be after the first day that is
/// scored: parameters that were fitted to the days that they then forecast are no reference.
///
/// Fisher scoring on the logarithms of the parameters, damped so that no step loses likelihood, from
/// three starts; the information is the sum over the shocks of the squared derivative of ln λ (Ogata
/// 1978). Cost: quadratic in the number of shocks.
///
/// ```
/// use sigmoid_stats::{EtasModel, Magnitudes, fit_etas};
///
/// let truth = EtasModel::new(0.3, 0.25, 1.2, [0.02, 1.3], 3.0)?;
/// let shocks = truth.simulate(1500.0, &Magnitudes::new(1.0, 6.5)?, 4)?;
/// let fit = fit_etas(&shocks, 3.0, 100.0, 1500.0)?;
/// assert!(fit.log_likelihood > fit.poisson_log_likelihood + 100.0);
/// assert!((fit.model.background() / 0.3).ln().abs() < 4.0 * fit.log_errors[0]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Fewer than 30 shocks in the span, a span that is empty, shocks that [`EtasModel::check`] refuses.
pub fn fit_etas(shocks: &[Shock], threshold: f64, from: f64, to: f64) -> Result<EtasFit> {
    if !(from.is_finite() && to.is_finite() && from < to) {
        return Err(StatsError::setting("from, to", format!("{from}, {to}"), "a span of days"));
    }
    crate::error::check_finite("threshold", &[threshold])?;
    check_shocks(shocks, threshold)?;
    let end = shocks.partition_point(|s| s.day <= to);
    let problem = Likelihood {
        shocks: &shocks[..end],
        first: shocks.partition_point(|s| s.day < from),
        threshold,
        from,
        to,
    };
    let n = end.saturating_sub(problem.first);
    check_at_least("shocks in the span", n, FEWEST_SHOCKS)?;
    let rate = n as f64 / (to - from);
    let runs = STARTS
        .iter()
        .map(|start| problem.climb(problem.start(start, rate)))
        .collect::<Result<Vec<_>>>()?;
    let best = runs.iter().max_by(|x, y| x.at.value.total_cmp(&y.at.value)).expect("three starts");
    Ok(EtasFit {
        model: problem.model(&best.theta)?,
        log_likelihood: best.at.value,
        poisson_log_likelihood: n as f64 * (rate.ln() - 1.0),
        log_errors: log_errors(&best.at.information)?,
        at_bound: at_bound(&best.theta),
        shocks: n,
        converged: best.converged,
        starts_agreed: runs.iter().filter(|r| best.at.value - r.at.value < 1e-4).count(),
    })
}

fn inside(theta: Theta) -> Theta {
    std::array::from_fn(|k| theta[k].clamp(RANGE[k][0].ln(), RANGE[k][1].ln()))
}

fn at_bound(theta: &Theta) -> bool {
    let at = |k: usize| RANGE[k].iter().any(|end| (theta[k] - end.ln()).abs() < 1e-9);
    (0..PARAMETERS).any(at)
}

struct Run {
    theta: Theta,
    at: Point,
    converged: bool,
}

impl Likelihood<'_> {
    fn start(&self, [triggered, alpha, c, p]: &[f64; 4], rate: f64) -> Theta {
        let grown = |s: &Shock| (alpha * (s.magnitude - self.threshold)).exp();
        let mean = self.shocks.iter().map(grown).sum::<f64>() / self.shocks.len() as f64;
        let values = [(1.0 - triggered) * rate, triggered / mean, *alpha, *c, p - 1.0];
        inside(values.map(f64::ln))
    }

    fn climb(&self, mut theta: Theta) -> Result<Run> {
        let mut at = self.at(&theta);
        let mut damping = 1e-3;
        for _ in 0..STEPS {
            let step = damped_step(&at, damping)?;
            let next = inside(std::array::from_fn(|k| theta[k] + step[k]));
            let there = self.at(&next);
            if there.value > at.value {
                let gain = there.value - at.value;
                (theta, at) = (next, there);
                damping = (damping * 0.2).max(1e-9);
                if gain < GAIN {
                    return Ok(Run { theta, at, converged: true });
                }
            } else {
                damping *= 8.0;
                if damping > MOST_DAMPING {
                    return Ok(Run { theta, at, converged: true });
                }
            }
        }
        Ok(Run { theta, at, converged: false })
    }
}

/// (I + damping·diag I)⁻¹ · gradient, cut to a length that the likelihood's shape allows.
fn damped_step(at: &Point, damping: f64) -> Result<Theta> {
    let scale = scales(&at.information);
    let scaled = Array2::from_shape_fn((PARAMETERS, PARAMETERS), |(i, j)| {
        at.information[[i, j]] * scale[i] * scale[j] + if i == j { damping } else { 0.0 }
    });
    let eigen = default_backend().symmetric_eigen(scaled.view())?;
    let right = Array1::from_shape_fn(PARAMETERS, |k| at.gradient[k] * scale[k]);
    let mut along = eigen.vectors.t().dot(&right);
    along.iter_mut().zip(&eigen.values).for_each(|(v, lambda)| *v /= lambda.max(0.1 * damping));
    let step = eigen.vectors.dot(&along);
    Ok(std::array::from_fn(|k| (step[k] * scale[k]).clamp(-LARGEST_MOVE, LARGEST_MOVE)))
}

fn scales(information: &Array2<f64>) -> Theta {
    std::array::from_fn(|k| {
        let own = information[[k, k]];
        if own > 0.0 { 1.0 / own.sqrt() } else { 1.0 }
    })
}

/// Square roots of the diagonal of the inverse information.
fn log_errors(information: &Array2<f64>) -> Result<Theta> {
    let scale = scales(information);
    let scaled = Array2::from_shape_fn((PARAMETERS, PARAMETERS), |(i, j)| {
        information[[i, j]] * scale[i] * scale[j]
    });
    let eigen = default_backend().symmetric_eigen(scaled.view())?;
    Ok(std::array::from_fn(|k| {
        let own = (0..PARAMETERS).map(|m| eigen.vectors[[k, m]].powi(2) / eigen.values[m].max(0.0));
        // 0/0: a direction without information in which this parameter has no part.
        scale[k] * own.filter(|v| !v.is_nan()).sum::<f64>().sqrt()
    }))
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
    fn simulated_catalogues_give_back_their_parameters() {
        let known = [0.25f64, 0.25, 1.3, 0.02, 0.3].map(f64::ln);
        let seeds = 12;
        let mut sum = [0.0; PARAMETERS];
        for seed in 0..seeds {
            let fit = fit_etas(&catalogue(seed), 3.0, 0.0, 1200.0).unwrap();
            assert!(fit.converged && !fit.at_bound && fit.starts_agreed == 3, "{fit:?}");
            let m = fit.model;
            let found =
                [m.background(), m.productivity(), m.alpha(), m.omori()[0], m.omori()[1] - 1.0];
            for k in 0..PARAMETERS {
                let z = (found[k].ln() - known[k]) / fit.log_errors[k];
                assert!(z.abs() < 4.0, "{k}: {z} {fit:?}");
                sum[k] += z;
            }
            // At the largest likelihood the expected number is the observed one.
            let expected = m.background() * 1200.0
                + catalogue(seed)
                    .iter()
                    .map(|s| m.aftershocks(s.magnitude) * m.share_within(1200.0 - s.day))
                    .sum::<f64>();
            assert!((expected / fit.shocks as f64 - 1.0).abs() < 1e-4, "{expected} {fit:?}");
        }
        // Mean of twelve: a standard error of 0.29.
        assert!(sum.iter().all(|s| (s / seeds as f64).abs() < 1.0), "{sum:?}");
    }

    #[test]
    fn a_catalogue_without_clusters_gains_nothing_to_speak_of() {
        let day = |i: u32| f64::from(i) + f64::from(i * 37 % 100) / 200.0;
        let shocks: Vec<Shock> = (0..200).map(|i| Shock::new(day(i), 3.5)).collect();
        let fit = fit_etas(&shocks, 3.0, 0.0, 201.0).unwrap();
        assert!(fit.log_likelihood - fit.poisson_log_likelihood < 5.0, "{fit:?}");
        assert!(fit.log_likelihood >= fit.poisson_log_likelihood - 1.0, "{fit:?}");
    }

    #[test]
    fn bad_spans_and_short_catalogues_are_refused() {
        let shocks = catalogue(1);
        assert!(fit_etas(&shocks, 3.0, 5.0, 5.0).is_err());
        assert!(fit_etas(&shocks, 3.0, 0.0, f64::NAN).is_err());
        assert!(fit_etas(&shocks[..20], 3.0, 0.0, 1200.0).is_err());
        assert!(fit_etas(&shocks, 4.0, 0.0, 1200.0).is_err());
    }
}
