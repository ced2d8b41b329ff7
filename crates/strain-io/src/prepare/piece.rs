use ndarray::Array2;

use super::drivers::Driving;
use super::gauge::{Gauge, Span};
use super::setup::Setup;
use super::undo::{GaugeUndo, Undo};
use crate::{Provenance, Recording, Result};

/// A prepared piece of a record, which can be undone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PreparedPiece {
    /// The four gauges, as in [`Prepared::recording`](crate::Prepared::recording).
    pub recording: Recording,
    pub(super) undo: Undo,
}

/// What becomes of a piece: the values and flags of its gauges, and what was taken out of them.
pub(super) struct Out {
    values: Array2<f64>,
    flags: Array2<Provenance>,
    undo: Undo,
}

impl Out {
    /// For a piece of `gauges` whose first sample is at `from`.
    pub(super) fn new(setup: &Setup, gauges: &Recording, from: usize) -> Self {
        let flags = gauges.provenance().to_owned();
        let undo = Undo {
            grid: setup.grid,
            from,
            gauges: vec![GaugeUndo::default(); gauges.channels().len()],
            drivers: Driving::default(),
            flags: flags.clone(),
        };
        Self { values: Array2::zeros(gauges.values().raw_dim()), flags, undo }
    }

    pub(super) fn write(&mut self, row: usize, column: usize, span: Span) {
        for (place, (value, set)) in span.values.iter().zip(&span.flags).enumerate() {
            self.values[[row + place, column]] = *value;
            self.flags[[row + place, column]].insert(*set);
        }
        self.undo.gauges[column].spans.push(span.undo);
    }

    /// Takes the drivers of the samples that were written.
    pub(super) fn hold(&mut self, drivers: &Driving) {
        self.undo.drivers.append(drivers);
    }

    /// Of the piece `recorded`, whose gauges are those of `gauges`.
    pub(super) fn finish(
        mut self,
        recorded: &Recording,
        gauges: &[Gauge],
    ) -> Result<PreparedPiece> {
        for (undo, gauge) in self.undo.gauges.iter_mut().zip(gauges) {
            undo.drift = gauge.drift().cloned();
        }
        let recording = recorded.with_values(self.values, self.flags)?;
        Ok(PreparedPiece { recording, undo: self.undo })
    }
}
