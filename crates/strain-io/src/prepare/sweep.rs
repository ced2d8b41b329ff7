use super::jumps::{Jump, JumpKind, KnownAt, Levelled, StepKind, Task};
use super::report::StepSource;
use crate::{Coseismic, Provenance};

/// A jump of which it is not known yet whether it comes back.
pub(super) struct Pending {
    index: usize,
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
pub(super) struct Last {
    index: usize,
    value: f64,
}

pub(super) struct Sweep<
    'a,
    K: Iterator<Item = KnownAt>,
    R: Iterator<Item = (usize, &'a dyn Fn(usize) -> f64)>,
> {
    pub(super) task: Task<'a>,
    pub(super) known: std::iter::Peekable<K>,
    pub(super) renewals: std::iter::Peekable<R>,
    pub(super) offset: f64,
    /// Whether a step is in the offset for good.
    pub(super) stepped: bool,
    pub(super) last: Option<Last>,
    /// The last sample with an observation, used or not.
    pub(super) observed: Option<usize>,
    pub(super) pending: Option<Pending>,
    /// Samples in a row that were withheld as a spike, where steps are not looked for.
    pub(super) withheld: usize,
    pub(super) out: Levelled,
}

impl<'a, K, R> Sweep<'a, K, R>
where
    K: Iterator<Item = KnownAt>,
    R: Iterator<Item = (usize, &'a dyn Fn(usize) -> f64)>,
{
    /// New models from here on: the offset takes up what they change in the last value.
    pub(super) fn renew(&mut self, index: usize) {
        while let Some((_, change)) = self.renewals.next_if(|(from, _)| *from <= index) {
            if let Some(last) = &self.last {
                self.offset += change(last.index);
            }
            if let Some(pending) = &mut self.pending {
                pending.offset += change(pending.index);
            }
        }
    }

    pub(super) fn fill(&mut self, index: usize) {
        let (Some(last), Some(observed)) = (&self.last, self.observed) else { return };
        if index - observed <= self.task.max_fill {
            self.write(index, last.value, Provenance::FILLED);
        }
    }

    pub(super) fn observe(&mut self, index: usize, limit: f64) {
        self.observed = Some(index);
        let Some(last) = &self.last else {
            // Steps before the first value change nothing that can be seen.
            while self.known.next_if(|known| known.index <= index).is_some() {}
            let value = self.task.residual[index] - self.offset;
            self.accept(index, value);
            return;
        };
        let (mut before, mut gap) = (last.value, index - last.index);
        let noise = limit / self.task.steps.threshold;
        if self.take_known(index, before, noise * (gap as f64).sqrt()) {
            self.accept(index, self.task.residual[index] - self.offset);
            return;
        }
        if let Some((level, since)) = self.come_back(index) {
            (before, gap) = (level, since);
        }
        self.settle(index, false);
        let value = self.task.residual[index] - self.offset;
        let change = value - before;
        // Borehole noise wanders: what can happen over a gap grows with the root of its length.
        let limit = limit * (gap as f64).sqrt();
        self.task.scale.push(change / (gap as f64).sqrt());
        if change.abs() <= limit {
            self.accept(index, value);
        } else if self.task.steps.detect {
            self.jump(index, before, change, noise * (gap as f64).sqrt());
        } else if self.task.spikes.remove && self.withheld < self.task.spikes.longest {
            self.withhold(index, before, change);
        } else {
            self.accept(index, value);
        }
    }

    fn accept(&mut self, index: usize, value: f64) {
        self.last = Some(Last { index, value });
        self.withheld = 0;
        let before = self.out.offsets.last().map_or(0.0, |(_, offset)| *offset);
        if before != self.offset {
            self.out.offsets.push((index, self.offset));
        }
        self.write(index, value, Provenance::OBSERVED);
    }

    /// Known steps since the last value: their sizes into the offset.
    fn take_known(&mut self, index: usize, before: f64, noise: f64) -> bool {
        let mut measured = None;
        let mut any = false;
        while let Some(known) = self.known.next_if(|known| known.index <= index) {
            any = true;
            match known.size {
                Some(size) => self.add_step(known.index, size, None),
                None => measured = Some(known.index),
            }
        }
        if let Some(at) = measured {
            let size = self.task.residual[index] - self.offset - before;
            self.add_step(at, size, Some(noise));
        }
        // A known step of a stated size may still sit on a jump; a measured one has none left.
        any && measured.is_some()
    }

    fn add_step(&mut self, index: usize, size: f64, noise: Option<f64>) {
        self.offset += size;
        if let Some(pending) = &mut self.pending {
            pending.offset += size;
        }
        self.stepped = true;
        let coseismic = (self.task.coseismic)(index);
        let step = StepKind { source: StepSource::Known, noise, coseismic, kept: false };
        self.out.jumps.push(Jump { index, size, kind: JumpKind::Step(step) });
    }

    /// Whether the value is back where it was before the pending jump; then the level of before
    /// and the samples since.
    fn come_back(&mut self, index: usize) -> Option<(f64, usize)> {
        let pending = self.pending.as_ref()?;
        if index - pending.index > self.task.spikes.longest {
            return None;
        }
        let from_before = self.task.residual[index] - pending.offset - pending.level;
        if from_before.abs() >= 0.5 * pending.size.abs() {
            return None;
        }
        let lasted = index - pending.index;
        // One that was kept was waves, of which nothing was taken out.
        if !pending.kept {
            let kind = JumpKind::Spike(lasted);
            self.out.jumps.push(Jump { index: pending.index, size: pending.size, kind });
        }
        self.offset = pending.offset;
        let level = pending.level;
        self.pending = None;
        Some((level, lasted + 1))
    }

    /// A pending jump that has lasted longer than a spike is a step.
    pub(super) fn settle(&mut self, index: usize, at_end: bool) {
        let longest = self.task.spikes.longest;
        let over = |pending: &mut Pending| at_end || index - pending.index > longest;
        if let Some(pending) = self.pending.take_if(over) {
            let Pending { index, size, noise, coseismic, kept, .. } = pending;
            self.stepped |= !kept;
            let (source, noise) = (StepSource::Detected, Some(noise));
            let kind = JumpKind::Step(StepKind { source, noise, coseismic, kept });
            self.out.jumps.push(Jump { index, size, kind });
        }
    }

    fn jump(&mut self, index: usize, before: f64, change: f64, noise: f64) {
        let kept = match &mut self.pending {
            // The second half of a step that fell between two samples.
            Some(pending) => {
                pending.size += change;
                pending.noise = pending.noise.hypot(noise);
                pending.kept
            }
            None => {
                let (level, offset, size) = (before, self.offset, change);
                let coseismic = (self.task.coseismic)(index);
                let kept = self.task.steps.keep_coseismic && coseismic.is_some();
                self.pending = Some(Pending { index, size, noise, coseismic, kept, level, offset });
                kept
            }
        };
        if kept {
            self.accept(index, self.task.residual[index] - self.offset);
            return;
        }
        self.offset += change;
        self.last = Some(Last { index, value: before });
        self.replace(index, before);
    }

    fn withhold(&mut self, index: usize, before: f64, change: f64) {
        self.withheld += 1;
        if self.withheld == 1 {
            let kind = JumpKind::Spike(1);
            self.out.jumps.push(Jump { index, size: change, kind });
        } else if let Some(Jump { kind: JumpKind::Spike(lasted), .. }) = self.out.jumps.last_mut() {
            *lasted += 1;
        }
        self.replace(index, before);
    }

    /// The sample of a jump itself: the last level, or nothing.
    fn replace(&mut self, index: usize, level: f64) {
        let spikes = self.task.spikes;
        self.out.replaced.push(index);
        match (spikes.remove, spikes.leave_missing) {
            (true, true) => self.write(index, f64::NAN, Provenance::SPIKE),
            (true, false) => self.write(index, level, Provenance::SPIKE),
            (false, _) => self.write(index, level, Provenance::STEP_CORRECTED),
        }
    }

    fn write(&mut self, index: usize, value: f64, flag: Provenance) {
        let mut flags = flag;
        let pending = |pending: &Pending| pending.index < index && !pending.kept;
        if self.stepped || self.pending.as_ref().is_some_and(pending) {
            flags.insert(Provenance::STEP_CORRECTED);
        }
        self.out.values[index] = value;
        self.out.flags[index] = flags;
    }
}
