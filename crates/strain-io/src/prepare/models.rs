use super::input::Input;
use super::response::{Design, Response};
use crate::{Result, StrainIoError, TimeGrid};

/// Regressors of the fit span and of each renewal, shared by the gauges.
pub(super) struct Designs {
    /// First sample at which they apply, and the regressors; the first applies from the start.
    designs: Vec<(usize, Design)>,
}

/// The responses of one gauge, each from a sample on; the first applies from the start.
pub(super) struct Models {
    pub(super) responses: Vec<(usize, Response)>,
    pub(super) notes: Vec<String>,
}

/// A gauge's tide and pressure response.
pub(super) struct Predicted {
    pub(super) tide: Vec<f64>,
    pub(super) pressure: Vec<f64>,
}

impl Designs {
    pub(super) fn new(input: &Input<'_>) -> Self {
        let grid = input.recording.grid();
        let design = |range| {
            let set = input.config.tide.then_some(input.config.tidal_set);
            let pressure = input.pressure.as_ref().map(|pressure| pressure.observed.as_slice());
            Design::new(grid, range, set, pressure)
        };
        let mut designs = vec![(0, design(input.fit.clone()))];
        if let Some(refit) = &input.config.refit {
            let every = refit.every_days as usize * input.per_day;
            let span = refit.span_days as usize * input.per_day;
            let mut from = input.fit.end.saturating_add(every);
            while from < grid.len() {
                designs.push((from, design(from.saturating_sub(span)..from)));
                from += every;
            }
        }
        Self { designs }
    }

    /// Fits one gauge. A renewal with too few samples keeps the model before it and leaves a note;
    /// the fit span itself must have enough.
    pub(super) fn fit(&self, input: &Input<'_>, values: &[f64], name: &str) -> Result<Models> {
        let mut models = Models { responses: Vec::new(), notes: Vec::new() };
        for (from, design) in &self.designs {
            match design.fit(values, &input.usable, name) {
                Ok(response) => models.responses.push((*from, response)),
                Err(short @ StrainIoError::FitTooShort { .. }) if !models.responses.is_empty() => {
                    models.notes.push(format!("kept the earlier models: {short}"));
                }
                Err(error) => return Err(error),
            }
        }
        for left_out in models.responses[0].1.left_out() {
            models.notes.push(format!(
                "channel {name}: the fit span is too short for {left_out}, which is left in"
            ));
        }
        Ok(models)
    }
}

/// The tide and pressure response of responses, each from its sample on, to the pressure `held`.
pub(super) fn predict(
    responses: &[(usize, Response)],
    held: Option<&[f64]>,
    grid: &TimeGrid,
) -> Predicted {
    let mut predicted = Predicted { tide: vec![0.0; grid.len()], pressure: vec![0.0; grid.len()] };
    let ends = responses.iter().skip(1).map(|(from, _)| *from).chain([grid.len()]);
    for ((from, response), end) in responses.iter().zip(ends) {
        let range = *from..end;
        if let Some(tide) = response.tide(grid, range.clone()) {
            predicted.tide[range.clone()].copy_from_slice(&tide);
        }
        if let (Some(held), Some(response)) = (held, response.pressure()) {
            for index in range {
                predicted.pressure[index] = response.coefficient * held[index];
            }
        }
    }
    predicted
}

impl Models {
    pub(super) fn predict(&self, input: &Input<'_>) -> Predicted {
        let held = input.pressure.as_ref().map(|pressure| pressure.held.as_slice());
        predict(&self.responses, held, input.recording.grid())
    }

    /// How much the residual of sample `index` grows when the models of `renewal` replace those
    /// before them.
    pub(super) fn change(&self, input: &Input<'_>, renewal: usize, index: usize) -> f64 {
        let grid = input.recording.grid();
        let pressure = input.pressure.as_ref().map_or(0.0, |pressure| pressure.held[index]);
        // A value that counts had its pressure; only a masked one has none.
        let pressure = if pressure.is_nan() { 0.0 } else { pressure };
        let at = |model: usize| self.responses[model].1.at(grid, index, pressure);
        at(renewal - 1) - at(renewal)
    }
}
