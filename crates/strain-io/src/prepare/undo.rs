use std::ops::Range;

use ndarray::Array2;

use super::drivers::Driving;
use super::jumps::Written;
use super::models::predict;
use super::piece::PreparedPiece;
use super::relevel::Level;
use super::response::Response;
use super::run::Prepared;
use super::trend::Drift;
use crate::{Provenance, Recording, Result, TimeGrid};

/// What some prepared samples are put together from again. What can be computed is not kept: a day's
/// level is two numbers, a run of one offset another two. A sample costs a byte a gauge and
/// eight a driver.
/// Samples are counted from the record's first one.
#[derive(Debug, Clone)]
pub(super) struct Undo {
    /// Of the record.
    pub(super) grid: TimeGrid,
    /// The place of the first sample.
    pub(super) from: usize,
    pub(super) gauges: Vec<GaugeUndo>,
    /// Those that were corrected for.
    pub(super) drivers: Driving,
    /// Flags of the gauges as recorded.
    pub(super) flags: Array2<Provenance>,
}

/// What was taken out of one gauge.
#[derive(Debug, Clone, Default)]
pub(super) struct GaugeUndo {
    pub(super) drift: Option<Drift>,
    /// One after the other, without a sample between them.
    pub(super) spans: Vec<SpanUndo>,
}

/// What was taken out of samples of one gauge in which the models did not change.
#[derive(Debug, Clone)]
pub(super) struct SpanUndo {
    pub(super) range: Range<usize>,
    response: Response,
    /// Each from a sample on, 0 before them.
    offsets: Vec<(usize, f64)>,
    pub(super) level: Option<Level>,
    /// Samples that hold another value than their own corrected one (filled, of a jump, withheld), with
    /// what was recorded; ascending.
    pub(super) substituted: Vec<(usize, f64)>,
}

impl SpanUndo {
    pub(super) fn new(range: Range<usize>, response: Response) -> Self {
        Self { range, response, offsets: Vec::new(), level: None, substituted: Vec::new() }
    }

    /// Notes what jumps, gaps and missing drivers did to a sample.
    pub(super) fn note(&mut self, index: usize, recorded: f64, written: &Written) {
        match written.offset {
            Some(offset) => {
                if self.offsets.last().map_or(0.0, |(_, before)| *before) != offset {
                    self.offsets.push((index, offset));
                }
            }
            None if recorded.is_nan() && written.value.is_nan() => {}
            None => self.substituted.push((index, recorded)),
        }
    }

    /// Adds again what was taken out, the last first, and puts recorded samples back. `values` and
    /// the drivers' columns `driven` are those of the span.
    fn put_back(
        &self,
        values: &mut [f64],
        driven: &[&[f64]],
        drift: Option<&Drift>,
        grid: &TimeGrid,
    ) {
        let predicted = predict(&self.response, grid, self.range.clone(), driven);
        let response = predicted.tide.iter().zip(&predicted.driven);
        let mut offsets = self.offsets.iter().copied().peekable();
        let mut offset = 0.0;
        let samples = self.range.clone().zip(values.iter_mut()).zip(response);
        for ((index, value), (tide, driven)) in samples {
            while let Some((_, next)) = offsets.next_if(|(from, _)| *from <= index) {
                offset = next;
            }
            *value += self.level.as_ref().map_or(0.0, |level| level.at(index));
            *value += drift.map_or(0.0, |drift| drift.at(index));
            *value += offset;
            *value += driven;
            *value += tide;
        }
        for &(index, recorded) in &self.substituted {
            values[index - self.range.start] = recorded;
        }
    }
}

impl Undo {
    /// The gauges as recorded, where `prepared` is of the samples that this is of.
    fn put_back(&self, prepared: &Recording) -> Result<Recording> {
        let mut values = prepared.values().to_owned();
        if values.dim() == self.flags.dim() {
            for (mut column, gauge) in values.columns_mut().into_iter().zip(&self.gauges) {
                let mut series = column.to_vec();
                for span in &gauge.spans {
                    let rows = span.range.start - self.from..span.range.end - self.from;
                    let driven = self.drivers.columns(rows.clone());
                    span.put_back(&mut series[rows], &driven, gauge.drift.as_ref(), &self.grid);
                }
                column.iter_mut().zip(series).for_each(|(value, recorded)| *value = recorded);
            }
        }
        // Which says what does not fit.
        prepared.with_values(values, self.flags.clone())
    }
}

impl Prepared {
    /// The gauges as they were recorded, with the flags that they had.
    ///
    /// A sample whose value was substituted (filled, of a jump, withheld) is what it was to the last bit;
    /// all others get back what was taken out of them, to rounding: 1e-9 of the largest part is far more
    /// than they can be off. What has been changed in `recording` since stays changed, its flags aside.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Shape`](crate::StrainIoError::Shape) where `recording` has been replaced by one of
    /// another length or with other channels.
    pub fn undo(&self) -> Result<Recording> {
        self.undo.put_back(&self.recording)
    }
}

impl PreparedPiece {
    /// The gauges of this piece as they were recorded, bit for bit the samples of
    /// [`Prepared::undo`](crate::Prepared::undo) of the whole record; no other piece is needed.
    ///
    /// # Errors
    ///
    /// As [`Prepared::undo`](crate::Prepared::undo).
    pub fn undo(&self) -> Result<Recording> {
        self.undo.put_back(&self.recording)
    }
}
