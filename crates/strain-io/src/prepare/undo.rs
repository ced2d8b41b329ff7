use ndarray::Array2;

use super::models::predict;
use super::relevel::Level;
use super::response::Response;
use super::run::Prepared;
use super::trend::Drift;
use crate::{Provenance, Recording, Result, TimeGrid};

/// What a prepared recording is put together from again. What can be computed is not kept: a day's level
/// is two numbers, a run of one offset another two. A sample costs a byte a gauge and eight once.
#[derive(Debug, Clone)]
pub(super) struct Undo {
    pub(super) gauges: Vec<GaugeUndo>,
    /// Air pressure that was corrected for, hPa.
    pub(super) pressure: Option<Vec<f64>>,
    /// Flags of the gauges as recorded.
    pub(super) flags: Array2<Provenance>,
}

/// What was taken out of one gauge.
#[derive(Debug, Clone)]
pub(super) struct GaugeUndo {
    /// Each from a sample on.
    pub(super) responses: Vec<(usize, Response)>,
    /// Each from a sample on.
    pub(super) offsets: Vec<(usize, f64)>,
    pub(super) drift: Option<Drift>,
    pub(super) level: Option<Level>,
    /// Samples that hold something else, with what was recorded.
    pub(super) substituted: Vec<(usize, f64)>,
}

impl GaugeUndo {
    /// Adds again what was taken out, the last first, and puts recorded samples back.
    fn put_back(&self, values: &mut [f64], pressure: Option<&[f64]>, grid: &TimeGrid) {
        let predicted = predict(&self.responses, pressure, grid);
        let response = predicted.tide.iter().zip(&predicted.pressure);
        let mut offsets = self.offsets.iter().copied().peekable();
        let mut offset = 0.0;
        for (index, (value, (tide, pressure))) in values.iter_mut().zip(response).enumerate() {
            while let Some((_, next)) = offsets.next_if(|(from, _)| *from <= index) {
                offset = next;
            }
            *value += self.level.as_ref().map_or(0.0, |level| level.at(index));
            *value += self.drift.as_ref().map_or(0.0, |drift| drift.at(index));
            *value += offset;
            *value += pressure;
            *value += tide;
        }
        for &(index, recorded) in &self.substituted {
            if let Some(value) = values.get_mut(index) {
                *value = recorded;
            }
        }
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
        let grid = self.recording.grid();
        let mut values = self.recording.values().to_owned();
        if self.recording.values().dim() == self.undo.flags.dim() {
            for (mut column, gauge) in values.columns_mut().into_iter().zip(&self.undo.gauges) {
                let mut series = column.to_vec();
                gauge.put_back(&mut series, self.undo.pressure.as_deref(), grid);
                column.iter_mut().zip(series).for_each(|(value, recorded)| *value = recorded);
            }
        }
        // Which says what does not fit.
        self.recording.with_values(values, self.undo.flags.clone())
    }
}
