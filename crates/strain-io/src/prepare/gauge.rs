use std::ops::Range;

use super::anchors::Anchors;
use super::jumps::{Described, Sample, Written, describe, known_steps};
use super::models::{Models, Predicted};
use super::relevel::TrailingLevel;
use super::report::{Gap, GaugeReport, Stage, reported};
use super::response::Design;
use super::setup::Setup;
use super::stages::Stages;
use super::sweep::Sweep;
use super::threshold::TrailingScale;
use super::trend::Drift;
use super::undo::SpanUndo;
use crate::robust::median_absolute;
use crate::{Provenance, Result};

/// One gauge: its models, and what is carried from one span to the next.
pub(super) struct Gauge {
    name: String,
    models: Models,
    anchors: Anchors,
    drift: Option<Drift>,
    sweep: Sweep,
    level: Option<TrailingLevel>,
    stages: Vec<Stage>,
    gaps: Vec<Gap>,
    /// Whether the last sample was missing.
    inside_gap: bool,
    filled: usize,
    without_pressure: usize,
}

/// Some prepared samples of a gauge.
pub(super) struct Span {
    pub(super) values: Vec<f64>,
    pub(super) flags: Vec<Provenance>,
    pub(super) undo: SpanUndo,
}

/// Samples of a gauge as they were observed: all from the record's first on, or those of a span.
#[derive(Clone, Copy)]
pub(super) struct Observed<'a> {
    /// The place of the first.
    pub(super) from: usize,
    pub(super) values: &'a [f64],
    /// The drivers' columns less their references, short gaps bridged.
    pub(super) driven: &'a [&'a [f64]],
    pub(super) usable: &'a [bool],
}

impl Observed<'_> {
    fn range(&self) -> Range<usize> {
        self.from..self.from + self.values.len()
    }
}

impl Gauge {
    /// Fits the models of a gauge and prepares what they are fitted on: tide and drivers, jumps and
    /// gaps, drift, level, in this order. `head` are the samples from the record's first to the last
    /// of the fit span.
    pub(super) fn fit(
        setup: &Setup,
        design: &Design,
        name: &str,
        head: Observed<'_>,
    ) -> Result<(Self, Span)> {
        let fit = setup.fit.clone();
        let usable = &head.usable[fit.clone()];
        let mut stages = Stages::new(&head.values[fit.clone()], usable);
        let models = Models::new(design.fit(&head.values[fit.clone()], usable, name)?);
        let Predicted { tide, driven } = models.predict(setup, head.range(), head.driven);
        let observed = head.values.iter().zip(&tide);
        let mut residual: Vec<f64> = observed.map(|(y, tide)| y - tide).collect();
        stages.push("tide", &residual[fit.clone()]);
        residual.iter_mut().zip(&driven).for_each(|(value, driven)| *value -= driven);
        stages.push("pressure", &residual[fit.clone()]);

        let mut gauge = Self::new(setup, name, models, &residual[fit.clone()], usable);
        let mut span = gauge.take_jumps(setup, &head, &residual);
        stages.push("jumps", &span.values[fit.clone()]);
        let (trend, grid) = (&setup.config.trend, &setup.grid);
        gauge.drift = Drift::fit(trend, &span.values, head.usable, grid, fit.clone(), name)?;
        gauge.take_drift(&mut span);
        stages.push("trend", &span.values[fit.clone()]);
        gauge.take_level(&mut span);
        gauge.flag_corrected(setup, &mut span);
        stages.push("level", &span.values[fit]);
        gauge.stages = stages.finish();
        Ok((gauge, span))
    }

    /// Before its first sample, without a drift; `residual` is that of the fit span.
    fn new(setup: &Setup, name: &str, models: Models, residual: &[f64], usable: &[bool]) -> Self {
        let samples = |days: f64| (days * setup.per_day as f64).round() as usize;
        let window = samples(setup.config.steps.window_days);
        let scale = TrailingScale::new(fitted_scale(residual, usable), window, setup.per_day);
        let window = setup.config.trend.relevel_days.map(samples);
        Self {
            name: name.to_owned(),
            models,
            anchors: Anchors::default(),
            drift: None,
            sweep: Sweep::new(setup, known_steps(setup, name), scale),
            level: window.map(|window| TrailingLevel::new(window, setup.per_day)),
            stages: Vec::new(),
            gaps: Vec::new(),
            inside_gap: false,
            filled: 0,
            without_pressure: 0,
        }
    }

    /// Prepares the samples that follow.
    pub(super) fn push(&mut self, setup: &Setup, samples: Observed<'_>) -> Span {
        let predicted = self.models.predict(setup, samples.range(), samples.driven);
        let observed = samples.values.iter().zip(&predicted.tide).zip(&predicted.driven);
        let residual: Vec<f64> = observed.map(|((y, tide), driven)| y - tide - driven).collect();
        let mut span = self.take_jumps(setup, &samples, &residual);
        self.take_drift(&mut span);
        self.take_level(&mut span);
        self.flag_corrected(setup, &mut span);
        span
    }

