//! Mini-batches: windows gathered into tensors as an objective wants them.

use candle_core::{Device, Tensor};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::input::Input;
use crate::{Objective, Result, WindowedSeries};

/// One window: the number of its series and its number there.
pub(crate) type WindowId = (usize, usize);

/// Share of the patches, beside the one that is always hidden, that training hides.
const HIDDEN_SHARE: f64 = 0.125;

/// What the network is given and what it is judged against.
pub(crate) struct Batch {
    pub(crate) input: Input,
    pub(crate) target: Tensor,
    /// Ones where the loss counts, `[batch, time, channel]`; everywhere where absent.
    pub(crate) scored: Option<Tensor>,
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

/// A training or validation batch; `rng` chooses the hidden patches.
pub(crate) fn batch(objective: &Objective, windows: Tensor, rng: &mut ChaCha8Rng) -> Result<Batch> {
    let (count, window, channels) = windows.dims3()?;
    match *objective {
        Objective::Reconstruct => {
            Ok(Batch { input: Input::new(windows.clone()), target: windows, scored: None })
        }
        Objective::Forecast { horizon } => {
            let seen = window - horizon;
            Ok(Batch {
                input: Input::new(windows.narrow(1, 0, seen)?.contiguous()?),
                target: windows.narrow(1, seen, horizon)?.contiguous()?,
                scored: None,
            })
        }
        Objective::Masked { patch, span } => {
            let mut observed = vec![1f32; count * window * channels];
            for sample in observed.chunks_exact_mut(window * channels) {
                for range in hidden_patches(window, patch, span, rng) {
                    sample[range.start * channels..range.end * channels].fill(0.0);
                }
            }
            let mask = Tensor::from_vec(observed, (count, window, channels), windows.device())?;
            let hidden = (1.0 - &mask)?;
            let input = Input::new(windows.clone()).with_mask(mask);
            Ok(Batch { input, target: windows, scored: Some(hidden) })
        }
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

/// Mean squared error over what is scored.
pub(crate) fn loss(output: &Tensor, batch: &Batch) -> Result<Tensor> {
    let squares = (output - &batch.target)?.sqr()?;
    match &batch.scored {
        None => Ok(squares.mean_all()?),
        Some(scored) => Ok((squares * scored)?.sum_all()?.div(&scored.sum_all()?)?),
    }
}
