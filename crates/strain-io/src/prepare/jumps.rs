use super::jump_config::{SpikeConfig, StepConfig};
use super::report::StepSource;
use super::threshold::TrailingScale;
use crate::Provenance;

/// A known step at a sample of one gauge.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownAt {
    pub(super) index: usize,
    pub(super) size: Option<f64>,
}

/// What is asked of [`level`].
pub(super) struct Task<'a> {
    /// Observed less tide and pressure, NaN where there is none.
    pub(super) residual: &'a [f64],
    /// The samples at which the models change, and by how much the residual of an earlier sample
    /// would change with them.
    pub(super) renewals: &'a [(usize, &'a dyn Fn(usize) -> f64)],
    /// Ascending.
    pub(super) known: &'a [KnownAt],
    pub(super) spikes: &'a SpikeConfig,
    pub(super) steps: &'a StepConfig,
    pub(super) scale: TrailingScale,
    /// Samples for which a gap is bridged.
    pub(super) max_fill: usize,
}

/// A spike or step, by sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Jump {
    pub(super) index: usize,
    pub(super) size: f64,
    pub(super) kind: JumpKind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum JumpKind {
    /// Lasting so many samples.
    Spike(usize),
    Step(StepSource),
}

/// What became of the residual.
pub(super) struct Levelled {
    pub(super) values: Vec<f64>,
    pub(super) flags: Vec<Provenance>,
    pub(super) jumps: Vec<Jump>,
}

/// A jump of which it is not known yet whether it comes back.
struct Pending {
    index: usize,
    size: f64,
    /// The value before it, and the offset then in force.
    level: f64,
    offset: f64,
}

/// The last value that counts.
struct Last {
    index: usize,
    value: f64,
}

/// Goes through the residual once, forwards, and takes out spikes and steps.
///
/// A change from the last value beyond the threshold is taken into the offset at once, so that the
/// level never jumps. If within `longest` samples the recorded value lies nearer to where it was
/// than to where it jumped, it was a spike and the offset of before is restored; otherwise it was a
/// step. Whatever is written for a sample is decided at that sample.
pub(super) fn level(task: Task<'_>) -> Levelled {
    let count = task.residual.len();
    let mut sweep = Sweep {
        offset: 0.0,
        stepped: false,
        last: None,
        observed: None,
        pending: None,
        withheld: 0,
        out: Levelled {
            values: vec![f64::NAN; count],
            flags: vec![Provenance::MISSING; count],
            jumps: Vec::new(),
        },
        known: task.known.iter().copied().peekable(),
        renewals: task.renewals.iter().copied().peekable(),
        task,
    };
    for index in 0..count {
        sweep.renew(index);
        let limit = sweep.task.scale.at(index) * sweep.task.steps.threshold;
        if sweep.task.residual[index].is_nan() {
            sweep.fill(index);
        } else {
            sweep.observe(index, limit.max(sweep.task.steps.min_size));
        }
    }
    sweep.settle(count, true);
    sweep.out.jumps.sort_by_key(|jump| jump.index);
    sweep.out
}

struct Sweep<'a, K: Iterator<Item = KnownAt>, R: Iterator<Item = (usize, &'a dyn Fn(usize) -> f64)>>
{
    task: Task<'a>,
    known: std::iter::Peekable<K>,
    renewals: std::iter::Peekable<R>,
    offset: f64,
    /// Whether a step is in the offset for good.
    stepped: bool,
    last: Option<Last>,
    /// The last sample with an observation, used or not.
    observed: Option<usize>,
    pending: Option<Pending>,
    /// Samples in a row that were withheld as a spike, where steps are not looked for.
    withheld: usize,
    out: Levelled,
}

