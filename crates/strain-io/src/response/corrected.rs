use ndarray::Array1;

use super::fit::ResponseFit;
use crate::{Provenance, Recording, Result};

/// A recording less the response of one channel, with that channel as it was before.
///
/// ```
/// use strain_io::{Channel, Driver, Recording, ResponseConfig, TimeGrid, fit_response, ndarray::Array2};
///
/// // A gauge that answers to a barometer which fails for ten hours.
/// let grid = TimeGrid::new(
///     "2008-01-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 240)?;
/// let values = Array2::from_shape_fn((240, 2), |(hour, column)| {
///     let air = 850.0 + 5.0 * (0.4 * hour as f64).sin();
///     let failed = column == 1 && (100..110).contains(&hour);
///     if failed { f64::NAN } else { [-1.5 * air, air][column] }
/// });
/// let channels = vec![Channel::gauge("s1", 51.0), Channel::gauge("air", 0.0)];
/// let recording = Recording::new("X", grid, channels, values)?;
/// let config = ResponseConfig::default().without_tides().with_driver(Driver::new("air"));
/// let corrected = fit_response(&recording, "s1", 0..240, &config)?.take_out(&recording)?;
/// assert_eq!(corrected.recording.missing_count("s1")?, 10);
/// let again = corrected.undo()?;
/// assert_eq!(again.channel("s1")?, recording.channel("s1")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Corrected {
    /// The recording less the response, flagged [`RESPONSE_CORRECTED`](Provenance::RESPONSE_CORRECTED).
    pub recording: Recording,
    /// The channel.
    pub channel: String,
    /// Nine bytes a sample: a sum does not give back what it was to the last bit.
    values: Array1<f64>,
    flags: Array1<Provenance>,
}

impl ResponseFit {
    /// As [`correct`](Self::correct), but keeps what the channel was, so that it can be undone to the
    /// last bit, samples that were withheld among them.
    ///
    /// # Errors
    ///
    /// As [`correct`](Self::correct).
    pub fn take_out(&self, recording: &Recording) -> Result<Corrected> {
        let column = recording.channel_index(&self.channel)?;
        Ok(Corrected {
            recording: self.correct(recording)?,
            channel: self.channel.clone(),
            values: recording.values().column(column).to_owned(),
            flags: recording.provenance().column(column).to_owned(),
        })
    }
}

impl Corrected {
    /// The recording as it was before the correction, to the last bit.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::NoChannel`](crate::StrainIoError::NoChannel) for a channel that has been renamed
    /// since, [`StrainIoError::Range`](crate::StrainIoError::Range) for a recording that has been
    /// replaced by one of another length.
    pub fn undo(&self) -> Result<Recording> {
        let column = self.recording.channel_index(&self.channel)?;
        self.recording.grid().slice(0..self.values.len())?;
        let mut values = self.recording.values().to_owned();
        let mut flags = self.recording.provenance().to_owned();
        for (index, (value, set)) in self.values.iter().zip(&self.flags).enumerate() {
            values[[index, column]] = *value;
            flags[[index, column]] = *set;
        }
        self.recording.with_values(values, flags)
    }
}
