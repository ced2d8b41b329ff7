use std::error::Error;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use strain_io::{
    FillConfig, FillMethod, HampelConfig, OffsetConfig, Recording, ResponseFit, fill_gaps,
    find_offsets, fit_response, remove_spikes,
};

use super::record::{Clean, HOURS, altered, response, station};
use super::tally::Trial;

/// Spikes of one sample, σ.
pub(crate) const SPIKES: [f64; 7] = [5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0];
/// Offsets in white noise, σ.
pub(crate) const OFFSETS_WHITE: [f64; 7] = [2.0, 4.0, 6.0, 8.0, 10.0, 15.0, 25.0];
/// Offsets in a station's residual, σ.
pub(crate) const OFFSETS_STATION: [f64; 7] = [10.0, 20.0, 40.0, 60.0, 80.0, 120.0, 200.0];
/// Gaps, hours.
pub(crate) const GAPS: [f64; 6] = [1.0, 3.0, 6.0, 12.0, 24.0, 48.0];

/// Samples by which a found offset may be off.
const NEAR: usize = 3;

/// Places for faults of `count` sizes between two samples, far from each other, and a sign for each.
/// Which size comes first turns with the seed.
pub(crate) fn places(
    seed: u64,
    count: usize,
    span: std::ops::Range<usize>,
) -> Vec<(usize, usize, f64)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5EED);
    let slot = span.len() / count;
    let place = |index: usize| {
        let within = (rng.random::<f64>() * 0.5 * slot as f64) as usize + slot / 4;
        let sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
        ((index + seed as usize) % count, span.start + index * slot + within, sign)
    };
    (0..count).map(place).collect()
}

/// `remove_spikes`, all sizes in one record, more than its window apart. Errors in σ.
pub(crate) fn spikes(clean: &Clean, seed: u64, causal: bool) -> Result<Trial, Box<dyn Error>> {
    let planted = places(seed, SPIKES.len(), 0..HOURS);
    let truth = clean.recording.channel("s1")?.to_vec();
    let faulty = altered(&clean.recording, "s1", |values| {
        for &(size, at, sign) in &planted {
            values[at] += sign * SPIKES[size] * clean.sigma;
        }
    })?;
    let config = HampelConfig::default().with_causal(causal);
    let cleaned = remove_spikes(&faulty, "s1", &config)?;
    let after = cleaned.recording.channel("s1")?;
    let mut trial = Trial { hours: HOURS as f64, ..Trial::default() };
    let is_planted = |index: usize| planted.iter().any(|it| it.1 == index);
    trial.false_alarms =
        cleaned.changes.iter().filter(|change| !is_planted(change.index)).count() as u32;
    for (size, at, _) in planted {
        let found = cleaned.changes.iter().any(|change| change.index == at);
        let error = (after[at] - truth[at]) / clean.sigma;
        trial.planted.push((size, found, error * error));
    }
    Ok(trial)
}

/// `find_offsets`, one record for each size, because several would widen the scatter that each is
/// held against; false alarms are those of the record without any. Errors of the size in σ.
pub(crate) fn offsets(clean: &Clean, seed: u64, sizes: &[f64]) -> Result<Trial, Box<dyn Error>> {
    let config = OffsetConfig::default();
    let alarms = find_offsets(&clean.recording, "s1", &config)?.len() as u32;
    let mut trial = Trial { hours: HOURS as f64, false_alarms: alarms, ..Trial::default() };
    for (size, at, sign) in places(seed, sizes.len(), 0..HOURS) {
        let planted = sign * sizes[size] * clean.sigma;
        let faulty = altered(&clean.recording, "s1", |values| {
            values[at..].iter_mut().for_each(|value| *value += planted);
        })?;
        let all = find_offsets(&faulty, "s1", &config)?;
        let found = all.iter().find(|offset| offset.index.abs_diff(at) <= NEAR);
        let error = found.map_or(0.0, |offset| (offset.size - planted) / clean.sigma);
        trial.planted.push((size, found.is_some(), error * error));
    }
    Ok(trial)
}

/// A station with gaps of all lengths in gauge 1, the truth, and the response fitted around them.
pub(crate) struct Holed {
    recording: Recording,
    truth: Vec<f64>,
    gaps: Vec<(usize, std::ops::Range<usize>)>,
    fit: ResponseFit,
}

impl Holed {
    pub(crate) fn new(seed: u64) -> Result<Self, Box<dyn Error>> {
        let recording = station(seed)?;
        let truth = recording.channel("s1")?.to_vec();
        let gaps: Vec<_> = places(seed, GAPS.len(), 0..HOURS)
            .into_iter()
            .map(|(size, at, _)| (size, at..at + GAPS[size] as usize))
            .collect();
        let recording = altered(&recording, "s1", |values| {
            gaps.iter().for_each(|gap| values[gap.1.clone()].fill(f64::NAN));
        })?;
        let fit = fit_response(&recording, "s1", 0..HOURS, &response())?;
        Ok(Self { recording, truth, gaps, fit })
    }

    /// `fill_gaps`. Errors in nanostrain.
    pub(crate) fn fill(&self, method: FillMethod) -> Result<Trial, Box<dyn Error>> {
        let config = FillConfig::new(method, 48);
        let filled = fill_gaps(&self.recording, "s1", &config, Some(&self.fit))?;
        let values = filled.recording.channel("s1")?;
        let mut trial = Trial::default();
        for (size, gap) in &self.gaps {
            let square = |index: usize| (values[index] - self.truth[index]).powi(2);
            let mean = gap.clone().map(square).sum::<f64>() / gap.len() as f64;
            trial.planted.push((*size, !mean.is_nan(), mean));
        }
        Ok(trial)
    }
}
