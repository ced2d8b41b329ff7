use std::ops::Range;

use ndarray::{Array2, s};
use serde::Serialize;
use strain_io::{Channel, Provenance, Recording};

use super::prepare::Prepared;
use crate::config::DecomposeConfig;
use crate::station::Station;
use crate::store::StageKey;
use crate::{Context, PipelineError, Result};

/// The kept modes of all gauges: channels `s1.imf3`, `s1.imf4`, ... in nanostrain.
#[derive(Debug, Clone)]
pub(crate) struct Modes {
    pub(crate) key: StageKey,
    pub(crate) recording: Recording,
    pub(crate) summary: ModesSummary,
}

/// How the decomposition of a station went.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct ModesSummary {
    /// Windows of all gauges.
    pub windows: usize,
    /// Those that reached the solver's own stopping rule.
    pub converged: usize,
    /// Those whose modes had changed places.
    pub swapped: usize,
    /// Median period of each kept mode over all windows, hours.
    pub median_period_hours: Vec<f64>,
    /// Stretches without a missing value that were too short for a window, samples per gauge.
    pub too_short: Vec<usize>,
}

/// Decomposes every stretch of every gauge that has no missing value.
pub(crate) fn decompose(
    station: &Station,
    prepared: &Prepared,
    config: &DecomposeConfig,
    context: &Context<'_>,
) -> Result<Modes> {
    let key = StageKey { stage: "modes".to_owned(), ..prepared.key.clone() }.with(config);
    context.stage(&format!("decompose {}", station.id), 4, || {
        let mut fresh = None;
        let (recording, reused) = context.store.table(&key, || {
            let (modes, summary) = compute(station, &prepared.recording, config, context)?;
            fresh = Some(summary);
            Ok(modes)
        })?;
        let (summary, _) = context.store.document(&key, || match fresh {
            Some(summary) => Ok(summary),
            // The run was stopped between the table and its summary.
            None => Ok(compute(station, &prepared.recording, config, context)?.1),
        })?;
        Ok((Modes { key: key.clone(), recording, summary }, reused))
    })
}

fn compute(
    station: &Station,
    gauges: &Recording,
    config: &DecomposeConfig,
    context: &Context<'_>,
) -> Result<(Recording, ModesSummary)> {
    let per_day = samples_per_day(&station.id, gauges)?;
    let segmented = config.in_samples(per_day);
    let kept = config.keep.len();
    let mut values = Array2::from_elem((gauges.grid().len(), 4 * kept), f64::NAN);
    let mut provenance = Array2::from_elem(values.raw_dim(), Provenance::MISSING);
    let mut tally = Tally::new(kept);
    for gauge in 0..4 {
        let signal = gauges.values().column(gauge).to_vec();
        let mut short = 0;
        for run in complete_runs(&signal) {
            // Windows end where UTC days do: a day's modes come from one window.
            let start = run.start.next_multiple_of(per_day);
            if start + segmented.window > run.end {
                short += run.len();
                continue;
            }
            let piece = &signal[start..run.end];
            let result = vmd::decompose_segmented(piece, &segmented).map_err(|source| {
                PipelineError::Decompose {
                    station: station.id.clone(),
                    channel: gauges.channels()[gauge].name.clone(),
                    source,
                }
            })?;
            for (column, &mode) in config.keep.iter().enumerate() {
                let covered = result.covered.clone();
                let rows = start + covered.start..start + covered.end;
                values
                    .slice_mut(s![rows.clone(), gauge * kept + column])
                    .assign(&result.modes.slice(s![mode - 1, covered]));
                let flags = gauges.provenance();
                provenance
                    .slice_mut(s![rows.clone(), gauge * kept + column])
                    .assign(&flags.slice(s![rows, gauge]));
            }
            tally.add(&result.windows, config, gauges.grid().interval_seconds());
        }
        tally.too_short.push(short);
        context.observer.reach(gauge as u64 + 1);
    }
    let channels = gauges.channels().iter().flat_map(|gauge| {
        config
            .keep
            .iter()
            .map(move |mode| Channel { name: format!("{}.imf{mode}", gauge.name), ..gauge.clone() })
    });
    let modes = Recording::new(gauges.station(), *gauges.grid(), channels.collect(), values)?;
    let modes = modes.with_values(modes.values().to_owned(), provenance)?;
    Ok((modes, tally.summary()))
}

pub(crate) fn samples_per_day(station: &str, recording: &Recording) -> Result<usize> {
    recording.grid().samples_per_day().ok_or_else(|| PipelineError::UnevenDay {
        station: station.to_owned(),
        interval_s: recording.grid().interval_seconds(),
    })
}

/// The stretches without a missing value.
fn complete_runs(signal: &[f64]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (index, value) in signal.iter().enumerate() {
        match (value.is_nan(), start) {
            (false, None) => start = Some(index),
            (true, Some(first)) => {
                runs.push(first..index);
                start = None;
            }
            _ => {}
        }
    }
    runs.extend(start.map(|first| first..signal.len()));
    runs
}

struct Tally {
    windows: usize,
    converged: usize,
    swapped: usize,
    periods: Vec<Vec<f64>>,
    too_short: Vec<usize>,
}

impl Tally {
    fn new(kept: usize) -> Self {
        let periods = vec![Vec::new(); kept];
        Self { windows: 0, converged: 0, swapped: 0, periods, too_short: Vec::new() }
    }

    fn add(&mut self, windows: &[vmd::SegmentReport], config: &DecomposeConfig, interval_s: f64) {
        for window in windows {
            self.windows += 1;
            self.converged += usize::from(window.stop.converged());
            self.swapped += usize::from(window.swapped);
            for (periods, mode) in self.periods.iter_mut().zip(&config.keep) {
                let frequency = window.center_frequencies[mode - 1];
                periods.push(vmd::period(frequency, interval_s / 3600.0));
            }
        }
    }

    fn summary(mut self) -> ModesSummary {
        let median = |values: &mut Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().filter(|v| v.is_finite()).unwrap_or(0.0)
        };
        ModesSummary {
            windows: self.windows,
            converged: self.converged,
            swapped: self.swapped,
            median_period_hours: self.periods.iter_mut().map(median).collect(),
            too_short: self.too_short,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_what_lies_between_missing_values() {
        let nan = f64::NAN;
        assert_eq!(complete_runs(&[nan, 1.0, 2.0, nan, nan, 3.0]), [1..3, 5..6]);
        assert_eq!(complete_runs(&[1.0, 2.0]).as_slice(), std::slice::from_ref(&(0..2)));
        assert!(complete_runs(&[nan, nan]).is_empty());
    }
}
