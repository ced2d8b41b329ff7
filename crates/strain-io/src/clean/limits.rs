use crate::{Result, StrainIoError};

/// Checks from where on spikes and offsets are no noise: robust standard deviations, and a size in the
/// channel's unit.
pub(super) fn check_limits(threshold: f64, min_size: f64) -> Result<()> {
    let bad = |name, value: f64, advice| {
        Err(StrainIoError::Config { name, value: value.to_string(), advice })
    };
    if !(threshold >= 3.0 && threshold.is_finite()) {
        return bad("threshold", threshold, "give at least 3; lower ones find them in plain noise");
    }
    if !(min_size > 0.0 && min_size.is_finite()) {
        let advice = "give a size above 0, for a recorder of few digits has no scatter at all";
        return bad("min_size", min_size, advice);
    }
    Ok(())
}
