//! Mini-batches: windows gathered into tensors as an objective wants them.

use candle_core::{Device, Tensor};
use ndarray::s;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::input::Input;
use crate::loss::cross_entropy;
use crate::{Loss, Objective, Result, TimesNetError, WindowedSeries};

/// One window: the number of its series and its number there.
pub(crate) type WindowId = (usize, usize);

/// Share of the patches, beside the one that is always hidden, that training hides.
const HIDDEN_SHARE: f64 = 0.125;

/// What the network is given and what it is judged against.
pub(crate) struct Batch {
    pub(crate) input: Input,
    pub(crate) target: Target,
}

/// What a batch's output should be.
pub(crate) enum Target {
    /// Values, judged where `scored` is one; everywhere where it is absent.
    Values { values: Tensor, scored: Option<Tensor> },
    /// Class numbers.
    Classes(Tensor),
}

/// The windows `ids` as `[batch, window, channel]`.
pub(crate) fn gather(
    series: &[WindowedSeries],
    ids: &[WindowId],
    device: &Device,
) -> Result<Tensor> {
    let (window, channels) = (series[0].window(), series[0].channels());
    let mut values = Vec::with_capacity(ids.len() * window * channels);
    for &(which, index) in ids {
        series[which].extend(index, &mut values);
    }
    Ok(Tensor::from_vec(values, (ids.len(), window, channels), device)?)
}

/// The time features of the first `rows` samples of the windows `ids`.
pub(crate) fn gather_marks(
    series: &[WindowedSeries],
    ids: &[WindowId],
    rows: usize,
    device: &Device,
) -> Result<Tensor> {
    let mut values: Vec<f32> = Vec::new();
    for &(which, index) in ids {
        // Whoever takes windows has refused those without before.
        let features = series.iter().find_map(|one| one.marks()).map_or(0, |marks| marks.ncols());
        let missing = TimesNetError::NoMarks { series: which, features };
        let marks = series[which].marks().ok_or(missing)?;
        let start = series[which].starts()[index];
        values.extend(marks.slice(s![start..start + rows, ..]).iter());
    }
    let features = values.len() / (ids.len() * rows).max(1);
    Ok(Tensor::from_vec(values, (ids.len(), rows, features), device)?)
}

/// A batch of windows; `rng` chooses what is hidden, `marked` adds the time features.
pub(crate) fn batch(
    objective: &Objective,
    series: &[WindowedSeries],
    ids: &[WindowId],
    marked: bool,
    device: &Device,
    rng: &mut ChaCha8Rng,
) -> Result<Batch> {
    let windows = gather(series, ids, device)?;
    let (count, window, channels) = windows.dims3()?;
    let seen = match *objective {
        Objective::Forecast { horizon } => window - horizon,
        _ => window,
    };
    let everywhere = |values| Target::Values { values, scored: None };
    let (mut input, target) = match *objective {
        Objective::Reconstruct => (Input::new(windows.clone()), everywhere(windows)),
        Objective::Forecast { horizon } => (
            Input::new(windows.narrow(1, 0, seen)?.contiguous()?),
            everywhere(windows.narrow(1, seen, horizon)?.contiguous()?),
        ),
        Objective::Masked { .. } | Objective::Impute { .. } => {
            let mut observed = vec![1f32; count * window * channels];
            let (windows, missing) = without_gaps(windows, series, ids)?;
            for (number, sample) in observed.chunks_exact_mut(window * channels).enumerate() {
                let start = number * window * channels;
                let missing = missing.as_ref().map(|all| &all[start..start + sample.len()]);
                hide(objective, window, sample, missing, rng);
            }
            let hidden = |&kept: &f32| 1.0 - kept;
            let mut scored: Vec<f32> = observed.iter().map(hidden).collect();
            for (index, _) in missing.iter().flatten().enumerate().filter(|(_, missing)| **missing)
            {
                (observed[index], scored[index]) = (0.0, 0.0);
            }
            let shape = (count, window, channels);
            let scored = Some(Tensor::from_vec(scored, shape, device)?);
            let mask = Tensor::from_vec(observed, shape, device)?;
            (
                Input::new(windows.clone()).with_mask(mask),
                Target::Values { values: windows, scored },
            )
        }
    };
    let target = judged_alone(target, series, ids, device)?;
    if marked {
        input = input.with_mark(gather_marks(series, ids, seen, device)?);
    }
    Ok(Batch { input, target })
}