    /// New models, fitted on the samples before `from`, from there on.
    pub(super) fn renew(
        &mut self,
        setup: &Setup,
        design: &Design,
        values: &[f64],
        usable: &[bool],
        from: usize,
    ) -> Result<()> {
        let fitted = design.fit(values, usable, &self.name);
        if let Some(change) = self.models.renew(setup, from, fitted, &self.anchors)? {
            self.sweep.renew(change);
        }
        Ok(())
    }

    /// What was done, and what the user should know.
    pub(super) fn finish(self, setup: &Setup) -> (GaugeReport, Vec<String>) {
        let Described { spikes, steps, kept_steps } = describe(setup, &self.sweep.finish());
        let times = self.models.renewals.iter().map(|&from| setup.grid.time(from));
        let (pressure, drivers) = reported(setup, self.models.first().drivers());
        let report = GaugeReport {
            name: self.name.clone(),
            gaps: self.gaps,
            filled: self.filled,
            without_pressure: self.without_pressure,
            spikes,
            steps,
            kept_steps,
            tide: self.models.first().constituents(),
            pressure,
            drivers,
            trend: self.drift.map(|drift| drift.trend().clone()),
            refits: times.collect(),
            stages: self.stages,
        };
        (report, self.models.into_notes(&self.name))
    }

    /// Takes out jumps, fills gaps, flags excluded spans and withholds what could not be corrected
    /// for a driver.
    fn take_jumps(&mut self, setup: &Setup, samples: &Observed<'_>, residual: &[f64]) -> Span {
        self.note_gaps(setup, samples);
        let mut values = Vec::with_capacity(residual.len());
        let mut flags = Vec::with_capacity(residual.len());
        let mut undo = SpanUndo::new(samples.range(), self.models.current().clone());
        for (place, &residual) in residual.iter().enumerate() {
            let index = samples.from + place;
            let uncorrected = samples.driven.iter().any(|column| column[place].is_nan());
            let mut written = self.sweep.next(setup, Sample { index, residual });
            if !samples.usable[place] {
                written.flags.insert(Provenance::MASKED);
            }
            if uncorrected && !samples.values[place].is_nan() {
                self.without_pressure += 1;
                written = withheld(written);
            }
            self.filled += usize::from(written.flags.contains(Provenance::FILLED));
            undo.note(index, samples.values[place], &written);
            values.push(written.value);
            flags.push(written.flags);
        }
        self.anchors.keep(self.sweep.anchors(), samples.from, samples.driven);
        Span { values, flags, undo }
    }

    fn take_drift(&self, span: &mut Span) {
        if let Some(drift) = &self.drift {
            let values = span.values.iter_mut().zip(span.undo.range.clone());
            values.for_each(|(value, at)| *value -= drift.at(at));
        }
    }

    fn take_level(&mut self, span: &mut Span) {
        span.undo.level = self.level.as_mut().map(|level| level.take(&mut span.values));
    }

    /// Flags what was corrected. The level that a sample holds in place of its own had no response
    /// in it.
    fn flag_corrected(&self, setup: &Setup, span: &mut Span) {
        let responded = setup.config.tide || !setup.drivers.is_empty();
        let detrended = self.drift.is_some() || self.level.is_some();
        for (set, value) in span.flags.iter_mut().zip(&span.values) {
            set.set(Provenance::RESPONSE_CORRECTED, responded && !value.is_nan());
            set.set(Provenance::DETRENDED, detrended && !value.is_nan());
        }
        for &(index, _) in &span.undo.substituted {
            span.flags[index - span.undo.range.start].remove(Provenance::RESPONSE_CORRECTED);
        }
    }

    /// The drift that is taken out of each sample.
    pub(super) fn drift(&self) -> Option<&Drift> {
        self.drift.as_ref()
    }

    fn note_gaps(&mut self, setup: &Setup, samples: &Observed<'_>) {
        for (value, index) in samples.values.iter().zip(samples.range()) {
            match self.gaps.last_mut() {
                Some(gap) if value.is_nan() && self.inside_gap => gap.samples += 1,
                _ if value.is_nan() => {
                    self.gaps.push(Gap { time: setup.grid.time(index), samples: 1 });
                }
                _ => {}
            }
            self.inside_gap = value.is_nan();
        }
    }
}

/// Of a sample one of whose drivers is not known.
fn withheld(written: Written) -> Written {
    let mut flags = written.flags;
    flags.remove(Provenance::FILLED);
    flags.insert(Provenance::MASKED);
    Written { value: f64::NAN, flags, offset: None }
}

/// The robust standard deviation of changes from sample to sample within the fit span.
fn fitted_scale(residual: &[f64], usable: &[bool]) -> f64 {
    let pairs = (1..residual.len()).filter(|&i| usable[i] && usable[i - 1]);
    let changes: Vec<f64> = pairs.map(|i| residual[i] - residual[i - 1]).collect();
    median_absolute(&changes)
}
