use super::input::Input;
use super::jumps::{Jump, JumpKind, KnownAt, Levelled, StepKind, Task, level};
use super::models::{Designs, Models};
use super::relevel::Level;
use super::report::{Gap, GaugeReport, Spike, Step};
use super::stages::Stages;
use super::threshold::TrailingScale;
use super::trend::Drift;
use super::undo::GaugeUndo;
use crate::robust::median_absolute;
use crate::{Provenance, Result};

/// One prepared gauge.
pub(super) struct Gauge {
    pub(super) values: Vec<f64>,
    pub(super) flags: Vec<Provenance>,
    pub(super) report: GaugeReport,
    pub(super) notes: Vec<String>,
    pub(super) undo: GaugeUndo,
}

/// Prepares one gauge: tide and pressure, jumps and gaps, drift, level, in this order.
pub(super) fn prepare_gauge(input: &Input<'_>, designs: &Designs, name: &str) -> Result<Gauge> {
    let raw = input.recording.channel(name)?.to_vec();
    let mut stages = Stages::new(input, &raw);
    let models = designs.fit(input, &raw, name)?;
    let predicted = models.predict(input);
    let mut values: Vec<f64> = raw.iter().zip(&predicted.tide).map(|(y, tide)| y - tide).collect();
    stages.push("tide", &values);
    for (value, pressure) in values.iter_mut().zip(&predicted.pressure) {
        *value -= pressure;
    }
    stages.push("pressure", &values);

    let Levelled { mut values, mut flags, jumps, offsets, replaced } =
        take_out_jumps(input, &models, &values, name);
    let withheld = mask(input, &raw, &mut values, &mut flags);
    let without_pressure = withheld.len();
    let substituted = substituted(&raw, &values, replaced, withheld);
    stages.push("jumps", &values);

    let (grid, fit) = (input.recording.grid(), input.fit.clone());
    let trend = &input.config.trend;
    let drift = Drift::fit(trend, &values, &input.usable, grid, fit, name)?;
    if let Some(drift) = &drift {
        values.iter_mut().enumerate().for_each(|(index, value)| *value -= drift.at(index));
    }
    stages.push("trend", &values);
    let level = trend.relevel_days.map(|days| {
        let window = (days * input.per_day as f64).round() as usize;
        Level::trailing(&values, window, input.per_day)
    });
    if let Some(level) = &level {
        values.iter_mut().enumerate().for_each(|(index, value)| *value -= level.at(index));
    }
    stages.push("level", &values);
    let responded = input.config.tide || input.pressure.is_some();
    let detrended = drift.is_some() || level.is_some();
    flag_corrected(&values, &mut flags, &substituted, (responded, detrended));

    let Described { spikes, steps, kept_steps } = describe(input, &jumps);
    let report = GaugeReport {
        name: name.to_owned(),
        gaps: gaps(input, &raw),
        filled: flags.iter().filter(|flags| flags.contains(Provenance::FILLED)).count(),
        without_pressure,
        spikes,
        steps,
        kept_steps,
        tide: models.responses[0].1.constituents(),
        pressure: models.responses[0].1.pressure(),
        trend: drift.as_ref().map(|drift| drift.trend().clone()),
        refits: models.responses[1..].iter().map(|(from, _)| grid.time(*from)).collect(),
        stages: stages.finish(),
    };
    let undo = GaugeUndo { responses: models.responses, offsets, drift, level, substituted };
    Ok(Gauge { values, flags, report, notes: models.notes, undo })
}

/// The samples that hold another value than their own corrected one, with what was recorded, ascending:
/// filled ones, those of a jump, those withheld.
fn substituted(
    raw: &[f64],
    values: &[f64],
    replaced: Vec<usize>,
    withheld: Vec<usize>,
) -> Vec<(usize, f64)> {
    let filled = (0..raw.len()).filter(|&index| raw[index].is_nan() && !values[index].is_nan());
    let mut all: Vec<usize> = filled.chain(replaced).chain(withheld).collect();
    all.sort_unstable();
    all.into_iter().map(|index| (index, raw[index])).collect()
}

