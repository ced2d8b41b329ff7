use serde::{Deserialize, Serialize};

use super::change::Cleaned;
use super::limits::check_limits;
use crate::robust::{median, median_absolute};
use crate::{Provenance, Recording, Result, StrainIoError};

/// How [`remove_spikes`] knows a spike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct HampelConfig {
    /// Samples to either side, or twice as many before, that a value is held against. 24 by default;
    /// with fewer than 20 the scatter of plain noise is sometimes taken for too small.
    pub half_window: usize,
    /// Robust standard deviations from their median beyond which a value is a spike. 8 by default.
    pub threshold: f64,
    /// Its least distance from the median, in the channel's unit. 0.5 by default.
    pub min_size: f64,
    /// Whether only earlier samples are looked at: a value is then held against the median of the
    /// three before it, and against how far earlier values were from theirs. Spikes of up to two
    /// samples are found, and the first two of a step are taken for one.
    pub causal: bool,
    /// Whether a spike becomes missing; otherwise it becomes the median.
    pub leave_missing: bool,
}

impl Default for HampelConfig {
    fn default() -> Self {
        Self { half_window: 24, threshold: 8.0, min_size: 0.5, causal: false, leave_missing: false }
    }
}

impl HampelConfig {
    /// Sets the samples to either side.
    pub fn with_half_window(mut self, samples: usize) -> Self {
        self.half_window = samples;
        self
    }

    /// Sets the robust standard deviations from which on a value is a spike.
    pub fn with_threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// Sets a spike's least size, in the channel's unit.
    pub fn with_min_size(mut self, size: f64) -> Self {
        self.min_size = size;
        self
    }

    /// Looks at earlier samples only.
    pub fn with_causal(mut self, causal: bool) -> Self {
        self.causal = causal;
        self
    }

    /// Sets whether a spike becomes missing.
    pub fn with_leave_missing(mut self, missing: bool) -> Self {
        self.leave_missing = missing;
        self
    }

    fn validate(&self) -> Result<()> {
        if !(2..=10_000).contains(&self.half_window) {
            return Err(StrainIoError::Config {
                name: "half_window",
                value: self.half_window.to_string(),
                advice: "give 2 to 10000 samples, longer than a spike lasts",
            });
        }
        check_limits(self.threshold, self.min_size)
    }
}

/// Takes out values that stand off their neighbours' median: single and double spikes and, unless
/// the form is causal, whatever lasts less than half of the window. They are flagged
/// [`SPIKE`](Provenance::SPIKE).
///
/// Take the tide out first ([`ResponseFit::correct`](crate::ResponseFit::correct)), and put it back
/// afterwards if you want: its slope is scatter to a median.
///
/// Hampel, F. R. (1974), The influence curve and its role in robust estimation, *J. Am. Stat. Assoc.*
/// 69, 383–393; Davies, L. and Gather, U. (1993), *J. Am. Stat. Assoc.* 88, 782–792.
///
/// # Errors
///
/// [`StrainIoError::Config`], [`StrainIoError::NoChannel`].
///
/// # Example
///
/// ```
/// use strain_io::{
///     Channel, HampelConfig, Provenance, Recording, TimeGrid, ndarray::Array2, remove_spikes,
/// };
///
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_mins(1), 100)?;
/// let values = Array2::from_shape_fn((100, 1), |(minute, _)| {
///     (minute % 3) as f64 + if minute == 50 || minute == 51 { 90.0 } else { 0.0 }
/// });
/// let recording = Recording::new("X", grid, vec![Channel::gauge("s1", 51.0)], values)?;
/// let cleaned = remove_spikes(&recording, "s1", &HampelConfig::default())?;
/// assert_eq!(cleaned.changes.len(), 2);
/// assert_eq!(cleaned.recording.channel("s1")?[50], 1.0);
/// assert!(cleaned.recording.provenance()[[51, 0]].contains(Provenance::SPIKE));
/// assert_eq!(cleaned.undo()?.values(), recording.values());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn remove_spikes(
    recording: &Recording,
    channel: &str,
    config: &HampelConfig,
) -> Result<Cleaned> {
    config.validate()?;
    let values = recording.channel(channel)?.to_vec();
    let spikes = if config.causal { trailing(&values, config) } else { centred(&values, config) };
    let spikes = spikes
        .into_iter()
        .map(|(index, middle)| (index, if config.leave_missing { f64::NAN } else { middle }));
    Cleaned::new(recording, channel, spikes, Provenance::SPIKE)
}

/// The longest spike that the causal form knows, samples: what stays away longer is a level.
const LONGEST_CAUSAL: usize = 2;

impl HampelConfig {
    fn is_spike(&self, off: f64, deviation: f64) -> bool {
        off.abs() > self.min_size.max(self.threshold * deviation)
    }
}

/// Spikes by the median around each value, and that median. Where most around a value are missing
/// it is none.
fn centred(values: &[f64], config: &HampelConfig) -> Vec<(usize, f64)> {
    let mut spikes = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let to = (index + config.half_window + 1).min(values.len());
        let around = &values[index.saturating_sub(config.half_window)..to];
        let mut known: Vec<f64> = around.iter().copied().filter(|value| !value.is_nan()).collect();
        if known.len() <= config.half_window {
            continue;
        }
        let Some(middle) = median(&mut known) else { continue };
        known.iter_mut().for_each(|value| *value -= middle);
        if config.is_spike(value - middle, median_absolute(&known)) {
            spikes.push((index, middle));
        }
    }
    spikes
}

/// Spikes by the median of the three values before each, spikes among them replaced, and that median.
fn trailing(values: &[f64], config: &HampelConfig) -> Vec<(usize, f64)> {
    let mut spikes = Vec::new();
    let mut level = values.to_vec();
    // How far values were from the median before them; spikes and the first of a level do not count.
    let mut off = vec![f64::NAN; values.len()];
    let mut run = 0;
    for index in 3..values.len() {
        let before = &level[index - 3..index];
        if values[index].is_nan() || before.iter().any(|value| value.is_nan()) {
            run = 0;
            continue;
        }
        let Some(middle) = median(&mut before.to_vec()) else { continue };
        let earlier = &off[index.saturating_sub(2 * config.half_window)..index];
        let enough = earlier.iter().filter(|off| !off.is_nan()).count() > config.half_window;
        let away = enough && config.is_spike(values[index] - middle, median_absolute(earlier));
        if !away {
            off[index] = values[index] - middle;
            run = 0;
        } else if run < LONGEST_CAUSAL {
            spikes.push((index, middle));
            level[index] = middle;
            run += 1;
        } else {
            level[index - run..index].copy_from_slice(&values[index - run..index]);
            run = 0;
        }
    }
    spikes
}
