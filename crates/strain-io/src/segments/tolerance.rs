use crate::{Result, StrainIoError};

/// Refuses a tolerance that is no part of a step.
pub(crate) fn validate_tolerance(tolerance: f64) -> Result<()> {
    if (0.0..=0.5).contains(&tolerance) {
        return Ok(());
    }
    Err(StrainIoError::Config {
        name: "tolerance",
        value: tolerance.to_string(),
        advice: "give a part of a step from 0 to 0.5",
    })
}
