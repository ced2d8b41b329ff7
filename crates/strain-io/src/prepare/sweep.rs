use std::collections::VecDeque;

use super::jump_config::{SpikeConfig, StepConfig};
use super::jumps::{Jump, JumpKind, KnownAt, Sample, StepKind, Written};
use super::report::StepSource;
use super::setup::Setup;
use super::threshold::TrailingScale;
use crate::{Coseismic, Provenance};

/// A jump of which it is not known yet whether it comes back.
struct Pending {
    sample: Sample,
    size: f64,
    /// The size that noise makes.
    noise: f64,
    coseismic: Option<Coseismic>,
    /// Whether it is left in, for an earthquake made it.
    kept: bool,
    /// The value before it, and the offset then in force.
    level: f64,
    offset: f64,
}

/// The last value that counts.
struct Last {
    sample: Sample,
    value: f64,
}

/// Goes through the residual once, forwards, and takes out spikes and steps.
///
/// A change from the last value beyond the threshold is taken into the offset at once, so that the
/// level never jumps. If within `longest` samples the recorded value lies nearer to where it was
/// than to where it jumped, it was a spike and the offset of before is restored; otherwise it was a
/// step. Whatever is written for a sample is decided at that sample.
///
/// A jump that an earthquake explains and that is to be kept is left alone from its own sample on.
pub(super) struct Sweep {
    spikes: SpikeConfig,
    steps: StepConfig,
    scale: TrailingScale,
    /// Samples for which a gap is bridged.
    max_fill: usize,
    /// Those to come, ascending.
    known: VecDeque<KnownAt>,
    offset: f64,
    /// Whether a step is in the offset for good.
    stepped: bool,
    last: Option<Last>,
    /// The last sample with an observation, used or not.
    observed: Option<usize>,
    pending: Option<Pending>,
    /// Samples in a row that were withheld as a spike, where steps are not looked for.
    withheld: usize,
    jumps: Vec<Jump>,
    /// What is written for the sample at hand.
    out: Written,
}

impl Sweep {
    /// Before the first sample; `known` are ascending.
    pub(super) fn new(setup: &Setup, known: VecDeque<KnownAt>, scale: TrailingScale) -> Self {
        Self {
            spikes: setup.config.spikes.clone(),
            steps: setup.config.steps.clone(),
            scale,
            max_fill: setup.max_fill,
            known,
            offset: 0.0,
            stepped: false,
            last: None,
            observed: None,
            pending: None,
            withheld: 0,
            jumps: Vec::new(),
            out: Written::NOTHING,
        }
    }

    /// What is written for the next sample.
    pub(super) fn next(&mut self, setup: &Setup, sample: Sample) -> Written {
        self.out = Written::NOTHING;
        let limit = self.scale.at(sample.index) * self.steps.threshold;
        if sample.residual.is_nan() {
            self.fill(sample.index);
        } else {
            self.observe(setup, sample, limit.max(self.steps.min_size));
        }
        self.out
    }

    /// The samples that [`renew`](Self::renew) asks for.
    pub(super) fn anchors(&self) -> [Option<usize>; 2] {
        let last = self.last.as_ref().map(|last| last.sample.index);
        [last, self.pending.as_ref().map(|pending| pending.sample.index)]
    }

    /// New models from the next sample on: the offset takes up what they change in the last value.
    /// `change` says by how much the residual of an earlier sample grows with them.
    pub(super) fn renew(&mut self, change: impl Fn(usize) -> f64) {
        if let Some(last) = &self.last {
            self.offset += change(last.sample.index);
        }
        if let Some(pending) = &mut self.pending {
            pending.offset += change(pending.sample.index);
        }
    }

    /// All jumps, ascending, where no sample follows.
    pub(super) fn finish(mut self) -> Vec<Jump> {
        if let Some(pending) = self.pending.take() {
            self.lasts(&pending);
        }
        self.jumps.sort_by_key(|jump| jump.index);
        self.jumps
    }

    fn fill(&mut self, index: usize) {
        let (Some(last), Some(observed)) = (&self.last, self.observed) else { return };
        if index - observed <= self.max_fill {
            self.write(index, last.value, Provenance::FILLED);
        }
    }

    fn observe(&mut self, setup: &Setup, sample: Sample, limit: f64) {
        let index = sample.index;
        self.observed = Some(index);
        let Some(last) = &self.last else {
            // Steps before the first value change nothing that can be seen.
            while self.next_known(index).is_some() {}
            self.accept(sample, sample.residual - self.offset);
            return;
        };
        let (mut before, mut gap) = (last.value, index - last.sample.index);
        let noise = limit / self.steps.threshold;
        if self.take_known(setup, sample, before, noise * (gap as f64).sqrt()) {
            self.accept(sample, sample.residual - self.offset);
            return;
        }
        if let Some((level, since)) = self.come_back(sample) {
            (before, gap) = (level, since);
        }
        self.settle(index);
        let value = sample.residual - self.offset;
        let change = value - before;
        // Borehole noise wanders: what can happen over a gap grows with the root of its length.
        let limit = limit * (gap as f64).sqrt();
        self.scale.push(change / (gap as f64).sqrt());
        if change.abs() <= limit {
            self.accept(sample, value);
        } else if self.steps.detect {
            self.jump(setup, sample, before, (change, noise * (gap as f64).sqrt()));
        } else if self.spikes.remove && self.withheld < self.spikes.longest {
            self.withhold(index, before, change);
        } else {
            self.accept(sample, value);
        }
    }