/// The windows with zeros where values are missing, and where that is; nothing where none are.
fn without_gaps(
    windows: Tensor,
    series: &[WindowedSeries],
    ids: &[WindowId],
) -> Result<(Tensor, Option<Vec<bool>>)> {
    if !ids.iter().any(|(which, _)| series[*which].has_gaps()) {
        return Ok((windows, None));
    }
    let mut values = windows.flatten_all()?.to_vec1::<f32>()?;
    let missing: Vec<bool> = values.iter().map(|value| !value.is_finite()).collect();
    for (value, _) in values.iter_mut().zip(&missing).filter(|(_, missing)| **missing) {
        *value = 0.0;
    }
    Ok((Tensor::from_vec(values, windows.shape(), windows.device())?, Some(missing)))
}

/// The target with the channels left out that their series does not want judged.
fn judged_alone(
    target: Target,
    series: &[WindowedSeries],
    ids: &[WindowId],
    device: &Device,
) -> Result<Target> {
    let Target::Values { values, scored } = target else { return Ok(target) };
    if !ids.iter().any(|(which, _)| series[*which].judged().is_some()) {
        return Ok(Target::Values { values, scored });
    }
    let (count, rows, channels) = values.dims3()?;
    let mut judged = vec![1f32; count * rows * channels];
    for (sample, (which, _)) in judged.chunks_exact_mut(rows * channels).zip(ids) {
        let Some(wanted) = series[*which].judged() else { continue };
        for (index, value) in sample.iter_mut().enumerate() {
            *value = f32::from(u8::from(wanted.contains(&(index % channels))));
        }
    }
    let judged = Tensor::from_vec(judged, (count, rows, channels), device)?;
    let scored = match scored {
        Some(scored) => (scored * judged)?,
        None => judged,
    };
    Ok(Target::Values { values, scored: Some(scored) })
}

/// Zeroes what one sample's mask `[window, channel]` hides.
fn hide(
    objective: &Objective,
    window: usize,
    mask: &mut [f32],
    missing: Option<&[bool]>,
    rng: &mut ChaCha8Rng,
) {
    let channels = mask.len() / window;
    match *objective {
        Objective::Masked { patch, span } => {
            for range in hidden_patches(window, patch, span, rng) {
                mask[range.start * channels..range.end * channels].fill(0.0);
            }
        }
        Objective::Impute { hidden } => {
            // One value is always hidden: a loss over nothing is not a number.
            let always = loop {
                let index = rng.random_range(0..mask.len());
                if missing.is_none_or(|missing| !missing[index]) {
                    break index;
                }
            };
            for (index, value) in mask.iter_mut().enumerate() {
                if rng.random_bool(hidden) || index == always {
                    *value = 0.0;
                }
            }
        }
        Objective::Reconstruct | Objective::Forecast { .. } => {}
    }
}

/// Patches are counted from the window's end. One of those that prediction will hide is always
/// hidden, each other one by chance, so that every place of the window is practised.
fn hidden_patches(
    window: usize,
    patch: usize,
    span: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<std::ops::Range<usize>> {
    let always = rng.random_range(0..span.div_ceil(patch));
    (0..window.div_ceil(patch))
        .filter(|&number| rng.random_bool(HIDDEN_SHARE) || number == always)
        .map(|number| patch_range(window, patch, number))
        .collect()
}

/// The rows of patch `number`, counted from the window's end; the first may be cut short.
pub(crate) fn patch_range(window: usize, patch: usize, number: usize) -> std::ops::Range<usize> {
    let end = window - number * patch;
    end.saturating_sub(patch)..end
}

/// The loss of a batch's output.
pub(crate) fn loss(loss: Loss, output: &Tensor, batch: &Batch) -> Result<Tensor> {
    Ok(match &batch.target {
        Target::Values { values, scored } => {
            loss.of(output, values, scored.as_ref(), batch.input.series())?
        }
        Target::Classes(classes) => cross_entropy(output, classes)?,
    })
}
