use std::ops::Range;

use ndarray::{Array1, Array2};
use stmn_linalg::{LeastSquares, default_backend};

use super::report::Trend;
use super::trend_config::{TrendConfig, TrendModel};
use crate::clean::{Curing, Days, DriftConfig, Shape, fit_curve};
use crate::robust::block_medians;
use crate::{Result, StrainIoError, TimeGrid};

/// Time constants tried for the exponential, a geometric series.
const TIME_CONSTANTS: usize = 40;

/// A drift curve; outside the fit span it goes on straight.
#[derive(Debug, Clone)]
pub(super) struct Drift {
    trend: Trend,
    /// Days per sample, the first sample of the fit span, and the span's length in days.
    day_per_sample: f64,
    start: usize,
    span: f64,
    /// Of a robust fit and of a polynomial.
    shape: Option<Shape>,
}

impl Drift {
    /// Fits the curve on the medians of whole days within `fit`; `usable` as for all samples.
    pub(super) fn fit(
        config: &TrendConfig,
        values: &[f64],
        usable: &[bool],
        grid: &TimeGrid,
        fit: Range<usize>,
        name: &str,
    ) -> Result<Option<Self>> {
        let day_per_sample = grid.interval_seconds() / 86_400.0;
        let per_day = ((1.0 / day_per_sample).round() as usize).max(1);
        let model = config.model;
        let columns = match model {
            TrendModel::None => return Ok(None),
            TrendModel::Linear => 2,
            TrendModel::Quadratic => 3,
            TrendModel::ExponentialLinear => 4,
            TrendModel::Polynomial => config.degree + 1,
        };
        // Of robust fits half of the days may be no good.
        let columns = if config.robust { 2 * columns } else { columns };
        let (days, medians) = daily_medians(values, usable, fit.clone(), per_day, day_per_sample);
        if days.len() < columns {
            return Err(StrainIoError::FitTooShort {
                channel: name.to_owned(),
                start: grid.time(fit.start),
                end: grid.time(fit.end - 1),
                usable: days.len(),
                needed: columns,
            });
        }
        let span = fit.len() as f64 * day_per_sample;
        let failed = |source| StrainIoError::LinearAlgebra {
            what: format!("the drift of channel {name}"),
            source,
        };
        let (trend, shape) = if config.robust || model == TrendModel::Polynomial {
            let days = Days { days, values: medians, span };
            let (trend, shape) = shaped(config, &days).map_err(failed)?;
            (trend, Some(shape))
        } else {
            (curve(model, &days, &medians, span).map_err(failed)?, None)
        };
        let mut drift = Self { trend, day_per_sample, start: fit.start, span, shape };
        drift.trend.slope_after = drift.slope(span);
        Ok(Some(drift))
    }

    pub(super) fn trend(&self) -> &Trend {
        &self.trend
    }

    /// The curve at sample `index`.
    pub(super) fn at(&self, index: usize) -> f64 {
        let day = (index as f64 - self.start as f64) * self.day_per_sample;
        if let Some(shape) = &self.shape {
            return shape.at(day).0;
        }
        let inside = day.clamp(0.0, self.span);
        self.value(inside) + self.slope(inside) * (day - inside)
    }

    fn value(&self, day: f64) -> f64 {
        let trend = &self.trend;
        trend.level + trend.slope * day + trend.curvature * bend(day, trend.decay_days)
    }

    fn slope(&self, day: f64) -> f64 {
        if let Some(shape) = &self.shape {
            return shape.at(day).1;
        }
        let trend = &self.trend;
        let bend = match trend.decay_days {
            Some(decay) => -(-day / decay).exp() / decay,
            None => 2.0 * day,
        };
        trend.slope + trend.curvature * bend
    }
}

/// t² or exp(−t/τ).
fn bend(day: f64, decay: Option<f64>) -> f64 {
    decay.map_or(day * day, |decay| (-day / decay).exp())
}

