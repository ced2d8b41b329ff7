use ndarray::Array1;

use super::fit::ResponseFit;
use super::report::Harmonic;
use super::rows::{lag, lagged};
use crate::{Provenance, Recording, Result};

impl ResponseFit {
    /// The constituent called `name`.
    pub fn tide(&self, name: &str) -> Option<&Harmonic> {
        self.tides.iter().find(|tide| tide.name == name)
    }

    /// What the channel answers to tides and drivers at every sample, `[time]`, in its unit; NaN
    /// where a driver is missing, or its lag reaches before the start.
    ///
    /// A sample's response depends on no later sample of a driver.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::NoChannel`](crate::StrainIoError::NoChannel) for a driver that is not there,
    /// [`StrainIoError::Config`](crate::StrainIoError::Config) where the recording's samples are so far
    /// apart that a lag is no whole number of them.
    pub fn predict(&self, recording: &Recording) -> Result<Array1<f64>> {
        let grid = recording.grid();
        let mut response = match &self.harmonics {
            Some(tides) => Array1::from(tides.predict(grid, 0..grid.len())),
            None => Array1::zeros(grid.len()),
        };
        for driver in &self.drivers {
            let values = recording.channel(&driver.channel)?;
            for part in &driver.lags {
                let lag = lag(grid, part.hours)?;
                for (index, sum) in response.iter_mut().enumerate() {
                    *sum += part.coefficient * lagged(values, index, lag);
                }
            }
        }
        Ok(response)
    }

    /// The recording with the response taken out of the channel, each sample that it was taken from
    /// flagged [`RESPONSE_CORRECTED`](Provenance::RESPONSE_CORRECTED). A sample whose response is not
    /// known is withheld: missing, and flagged [`MASKED`](Provenance::MASKED).
    ///
    /// [`take_out`](Self::take_out) does the same and keeps what it withholds.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::NoChannel`](crate::StrainIoError::NoChannel) for the channel or a driver that is
    /// not there; [`StrainIoError::Config`](crate::StrainIoError::Config) as
    /// [`predict`](Self::predict).
    pub fn correct(&self, recording: &Recording) -> Result<Recording> {
        self.add(recording, -1.0)
    }

    /// Undoes [`correct`](Self::correct) by adding the response again, to rounding: 1e-9 of the larger of
    /// value and response is far more than it can be off. The flag is cleared. What was changed since,
    /// a gap filled or a spike taken out, stays changed. A sample that was withheld stays missing, for
    /// only [`take_out`](Self::take_out) knows what it was.
    ///
    /// # Errors
    ///
    /// As [`correct`](Self::correct).
    pub fn restore(&self, recording: &Recording) -> Result<Recording> {
        self.add(recording, 1.0)
    }

    fn add(&self, recording: &Recording, sign: f64) -> Result<Recording> {
        let column = recording.channel_index(&self.channel)?;
        let response = self.predict(recording)?;
        let mut values = recording.values().to_owned();
        let mut flags = recording.provenance().to_owned();
        for (index, part) in response.iter().enumerate() {
            let (value, set) = (&mut values[[index, column]], &mut flags[[index, column]]);
            let known = !value.is_nan();
            *value += sign * part;
            if known && part.is_nan() {
                set.insert(Provenance::MASKED);
            }
            if known || sign > 0.0 {
                set.set(Provenance::RESPONSE_CORRECTED, sign < 0.0 && !part.is_nan());
            }
        }
        recording.with_values(values, flags)
    }
}