impl<'a, K, R> Sweep<'a, K, R>
where
    K: Iterator<Item = KnownAt>,
    R: Iterator<Item = (usize, &'a dyn Fn(usize) -> f64)>,
{
    /// New models from here on: the offset takes up what they change in the last value.
    fn renew(&mut self, index: usize) {
        while let Some((_, change)) = self.renewals.next_if(|(from, _)| *from <= index) {
            if let Some(last) = &self.last {
                self.offset += change(last.index);
            }
            if let Some(pending) = &mut self.pending {
                pending.offset += change(pending.index);
            }
        }
    }

    fn fill(&mut self, index: usize) {
        let (Some(last), Some(observed)) = (&self.last, self.observed) else { return };
        if index - observed <= self.task.max_fill {
            self.write(index, last.value, Provenance::FILLED);
        }
    }

    fn observe(&mut self, index: usize, limit: f64) {
        self.observed = Some(index);
        let Some(last) = &self.last else {
            // Steps before the first value change nothing that can be seen.
            while self.known.next_if(|known| known.index <= index).is_some() {}
            let value = self.task.residual[index] - self.offset;
            self.accept(index, value);
            return;
        };
        let (mut before, mut gap) = (last.value, index - last.index);
        if self.take_known(index, before) {
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
            self.jump(index, before, change);
        } else if self.task.spikes.remove && self.withheld < self.task.spikes.longest {
            self.withhold(index, before, change);
        } else {
            self.accept(index, value);
        }
    }

    fn accept(&mut self, index: usize, value: f64) {
        self.last = Some(Last { index, value });
        self.withheld = 0;
        self.write(index, value, Provenance::OBSERVED);
    }

    /// Known steps since the last value: their sizes into the offset.
    fn take_known(&mut self, index: usize, before: f64) -> bool {
        let mut measured = None;
        let mut any = false;
        while let Some(known) = self.known.next_if(|known| known.index <= index) {
            any = true;
            match known.size {
                Some(size) => self.add_step(known.index, size),
                None => measured = Some(known.index),
            }
        }
        if let Some(at) = measured {
            self.add_step(at, self.task.residual[index] - self.offset - before);
        }
        // A known step of a stated size may still sit on a jump; a measured one has none left.
        any && measured.is_some()
    }

    fn add_step(&mut self, index: usize, size: f64) {
        self.offset += size;
        if let Some(pending) = &mut self.pending {
            pending.offset += size;
        }
        self.stepped = true;
        let kind = JumpKind::Step(StepSource::Known);
        self.out.jumps.push(Jump { index, size, kind });
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
        let kind = JumpKind::Spike(lasted);
        self.out.jumps.push(Jump { index: pending.index, size: pending.size, kind });
        self.offset = pending.offset;
        let level = pending.level;
        self.pending = None;
        Some((level, lasted + 1))
    }

    /// A pending jump that has lasted longer than a spike is a step.
    fn settle(&mut self, index: usize, at_end: bool) {
        let longest = self.task.spikes.longest;
        let over = |pending: &mut Pending| at_end || index - pending.index > longest;
        if let Some(pending) = self.pending.take_if(over) {
            self.stepped = true;
            let kind = JumpKind::Step(StepSource::Detected);
            self.out.jumps.push(Jump { index: pending.index, size: pending.size, kind });
        }
    }

    fn jump(&mut self, index: usize, before: f64, change: f64) {
        match &mut self.pending {
            // The second half of a step that fell between two samples.
            Some(pending) => pending.size += change,
            None => {
                let (level, offset) = (before, self.offset);
                self.pending = Some(Pending { index, size: change, level, offset });
            }
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
        match (spikes.remove, spikes.leave_missing) {
            (true, true) => self.write(index, f64::NAN, Provenance::SPIKE),
            (true, false) => self.write(index, level, Provenance::SPIKE),
            (false, _) => self.write(index, level, Provenance::STEP_CORRECTED),
        }
    }

    fn write(&mut self, index: usize, value: f64, flag: Provenance) {
        let mut flags = flag;
        if self.stepped || self.pending.as_ref().is_some_and(|pending| pending.index < index) {
            flags.insert(Provenance::STEP_CORRECTED);
        }
        self.out.values[index] = value;
        self.out.flags[index] = flags;
    }
}