/// A robust curve, or a polynomial of any degree.
fn shaped(
    config: &TrendConfig,
    days: &Days,
) -> std::result::Result<(Trend, Shape), stmn_linalg::LinalgError> {
    let model = config.model;
    let degree = match model {
        TrendModel::Polynomial => config.degree,
        TrendModel::Quadratic => 2,
        TrendModel::None | TrendModel::Linear | TrendModel::ExponentialLinear => 1,
    };
    let curing = model == TrendModel::ExponentialLinear;
    let curve = DriftConfig::default().with_degree(degree).with_curing(curing);
    let fit = fit_curve(days, &curve.with_robust(config.robust))?;
    let shape = Shape::of(&fit, degree, days.span);
    let (value, slope) = shape.at(0.0);
    let mut trend = Trend {
        model,
        level: value,
        slope,
        curvature: 0.0,
        decay_days: fit.decay_days,
        slope_after: 0.0,
        polynomial: Vec::new(),
    };
    match (model, shape.curing) {
        (TrendModel::Polynomial, _) => trend.polynomial = shape.polynomial.clone(),
        // P₂ = (3x² − 1)/2 of x = 2t/T − 1.
        (TrendModel::Quadratic, _) => {
            trend.curvature = 6.0 * shape.polynomial[2] / days.span.powi(2)
        }
        (_, Some(Curing { amplitude, decay_days })) => {
            trend.level -= amplitude;
            trend.slope += amplitude / decay_days;
            trend.curvature = amplitude;
        }
        (_, None) => {}
    }
    Ok((trend, shape))
}

fn curve(
    model: TrendModel,
    days: &[f64],
    values: &[f64],
    span: f64,
) -> std::result::Result<Trend, stmn_linalg::LinalgError> {
    let trend = |fit: &LeastSquares, decay_days| Trend {
        model,
        level: fit.solution[0],
        slope: fit.solution[1],
        curvature: fit.solution.get(2).copied().unwrap_or(0.0),
        decay_days,
        slope_after: 0.0,
        polynomial: Vec::new(),
    };
    match model {
        TrendModel::None | TrendModel::Linear | TrendModel::Polynomial => {
            Ok(trend(&solve(days, values, 2, None)?, None))
        }
        TrendModel::Quadratic => Ok(trend(&solve(days, values, 3, None)?, None)),
        TrendModel::ExponentialLinear => {
            // A curve slower than the span is a parabola, one faster than a day is a step.
            let fastest = 1.0_f64.min(span / 4.0);
            let mut best: Option<(f64, Trend)> = None;
            for step in 0..TIME_CONSTANTS {
                let share = step as f64 / (TIME_CONSTANTS - 1) as f64;
                let decay = fastest * (span / fastest).powf(share);
                let fit = solve(days, values, 3, Some(decay))?;
                let misfit = fit.residual_sum_of_squares;
                if best.as_ref().is_none_or(|(least, _)| misfit < *least) {
                    best = Some((misfit, trend(&fit, Some(decay))));
                }
            }
            best.map(|(_, trend)| trend)
                .ok_or(stmn_linalg::LinalgError::Empty { rows: 0, columns: 3 })
        }
    }
}

fn solve(
    days: &[f64],
    values: &[f64],
    columns: usize,
    decay: Option<f64>,
) -> std::result::Result<LeastSquares, stmn_linalg::LinalgError> {
    let design = Array2::from_shape_fn((days.len(), columns), |(row, column)| match column {
        0 => 1.0,
        1 => days[row],
        _ => bend(days[row], decay),
    });
    default_backend().least_squares(design.view(), Array1::from(values.to_vec()).view())
}

/// Days since the start of `fit` and medians of the values of each.
fn daily_medians(
    values: &[f64],
    usable: &[bool],
    fit: Range<usize>,
    per_day: usize,
    day_per_sample: f64,
) -> (Vec<f64>, Vec<f64>) {
    let known = fit.map(|index| if usable[index] { values[index] } else { f64::NAN });
    let medians = block_medians(&known.collect::<Vec<_>>(), per_day);
    medians.into_iter().map(|(middle, median)| (middle * day_per_sample, median)).unzip()
}
