use std::ops::Range;

use super::jumps::Sample;
use super::response::{Design, Response};
use super::setup::Setup;
use crate::{Result, StrainIoError, TimeGrid};

/// The responses of one gauge: that of the fit span, and the one in force.
pub(super) struct Models {
    first: Response,
    renewed: Option<Response>,
    /// The samples at which they were renewed.
    pub(super) renewals: Vec<usize>,
    /// Of renewals that were left out.
    pub(super) notes: Vec<String>,
}

/// A gauge's tide and pressure response.
pub(super) struct Predicted {
    pub(super) tide: Vec<f64>,
    pub(super) pressure: Vec<f64>,
}

/// The regressors of the samples `range`, `pressure` being theirs.
pub(super) fn design(setup: &Setup, range: Range<usize>, pressure: Option<&[f64]>) -> Design {
    let set = setup.config.tide.then_some(setup.config.tidal_set);
    Design::new(&setup.grid, range, set, pressure)
}

/// A response to the tide and to `pressure` at the samples `range`.
pub(super) fn predict(
    response: &Response,
    grid: &TimeGrid,
    range: Range<usize>,
    pressure: Option<&[f64]>,
) -> Predicted {
    let len = range.len();
    let tide = response.tide(grid, range).unwrap_or_else(|| vec![0.0; len]);
    let pressure = match (pressure, response.pressure()) {
        (Some(pressure), Some(response)) => {
            pressure.iter().map(|value| response.coefficient * value).collect()
        }
        _ => vec![0.0; len],
    };
    Predicted { tide, pressure }
}

impl Models {
    pub(super) fn new(first: Response) -> Self {
        Self { first, renewed: None, renewals: Vec::new(), notes: Vec::new() }
    }

    /// That of the fit span.
    pub(super) fn first(&self) -> &Response {
        &self.first
    }

    /// Takes the models that were fitted for the samples from `from` on, and gives back by how much
    /// the residual of an earlier sample grows with them. A fit on too few samples keeps the models
    /// before it and leaves a note.
    pub(super) fn renew<'a>(
        &mut self,
        setup: &'a Setup,
        from: usize,
        fitted: Result<Response>,
    ) -> Result<Option<impl Fn(&Sample) -> f64 + use<'a>>> {
        let next = match fitted {
            Ok(response) => response,
            Err(short @ StrainIoError::FitTooShort { .. }) => {
                self.notes.push(format!("kept the earlier models: {short}"));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.renewals.push(from);
        let before = self.renewed.replace(next.clone()).unwrap_or_else(|| self.first.clone());
        let grid = &setup.grid;
        Ok(Some(move |sample: &Sample| {
            before.at(grid, sample.index, sample.pressure)
                - next.at(grid, sample.index, sample.pressure)
        }))
    }

    /// The one in force.
    pub(super) fn current(&self) -> &Response {
        self.renewed.as_ref().unwrap_or(&self.first)
    }

    /// The response to the tide and to `pressure` at the samples `range`.
    pub(super) fn predict(
        &self,
        setup: &Setup,
        range: Range<usize>,
        pressure: Option<&[f64]>,
    ) -> Predicted {
        predict(self.current(), &setup.grid, range, pressure)
    }

    /// What the user should know about the fits of gauge `name`.
    pub(super) fn into_notes(mut self, name: &str) -> Vec<String> {
        for left_out in self.first.left_out() {
            self.notes.push(format!(
                "channel {name}: the fit span is too short for {left_out}, which is left in"
            ));
        }
        self.notes
    }
}
