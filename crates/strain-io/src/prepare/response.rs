use std::ops::Range;

use ndarray::{Array1, Array2, Axis, s};

use super::report::TidalConstituent;
use super::setup::Setup;
use crate::response::driver_responses;
use crate::tide::TidalGroups;
use crate::trimmed::{block_means, trimmed_least_squares};
use crate::{Driver, DriverResponse, Result, StrainIoError, TimeGrid};

/// How the gauges of a recording answer to tide and drivers over one span: the regressors, shared
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
    /// `[block, column]`: tidal pairs, then each driver's lags.
    columns: Array2<f64>,
    tidal: usize,
    drivers: Vec<Driver>,
}

/// The fitted response of one gauge.
#[derive(Debug, Clone)]
pub(super) struct Response {
    tide: Option<TidalGroups>,
    /// Those of the tide come first.
    coefficients: Vec<f64>,
    errors: Vec<f64>,
    drivers: Vec<DriverResponse>,
}

impl Design {
    /// For the samples `range`; `driven` are the drivers' columns of these, NaN where unknown, less a
    /// reference.
    pub(super) fn new(setup: &Setup, range: Range<usize>, driven: &[&[f64]]) -> Self {
        let grid = &setup.grid;
        let set = setup.config.tide.then_some(setup.config.tidal_set);
        let interval = grid.interval_seconds();
        let block = ((3600.0 / interval).round() as usize).max(1);
        let days = range.len() as f64 * interval / 86_400.0;
        let tide = set.map(|set| TidalGroups::new(set, days));
        let pairs = tide.as_ref().map(|groups| groups.design(grid, range.clone(), block));
        let rows = range.len() / block;
        let tidal = pairs.as_ref().map_or(0, Array2::ncols);
        let mut columns = Array2::zeros((rows, tidal + driven.len()));
        if let Some(pairs) = pairs {
            columns.slice_mut(s![.., ..tidal]).assign(&pairs);
        }
        for (column, driven) in (tidal..).zip(driven) {
            columns.column_mut(column).assign(&Array1::from(block_means(driven, block)));
        }
        let drivers = setup.drivers.iter().map(|it| it.driver.clone()).collect();
        Self { grid: *grid, range, block, tide, columns, tidal, drivers }
    }

    /// Fits one gauge, of which `values` are those of the range; `usable` says which may be used.
    pub(super) fn fit(&self, values: &[f64], usable: &[bool], name: &str) -> Result<Response> {
        let count = self.columns.ncols();
        let response = |coefficients, errors, drivers| Response {
            tide: self.tide.clone(),
            coefficients,
            errors,
            drivers,
        };
        if count == 0 {
            return Ok(response(Vec::new(), Vec::new(), Vec::new()));
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
        let fit = trimmed_least_squares(&design, &changes).map_err(|source| {
            let what = format!("tide and pressure of channel {name}");
            StrainIoError::LinearAlgebra { what, source }
        })?;
        let drivers = driver_responses(&self.drivers, &fit, self.tidal);
        Ok(response(fit.coefficients, fit.errors, drivers))
    }

    /// Rows and values of all differences between neighbouring complete blocks.
    fn differences(&self, values: &[f64], usable: &[bool]) -> (Array2<f64>, Vec<f64>) {
        let values: Vec<f64> = values
            .iter()
            .zip(usable)
            .map(|(&value, &usable)| if usable { value } else { f64::NAN })
            .collect();
        let means = block_means(&values, self.block);
        let driven = self.columns.slice(s![.., self.tidal..]);
        let complete = |row: usize| {
            means[row].is_finite() && driven.row(row).iter().all(|value| value.is_finite())
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

    /// The response to the drivers' columns, of which there are as many as coefficients, or none.
    pub(super) fn driven(&self, columns: &[&[f64]], len: usize) -> Vec<f64> {
        let mut parts = self.driver_coefficients().zip(columns);
        let Some((coefficient, column)) = parts.next() else { return vec![0.0; len] };
        let mut sum: Vec<f64> = column.iter().map(|value| coefficient * value).collect();
        for (coefficient, column) in parts {
            sum.iter_mut().zip(*column).for_each(|(sum, value)| *sum += coefficient * value);
        }
        sum
    }

    /// The response to tide and drivers at one sample.
    pub(super) fn at(&self, grid: &TimeGrid, index: usize, driven: &[f64]) -> f64 {
        let tide = self.tide.as_ref().map(|tide| tide.predict_at(&self.coefficients, grid, index));
        let parts = self.driver_coefficients().zip(driven).map(|(factor, value)| factor * value);
        tide.unwrap_or(0.0) + parts.reduce(|sum, part| sum + part).unwrap_or(0.0)
    }

    fn driver_coefficients(&self) -> impl Iterator<Item = f64> {
        self.drivers.iter().flat_map(|driver| &driver.lags).map(|lag| lag.coefficient)
    }

    /// The response to the drivers, in their order.
    pub(super) fn drivers(&self) -> &[DriverResponse] {
        &self.drivers
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
