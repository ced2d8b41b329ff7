use ndarray::{Array1, Array2};
use stmn_linalg::{LinalgError, default_backend};

use super::drift::{DriftConfig, legendre};
use crate::robust::median_absolute;

/// Time constants that are tried first, in a geometric series; the best one's neighbourhood is searched.
const TIME_CONSTANTS: usize = 25;
/// Halvings of that neighbourhood: to a thousandth of the time constant.
const SEARCHES: usize = 20;
/// Rounds of reweighting, and the relative change of the curve below which they end.
const ROUNDS: usize = 60;
const STILL: f64 = 1e-9;
/// Robust standard deviations from which on the biweight leaves a day out; 95 % as sharp as least
/// squares where all is normal.
const BIWEIGHT: f64 = 4.685;
/// Residuals below this share of the largest value are rounding. Their scale tells no day from another:
/// one round of it could leave out every day of a record that the curve passes through.
const ROUNDING: f64 = 1e-12;

/// What is fitted: days since the start of the span and the medians of each.
pub(crate) struct Days {
    pub(crate) days: Vec<f64>,
    pub(crate) values: Vec<f64>,
    pub(crate) span: f64,
}

/// A fitted curve: factors of the Legendre polynomials, then of the exponential.
pub(crate) struct Curve {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) decay_days: Option<f64>,
    pub(crate) left_out: usize,
    pub(crate) residual_std: f64,
}

pub(crate) fn fit_curve(days: &Days, config: &DriftConfig) -> Result<Curve, LinalgError> {
    let decay_days = match config.curing {
        true => Some(best_decay(days, config)?),
        false => None,
    };
    let design = days.design(config.degree, decay_days);
    let target = Array1::from(days.values.clone());
    let (fit, _) = first_fit(&design, &target, config)?;
    let residuals = &target - &design.dot(&fit);
    let largest = target.fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let scale = median_absolute(&residuals.to_vec()).max(ROUNDING * largest);
    let robust = config.robust && scale > 0.0;
    let fit = if robust { biweight(&design, &target, fit, scale)? } else { fit };
    let counts = |residual: &f64| !robust || residual.abs() < BIWEIGHT * scale;
    let residuals = (&target - &design.dot(&fit)).into_iter().filter(counts).collect::<Vec<_>>();
    Ok(Curve {
        coefficients: fit.to_vec(),
        decay_days,
        left_out: target.len() - residuals.len(),
        residual_std: median_absolute(&residuals),
    })
}

impl Days {
    fn design(&self, degree: usize, decay_days: Option<f64>) -> Array2<f64> {
        let columns = degree + 1 + usize::from(decay_days.is_some());
        let mut design = Array2::zeros((self.days.len(), columns));
        for (&day, mut row) in self.days.iter().zip(design.rows_mut()) {
            let place = 2.0 * day / self.span - 1.0;
            row.iter_mut().take(degree + 1).zip(legendre(place)).for_each(|(cell, p)| *cell = p.0);
            if let Some(decay) = decay_days {
                row[degree + 1] = (-day / decay).exp();
            }
        }
        design
    }
}

/// The time constant whose fit is nearest, from a day to the span: a slower curve is a parabola, a
/// faster one a step.
fn best_decay(days: &Days, config: &DriftConfig) -> Result<f64, LinalgError> {
    let target = Array1::from(days.values.clone());
    let misfit = |log: f64| -> Result<f64, LinalgError> {
        let design = days.design(config.degree, Some(log.exp()));
        Ok(first_fit(&design, &target, config)?.1)
    };
    let fastest = 1.0_f64.min(days.span / 4.0).ln();
    let step = (days.span.ln() - fastest) / (TIME_CONSTANTS - 1) as f64;
    let mut best = (f64::INFINITY, fastest);
    for index in 0..TIME_CONSTANTS {
        let log = fastest + index as f64 * step;
        let off = misfit(log)?;
        if off < best.0 {
            best = (off, log);
        }
    }
    let mut reach = step / 2.0;
    for _ in 0..SEARCHES {
        let mut moved = false;
        for log in [best.1 - reach, best.1 + reach] {
            let off = misfit(log)?;
            if off < best.0 {
                (best, moved) = ((off, log), true);
            }
        }
        if !moved {
            reach /= 2.0;
        }
    }
    Ok(best.1.exp())
}

/// Least squares, or least absolute deviations by reweighting; and the misfit that was made least.
fn first_fit(
    design: &Array2<f64>,
    target: &Array1<f64>,
    config: &DriftConfig,
) -> Result<(Array1<f64>, f64), LinalgError> {
    let mut fit = weighted(design, target, &Array1::ones(target.len()))?;
    if !config.robust {
        let residuals = target - &design.dot(&fit);
        return Ok((fit, residuals.dot(&residuals)));
    }
    for _ in 0..ROUNDS {
        let residuals = target - &design.dot(&fit);
        // Below a thousandth of their scale deviations are alike: no weight is without bound.
        let mean = residuals.mapv(f64::abs).mean().unwrap_or(0.0);
        let least = 1e-3 * mean;
        if least == 0.0 {
            break;
        }
        let weights = residuals.mapv(|residual| 1.0 / residual.abs().max(least));
        let next = weighted(design, target, &weights)?;
        let moved = (&design.dot(&next) - &design.dot(&fit)).mapv(f64::abs);
        fit = next;
        if moved.iter().all(|moved| *moved <= 1e-6 * mean) {
            break;
        }
    }
    let misfit = (target - &design.dot(&fit)).mapv(f64::abs).sum();
    Ok((fit, misfit))
}

/// Tukey's biweight of a scale that is held, from a first fit on.
fn biweight(
    design: &Array2<f64>,
    target: &Array1<f64>,
    mut fit: Array1<f64>,
    scale: f64,
) -> Result<Array1<f64>, LinalgError> {
    let weights_of = |fit: &Array1<f64>| {
        (target - &design.dot(fit)).mapv(|residual| {
            let share = residual / (BIWEIGHT * scale);
            if share.abs() < 1.0 { (1.0 - share * share).powi(2) } else { 0.0 }
        })
    };
    for _ in 0..ROUNDS {
        let next = weighted(design, target, &weights_of(&fit))?;
        let moved = (&design.dot(&next) - &design.dot(&fit)).mapv(f64::abs);
        fit = next;
        if moved.iter().all(|moved| *moved <= STILL * scale) {
            break;
        }
    }
    Ok(fit)
}

fn weighted(
    design: &Array2<f64>,
    target: &Array1<f64>,
    weights: &Array1<f64>,
) -> Result<Array1<f64>, LinalgError> {
    let roots = weights.mapv(f64::sqrt);
    let mut rows = design.clone();
    rows.rows_mut().into_iter().zip(&roots).for_each(|(mut row, root)| row *= *root);
    Ok(default_backend().least_squares(rows.view(), (target * &roots).view())?.solution)
}
