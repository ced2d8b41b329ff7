use serde::{Deserialize, Serialize};

use super::b_value::{BValue, b_value};
use crate::{Catalogue, Result, StrainIoError};

/// From which magnitude on a catalogue is complete.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Completeness {
    /// The magnitude.
    pub magnitude: f64,
    /// The b-value from it on.
    pub b_value: BValue,
    /// By how many per cent the numbers from it on agree with the law: 100 less the summed
    /// differences.
    pub goodness_percent: f64,
}

/// The magnitude of completeness by maximum curvature: the fullest bin, raised by `correction` (0.2
/// is usual, for the method finds too little).
///
/// Wiemer, S. and Wyss, M. (2000), Minimum magnitude of completeness in earthquake catalogs,
/// *Bull. Seism. Soc. Am.* 90, 859–869, doi:10.1785/0119990114; the correction as in Woessner, J. and
/// Wiemer, S. (2005), *Bull. Seism. Soc. Am.* 95, 684–698, doi:10.1785/0120040007.
///
/// # Errors
///
/// As [`b_value`](crate::b_value()), for a `bin` of zero, and for a correction that is not in 0..=1.
///
/// # Example
///
/// ```
/// use strain_io::{Catalogue, Event, completeness_goodness_of_fit, completeness_max_curvature};
///
/// // Lawful from 3.0 on; below that one in forty is seen.
/// let events = (0..20_000).filter_map(|i| {
///     let exact = 1.95 - (1.0 - (f64::from(i) + 0.5) / 20_000.0).log10();
///     let magnitude = (exact * 10.0).round() / 10.0;
///     let seen = magnitude > 2.95 || i % 40 == 0;
///     seen.then(|| Event::new(jiff::Timestamp::UNIX_EPOCH, 30.0, 100.0, magnitude))
/// });
/// let catalogue = Catalogue::new(events.collect());
/// let curvature = completeness_max_curvature(&catalogue, 0.1, 0.0)?;
/// assert!((curvature.magnitude - 3.0).abs() < 1e-9);
/// let fit = completeness_goodness_of_fit(&catalogue, 0.1, 95.0)?;
/// assert!(fit.is_some_and(|fit| (fit.magnitude - 3.0).abs() < 0.11));
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
pub fn completeness_max_curvature(
    catalogue: &Catalogue,
    bin: f64,
    correction: f64,
) -> Result<Completeness> {
    if !(0.0..=1.0).contains(&correction) {
        return Err(StrainIoError::Config {
            name: "correction",
            value: correction.to_string(),
            advice: "give 0 to 1, usually 0.2",
        });
    }
    let bins = Bins::new(catalogue, bin)?;
    let fullest = (0..bins.counts.len()).rev().max_by_key(|&index| bins.counts[index]);
    let magnitude = bins.magnitude(fullest.unwrap_or(0)) + correction;
    judged(catalogue, &bins, (magnitude / bin).round() * bin)
}

/// The magnitude of completeness by goodness of fit: the smallest from which on the numbers agree
/// with the law by at least `percent` (90 or 95); nothing where none does.
///
/// Wiemer and Wyss (2000), as for [`completeness_max_curvature`].
///
/// # Errors
///
/// [`StrainIoError::Config`] for a `bin` that is not in 0.001..=1, or a catalogue whose magnitudes
/// span more than 100,000 bins.
pub fn completeness_goodness_of_fit(
    catalogue: &Catalogue,
    bin: f64,
    percent: f64,
) -> Result<Option<Completeness>> {
    let bins = Bins::new(catalogue, bin)?;
    for index in 0..bins.counts.len() {
        // Further up there are fewer events still.
        let Ok(found) = judged(catalogue, &bins, bins.magnitude(index)) else { break };
        if found.goodness_percent >= percent {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Events in bins of magnitude, which are centred at whole multiples.
struct Bins {
    bin: f64,
    first: i64,
    counts: Vec<usize>,
}

impl Bins {
    fn new(catalogue: &Catalogue, bin: f64) -> Result<Self> {
        if !(0.001..=1.0).contains(&bin) {
            return Err(StrainIoError::Config {
                name: "bin",
                value: bin.to_string(),
                advice: "give the step of the magnitudes, 0.001 to 1, usually 0.1",
            });
        }
        let all = catalogue.events().iter().map(|event| event.magnitude);
        let numbers: Vec<i64> =
            all.filter(|m| m.is_finite()).map(|m| (m / bin).round() as i64).collect();
        let first = numbers.iter().copied().min().unwrap_or(0);
        let last = numbers.iter().copied().max().unwrap_or(0);
        let span = last.saturating_sub(first);
        if span > 100_000 {
            return Err(StrainIoError::Config {
                name: "bin",
                value: format!("{bin} for magnitudes from {first} to {last} bins"),
                advice: "look for a wrong magnitude in the catalogue",
            });
        }
        let mut counts = vec![0; span as usize + 1];
        numbers.iter().for_each(|number| counts[(number - first) as usize] += 1);
        Ok(Self { bin, first, counts })
    }

    fn magnitude(&self, index: usize) -> f64 {
        (self.first + index as i64) as f64 * self.bin
    }
}

fn judged(catalogue: &Catalogue, bins: &Bins, magnitude: f64) -> Result<Completeness> {
    let b_value = b_value(catalogue, magnitude, bins.bin)?;
    let from = ((magnitude / bins.bin).round() as i64 - bins.first).max(0) as usize;
    // Numbers from each bin on, as counted and as the law has it.
    let (mut counted, mut difference, mut sum) = (b_value.events as f64, 0.0, 0.0);
    for (step, &count) in bins.counts[from.min(bins.counts.len())..].iter().enumerate() {
        let law = b_value.events as f64 * 10.0_f64.powf(-b_value.b * step as f64 * bins.bin);
        difference += (counted - law).abs();
        sum += counted;
        counted -= count as f64;
    }
    let goodness_percent = 100.0 - 100.0 * difference / sum;
    Ok(Completeness { magnitude, b_value, goodness_percent })
}
