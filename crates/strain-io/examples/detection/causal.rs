use std::error::Error;

use strain_io::{PrepareConfig, Prepared, Recording, prepare};

use super::record::{HOURS, altered, sigma, station};
use super::standalone::places;
use super::tally::Trial;

/// Spikes of one sample and steps, σ of a change.
pub(crate) const JUMPS: [f64; 7] = [8.0, 12.0, 14.0, 16.0, 18.0, 20.0, 30.0];
/// Gaps, hours.
pub(crate) const GAPS: [f64; 5] = [1.0, 3.0, 6.0, 12.0, 24.0];

/// The models are fitted on the first half, without faults.
const FIT: std::ops::Range<usize> = 0..HOURS / 2;
/// The scatter of the trailing 30 days is settled here, and all faults are later.
const AFTER: std::ops::Range<usize> = HOURS / 2..HOURS;

/// `prepare` of one station: spikes in gauge 1, steps in gauge 2, gaps in gauge 3.
pub(crate) struct Causal {
    pub(crate) spikes: Trial,
    /// Of the spikes, those whose way back passes for a step.
    pub(crate) mistaken: Trial,
    pub(crate) steps: Trial,
    pub(crate) gaps: Trial,
}

impl Causal {
    pub(crate) fn new(seed: u64) -> Result<Self, Box<dyn Error>> {
        // Longer than the default's 3 hours, to show what holding the level costs.
        let config = PrepareConfig::default().with_max_fill_hours(24.0);
        let clean = station(seed)?;
        let expected = prepare(&clean, &config, FIT)?;
        let scale = |gauge: &str| -> Result<f64, Box<dyn Error>> {
            Ok(sigma(&expected.recording.channel(gauge)?.to_vec()[AFTER]))
        };
        let sigmas = [scale("s1")?, scale("s2")?];
        let jumps = places(seed, JUMPS.len(), AFTER);
        let gaps = places(seed, GAPS.len(), AFTER);
        let faulty = planted(&clean, &jumps, &gaps, sigmas)?;
        let prepared = prepare(&faulty, &config, FIT)?;
        let both = Both { expected: &expected, prepared: &prepared };
        let mut spikes = both.spikes(&jumps, sigmas[0])?;
        let mut steps = both.steps(&jumps, sigmas[1]);
        for report in &expected.report.gauges {
            spikes.false_alarms += report.spikes.len() as u32;
            steps.false_alarms += report.steps.len() as u32;
        }
        spikes.hours = 4.0 * HOURS as f64;
        steps.hours = spikes.hours;
        Ok(Self { spikes, mistaken: both.mistaken(&jumps), steps, gaps: both.gaps(&gaps)? })
    }
}

type Places = [(usize, usize, f64)];

fn planted(
    clean: &Recording,
    jumps: &Places,
    gaps: &Places,
    sigmas: [f64; 2],
) -> Result<Recording, Box<dyn Error>> {
    let spiked = altered(clean, "s1", |values| {
        for &(size, at, sign) in jumps {
            values[at] += sign * JUMPS[size] * sigmas[0];
        }
    })?;
    let stepped = altered(&spiked, "s2", |values| {
        for &(size, at, sign) in jumps {
            values[at..].iter_mut().for_each(|value| *value += sign * JUMPS[size] * sigmas[1]);
        }
    })?;
    altered(&stepped, "s3", |values| {
        for &(size, at, _) in gaps {
            values[at..at + GAPS[size] as usize].fill(f64::NAN);
        }
    })
}

/// A station prepared without faults and with them.
struct Both<'a> {
    expected: &'a Prepared,
    prepared: &'a Prepared,
}

impl Both<'_> {
    /// Errors of what stands in a spike's place, σ, beside the sample before it.
    fn spikes(&self, planted: &Places, sigma: f64) -> Result<Trial, Box<dyn Error>> {
        let truth = self.expected.recording.channel("s1")?;
        let after = self.prepared.recording.channel("s1")?;
        let found = &self.prepared.report.gauges[0].spikes;
        let grid = self.prepared.recording.grid();
        let mut trial = Trial::default();
        for &(size, at, _) in planted {
            let found = found.iter().any(|spike| spike.time == grid.time(at));
            let error = (after[at] - after[at - 1] - truth[at] + truth[at - 1]) / sigma;
            trial.planted.push((size, found, error * error));
        }
        Ok(trial)
    }

    /// Spikes of gauge 1 at which, or an hour after which, a step is reported.
    fn mistaken(&self, planted: &Places) -> Trial {
        let steps = &self.prepared.report.gauges[0].steps;
        let grid = self.prepared.recording.grid();
        let mut trial = Trial::default();
        for &(size, at, _) in planted {
            let near = [grid.time(at), grid.time(at + 1)];
            let found = steps.iter().any(|step| near.contains(&step.time));
            trial.planted.push((size, found, 0.0));
        }
        trial
    }

    /// Errors of a step's size, σ.
    fn steps(&self, planted: &Places, sigma: f64) -> Trial {
        let found = &self.prepared.report.gauges[1].steps;
        let grid = self.prepared.recording.grid();
        let mut trial = Trial::default();
        for &(size, at, sign) in planted {
            let found = found.iter().find(|step| step.time == grid.time(at));
            let error = found.map_or(0.0, |step| step.size / sigma - sign * JUMPS[size]);
            trial.planted.push((size, found.is_some(), error * error));
        }
        trial
    }

    /// Errors of what fills a gap, nanostrain.
    fn gaps(&self, planted: &Places) -> Result<Trial, Box<dyn Error>> {
        let truth = self.expected.recording.channel("s3")?;
        let after = self.prepared.recording.channel("s3")?;
        let mut trial = Trial::default();
        for &(size, at, _) in planted {
            let hours = GAPS[size] as usize;
            let square = |index: usize| (after[index] - truth[index]).powi(2);
            let mean = (at..at + hours).map(square).sum::<f64>() / hours as f64;
            trial.planted.push((size, !mean.is_nan(), mean));
        }
        Ok(trial)
    }
}
