use std::ops::Range;

use ndarray::{Array1, Array2, Axis, s};
use stmn_linalg::default_backend;

use super::report::{PressureResponse, TidalConstituent};
use super::robust::median_absolute;
use super::tide::{TidalGroups, TidalSet};
use crate::{Result, StrainIoError, TimeGrid};

/// Rounds of leaving out what the fit does not explain.
const ROUNDS: usize = 4;
/// Residuals beyond this many robust standard deviations are steps, spikes and earthquakes.
const TRIM: f64 = 6.0;
/// Before there is a fit, only changes this far out are left out: the tide itself is in them.
const FIRST_TRIM: f64 = 30.0;
/// Directions below this share of the largest eigenvalue of the scaled normal matrix are not
/// determined (a constant barometer, two equal columns).
const EIGENVALUE_FLOOR: f64 = 1e-11;

/// How the gauges of a recording answer to tide and pressure over one span: the regressors, shared
/// by the gauges.
///
/// Everything is fitted on differences from hour to hour. A step is then one bad row among
/// thousands, drift is next to nothing, and the red noise of a borehole becomes nearly white.
pub(super) struct Design {
    grid: TimeGrid,
    range: Range<usize>,
    /// Samples averaged to one row's instant: an hour's, or one.
    block: usize,
    tide: Option<TidalGroups>,
    /// `[block, column]`: tidal pairs, then pressure.
    columns: Array2<f64>,
    pressure: bool,
}

/// The fitted response of one gauge.
#[derive(Debug, Clone)]
pub(super) struct Response {
    tide: Option<TidalGroups>,
    coefficients: Vec<f64>,
    errors: Vec<f64>,
    pressure: bool,
}

impl Design {
    /// `pressure` is that of the whole recording, NaN where unknown, less a reference.
    pub(super) fn new(
        grid: &TimeGrid,
        range: Range<usize>,
        set: Option<TidalSet>,
        pressure: Option<&[f64]>,
    ) -> Self {
        let interval = grid.interval_seconds();
        let block = ((3600.0 / interval).round() as usize).max(1);
        let days = range.len() as f64 * interval / 86_400.0;
        let tide = set.map(|set| TidalGroups::new(set, days));
        let tidal = tide.as_ref().map(|groups| groups.design(grid, range.clone(), block));
        let rows = range.len() / block;
        let tidal_columns = tidal.as_ref().map_or(0, Array2::ncols);
        let mut columns = Array2::zeros((rows, tidal_columns + usize::from(pressure.is_some())));
        if let Some(tidal) = tidal {
            columns.slice_mut(s![.., ..tidal_columns]).assign(&tidal);
        }
        if let Some(pressure) = pressure {
            let means = block_means(&pressure[range.clone()], block);
            columns.column_mut(tidal_columns).assign(&Array1::from(means));
        }
        Self { grid: *grid, range, block, tide, columns, pressure: pressure.is_some() }
    }

    /// Fits one gauge; `usable` says which of the recording's samples may be used.
    pub(super) fn fit(&self, values: &[f64], usable: &[bool], name: &str) -> Result<Response> {
        let count = self.columns.ncols();
        let response = |coefficients, errors| Response {
            tide: self.tide.clone(),
            coefficients,
            errors,
            pressure: self.pressure,
        };
        if count == 0 {
            return Ok(response(Vec::new(), Vec::new()));
        }
        let (design, changes) = self.differences(values, usable);
        let needed = (3 * count).max(24);
        if changes.len() < needed {
            return Err(StrainIoError::FitTooShort {
                channel: name.to_owned(),
                start: self.grid.time(self.range.start),
                end: self.grid.time(self.range.end - 1),
                usable: changes.len(),
                needed,
            });
        }
        trimmed_least_squares(&design, &changes)
            .map(|(coefficients, errors)| response(coefficients, errors))
            .map_err(|source| StrainIoError::LinearAlgebra {
                what: format!("tide and pressure of channel {name}"),
                source,
            })
    }

    /// Rows and values of all differences between neighbouring complete blocks.
    fn differences(&self, values: &[f64], usable: &[bool]) -> (Array2<f64>, Vec<f64>) {
        let values: Vec<f64> = values[self.range.clone()]
            .iter()
            .zip(&usable[self.range.clone()])
            .map(|(&value, &usable)| if usable { value } else { f64::NAN })
            .collect();
        let means = block_means(&values, self.block);
        let complete = |row: usize| {
            let pressure =
                if self.pressure { self.columns[[row, self.columns.ncols() - 1]] } else { 0.0 };
            means[row].is_finite() && pressure.is_finite()
        };
        let rows: Vec<usize> =
            (1..means.len()).filter(|&row| complete(row) && complete(row - 1)).collect();
        let mut design = self.columns.select(Axis(0), &rows);
        for (mut change, &row) in design.rows_mut().into_iter().zip(&rows) {
            change -= &self.columns.row(row - 1);
        }
        (design, rows.iter().map(|&row| means[row] - means[row - 1]).collect())
    }
}

impl Response {
    /// The tide at the samples `range`; nothing where it is not modelled.
    pub(super) fn tide(&self, grid: &TimeGrid, range: Range<usize>) -> Option<Vec<f64>> {
        self.tide.as_ref().map(|groups| groups.predict(&self.coefficients, grid, range))
    }