    fn accept(&mut self, sample: Sample, value: f64) {
        self.last = Some(Last { sample, value });
        self.withheld = 0;
        self.write(sample.index, value, Provenance::OBSERVED);
        self.out.offset = Some(self.offset);
    }

    /// The next known step, if it is at the sample or before it.
    fn next_known(&mut self, index: usize) -> Option<KnownAt> {
        self.known.front().filter(|known| known.index <= index)?;
        self.known.pop_front()
    }

    /// Known steps since the last value: their sizes into the offset.
    fn take_known(&mut self, setup: &Setup, sample: Sample, before: f64, noise: f64) -> bool {
        let mut measured = None;
        let mut any = false;
        while let Some(known) = self.next_known(sample.index) {
            any = true;
            match known.size {
                Some(size) => self.add_step(setup, known.index, size, None),
                None => measured = Some(known.index),
            }
        }
        if let Some(at) = measured {
            let size = sample.residual - self.offset - before;
            self.add_step(setup, at, size, Some(noise));
        }
        // A known step of a stated size may still sit on a jump; a measured one has none left.
        any && measured.is_some()
    }

    fn add_step(&mut self, setup: &Setup, index: usize, size: f64, noise: Option<f64>) {
        self.offset += size;
        if let Some(pending) = &mut self.pending {
            pending.offset += size;
        }
        self.stepped = true;
        let (source, coseismic) = (StepSource::Known, setup.explain(index));
        let kind = JumpKind::Step(StepKind { source, noise, coseismic, kept: false });
        self.jumps.push(Jump { index, size, kind });
    }

    /// Whether the value is back where it was before the pending jump; then the level of before
    /// and the samples since.
    fn come_back(&mut self, sample: Sample) -> Option<(f64, usize)> {
        let pending = self.pending.as_ref()?;
        let lasted = sample.index - pending.sample.index;
        if lasted > self.spikes.longest {
            return None;
        }
        let from_before = sample.residual - pending.offset - pending.level;
        if from_before.abs() >= 0.5 * pending.size.abs() {
            return None;
        }
        // One that was kept was waves, of which nothing was taken out.
        if !pending.kept {
            let kind = JumpKind::Spike(lasted);
            self.jumps.push(Jump { index: pending.sample.index, size: pending.size, kind });
        }
        self.offset = pending.offset;
        let level = pending.level;
        self.pending = None;
        Some((level, lasted + 1))
    }

    /// A pending jump that has lasted until `index`, longer than a spike, is a step.
    fn settle(&mut self, index: usize) {
        let longest = self.spikes.longest;
        let over = |pending: &mut Pending| index - pending.sample.index > longest;
        if let Some(pending) = self.pending.take_if(over) {
            self.lasts(&pending);
        }
    }

    fn lasts(&mut self, pending: &Pending) {
        let &Pending { sample, size, noise, coseismic, kept, .. } = pending;
        self.stepped |= !kept;
        let (source, noise) = (StepSource::Detected, Some(noise));
        let kind = JumpKind::Step(StepKind { source, noise, coseismic, kept });
        self.jumps.push(Jump { index: sample.index, size, kind });
    }

    /// `noise` is the size that noise makes.
    fn jump(&mut self, setup: &Setup, sample: Sample, before: f64, (change, noise): (f64, f64)) {
        let kept = match &mut self.pending {
            // The second half of a step that fell between two samples.
            Some(pending) => {
                pending.size += change;
                pending.noise = pending.noise.hypot(noise);
                pending.kept
            }
            None => {
                let (level, offset, size) = (before, self.offset, change);
                let coseismic = setup.explain(sample.index);
                let kept = self.steps.keep_coseismic && coseismic.is_some();
                self.pending =
                    Some(Pending { sample, size, noise, coseismic, kept, level, offset });
                kept
            }
        };
        if kept {
            self.accept(sample, sample.residual - self.offset);
            return;
        }
        self.offset += change;
        self.last = Some(Last { sample, value: before });
        self.replace(sample.index, before);
    }

    fn withhold(&mut self, index: usize, before: f64, change: f64) {
        self.withheld += 1;
        if self.withheld == 1 {
            let kind = JumpKind::Spike(1);
            self.jumps.push(Jump { index, size: change, kind });
        } else if let Some(Jump { kind: JumpKind::Spike(lasted), .. }) = self.jumps.last_mut() {
            *lasted += 1;
        }
        self.replace(index, before);
    }

    /// The sample of a jump itself: the last level, or nothing.
    fn replace(&mut self, index: usize, level: f64) {
        match (self.spikes.remove, self.spikes.leave_missing) {
            (true, true) => self.write(index, f64::NAN, Provenance::SPIKE),
            (true, false) => self.write(index, level, Provenance::SPIKE),
            (false, _) => self.write(index, level, Provenance::STEP_CORRECTED),
        }
    }

    fn write(&mut self, index: usize, value: f64, flag: Provenance) {
        let mut flags = flag;
        let pending = |pending: &Pending| pending.sample.index < index && !pending.kept;
        if self.stepped || self.pending.as_ref().is_some_and(pending) {
            flags.insert(Provenance::STEP_CORRECTED);
        }
        self.out = Written { value, flags, offset: None };
    }
}
