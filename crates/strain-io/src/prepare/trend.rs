use std::ops::Range;

use ndarray::{Array1, Array2};
use stmn_linalg::{LeastSquares, default_backend};

use super::report::Trend;
use super::trend_config::TrendModel;
use crate::robust::median;
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
}

impl Drift {
    /// Fits the curve on the medians of whole days within `fit`; `usable` as for all samples.
    pub(super) fn fit(
        model: TrendModel,
        values: &[f64],
        usable: &[bool],
        grid: &TimeGrid,
        fit: Range<usize>,
        name: &str,
    ) -> Result<Option<Self>> {
        let day_per_sample = grid.interval_seconds() / 86_400.0;
        let per_day = ((1.0 / day_per_sample).round() as usize).max(1);
        let columns = match model {
            TrendModel::None => return Ok(None),
            TrendModel::Linear => 2,
            TrendModel::Quadratic => 3,
            TrendModel::ExponentialLinear => 4,
        };
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
        let trend = curve(model, &days, &medians, span).map_err(failed)?;
        let mut drift = Self { trend, day_per_sample, start: fit.start, span };
        drift.trend.slope_after = drift.slope(span);
        Ok(Some(drift))
    }

    pub(super) fn trend(&self) -> &Trend {
        &self.trend
    }

    /// The curve at sample `index`.
    pub(super) fn at(&self, index: usize) -> f64 {
        let day = (index as f64 - self.start as f64) * self.day_per_sample;
        let inside = day.clamp(0.0, self.span);
        self.value(inside) + self.slope(inside) * (day - inside)
    }

    fn value(&self, day: f64) -> f64 {
        let trend = &self.trend;
        trend.level + trend.slope * day + trend.curvature * bend(day, trend.decay_days)
    }

    fn slope(&self, day: f64) -> f64 {
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
    };
    match model {
        TrendModel::None | TrendModel::Linear => Ok(trend(&solve(days, values, 2, None)?, None)),
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
    let (mut days, mut medians) = (Vec::new(), Vec::new());
    for start in fit.clone().step_by(per_day) {
        let day = start..(start + per_day).min(fit.end);
        let middle = (start - fit.start) as f64 + 0.5 * (day.len() - 1) as f64;
        let mut present: Vec<f64> =
            day.filter(|&i| usable[i] && !values[i].is_nan()).map(|i| values[i]).collect();
        if let Some(median) = median(&mut present) {
            days.push(middle * day_per_sample);
            medians.push(median);
        }
    }
    (days, medians)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use jiff::SignedDuration;

    fn fit(model: TrendModel, curve: impl Fn(f64) -> f64) -> Drift {
        let start = "2007-01-01T00:00:00Z".parse().unwrap();
        let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 24 * 300).unwrap();
        let values: Vec<f64> = (0..grid.len()).map(|i| curve((i as f64 - 2400.0) / 24.0)).collect();
        let usable = vec![true; values.len()];
        Drift::fit(model, &values, &usable, &grid, 2400..4800, "s1").unwrap().unwrap()
    }

    #[test]
    fn a_line_is_found_and_goes_on() {
        let drift = fit(TrendModel::Linear, |day| 30.0 - 0.7 * day);
        assert_relative_eq!(drift.trend().slope_after, -0.7, epsilon = 1e-9);
        assert_relative_eq!(drift.at(7199), 30.0 - 0.7 * (4799.0 / 24.0), epsilon = 1e-6);
        assert_relative_eq!(drift.at(0), 100.0, epsilon = 1e-6);
    }

    #[test]
    fn a_parabola_goes_on_with_its_last_slope() {
        let drift = fit(TrendModel::Quadratic, |day| 0.01 * day * day);
        assert_relative_eq!(drift.at(3600), 0.01 * 50.0 * 50.0, epsilon = 0.01);
        assert_relative_eq!(drift.trend().slope_after, 2.0, epsilon = 1e-6);
        assert_relative_eq!(drift.at(4800 + 240) - drift.at(4800), 20.0, epsilon = 1e-6);
    }

    #[test]
    fn curing_is_found() {
        let drift =
            fit(TrendModel::ExponentialLinear, |day| 5.0 + 0.2 * day + 80.0 * (-day / 12.0).exp());
        for index in [2500, 3000, 4000, 4799] {
            let day = (index as f64 - 2400.0) / 24.0;
            let truth = 5.0 + 0.2 * day + 80.0 * (-day / 12.0).exp();
            // The grid of time constants is 12 % wide.
            assert!((drift.at(index) - truth).abs() < 2.0, "{}", drift.at(index) - truth);
        }
        assert_relative_eq!(drift.trend().slope_after, 0.2, epsilon = 0.02);
    }

    #[test]
    fn too_few_days_are_refused() {
        let start = "2007-01-01T00:00:00Z".parse().unwrap();
        let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 30).unwrap();
        let fit = Drift::fit(TrendModel::Quadratic, &[0.0; 30], &[true; 30], &grid, 0..30, "s1");
        assert!(matches!(fit, Err(StrainIoError::FitTooShort { usable: 2, needed: 3, .. })));
    }
}