/// Flags what was corrected. The level that a sample holds in place of its own had no response in it.
fn flag_corrected(
    values: &[f64],
    flags: &mut [Provenance],
    substituted: &[(usize, f64)],
    (responded, detrended): (bool, bool),
) {
    for (set, value) in flags.iter_mut().zip(values) {
        set.set(Provenance::RESPONSE_CORRECTED, responded && !value.is_nan());
        set.set(Provenance::DETRENDED, detrended && !value.is_nan());
    }
    for &(index, _) in substituted {
        flags[index].remove(Provenance::RESPONSE_CORRECTED);
    }
}

fn take_out_jumps(input: &Input<'_>, models: &Models, residual: &[f64], name: &str) -> Levelled {
    let config = input.config;
    let renewals: Vec<_> = (1..models.responses.len())
        .map(|renewal| {
            let change = move |index: usize| models.change(input, renewal, index);
            (models.responses[renewal].0, change)
        })
        .collect();
    let renewals: Vec<(usize, &dyn Fn(usize) -> f64)> =
        renewals.iter().map(|(from, change)| (*from, change as &dyn Fn(usize) -> f64)).collect();
    let window = (config.steps.window_days * input.per_day as f64).round() as usize;
    let scale = TrailingScale::new(fitted_scale(input, residual), window, input.per_day);
    level(Task {
        residual,
        renewals: &renewals,
        known: &known_steps(input, name),
        spikes: &config.spikes,
        steps: &config.steps,
        scale,
        max_fill: input.max_fill,
        coseismic: &|index| {
            let grid = input.recording.grid();
            input.coseismic.and_then(|it| it.label(grid.time(index), grid.interval_seconds()))
        },
    })
}

/// The robust standard deviation of changes from sample to sample within the fit span.
fn fitted_scale(input: &Input<'_>, residual: &[f64]) -> f64 {
    let pairs = input.fit.clone().skip(1).filter(|&i| input.usable[i] && input.usable[i - 1]);
    let changes: Vec<f64> = pairs.map(|i| residual[i] - residual[i - 1]).collect();
    median_absolute(&changes)
}

/// The known steps of a gauge within the recording, by sample, ascending.
fn known_steps(input: &Input<'_>, name: &str) -> Vec<KnownAt> {
    let grid = input.recording.grid();
    let here = input.config.steps.known.iter().filter(|step| {
        let gauge = step.gauge.as_deref().is_none_or(|gauge| gauge == name);
        gauge && step.time > grid.start() && step.time <= grid.end()
    });
    let mut known: Vec<KnownAt> = here
        .map(|step| KnownAt { index: grid.index_at_or_after(step.time), size: step.size })
        .collect();
    known.sort_by_key(|known| known.index);
    known
}

/// Flags excluded spans and withholds what could not be corrected for pressure; returns what it withheld.
fn mask(
    input: &Input<'_>,
    raw: &[f64],
    values: &mut [f64],
    flags: &mut [Provenance],
) -> Vec<usize> {
    let mut withheld = Vec::new();
    for (index, flags) in flags.iter_mut().enumerate() {
        if !input.usable[index] {
            flags.insert(Provenance::MASKED);
        }
        let uncorrected = input.pressure.as_ref().is_some_and(|p| p.held[index].is_nan());
        if uncorrected && !raw[index].is_nan() {
            withheld.push(index);
            values[index] = f64::NAN;
            flags.remove(Provenance::FILLED);
            flags.insert(Provenance::MASKED);
        }
    }
    withheld
}

#[derive(Default)]
struct Described {
    spikes: Vec<Spike>,
    steps: Vec<Step>,
    kept_steps: Vec<Step>,
}

fn describe(input: &Input<'_>, jumps: &[Jump]) -> Described {
    let mut described = Described::default();
    for &Jump { index, size, kind } in jumps {
        let time = input.recording.grid().time(index);
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

fn gaps(input: &Input<'_>, raw: &[f64]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    let mut inside = false;
    for (index, value) in raw.iter().enumerate() {
        match gaps.last_mut() {
            Some(gap) if value.is_nan() && inside => gap.samples += 1,
            _ if value.is_nan() => {
                gaps.push(Gap { time: input.recording.grid().time(index), samples: 1 });
            }
            _ => {}
        }
        inside = value.is_nan();
    }
    gaps
}
