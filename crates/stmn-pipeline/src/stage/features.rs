use std::ops::Range;

use ndarray::{Array2, ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};
use strain_io::{Provenance, Recording, TimeGrid};

use super::decompose::{Modes, samples_per_day};
use crate::config::{ModeFeatures, ModelConfig};
use crate::{PipelineError, Result, Span};

/// What the network sees of a station: the kept modes at the network's interval, nanostrain.
#[derive(Debug, Clone)]
pub(crate) struct Features {
    pub(crate) station: String,
    pub(crate) grid: TimeGrid,
    pub(crate) names: Vec<String>,
    /// `[time, feature]`, NaN where there is none.
    pub(crate) values: Array2<f64>,
    /// Whether every sample behind a value was observed rather than filled.
    pub(crate) observed: Array2<bool>,
    pub(crate) samples_per_day: usize,
}

/// Averages the modes to the network's interval.
pub(crate) fn features(modes: &Modes, config: &ModelConfig) -> Result<Features> {
    let recording = &modes.recording;
    let station = recording.station().to_owned();
    let raw_per_day = samples_per_day(&station, recording)?;
    let per_day = config.samples_per_day();
    if !raw_per_day.is_multiple_of(per_day) {
        return Err(PipelineError::Interval {
            station,
            interval_s: recording.grid().interval_seconds(),
            network_minutes: config.interval_minutes,
        });
    }
    let factor = raw_per_day / per_day;
    let rows = recording.grid().len() / factor;
    let parts = parts(recording, config);
    let interval = recording.grid().interval() * i32::try_from(factor).unwrap_or(i32::MAX);
    let grid = TimeGrid::new(recording.grid().start(), interval, rows)?;
    let block = |row: usize| row * factor..(row + 1) * factor;
    let values = Array2::from_shape_fn((rows, parts.len()), |(row, part)| {
        let samples = recording.values();
        samples.slice(s![block(row), parts[part].columns.clone()]).sum() / factor as f64
    });
    let observed = Array2::from_shape_fn((rows, parts.len()), |(row, part)| {
        let flags = recording.provenance();
        let flags = flags.slice(s![block(row), parts[part].columns.clone()]);
        let unused = [Provenance::MISSING, Provenance::FILLED, Provenance::MASKED];
        !flags.iter().any(|f| unused.iter().any(|&u| f.contains(u)))
    });
    let names = parts.into_iter().map(|part| part.name).collect();
    Ok(Features { station, grid, names, values, observed, samples_per_day: per_day })
}

/// A feature and the columns of the modes that it is the sum of.
struct Part {
    name: String,
    columns: Range<usize>,
}

fn parts(modes: &Recording, config: &ModelConfig) -> Vec<Part> {
    let channels = modes.channels();
    match config.modes {
        ModeFeatures::Separate => (0..channels.len())
            .map(|i| Part { name: channels[i].name.clone(), columns: i..i + 1 })
            .collect(),
        ModeFeatures::Summed => {
            let kept = channels.len() / 4;
            let gauge = |i: usize| channels[i].name.split('.').next().unwrap_or_default();
            (0..channels.len())
                .step_by(kept.max(1))
                .map(|i| Part { name: format!("{}.sum", gauge(i)), columns: i..i + kept })
                .collect()
        }
    }
}

impl Features {
    /// Starts of the windows of `window` samples that end with a UTC day, lie within `span`, and
    /// have every feature.
    pub(crate) fn windows(&self, window: usize, span: &Span) -> Vec<usize> {
        let rows = span.samples(&self.grid);
        let complete: Vec<bool> =
            self.values.axis_iter(Axis(0)).map(|row| row.iter().all(|v| !v.is_nan())).collect();
        let first = rows.start.next_multiple_of(self.samples_per_day);
        (first..)
            .step_by(self.samples_per_day)
            .take_while(|start| start + window <= rows.end)
            .filter(|&start| complete[start..start + window].iter().all(|&c| c))
            .collect()
    }
}

/// Mean and standard deviation of each feature over the reference's training span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Normalization {
    /// The features in order.
    pub features: Vec<String>,
    /// Their means, nanostrain.
    pub mean: Vec<f64>,
    /// Their standard deviations, nanostrain.
    pub standard_deviation: Vec<f64>,
}

impl Normalization {
    /// From the features' values within a span.
    pub(crate) fn of(features: &Features, span: &Span) -> Result<Self> {
        let rows = span.samples(&features.grid);
        let part = features.values.slice(s![rows, ..]);
        let mut mean = Vec::new();
        let mut standard_deviation = Vec::new();
        for (column, name) in part.columns().into_iter().zip(&features.names) {
            let present: Vec<f64> = column.iter().copied().filter(|v| !v.is_nan()).collect();
            let average = present.iter().sum::<f64>() / present.len().max(1) as f64;
            let variance = present.iter().map(|v| (v - average).powi(2)).sum::<f64>()
                / present.len().max(1) as f64;
            if present.is_empty() || variance <= 0.0 {
                return Err(PipelineError::TooLittle {
                    station: features.station.clone(),
                    what: "the training span",
                    from: span.from,
                    to: span.to,
                    problem: format!("has no variation in {name} ({} values)", present.len()),
                    advice: "train on a longer stretch with few gaps",
                });
            }
            mean.push(average);
            standard_deviation.push(variance.sqrt());
        }
        Ok(Self { features: features.names.clone(), mean, standard_deviation })
    }

    /// (x − mean) / standard deviation.
    pub(crate) fn apply(&self, values: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut out = values.to_owned();
        for (j, mut column) in out.columns_mut().into_iter().enumerate() {
            column.mapv_inplace(|v| (v - self.mean[j]) / self.standard_deviation[j]);
        }
        out
    }

    /// The inverse of [`apply`](Self::apply).
    pub(crate) fn invert(&self, values: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut out = values.to_owned();
        for (j, mut column) in out.columns_mut().into_iter().enumerate() {
            column.mapv_inplace(|v| v * self.standard_deviation[j] + self.mean[j]);
        }
        out
    }
}
