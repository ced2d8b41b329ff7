use std::collections::VecDeque;

use super::report::{Spike, Step, StepSource};
use super::setup::Setup;
use crate::{Coseismic, Provenance};

/// A known step at a sample of one gauge.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownAt {
    pub(super) index: usize,
    pub(super) size: Option<f64>,
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
    Step(StepKind),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StepKind {
    pub(super) source: StepSource,
    /// The size that noise makes; none where the size was stated.
    pub(super) noise: Option<f64>,
    pub(super) coseismic: Option<Coseismic>,
    /// Whether it was left in.
    pub(super) kept: bool,
}

/// One sample of a gauge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) index: usize,
    /// Observed less tide and drivers, NaN where there is none.
    pub(super) residual: f64,
}

/// What is written for a sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) value: f64,
    pub(super) flags: Provenance,
    /// What jumps took out of its own value; none where it holds another, or nothing.
    pub(super) offset: Option<f64>,
}

impl Written {
    /// Of a sample that has no value.
    pub(super) const NOTHING: Self =
        Self { value: f64::NAN, flags: Provenance::MISSING, offset: None };
}

/// The jumps of a gauge as they are reported.
#[derive(Default)]
pub(super) struct Described {
    pub(super) spikes: Vec<Spike>,
    pub(super) steps: Vec<Step>,
    pub(super) kept_steps: Vec<Step>,
}

/// The known steps of a gauge after the record's first sample, ascending.
pub(super) fn known_steps(setup: &Setup, name: &str) -> VecDeque<KnownAt> {
    let (start, step) = (setup.grid.start().as_nanosecond(), setup.grid.interval().as_nanos());
    let here = setup.config.steps.known.iter().filter(|known| {
        let gauge = known.gauge.as_deref().is_none_or(|gauge| gauge == name);
        gauge && known.time > setup.grid.start()
    });
    let mut known: Vec<KnownAt> = here
        .filter_map(|known| {
            // At the sample that is at or after it.
            let index = (known.time.as_nanosecond() - start + step - 1) / step;
            Some(KnownAt { index: usize::try_from(index).ok()?, size: known.size })
        })
        .collect();
    known.sort_by_key(|known| known.index);
    known.into()
}

pub(super) fn describe(setup: &Setup, jumps: &[Jump]) -> Described {
    let mut described = Described::default();
    for &Jump { index, size, kind } in jumps {
        let time = setup.grid.time(index);
        match kind {
            JumpKind::Spike(samples) => described.spikes.push(Spike { time, samples, size }),
            JumpKind::Step(StepKind { source, noise, coseismic, kept }) => {
                let steps = if kept { &mut described.kept_steps } else { &mut described.steps };
                steps.push(Step { time, size, source, noise, coseismic });
            }
        }
    }
    described
}
