use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::change::Cleaned;
use super::limits::check_limits;
use crate::robust::{median_absolute, moving_medians};
use crate::{Provenance, Recording, Result, StrainIoError, TimeGrid};

/// How [`find_offsets`] knows a lasting offset.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct OffsetConfig {
    /// Samples to either side whose medians are compared. 24 by default.
    pub half_window: usize,
    /// The least significance: size over the scatter of the same figure elsewhere. 8 by default.
    pub threshold: f64,
    /// The least size, in the channel's unit. 0.5 by default.
    pub min_size: f64,
}

impl Default for OffsetConfig {
    fn default() -> Self {
        Self { half_window: 24, threshold: 8.0, min_size: 0.5 }
    }
}

impl OffsetConfig {
    /// Sets the samples to either side.
    pub fn with_half_window(mut self, samples: usize) -> Self {
        self.half_window = samples;
        self
    }

    /// Sets the least significance.
    pub fn with_threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// Sets the least size, in the channel's unit.
    pub fn with_min_size(mut self, size: f64) -> Self {
        self.min_size = size;
        self
    }

    fn validate(&self) -> Result<()> {
        if !(3..=10_000).contains(&self.half_window) {
            return Err(StrainIoError::Config {
                name: "half_window",
                value: self.half_window.to_string(),
                advice: "give 3 to 10000 samples, longer than a spike lasts",
            });
        }
        check_limits(self.threshold, self.min_size)
    }
}

/// A lasting offset of one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offset {
    /// The first sample that is offset.
    pub index: usize,
    /// Its instant.
    pub time: Timestamp,
    /// The level after it less the level before, in the channel's unit.
    pub size: f64,
    /// The robust standard deviation of the same figure over the record: the size that noise makes.
    pub noise: f64,
}

impl Offset {
    /// Size over noise.
    pub fn significance(&self) -> f64 {
        self.size.abs() / self.noise
    }
}

/// Finds lasting offsets: the difference of two resistant lines (through the medians of the two
/// halves of the samples before, and of those after; Tukey, J. W. (1977), *Exploratory Data
/// Analysis*), extrapolated to the instant between them, held against the scatter of the same
/// difference all over the record. Of neighbours the most significant counts.
///
/// A spike moves no median, and a drift or tide that is straight over the window cancels. Take the
/// tide out first ([`ResponseFit::correct`](crate::ResponseFit::correct)). Uses as many samples after
/// an offset as before it, so no offset is known when it happens. [`prepare`](crate::prepare) looks
/// for steps without later samples, in another way: by single changes beyond a trailing scale. Its steps
/// have a [significance](crate::Step::significance) and an earthquake's name, too.
///
/// # Errors
///
/// [`StrainIoError::Config`], [`StrainIoError::NoChannel`].
///
/// # Example
///
/// ```
/// use strain_io::{
///     Channel, OffsetConfig, Recording, TimeGrid, find_offsets, ndarray::Array2, remove_offsets,
/// };
///
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 400)?;
/// let values = Array2::from_shape_fn((400, 1), |(hour, _)| {
///     0.1 * hour as f64 + ((hour * hour) as f64).sin() + if hour >= 200 { -80.0 } else { 0.0 }
/// });
/// let recording = Recording::new("X", grid, vec![Channel::gauge("s1", 51.0)], values)?;
/// let offsets = find_offsets(&recording, "s1", &OffsetConfig::default())?;
/// assert_eq!(offsets.len(), 1);
/// assert_eq!(offsets[0].index, 200);
/// assert!((offsets[0].size + 80.0).abs() < 2.0 && offsets[0].significance() > 20.0);
/// let mended = remove_offsets(&recording, "s1", &offsets)?;
/// assert!((mended.recording.channel("s1")?[399] - 40.0).abs() < 4.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn find_offsets(
    recording: &Recording,
    channel: &str,
    config: &OffsetConfig,
) -> Result<Vec<Offset>> {
    offsets_in(&recording.channel(channel)?.to_vec(), recording.grid(), config)
}

