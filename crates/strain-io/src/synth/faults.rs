use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Exp1, StandardNormal};

use super::parts::SynthFaults;
use super::record::Record;
use super::streams::{Purpose, Streams};
use super::truth::{GapTruth, SpikeTruth, StepTruth};

const HOURS_PER_YEAR: f64 = 8766.0;
/// Standard deviation of the logarithm of sizes of spikes and steps.
const SPREAD: f64 = 0.7;

/// What goes wrong at one station, in order of time. Where two faults would hide each other only
/// those are listed that can be seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    pub(super) gaps: Vec<GapTruth>,
    pub(super) spikes: Vec<SpikeTruth>,
    pub(super) steps: Vec<StepTruth>,
}

impl Faults {
    pub(super) fn draw(config: &SynthFaults, record: &Record, streams: Streams) -> Self {
        let gaps = gaps(config, record, &mut streams.get(Purpose::Gaps, 0));
        let visible = |sample: usize| !gaps.iter().any(|gap| gap.samples.contains(&sample));
        let mut spikes: Vec<_> = (0..4)
            .flat_map(|gauge| {
                spikes(config, record, gauge, &mut streams.get(Purpose::Spikes, gauge))
            })
            .filter(|spike| visible(spike.sample))
            .collect();
        spikes.sort_by_key(|spike| (spike.sample, spike.gauge));
        spikes.dedup_by_key(|spike| (spike.sample, spike.gauge));
        let steps = steps(config, record, &mut streams.get(Purpose::Steps, 0));
        Self { gaps, spikes, steps }
    }

    /// Adds the steps to the gauges.
    pub(super) fn add_steps(&self, gauges: &mut [Vec<f64>; 4]) {
        for step in &self.steps {
            for (gauge, size) in gauges.iter_mut().zip(step.sizes) {
                if size != 0.0 {
                    gauge[step.sample..].iter_mut().for_each(|value| *value += size);
                }
            }
        }
    }

    /// Adds the spikes to the gauges.
    pub(super) fn add_spikes(&self, gauges: &mut [Vec<f64>; 4]) {
        for spike in &self.spikes {
            gauges[spike.gauge][spike.sample] += spike.size;
        }
    }

    /// Empties the gaps of a channel.
    pub(super) fn cut_gaps(&self, channel: &mut [f64]) {
        for gap in &self.gaps {
            channel[gap.samples.clone()].fill(f64::NAN);
        }
    }
}

/// Events of a Poisson process in order of time: hours since the record's start and what `draw`
/// makes of each. They are drawn backwards from the end, so that a longer record only has more.
fn events<T>(
    per_year: f64,
    record: &Record,
    rng: &mut ChaCha8Rng,
    mut draw: impl FnMut(&mut ChaCha8Rng) -> T,
) -> Vec<(f64, T)> {
    // At rate zero the first wait is endless.
    let wait = |rng: &mut ChaCha8Rng| rng.sample::<f64, _>(Exp1) * HOURS_PER_YEAR / per_year;
    let mut events = Vec::new();
    let mut time = record.hours() - wait(rng);
    while time >= 0.0 {
        events.push((time, draw(rng)));
        time -= wait(rng);
    }
    events.reverse();
    events
}

fn gaps(config: &SynthFaults, record: &Record, rng: &mut ChaCha8Rng) -> Vec<GapTruth> {
    let hours = |rng: &mut ChaCha8Rng| config.gap_hours * rng.sample::<f64, _>(Exp1);
    let mut gaps: Vec<GapTruth> = Vec::new();
    for (time, hours) in events(config.gaps_per_year, record, rng, hours) {
        let Some(start) = record.sample_at_or_after(time) else { continue };
        let samples = ((hours / record.step).round() as usize).max(1);
        let end = (start + samples).min(record.len());
        match gaps.last_mut() {
            Some(last) if start <= last.samples.end => {
                last.samples.end = end.max(last.samples.end);
            }
            _ => gaps.push(GapTruth { samples: start..end }),
        }
    }
    gaps
}

fn spikes(
    config: &SynthFaults,
    record: &Record,
    gauge: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<SpikeTruth> {
    events(config.spikes_per_year, record, rng, |rng| signed_size(config.spike_size, rng))
        .into_iter()
        .filter(|(_, size)| *size != 0.0)
        .filter_map(|(time, size)| {
            record.sample_at_or_after(time).map(|sample| SpikeTruth { gauge, sample, size })
        })
        .collect()
}

fn steps(config: &SynthFaults, record: &Record, rng: &mut ChaCha8Rng) -> Vec<StepTruth> {
    let sizes = |rng: &mut ChaCha8Rng| -> [f64; 4] {
        let all = rng.random_bool(0.25);
        let only = rng.random_range(0..4);
        let sizes: [f64; 4] = std::array::from_fn(|_| signed_size(config.step_size, rng));
        std::array::from_fn(|g| if all || g == only { sizes[g] } else { 0.0 })
    };
    let mut steps: Vec<StepTruth> = Vec::new();
    for (time, sizes) in events(config.steps_per_year, record, rng, sizes) {
        // Before the first sample there is nothing to step from.
        let sample = record.sample_at_or_after(time).filter(|&sample| sample > 0);
        let Some(sample) = sample.filter(|_| sizes.iter().any(|size| *size != 0.0)) else {
            continue;
        };
        match steps.last_mut() {
            Some(last) if last.sample == sample => {
                last.sizes = std::array::from_fn(|g| last.sizes[g] + sizes[g]);
            }
            _ => steps.push(StepTruth { sample, sizes }),
        }
    }
    steps
}

fn signed_size(median: f64, rng: &mut ChaCha8Rng) -> f64 {
    let normal: f64 = rng.sample(StandardNormal);
    let size = median * (SPREAD * normal).exp();
    if rng.random_bool(0.5) { size } else { -size }
}
