use serde::{Deserialize, Serialize};

use crate::{Catalogue, Result, StrainIoError};

/// Events that a b-value needs at least; at this number it is good to a seventh.
const NEEDED: usize = 50;

/// The b-value of the law log10 N(≥ m) = a − b m, with two standard errors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BValue {
    /// b.
    pub b: f64,
    /// a: log10 of the number of events of magnitude 0 or more in the catalogue's span.
    pub a: f64,
    /// Standard error b/√n, of magnitudes that follow the law (Aki 1965).
    pub aki_error: f64,
    /// Standard error from the magnitudes' own scatter (Shi and Bolt 1982).
    pub shi_bolt_error: f64,
    /// Events from the magnitude of completeness on.
    pub events: usize,
}

/// The b-value of the events from `completeness` on, whose magnitudes are rounded to whole `bin`s
/// (0 for magnitudes that are not rounded).
///
/// Maximum likelihood after Aki, K. (1965), *Bull. Earthq. Res. Inst.* 43, 237–239, with Utsu's (1966)
/// correction for rounding; error after Shi, Y. and Bolt, B. A. (1982), The standard error of the
/// magnitude-frequency b value, *Bull. Seism. Soc. Am.* 72, 1677–1687.
///
/// # Errors
///
/// [`StrainIoError::Config`] for a bin that is not in 0..=1, a completeness that is not finite, fewer
/// than 50 events from it on, or magnitudes that are all the same.
///
/// # Example
///
/// ```
/// use strain_io::{Catalogue, Event, b_value};
///
/// // Ten times fewer for each unit of magnitude.
/// let events = (0..3000).map(|i| {
///     let magnitude = 3.0 - (1.0 - (f64::from(i) + 0.5) / 3000.0).log10();
///     Event::new(jiff::Timestamp::UNIX_EPOCH, 30.0, 100.0, magnitude)
/// });
/// let b = b_value(&Catalogue::new(events.collect()), 3.0, 0.0)?;
/// assert!((b.b - 1.0).abs() < 0.01 && (b.aki_error - 0.018).abs() < 0.001);
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
pub fn b_value(catalogue: &Catalogue, completeness: f64, bin: f64) -> Result<BValue> {
    let bad = |name, value, advice| Err(StrainIoError::Config { name, value, advice });
    if !(0.0..=1.0).contains(&bin) {
        return bad("bin", bin.to_string(), "give the step of the magnitudes, 0 to 1, usually 0.1");
    }
    if !completeness.is_finite() {
        return bad("completeness", completeness.to_string(), "give a magnitude");
    }
    let least = completeness - bin / 2.0;
    let all = catalogue.events().iter().map(|event| event.magnitude);
    // Half a bin down, no rounding of a decimal magnitude decides which side it is on.
    let magnitudes: Vec<f64> = all.filter(|&m| m >= least && m.is_finite()).collect();
    let count = magnitudes.len() as f64;
    let mean = magnitudes.iter().sum::<f64>() / count;
    if magnitudes.len() < NEEDED {
        let value = format!("{completeness} with {} events", magnitudes.len());
        return bad("completeness", value, "a b-value needs at least 50 events from there on");
    }
    // Those of one bin: rounded decimals may differ in their last bit.
    let (low, high) = magnitudes
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &m| (m.min(low), m.max(high)));
    if high - low <= bin / 2.0 || mean <= least {
        let value = format!("{completeness} with all magnitudes {mean}");
        return bad("completeness", value, "magnitudes that are all the same have no b-value");
    }
    let b = std::f64::consts::LOG10_E / (mean - least);
    let square = magnitudes.iter().map(|m| (m - mean).powi(2)).sum::<f64>();
    Ok(BValue {
        b,
        a: count.log10() + b * least,
        aki_error: b / count.sqrt(),
        shi_bolt_error: std::f64::consts::LN_10 * b * b * (square / (count * (count - 1.0))).sqrt(),
        events: magnitudes.len(),
    })
}