    /// Tide and pressure response at one sample.
    pub(super) fn at(&self, grid: &TimeGrid, index: usize, pressure: f64) -> f64 {
        let tide = self.tide.as_ref().map(|tide| tide.predict_at(&self.coefficients, grid, index));
        tide.unwrap_or(0.0) + self.pressure().map_or(0.0, |it| it.coefficient * pressure)
    }

    pub(super) fn pressure(&self) -> Option<PressureResponse> {
        let (&coefficient, &standard_error) = (self.coefficients.last()?, self.errors.last()?);
        self.pressure.then_some(PressureResponse { coefficient, standard_error })
    }

    pub(super) fn constituents(&self) -> Vec<TidalConstituent> {
        let groups = self.tide.iter().flat_map(|tide| tide.groups().iter());
        let pairs = self.coefficients.chunks_exact(2).zip(self.errors.chunks_exact(2));
        let mut report = Vec::new();
        for (group, (pair, errors)) in groups.zip(pairs) {
            let phase_degrees = pair[1].atan2(pair[0]).to_degrees().rem_euclid(360.0);
            let error = ((errors[0].powi(2) + errors[1].powi(2)) / 2.0).sqrt();
            for (name, period_hours, ratio) in group.members() {
                report.push(TidalConstituent {
                    name: name.to_owned(),
                    period_hours,
                    amplitude: ratio * pair[0].hypot(pair[1]),
                    phase_degrees,
                    standard_error: ratio * error,
                    inferred_from: (name != group.name()).then(|| group.name().to_owned()),
                });
            }
        }
        report
    }

    /// Constituents that were asked for and can be neither fitted nor inferred.
    pub(super) fn left_out(&self) -> &[&'static str] {
        self.tide.as_ref().map_or(&[], |tide| &tide.left_out)
    }
}

/// Means of whole blocks; NaN where a value of the block is missing.
fn block_means(values: &[f64], block: usize) -> Vec<f64> {
    values.chunks_exact(block).map(|part| part.iter().sum::<f64>() / block as f64).collect()
}

/// Least squares that leaves out rows it does not explain; coefficients and standard errors.
fn trimmed_least_squares(
    design: &Array2<f64>,
    changes: &[f64],
) -> std::result::Result<(Vec<f64>, Vec<f64>), stmn_linalg::LinalgError> {
    let keep = |residuals: &[f64], limit: f64| -> Vec<usize> {
        // A recorder of few digits has a median change of zero; then nothing is left out.
        let bound = match limit * median_absolute(residuals) {
            bound if bound > 0.0 => bound,
            _ => f64::INFINITY,
        };
        (0..residuals.len()).filter(|&row| residuals[row].abs() <= bound).collect()
    };
    let mut kept = keep(changes, FIRST_TRIM);
    let mut solution = Vec::new();
    for _ in 0..ROUNDS {
        let rows = design.select(Axis(0), &kept);
        let target: Array1<f64> = kept.iter().map(|&row| changes[row]).collect();
        solution = normal_equations(&rows, &target)?;
        let fitted = design.dot(&Array1::from_iter(solution.iter().map(|(value, _)| *value)));
        let residuals: Vec<f64> = changes.iter().zip(&fitted).map(|(y, fit)| y - fit).collect();
        let next = keep(&residuals, TRIM);
        if next == kept {
            break;
        }
        kept = next;
    }
    Ok(solution.into_iter().unzip())
}

/// Solution and standard errors. The columns are tidal lines that the span tells apart and a
/// barometer: the normal matrix of scaled columns is well conditioned, and a tenth of the work of
/// an orthogonal decomposition of all rows.
fn normal_equations(
    design: &Array2<f64>,
    target: &Array1<f64>,
) -> std::result::Result<Vec<(f64, f64)>, stmn_linalg::LinalgError> {
    let normal = design.t().dot(design);
    let scale = normal.diag().mapv(|square| if square > 0.0 { square.sqrt() } else { 1.0 });
    let outer = scale.view().insert_axis(Axis(1)).dot(&scale.view().insert_axis(Axis(0)));
    let eigen = default_backend().symmetric_eigen((&normal / &outer).view())?;
    let right = design.t().dot(target) / &scale;
    let floor = eigen.values.last().map_or(0.0, |largest| largest * EIGENVALUE_FLOOR);
    let mut solution = Array1::<f64>::zeros(scale.len());
    let mut inverse_diagonal = Array1::<f64>::zeros(scale.len());
    let mut rank = 0;
    for (&value, vector) in eigen.values.iter().zip(eigen.vectors.columns()) {
        if value > floor {
            rank += 1;
            solution.scaled_add(vector.dot(&right) / value, &vector);
            inverse_diagonal.scaled_add(1.0 / value, &vector.mapv(|v| v * v));
        }
    }
    solution /= &scale;
    let residual = target - &design.dot(&solution);
    let freedom = target.len().saturating_sub(rank).max(1);
    let variance = residual.dot(&residual) / freedom as f64;
    let errors = (inverse_diagonal * variance).mapv(f64::sqrt) / &scale;
    Ok(solution.into_iter().zip(errors).collect())
}