/// The same of values on a grid.
pub(crate) fn offsets_in(
    values: &[f64],
    grid: &TimeGrid,
    config: &OffsetConfig,
) -> Result<Vec<Offset>> {
    config.validate()?;
    let half = config.half_window;
    let levels = Levels::new(values, half);
    let size = |index: usize| {
        let before = index.checked_sub(half).and_then(|start| levels.at(start, true));
        let after = levels.at(index, false);
        before.zip(after).map_or(f64::NAN, |(before, after)| after - before)
    };
    let sizes: Vec<f64> = (0..values.len()).map(size).collect();
    let noise = median_absolute(&sizes).max(config.min_size / config.threshold);
    let least = config.min_size.max(config.threshold * noise);
    let mut candidates: Vec<usize> =
        (0..sizes.len()).filter(|&index| sizes[index].abs() >= least).collect();
    // The largest first.
    candidates.sort_by(|&a, &b| sizes[b].abs().total_cmp(&sizes[a].abs()));
    let mut taken: Vec<usize> = Vec::new();
    for index in candidates {
        if taken.iter().all(|other| other.abs_diff(index) > half) {
            taken.push(index);
        }
    }
    taken.sort_unstable();
    let offset = |index: usize| {
        let at = sharpest(values, index, half / 4);
        let size = if sizes[at].is_nan() { sizes[index] } else { sizes[at] };
        Offset { index: at, time: grid.time(at), size, noise }
    };
    Ok(taken.into_iter().map(offset).collect())
}

/// Resistant lines through windows: the medians of each one's two halves.
struct Levels {
    half: usize,
    /// By the first sample of a half.
    first: Vec<f64>,
    /// The same, where the second half is the longer one.
    second: Option<Vec<f64>>,
    /// How many samples are known before each.
    known: Vec<usize>,
}

impl Levels {
    /// Windows of `half` samples.
    fn new(values: &[f64], half: usize) -> Self {
        let mut known = vec![0; values.len() + 1];
        for (index, value) in values.iter().enumerate() {
            known[index + 1] = known[index] + usize::from(!value.is_nan());
        }
        let (short, long) = (half / 2, half - half / 2);
        let second = (short != long).then(|| moving_medians(values, long));
        Self { half, first: moving_medians(values, short), second, known }
    }

    /// The level at the last edge of the window from `start` on, or at its first: that of the line
    /// through the medians of the window's two halves. Nothing where more than a third is missing.
    fn at(&self, start: usize, last: bool) -> Option<f64> {
        let half = self.half;
        let known = self.known.get(start + half)? - self.known[start];
        if 3 * known < 2 * half {
            return None;
        }
        let (short, long) = (half / 2, half - half / 2);
        let a = self.first[start];
        let b = self.second.as_ref().unwrap_or(&self.first)[start + short];
        if a.is_nan() || b.is_nan() {
            return None;
        }
        // Places of the middles and of the edge, in samples from the window's first.
        let (at_a, at_b) = ((short as f64 - 1.0) / 2.0, half as f64 - (long as f64 + 1.0) / 2.0);
        let edge = if last { half as f64 - 0.5 } else { -0.5 };
        Some(a + (b - a) * (edge - at_a) / (at_b - at_a))
    }
}

/// The sample within `reach` at which the record jumps most.
fn sharpest(values: &[f64], index: usize, reach: usize) -> usize {
    let from = index.saturating_sub(reach).max(1);
    let to = (index + reach + 1).min(values.len());
    let jump = |at: usize| {
        let jump = (values[at] - values[at - 1]).abs();
        if jump.is_nan() { 0.0 } else { jump }
    };
    (from..to).max_by(|&a, &b| jump(a).total_cmp(&jump(b)).then(b.cmp(&a))).unwrap_or(index)
}

/// Takes offsets out: all samples from each on are moved back and flagged
/// [`STEP_CORRECTED`](Provenance::STEP_CORRECTED). Give only those to be repaired; the others are kept.
/// There is nothing else to configure: what is an offset was said to [`find_offsets`].
///
/// # Errors
///
/// [`StrainIoError::NoChannel`], and [`StrainIoError::Infinite`] for sizes that are not numbers.
pub fn remove_offsets(recording: &Recording, channel: &str, offsets: &[Offset]) -> Result<Cleaned> {
    let values = recording.channel(channel)?;
    let shifts = shifts(offsets, values.len());
    let first = offsets.iter().map(|offset| offset.index).min().unwrap_or(values.len());
    let known = values.iter().zip(shifts).enumerate().skip(first).filter(|it| !it.1.0.is_nan());
    let set = known.map(|(index, (value, shift))| (index, value - shift));
    Cleaned::new(recording, channel, set, Provenance::STEP_CORRECTED)
}

/// By how much offsets have moved each of `len` samples.
pub(crate) fn shifts(offsets: &[Offset], len: usize) -> Vec<f64> {
    let mut moves = vec![0.0; len];
    for offset in offsets {
        if let Some(moved) = moves.get_mut(offset.index) {
            *moved += offset.size;
        }
    }
    let mut sum = 0.0;
    for moved in &mut moves {
        sum += *moved;
        *moved = sum;
    }
    moves
}
