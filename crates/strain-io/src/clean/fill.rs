use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::autoregression::Autoregression;
use super::change::Cleaned;
use crate::response::ResponseFit;
use crate::{Provenance, Recording, Result, StrainIoError};

/// The longest gap that a model fills, samples: each one is a column of a least squares problem.
const LONGEST_MODEL: usize = 500;
/// The highest order of the autoregression.
const ORDER: usize = 12;
/// Samples on either side that a cubic's slope is taken from, at most.
const SLOPE_SAMPLES: usize = 24;

/// How [`fill_gaps`] fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FillMethod {
    /// Not at all.
    None,
    /// A straight line between the neighbours.
    Linear,
    /// A cubic that keeps level and slope of either side.
    Cubic,
    /// The response to tides and drivers, and an autoregression of what they leave, tied to both
    /// sides.
    Model,
}

/// Which gaps [`fill_gaps`] fills, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FillConfig {
    /// How.
    pub method: FillMethod,
    /// The longest gap that is filled, samples; longer ones stay missing, and
    /// [`Recording::split`](crate::Recording::split) gives the pieces between them.
    pub longest: usize,
}

impl FillConfig {
    /// Fills gaps of up to `longest` samples.
    pub fn new(method: FillMethod, longest: usize) -> Self {
        Self { method, longest }
    }

    fn validate(&self, fit: Option<&ResponseFit>) -> Result<()> {
        let bad = |name, value, advice| Err(StrainIoError::Config { name, value, advice });
        if self.method == FillMethod::Model && self.longest > LONGEST_MODEL {
            let advice = "a model fills at most 500 samples; longer gaps are better left missing";
            return bad("longest", self.longest.to_string(), advice);
        }
        if self.method == FillMethod::Model && fit.is_none() {
            let advice = "a model needs the fitted response of the channel";
            return bad("method", "model without a response".to_owned(), advice);
        }
        Ok(())
    }
}

/// Fills the gaps of a channel up to a length. What is filled is flagged
/// [`FILLED`](Provenance::FILLED).
///
/// Both sides of a gap go in, so that a filled value depends on later ones: for a record that a
/// detector of the past may see, [`prepare`](crate::prepare) has another method and holds the last
/// level. A gap at either end of the record stays, and one in which a driver of the model is missing.
///
/// # Errors
///
/// [`StrainIoError::Config`] for a model without `fit`, or one that is asked for more than 500
/// samples; [`StrainIoError::NoChannel`]; [`StrainIoError::LinearAlgebra`].
///
/// # Example
///
/// ```
/// use strain_io::{
///     Channel, FillConfig, FillMethod, Provenance, Recording, TimeGrid, fill_gaps, ndarray::array,
/// };
///
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 6)?;
/// let values = array![[1.0], [f64::NAN], [3.0], [f64::NAN], [f64::NAN], [6.0]];
/// let recording = Recording::new("X", grid, vec![Channel::gauge("s1", 51.0)], values)?;
/// let filled = fill_gaps(&recording, "s1", &FillConfig::new(FillMethod::Linear, 1), None)?;
/// assert_eq!(filled.recording.channel("s1")?[1], 2.0);
/// assert!(filled.recording.channel("s1")?[3].is_nan());
/// assert_eq!(filled.recording.provenance()[[1, 0]], Provenance::FILLED);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fill_gaps(
    recording: &Recording,
    channel: &str,
    config: &FillConfig,
    fit: Option<&ResponseFit>,
) -> Result<Cleaned> {
    config.validate(fit)?;
    let values = recording.channel(channel)?.to_vec();
    let gaps = gaps(&values).into_iter().filter(|gap| gap.len() <= config.longest);
    let mut set: Vec<(usize, f64)> = Vec::new();
    match (config.method, fit) {
        (FillMethod::None, _) => {}
        (FillMethod::Model, Some(fit)) => {
            let predicted = fit.predict(recording)?;
            let rest: Vec<f64> = values.iter().zip(&predicted).map(|(v, p)| v - p).collect();
            let process = Autoregression::fit(&rest, ORDER);
            for gap in gaps.filter(|gap| gap.clone().all(|index| !predicted[index].is_nan())) {
                let bridge = process.bridge(&rest, gap.clone()).map_err(|source| {
                    let what = format!("the gap of channel {channel} at sample {}", gap.start);
                    StrainIoError::LinearAlgebra { what, source }
                })?;
                for (index, value) in gap.zip(bridge.into_iter().flatten()) {
                    set.push((index, value + predicted[index]));
                }
            }
        }
        (method, _) => {
            for gap in gaps {
                let slopes = (method == FillMethod::Cubic).then(|| slopes(&values, &gap));
                set.extend(gap.clone().map(|index| (index, between(&values, &gap, slopes, index))));
            }
        }
    }
    Cleaned::new(recording, channel, set, Provenance::FILLED)
}

/// Runs of missing samples with a value on either side.
fn gaps(values: &[f64]) -> Vec<Range<usize>> {
    let known: Vec<usize> = (0..values.len()).filter(|&index| !values[index].is_nan()).collect();
    let pairs = known.windows(2).filter(|pair| pair[1] > pair[0] + 1);
    pairs.map(|pair| pair[0] + 1..pair[1]).collect()
}

/// The value of a line, or of the cubic of these slopes a sample, within a gap.
fn between(values: &[f64], gap: &Range<usize>, slopes: Option<(f64, f64)>, index: usize) -> f64 {
    let (before, after) = (values[gap.start - 1], values[gap.end]);
    let length = (gap.len() + 1) as f64;
    let t = (index + 1 - gap.start) as f64 / length;
    let line = before + (after - before) * t;
    let Some((first, second)) = slopes else { return line };
    // Hermite's cubic, as its difference from the line.
    let (off_first, off_second) =
        (first * length - (after - before), second * length - (after - before));
    line + t * (1.0 - t) * ((1.0 - t) * off_first - t * off_second)
}

/// The slopes before and after a gap, by least squares over as many samples as it has.
fn slopes(values: &[f64], gap: &Range<usize>) -> (f64, f64) {
    let count = gap.len().clamp(2, SLOPE_SAMPLES);
    let slope = |range: Range<usize>| {
        let points: Vec<(f64, f64)> = range
            .filter(|&index| !values[index].is_nan())
            .map(|index| (index as f64 - gap.start as f64, values[index]))
            .collect();
        let n = points.len() as f64;
        let (t, x) = points.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / n, sum.1 + p.1 / n));
        let along: f64 = points.iter().map(|p| (p.0 - t) * (p.1 - x)).sum();
        let square: f64 = points.iter().map(|p| (p.0 - t) * (p.0 - t)).sum();
        if square > 0.0 { along / square } else { 0.0 }
    };
    let after = gap.end..(gap.end + count).min(values.len());
    (slope(gap.start.saturating_sub(count)..gap.start), slope(after))
}
