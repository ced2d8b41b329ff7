use std::ops::Range;

use super::anchors::Anchors;
use super::response::Response;
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

/// A gauge's response to tide and drivers.
pub(super) struct Predicted {
    pub(super) tide: Vec<f64>,
    pub(super) driven: Vec<f64>,
}

/// A response to the tide and to the drivers' columns `driven` at the samples `range`.
pub(super) fn predict(
    response: &Response,
    grid: &TimeGrid,
    range: Range<usize>,
    driven: &[&[f64]],
) -> Predicted {
    let len = range.len();
    let tide = response.tide(grid, range).unwrap_or_else(|| vec![0.0; len]);
    Predicted { tide, driven: response.driven(driven, len) }
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
    /// the residual of an earlier sample, one of `anchors`, grows with them. A fit on too few samples
    /// keeps the models before it and leaves a note.
    pub(super) fn renew<'a>(
        &mut self,
        setup: &'a Setup,
        from: usize,
        fitted: Result<Response>,
        anchors: &'a Anchors,
    ) -> Result<Option<impl Fn(usize) -> f64 + use<'a>>> {
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
        Ok(Some(move |index| {
            let driven = anchors.at(index);
            before.at(grid, index, driven) - next.at(grid, index, driven)
        }))
    }

    /// The one in force.
    pub(super) fn current(&self) -> &Response {
        self.renewed.as_ref().unwrap_or(&self.first)
    }

    /// The response to the tide and to the drivers' columns `driven` at the samples `range`.
    pub(super) fn predict(
        &self,
        setup: &Setup,
        range: Range<usize>,
        driven: &[&[f64]],
    ) -> Predicted {
        predict(self.current(), &setup.grid, range, driven)
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
