use super::jump_config::{SpikeConfig, StepConfig};
use super::report::StepSource;
use super::sweep::Sweep;
use super::threshold::TrailingScale;
use crate::{Coseismic, Provenance};

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
    /// The earthquake that explains a jump at a sample, as far as one is known.
    pub(super) coseismic: &'a dyn Fn(usize) -> Option<Coseismic>,
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

/// What became of the residual.
pub(super) struct Levelled {
    pub(super) values: Vec<f64>,
    pub(super) flags: Vec<Provenance>,
    pub(super) jumps: Vec<Jump>,
    /// What was taken out of the samples from one on, until the next.
    pub(super) offsets: Vec<(usize, f64)>,
    /// Observed samples that hold something else, ascending.
    pub(super) replaced: Vec<usize>,
}

/// Goes through the residual once, forwards, and takes out spikes and steps.
///
/// A change from the last value beyond the threshold is taken into the offset at once, so that the
/// level never jumps. If within `longest` samples the recorded value lies nearer to where it was
/// than to where it jumped, it was a spike and the offset of before is restored; otherwise it was a
/// step. Whatever is written for a sample is decided at that sample.
///
/// A jump that an earthquake explains and that is to be kept is left alone from its own sample on.
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
            offsets: Vec::new(),
            replaced: Vec::new(),
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
